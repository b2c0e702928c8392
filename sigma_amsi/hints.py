"""Hints for names that are not known."""

from collections.abc import Collection
from functools import lru_cache

_LONGEST = 100
"""Characters of a name that are compared: what is longer is no misspelling."""


def near(name: str, names: Collection[str]) -> str:
    """A hint that lists the names that look like `name`, or all when there are few; empty where nothing helps."""
    return _near(name[:_LONGEST], tuple(names))


@lru_cache(maxsize=1024)
def _near(name: str, names: tuple[str, ...]) -> str:
    """Kept, since many rules of a repository are refused for the same name, and the comparison is slow."""
    from difflib import get_close_matches  # only on the way to an error

    folded = {other.lower(): other for other in names}
    close = [folded[match] for match in get_close_matches(name.lower(), folded, 3, 0.6)]
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"known: {', '.join(dict.fromkeys(names))}" if 0 < len(names) <= 12 else ""
