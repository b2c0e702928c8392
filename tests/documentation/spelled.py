"""Terms and conditions of pipelines as one reads them."""

from sigma_amsi.pattern import AnyMany, Pattern
from sigma_amsi.predicate.tree import And, AnyField, Matches, Not, Null, Or, Predicate, Test
from sigma_amsi.term import Absent, Column, Field, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText

_MOST_PAIRS = 10
"""Of a longer table only the beginning is shown."""


def term(what: Term) -> str:
    """What a field is: `A`, `A, else B`, `A + '\\' + B`, `if C = x: A; else B`."""
    match what:
        case Column(name) | Field(name):
            return name
        case Text(value):
            return f"'{value}'"
        case Absent():
            return "nothing"
        case Join(parts):
            return " + ".join(map(_inside, parts))
        case First(terms):
            return ", else ".join(map(_inside, terms))
        case When(test, then, otherwise):
            return f"if {condition(test)}: {_inside(then)}; else {_inside(otherwise)}"
        case Prefix(of, table):
            return f"{_inside(of)} with {_pairs(table)} at its beginning"
        case Values(of, table):
            return f"{_inside(of)} with {_pairs(table)}"
        case XmlText(of):
            return f"{_inside(of)} decoded from XML"
        case NumberText(of, style):
            return f"{_inside(of)} written as {style}"


def condition(what: Predicate) -> str:
    """What rows of a log source have to be: `A = x and B in (y, z)`."""
    match what:
        case And(parts):
            return " and ".join(f"({condition(part)})" if isinstance(part, Or) and not _listed(part) else condition(part) for part in parts)
        case Or(parts):
            return _listed(what) or " or ".join(f"({condition(part)})" if isinstance(part, And) else condition(part) for part in parts)
        case Not(Test(subject, Null())):
            return f"{_subject(subject)} is present"
        case Not(part):
            return f"not ({condition(part)})"
        case Test(subject, Null()):
            return f"{_subject(subject)} is absent"
        case Test(subject, Matches(pattern)):
            return f"{_subject(subject)} = {_pattern(pattern)}"
    raise AssertionError(f"pipelines have no such condition: {what}")


def _listed(what: Or) -> str:
    """The alternatives as a list of values of one subject; nothing where they are something else."""
    tests = [part for part in what.parts if isinstance(part, Test) and isinstance(part.holds, Matches)]
    if len(tests) < len(what.parts) or len({test.subject for test in tests}) != 1:
        return ""
    values = [_pattern(test.holds.pattern) for test in tests if isinstance(test.holds, Matches)]
    return f"{_subject(tests[0].subject)} in ({', '.join(values)})"


def _subject(subject: Term | AnyField) -> str:
    return "any field" if isinstance(subject, AnyField) else _inside(subject)


def _inside(what: Term) -> str:
    """A term inside another, in parentheses where it is composed."""
    text = term(what)
    return text if isinstance(what, Column | Field | Text | Absent) else f"({text})"


def _pairs(table: tuple[tuple[str, str], ...]) -> str:
    shown = [f"{own} as {other or 'nothing'}" for own, other in table[:_MOST_PAIRS]]
    if len(table) > _MOST_PAIRS:
        shown.append(f"and {len(table) - _MOST_PAIRS} more")
    return ", ".join(shown)


def _pattern(pattern: Pattern) -> str:
    return "".join("*" if isinstance(token, AnyMany) else token if isinstance(token, str) else "?" for token in pattern.tokens) or "''"
