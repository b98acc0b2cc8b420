"""YAML as data that people type: no anchors, no endless nesting, checked before anything is built from it."""

from typing import Any

import yaml

DEEPEST = 20  # levels of brackets
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # with libyaml ten times as fast


class YamlFault(ValueError):
    """A text is not YAML of this kind; `line` counts from 1, 0 if it is not known."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.line = line


def load_yaml(text: str, deepest: int = DEEPEST) -> Any:
    """What the text says: dicts, lists and scalars. The caller has bounded its length.

    Raises:
        YamlFault: it is not YAML, or has anchors, or is nested deeper than `deepest`.
    """
    try:
        _check_shape(text, deepest)
        loaded = yaml.load(text, Loader=LOADER)
        repr(loaded)  # fails for a number of more digits than Python writes, such as 0xfff…
        return loaded
    except YamlFault:
        raise
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or (str(error).splitlines() or ["it is not YAML"])[0]
        raise YamlFault(reason, mark.line + 1 if mark else 0) from None


def _check_shape(text: str, deepest: int) -> None:
    """Refuse what is small as text and huge when it is loaded, or so deep that the loader in C dies of it."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):  # ten short lines of them can expand to gigabytes
            raise YamlFault("anchors and aliases are not allowed here", event.start_mark.line + 1)
        if depth > deepest:
            raise YamlFault(f"more than {deepest} levels of brackets", event.start_mark.line + 1)
