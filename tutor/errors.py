"""Errors that a person sees, one line each.

    TutorError            anything wrong that the reader of the message can put right
    ├── CorpusError       a note or the corpus folder cannot be read
    ├── IndexDamaged      a stored index fails its checks (callers rebuild it)
    └── SettingsError     a setting has a value that cannot work

A message names the value, what was expected and what to do next.
"""


class TutorError(Exception):
    """Base class; `str(error)` is one line fit to be shown as it is."""


class CorpusError(TutorError):
    """A note or the corpus folder cannot be read."""


class IndexDamaged(TutorError):
    """A stored index fails its checks."""


class SettingsError(TutorError):
    """A setting has a value that cannot work."""
