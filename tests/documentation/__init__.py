"""The pages of `docs/reference`, printed from what the code itself goes by. `python -m tests.documentation` writes them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from .pages import codes, facts, index, languages, limits
from .pipelines import pipelines

_CHECKOUT = Path(os.environ.get("SIGMA_AMSI_CHECKOUT") or Path(__file__).resolve().parents[2])
FOLDER: Final = _CHECKOUT / "docs" / "reference"
COMMAND: Final = "python -m tests.documentation"


def pages() -> Mapping[Path, str]:
    """Every page with its text."""
    texts = {"languages.md": languages(), "limits.md": limits(), "codes.md": codes(), "facts.md": facts(), **pipelines()}
    texts["README.md"] = index(texts)
    return {FOLDER / name: text for name, text in texts.items()}
