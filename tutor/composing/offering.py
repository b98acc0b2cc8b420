"""The experiment of an answer in words: what it sets against what, the commands that run it, what cannot be set.

An experiment always compares with a control of its own. Where a question sets two values against each other, the
second is a further run.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from demos import kit
from demos.kit.text import Text
from tutor.answering import DemoLaunch
from tutor.corpus import Language

COMMA = Text("；", ", ")
AGAINST = Text("，对照 {value}", " against {value}")
CLAMPED = Text(
    "你问的是{label} = {asked}，这个实验里能设的最接近的是 {given}。",
    "You asked for {label} = {asked}; {given} is the nearest that this experiment takes.",
)


def setting(name: str, params: Mapping[str, float], language: Language) -> str:
    """ "Dropout rate = 0.9 against 0": what a run sets and what its control has instead; "" if there is neither."""
    entry = kit.entry(name)
    control, rows = entry["contrast"], {row["name"]: row for row in entry["parameters"]}
    parts = []
    for parameter in dict.fromkeys((*params, *control)):
        value = params.get(parameter, rows[parameter]["default"])
        part = f"{rows[parameter]['label'][language]} = {value:g}"
        if control.get(parameter, value) != value:
            part += AGAINST.format(value=f"{control[parameter]:g}").say(language)
        parts.append(part)
    return COMMA.say(language).join(parts)


def runs(launch: DemoLaunch) -> tuple[dict[str, float], ...]:
    """The parameters of each run that the question calls for: what it sets, and what it sets that against."""
    control = kit.entry(launch.name)["contrast"]
    asked = {name: value for name, value in launch.contrast.items() if control.get(name) != value}
    return (launch.params, {**launch.params, **asked}) if asked else (launch.params,)


def command(name: str, params: Mapping[str, Any]) -> str:
    """What runs an experiment from a shell."""
    flags = "".join(f" --{parameter.replace('_', '-')} {value}" for parameter, value in params.items())
    return f"python -m demos {name}{flags}"


def commands(launch: DemoLaunch, language: Language) -> Iterator[str]:
    """A line for each run, to be copied whole, as what it sets is a comment; then what was clamped."""
    for params in runs(launch):
        said = setting(launch.name, params, language)
        yield command(launch.name, params) + (f"  # {said}" if said else "")
    yield from clamped(launch, language)


def clamped(launch: DemoLaunch, language: Language) -> Iterator[str]:
    """A line for each value that the question asks for and the experiment cannot take."""
    labels = {row["name"]: row["label"][language] for row in kit.entry(launch.name)["parameters"]}
    for clamp in launch.clamped:
        values = {"asked": f"{clamp.asked:g}", "given": f"{clamp.given:g}"}
        yield CLAMPED.format(label=labels[clamp.name], **values).say(language)
