"""An answer in the terminal: the text, its sources with file and lines, the experiment to run."""

from rich.console import Console
from rich.markup import escape

from tutor.answering import Answer


def print_answer(answer: Answer) -> None:
    """Print an answer for a person to read; plain text when standard output is not a terminal."""
    console = Console(soft_wrap=True, highlight=False)
    chinese = answer.language == "zh"
    console.print(escape(answer.text))
    if answer.citations:
        console.print("\n[bold]" + ("来源" if chinese else "Sources"))
    for citation in answer.citations:
        place = f"{citation.note}.{citation.language}.md:{citation.start_line}-{citation.end_line}"
        console.print(escape(f"[{citation.n}] {citation.title} › {citation.section}  ({place})"))
    if answer.demo:
        flags = "".join(f" --{name.replace('_', '-')} {value}" for name, value in answer.demo.params.items())
        console.print("\n[bold]" + ("动手验证" if chinese else "See for yourself"))
        console.print(escape(f"python -m demos {answer.demo.name}{flags}"))
    if answer.follow_ups:
        console.print("\n[bold]" + ("接着可以问" if chinese else "You could go on with"))
    for question in answer.follow_ups:
        console.print(escape(f"- {question}"))
