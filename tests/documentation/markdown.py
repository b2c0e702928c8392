"""Pieces of Markdown pages."""

from collections.abc import Iterable

GENERATED = "<!-- Printed by `python -m tests.documentation`. -->"


def page(title: str, introduction: str, *parts: str) -> str:
    """A page: a title, what it is about, and its parts, with a blank line between them."""
    return "\n\n".join([f"# {title}", GENERATED, introduction, *(part for part in parts if part)]) + "\n"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; nothing where it has no rows."""
    lines = [_row(row) for row in rows]
    if not lines:
        return ""
    columns = list(head)
    return "\n".join([_row(columns), "|" + "---|" * len(columns), *lines])


def code(text: str) -> str:
    """Text in the type of code, also where it has backticks in it."""
    fence = "``" if "`" in text else "`"
    padded = f" {text} " if text.startswith("`") or text.endswith(("`", "\\")) else text
    return f"{fence}{padded}{fence}"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
