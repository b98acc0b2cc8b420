"""Where in its file something stands that a note holds without its line."""

from tutor.corpus.notes import Note, Section


def line_of(note: Note, field: str, value: str = "") -> int:
    """The line of the front matter that says `value`, from the one of `field` on; 1 if there is no such field."""
    lines = note.text[: note.text.find("\n---", 3)].split("\n")
    start = next((number for number, line in enumerate(lines) if line.startswith(f"{field}:")), None)
    if start is None:
        return 1
    for number, line in enumerate(lines[start:], start + 1):
        if value and value in line:
            return number
    return start + 1


def key_lines(note: Note, section: Section) -> dict[str, int]:
    """The line of each question key of a section."""
    lines = note.lines(section.start_line, section.end_line).split("\n")
    return {line.strip(): number for number, line in reversed(list(enumerate(lines, section.start_line)))}
