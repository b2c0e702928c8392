"""Disagreements that are known, each with the reason why the reading is not wrong.

An explanation is checked, not believed: it counts only where what it says accounts for the difference.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sigma_amsi.errors import Unreadable
from sigma_amsi.predicate.evaluate import evaluate
from tests.engines.answers import Hits

from .compare import Disagreement, Outcome, reading, record
from .subjects import Subject

_MEMBER: Final = re.compile(r"""(?<!tostring\()(?:\bd\b|\bEventData\.Image|\bEventData\["Image"\])""")
_EXTENDED: Final = re.compile(r"extend ([a-z]) =")
_LOWER: Final = {"İ": "i", "\u212a": "k", "\u212b": "å", "ẞ": "ß"}
_ORBIT: Final = {**_LOWER, "ſ": "s", "ς": "σ"}
_FOLDINGS: Final = (str.maketrans(_LOWER), str.maketrans(_ORBIT))
"""What lower-casing makes of letters without a pair, and what regular expressions without case make of them."""
_CLASS_LETTER: Final = re.compile(r"\\[wWdDsSbB]")


@dataclass(frozen=True)
class Explanation:
    """Why engine and parser differ, and where that is documented or was measured."""

    name: str
    languages: tuple[str, ...]
    says: str
    source: str
    covers: Callable[[Subject, Disagreement], bool]


def explanation(subject: Subject, found: Disagreement) -> str | None:
    """The name of what explains the disagreement; None where nothing does.

    Nothing explains a query of ours that the parser does not read as it was meant.
    """
    if found.engine is found.parser or found.meant not in (None, found.parser):
        return None
    return next((each.name for each in EXPLANATIONS if subject.language in each.languages and each.covers(subject, found)), None)


def _folds_unpaired(subject: Subject, found: Disagreement) -> bool:
    """Whether the reading gives the engine's answer once those letters are spelled as the engine folds them."""
    if found.engine is Outcome.REJECTED:
        return False
    for folding in _FOLDINGS:
        row = {name: [value.translate(folding) for value in values] for name, values in found.row.items()}
        meaning = reading(subject, found.question.text.translate(folding))
        if not isinstance(meaning, Unreadable) and evaluate(meaning, record(row)) is (found.engine is Outcome.FINDS):
            return True
    return False


def _has_unicode_class(_: Subject, found: Disagreement) -> bool:
    values = [value for values in found.row.values() for value in values]
    return bool(_CLASS_LETTER.search(found.question.text)) and not all(map(str.isascii, values))


def _looks_into_json(subject: Subject, found: Disagreement) -> bool:
    """Whether the stand-in gives the reading's answer of the same value as a string."""
    text = _MEMBER.sub(r"tostring(\g<0>)", found.question.text)
    (answer,) = subject.ask([found.row], [text])
    return isinstance(answer, Hits) and bool(answer.rows) is (found.parser is Outcome.FINDS)


def _has_unread_column(subject: Subject, found: Disagreement) -> bool:
    names = _EXTENDED.findall(found.question.text)
    texts = (f"{found.question.text}\n| where isnotempty({name}) or isnull({name})" for name in names)
    return found.engine is Outcome.REJECTED and any(isinstance(reading(subject, text), Unreadable) for text in texts)


EXPLANATIONS: Final = (
    Explanation(
        "automaton",
        ("lucene", "kibana"),
        "Whether Lucene finds an expression too complex depends on its version and settings, and not on what the query means.",
        "Elasticsearch, Query string query: max_determinized_states",
        lambda _, found: found.engine is Outcome.REJECTED and "TooComplexToDeterminize" in found.reason,
    ),
    Explanation(
        "unpaired-case",
        ("lucene", "kibana", "kusto"),
        "Letters whose other case is not a pair (İ, K, ſ, ẞ, ς) fold in Java, in DuckDB and not in the project, which promises nothing of them.",
        "sigma_amsi.characters; Lucene, LowerCaseFilter: Character.toLowerCase",
        _folds_unpaired,
    ),
    Explanation(
        "ascii-classes",
        ("kusto",),
        "In the stand-in's RE2 the classes \\w, \\d, \\s and the edge \\b are ASCII; in Kusto they are Unicode.",
        "Kusto, Regex syntax: Perl character classes (Unicode friendly)",
        _has_unicode_class,
    ),
    Explanation(
        "terms-of-a-dynamic",
        ("kusto",),
        "The stand-in's hasprefix, hassuffix, and all comparisons of iff() of dynamic values, look at JSON text, with its quotes and escapes.",
        "Kusto, The dynamic data type: a string in it is that string",
        _looks_into_json,
    ),
    Explanation(
        "column-that-nothing-reads",
        ("kusto",),
        "A computed column that no condition looks at is not read, so that an error of types in it is not seen. The engine refuses the whole query.",
        "sigma_amsi.backends.kusto.parse",
        _has_unread_column,
    ),
)
