"""The tutor as tools of the Model Context Protocol, over standard input and output: `tutor mcp`.

    ask           an answer with its citations, or a refusal
    list_demos    the experiments and their parameters
    run_demo      one experiment: progress while it trains, then its claims with intervals, and the picture

Experiments run in worker processes, as on the web page; a call that is cancelled stops its run. Arguments come from a
language model, so each is checked, and a wrong one gets one line that says what to do.
"""

import base64
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import anyio
from anyio.to_thread import run_sync
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ImageContent,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from demos import kit
from tutor.answering import Answer, Answerer, DemoLaunch
from tutor.composing.asked import Asked, one_line
from tutor.composing.offering import clamped, runs, setting
from tutor.errors import TutorError
from tutor.running import Runner
from tutor.running.run import LAST, Event

log = logging.getLogger(__name__)

INSTRUCTIONS = (
    "A tutor for deep learning, in Chinese and English. `ask` answers from curated notes; keep its marks [n] and name "
    "the sources. An answer may come with an experiment: `run_demo` really trains networks, in seconds, and reports "
    "each claim's effect with a 95% interval over seeds. Where a claim does not hold, say so."
)
FAILED = "The tool failed; the fault is the program's, not that of the arguments. Its log says more."

Context = ServerRequestContext[Any]
Language = Literal["zh", "en"]


class Listed(BaseModel):
    """What `list_demos` takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: Language = Field(default="en", description="Language of titles and explanations.")


class Ordered(BaseModel):
    """What `run_demo` takes; name, parameters and seeds are checked by the experiment itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(
        description="Slug of the experiment.",
        json_schema_extra=lambda schema: schema.update(enum=list(kit.names())),  # type: ignore[misc]
    )
    parameters: dict[str, Any] = Field(
        default={}, description='Parameters to set, such as {"dropout": 0.9}; the others keep their defaults.'
    )
    seeds: int | None = Field(default=None, description="Independent repetitions; the interval is over them.")
    language: Language = Field(default="en", description="Language of the verdict and the picture.")


@dataclass(frozen=True)
class Offer:
    """A tool: what it is for, what it takes, what it does."""

    name: str
    description: str
    takes: type[BaseModel]
    call: Callable[[Any, Context], Awaitable[CallToolResult]]

    def to_tool(self) -> Tool:
        hints = ToolAnnotations(read_only_hint=True, open_world_hint=False)
        schema = self.takes.model_json_schema()
        return Tool(name=self.name, description=self.description, input_schema=schema, annotations=hints)


def serve(tutor: Answerer, runner: Runner) -> None:
    """Serve over standard input and output until the client closes them."""
    anyio.run(_serve, server_of(tutor, runner))


async def _serve(server: Server[Any]) -> None:
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def server_of(tutor: Answerer, runner: Runner) -> Server[Any]:
    """The server with its three tools."""
    offers = {offer.name: offer for offer in _offers(Tools(tutor, runner))}

    async def list_tools(context: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[offer.to_tool() for offer in offers.values()])

    async def call_tool(context: Context, params: CallToolRequestParams) -> CallToolResult:
        offer = offers.get(params.name)
        if offer is None:
            return _refused(f"no tool is called {params.name[:50]!r}; there are {', '.join(offers)}.")
        try:
            return await offer.call(offer.takes.model_validate(params.arguments or {}), context)
        except ValidationError as error:
            return _refused(one_line(error))
        except (TutorError, kit.DemoError) as error:
            return _refused(str(error))
        except Exception:  # whatever it is, the next call is answered
            log.exception("tool %s", params.name)
            return _refused(FAILED)

    return Server("tutor", instructions=INSTRUCTIONS, on_list_tools=list_tools, on_call_tool=call_tool)


class Tools:
    """What the tools do, over a tutor and a runner."""

    def __init__(self, tutor: Answerer, runner: Runner) -> None:
        self._tutor = tutor
        self._runner = runner

    async def ask(self, asked: Asked, context: Context) -> CallToolResult:
        ask = partial(self._tutor.ask, asked.question, asked.history, asked.language, study=asked.study)
        answer = await run_sync(ask, abandon_on_cancel=True)
        return CallToolResult(content=[_text(_told(answer))], structured_content=answer.to_json())

    async def list_demos(self, listed: Listed, context: Context) -> CallToolResult:
        demos = {"demos": [_listed(entry, listed.language) for entry in await run_sync(kit.catalogue)]}
        return CallToolResult(content=[_text(json.dumps(demos, ensure_ascii=False))], structured_content=demos)

    async def run_demo(self, ordered: Ordered, context: Context) -> CallToolResult:
        run = self._runner.start(ordered.name, ordered.parameters, seeds=ordered.seeds)
        try:
            async for event in run.aevents():
                if event["event"] == "frame":
                    message = f"step {event['step']} of {event['total']}"
                    await context.session.report_progress(event["progress"], 1.0, message)
                elif event["event"] == "result":
                    return await run_sync(_found, event, ordered.language)
                elif event["event"] in LAST:
                    return _refused(event.get("message", "the run was stopped"))
        finally:
            run.stop()  # at once when the call is cancelled, whenever the iterator is collected
        raise AssertionError("a run ends with a last event")


def _offers(tools: Tools) -> tuple[Offer, ...]:
    return (
        Offer(
            "ask",
            "Answer a question on deep learning from curated notes, every sentence with its citation; a question that "
            "the notes do not cover is refused. Names the experiment that tests the answer, if there is one.",
            Asked,
            tools.ask,
        ),
        Offer(
            "list_demos",
            "List the experiments: what each shows, its claims, and its parameters with bounds and defaults.",
            Listed,
            tools.list_demos,
        ),
        Offer(
            "run_demo",
            "Run an experiment: train networks over many seeds and report each claim's effect with a 95% interval, "
            "whether it holds, and the picture. Takes seconds; cancelling stops it.",
            Ordered,
            tools.run_demo,
        ),
    )


def _told(answer: Answer) -> str:
    """An answer for a language model to read: its text, its sources, the call that runs its experiment."""
    sources = [
        f"[{cited.n}] {cited.title} › {cited.section} "
        f"({cited.note}.{cited.language}.md:{cited.start_line}-{cited.end_line})"
        for cited in answer.citations
    ]
    parts = [answer.text]
    if sources:
        parts.append("\n".join(["Sources:", *sources]))
    if answer.hint:
        parts.append("This is a hint; the same call without study gives the answer.")
    if answer.demo:
        parts.append("\n".join(_ordered(answer.demo)))
    if answer.follow_ups:
        parts.append("\n".join(["Questions that lead on:", *(f"- {question}" for question in answer.follow_ups)]))
    return "\n\n".join(parts)


def _ordered(launch: DemoLaunch) -> Iterator[str]:
    """The calls that run an experiment, with what the first sets, and a line for each value that cannot be set."""
    first, *others = (f"run_demo {json.dumps({'name': launch.name, 'parameters': params})}" for params in runs(launch))
    said = setting(launch.name, launch.params, "en")
    yield f"Experiment: {first}" + (f"  ({said})" if said else "")
    yield from (f"To compare with: {other}" for other in others)
    yield from clamped(launch, "en")


def _listed(entry: dict[str, Any], language: Language) -> dict[str, Any]:
    """A row of the catalogue in one language."""
    return {
        "name": entry["name"],
        "title": entry["title"][language],
        "summary": entry["summary"][language],
        "claims": [claim["text"][language] for claim in entry["claims"]],
        "parameters": [_parameter(parameter, language) for parameter in entry["parameters"]],
    }


def _parameter(parameter: dict[str, Any], language: Language) -> dict[str, Any]:
    range_ = ("choices",) if parameter["type"] == "choice" else ("minimum", "maximum")
    kept = {name: parameter[name] for name in ("name", "type", "default", *range_)}
    return {**kept, "help": parameter["help"][language]}


def _found(result: Event, language: Language) -> CallToolResult:
    """What a run found: in words, as data, and as a picture where this machine has a font for it."""
    claims = [
        {
            "id": claim["id"],
            "text": claim["text"][language],
            "metric": claim["metric"],
            **{name: claim[name] for name in ("effect", "ci95", "minimum", "holds")},
            "sentence": claim["sentence"][language],
        }
        for claim in result["claims"]
    ]
    found = {name: result[name] for name in ("demo", "params", "seeds", "device", "seconds")} | {"claims": claims}
    words = "\n".join(f"{'✓' if claim['holds'] else '✗'} {claim['sentence']}" for claim in claims)
    content: list[Any] = [_text(words)]
    from demos.kit.raster import png

    try:
        picture = base64.b64encode(png(result, language)).decode()
    except kit.DemoError as error:
        content.append(_text(f"There is no picture: {error}."))
    else:
        content.append(ImageContent(type="image", data=picture, mime_type="image/png"))
    return CallToolResult(content=content, structured_content=found)


def _text(text: str) -> TextContent:
    return TextContent(type="text", text=text)


def _refused(line: str) -> CallToolResult:
    return CallToolResult(content=[_text(line)], is_error=True)
