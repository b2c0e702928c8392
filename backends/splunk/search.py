"""Predicates as expressions of the `search` command, as far as it can say them.

`search` compares without case, one field with one value or list, and is two-valued: `NOT f=v` holds where the field is missing.
"""

from itertools import product
from math import prod

from sigma_amsi.characters import Chars
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import AnyMany, Pattern
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.tree import And, AnyField, Compare, Exists, InNetwork, Matches, Not, Null, Or, Predicate, Test
from sigma_amsi.term import Column, Term, XmlText

from .layout import Expression, Leaf, Listing, every, negated, some
from .text import is_time_range, search_name, search_value
from .xml import spellings

MOST_ALTERNATIVES = 64
"""`search` has no sets of characters. A pattern with more spellings than this is left to `where`."""


def search_expression(predicate: Predicate, table: Table) -> Expression | None:
    """The expression that says the predicate, or None where a part of it needs `where`."""
    if isinstance(predicate, Test):
        return _test(predicate, table)
    if isinstance(predicate, Not):
        denied = search_expression(predicate.part, table)
        return None if denied is None else negated(denied)
    parts: list[Expression] = []
    for part in predicate.parts if isinstance(predicate, And) else _with_lists(predicate):
        # A comprehension would cost a second stack frame for every level.
        said = search_expression(part, table) if isinstance(part, And | Or | Not | Test) else part
        if said is None:
            return None
        parts.append(said)
    if not parts:
        return None  # true and false have no words in `search`
    return every(parts) if isinstance(predicate, And) else some(parts)


def column_of(subject: Term | AnyField) -> Column | None:
    """The column behind a subject that `search` can name."""
    if isinstance(subject, XmlText):
        subject = subject.of
    return subject if isinstance(subject, Column) else None


def _with_lists(predicate: Or) -> list[Predicate | Expression]:
    """The parts of a disjunction, with the values of each field in one list."""
    lists: dict[str, list[str]] = {}
    found = [_listed(part) for part in predicate.parts]
    for listed in found:
        if listed is not None:
            lists.setdefault(listed[0], []).extend(listed[1])
    parts: list[Predicate | Expression] = []
    for part, listed in zip(predicate.parts, found, strict=True):
        if listed is None:
            parts.append(part)
        elif listed[0] in lists:
            parts.append(_comparison(listed[0], lists.pop(listed[0])))
    return parts


def _listed(part: Predicate) -> tuple[str, list[str]] | None:
    if not isinstance(part, Test) or not isinstance(part.holds, Matches) or part.holds.pattern.tokens == (AnyMany(),):
        return None
    values = _values(part)
    column = column_of(part.subject)
    return None if values is None or column is None else (search_name(column.name, part), values)


def _comparison(name: str, values: list[str]) -> Expression:
    values = list(dict.fromkeys(values))
    return Leaf(f"{name}={values[0]}") if len(values) == 1 else Listing(f"{name} IN", tuple(values))


def _test(test: Test, table: Table) -> Expression | None:
    column = column_of(test.subject)
    if column is None or is_time_range(column.name):
        return None
    name = search_name(column.name, test)
    match test.holds:
        case Null():
            check_emptiness(column, table, test)
            return negated(Leaf(f"{name}=*"))
        case Exists() | Matches(Pattern((AnyMany(),))):
            check_emptiness(column, table, test)
            return Leaf(f"{name}=*")
        case Matches():
            values = _values(test)
            return None if values is None else _comparison(name, values)
        case InNetwork(network):
            return Leaf(f'{name}="{network}"')
        case Compare(operator, number):
            check_number(column, table, test)
            return Leaf(f"{name}{operator}{number:f}")
    return None


def _values(test: Test) -> list[str] | None:
    """The quoted values of which one has to be equal, by `search`'s own reading; None where it has none."""
    assert isinstance(test.holds, Matches)
    column = column_of(test.subject)
    if column is None or is_time_range(column.name) or _depends_on_case(test.holds):
        return None
    values: list[str] = []
    for pattern in _alternatives(test.holds.pattern) or ():
        spelled = spellings(pattern) if isinstance(test.subject, XmlText) else [pattern]
        quoted = None if spelled is None else [search_value(each) for each in spelled]
        if quoted is None or None in quoted:
            return None
        values += [value for value in quoted if value is not None]
    return values or None


def _depends_on_case(holds: Matches) -> bool:
    return holds.cased and holds.pattern.has_case


def _alternatives(pattern: Pattern) -> list[Pattern] | None:
    """The pattern with each set of characters written out; None where that takes too many patterns."""
    count = prod(len(token) for token in pattern.tokens if isinstance(token, Chars))
    if count == 1:
        return [pattern]
    if not 0 < count <= MOST_ALTERNATIVES:
        return None
    choices = [list(token) if isinstance(token, Chars) else [token] for token in pattern.tokens]
    return [Pattern.of(*tokens) for tokens in product(*choices)]


def check_emptiness(column: Column, table: Table, test: Test) -> None:
    """Refuse to tell absent from empty: whether `f=*` and `isnull` take an empty value for one is not documented."""
    kind = table.column(column.name)
    assert kind is not None, f"there is no column {column.name}"
    if kind.kind == "text" and "" not in kind.absent_for:
        raise Refused("null-and-empty", f"Splunk does not say whether an empty {column.name} counts as missing", test=test)


def check_number(column: Column, table: Table, test: Test) -> None:
    """Refuse to compare a text by order: Splunk then compares character by character."""
    kind = table.column(column.name)
    assert kind is not None, f"there is no column {column.name}"
    if kind.kind != "integer":
        raise Refused(
            "number-order",
            f"{column.name} may hold text, which Splunk would order character by character",
            hint="declare the column as an integer in your site file, or use a target whose column is numeric",
            test=test,
        )
