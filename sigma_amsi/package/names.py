"""Names of detections: made from titles, legal in the format, unique in the package, and the same whatever the order of the rules."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

from sigma_amsi.package.format import Names


def name_detections(titles: Mapping[str, str], names: Names) -> dict[str, str]:
    """The names of detections by id, from what they should be called by id.

    A name that is free and fits stays as it is. One that is cut, reserved or taken twice ends in the short id of its rule, all that share it alike.
    """
    legal = {rule_id: legal_name(title, names) or rule_id for rule_id, title in titles.items()}
    endings = {rule_id: 1 if len(name) > names.longest else 0 for rule_id, name in legal.items()}
    while True:
        named = {rule_id: _ended(name, rule_id, endings[rule_id], names.longest) for rule_id, name in legal.items()}
        taken = Counter(_folded(name, names) for name in named.values())
        taken.update(_folded(name, names) for name in names.reserved)
        clashing = [rule_id for rule_id, name in named.items() if taken[_folded(name, names)] > 1 and endings[rule_id] < 2]
        if not clashing:
            return named
        for rule_id in clashing:
            endings[rule_id] += 1


def legal_name(title: str, names: Names) -> str:
    """The title without what a name may not have; its length is as it comes out."""
    shown = "".join(_legal(character, names.unsafe) for character in title)
    return re.sub(r"\s+", " ", shown).strip()


def _legal(character: str, unsafe: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":  # joiners, marks of direction: nothing that can be seen
        return ""
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "-" if character in unsafe or category == "Cs" else character


def _ended(name: str, rule_id: str, ending: int, longest: int) -> str:
    if ending == 0:
        return name
    tail = f" ({rule_id[:8] if ending == 1 else rule_id})"
    return name[: longest - len(tail)].rstrip() + tail


def _folded(name: str, names: Names) -> str:
    return name.casefold() if names.folded else name
