"""Writes the pages of `docs/reference`, and removes those that are no more."""

from . import FOLDER, pages

if __name__ == "__main__":
    written = pages()
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in FOLDER.rglob("*.md"):
        if path not in written:
            path.unlink()
