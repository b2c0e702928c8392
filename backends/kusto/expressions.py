"""Predicates and terms as Kusto expressions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sigma_amsi.errors import Refused
from sigma_amsi.pattern import exactly, starting
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate.evaluate import decode_xml, passes
from sigma_amsi.predicate.pushing import can_be_empty
from sigma_amsi.predicate.tree import And, AnyField, Exists, Matcher, Matches, Not, Null, Or, Predicate, Regex, Same, Test
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText

from .layout import Call, Expression, Leaf, chain, flat, negated
from .leaves import Kind, Subject, comparison, listable, listed, presence
from .text import literal, member, name

_KINDS: Mapping[str, Kind] = {
    "text": "text",
    "address": "text",
    "dynamic": "text",
    "integer": "integer",
    "boolean": "boolean",
    "time": "time",
}

_PREDICATES = (And, Or, Not, Test)

MOST_ARGUMENTS = 64
"""Of `strcat` and `coalesce`, says the binder."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What expressions are written in: the table, and the columns that `extend` has made so far."""

    table: Table
    extended: Mapping[Term, Subject]

    # -- predicates ---------------------------------------------------------------------------------------------------------------------

    def condition(self, predicate: Predicate, *, under_not: bool = False) -> Expression:
        """The expression of a predicate; under a `not` it is never null."""
        if isinstance(predicate, Test):
            return self._test(predicate, under_not=under_not)
        if isinstance(predicate, Not):
            return self._negation(predicate.part)
        parts: list[Expression] = []
        for part in predicate.parts if isinstance(predicate, And) else self._with_lists(predicate):
            # A comprehension would cost a second stack frame for every level.
            parts.append(self.condition(part, under_not=under_not) if isinstance(part, _PREDICATES) else part)
        return chain("and" if isinstance(predicate, And) else "or", parts)

    def _negation(self, part: Predicate) -> Expression:
        if isinstance(part, Test) and not isinstance(part.subject, AnyField):
            if isinstance(part.holds, Null):
                return presence(self.subject(part.subject, part), part)
            if isinstance(part.holds, Exists):
                return self._test(Test(part.subject, Null()), under_not=True)
        return negated(self.condition(part, under_not=True))

    def _with_lists(self, predicate: Or) -> list["Predicate | Expression"]:
        """The parts of a disjunction, with equalities of one subject made into one `in`."""
        lists: dict[tuple[Term, bool], list[tuple[str, Test]]] = {}
        keys = [self._list_key(part) for part in predicate.parts]
        for part, key in zip(predicate.parts, keys, strict=True):
            if key is not None:
                assert isinstance(part, Test)
                lists.setdefault(key[:2], []).append((key[2], part))
        parts: list[Predicate | Expression] = []
        for part, key in zip(predicate.parts, keys, strict=True):
            if key is None:
                parts.append(part)
            elif key[:2] in lists:
                texts = lists.pop(key[:2])
                subject = self.subject(key[0], texts[0][1])
                parts.append(listed(subject, tuple(text for text, _ in texts), cased=key[1]) if len(texts) > 1 else part)
        return parts

    def _list_key(self, part: Predicate) -> tuple[Term, bool, str] | None:
        if not isinstance(part, Test) or isinstance(part.subject, AnyField) or not isinstance(part.holds, Matches):
            return None
        text = listable(self.subject(part.subject, part), part.holds)
        return None if text is None else (part.subject, part.holds.cased, text)

    def _test(self, test: Test, *, under_not: bool) -> Expression:
        if isinstance(test.subject, AnyField):
            raise Refused(
                "keyword-search",
                "`search` and `*` look into every column of a Kusto table, also into those that are not of the event",
                hint="give the pipeline's log source a `keyword` term",
                test=test,
            )
        other = self.subject(test.holds.other, test) if isinstance(test.holds, Same) else None
        subject = self.subject(test.subject, test)
        return comparison(subject, test, other, under_not=under_not)

    def subject(self, term: Term, test: Test) -> Subject:
        """What a test compares. A composed term has been made a column by `extend`."""
        if term in self.extended:
            return self.extended[term]
        if isinstance(term, Column):
            return self._column(term, test)
        return Subject(flat(self.value(term, test)), may_be_empty=can_be_empty(term, self.table))

    def _column(self, column: Column, test: Test | None) -> Subject:
        kind = self.table.column(column.name)
        assert kind is not None, f"{self.table.name} has no column {column.name}"
        if kind.many:
            raise Refused("several-values", f"{column.name} holds several values, which Kusto would compare as one text", test=test)
        if kind.compares == "folded" and test is not None and getattr(test.holds, "cased", False):
            raise Refused("case-insensitive-column", f"{column.name} does not keep the case of its values", test=test)
        return _plain(column.name, self.table)

    # -- terms --------------------------------------------------------------------------------------------------------------------------

    def number(self, term: Term) -> Expression | None:
        """The term as a number, if it is a column of numbers or chooses between such."""
        if isinstance(term, Column):
            subject = self._column(term, None)
            return Leaf(subject.expression) if subject.kind == "integer" else None
        if not isinstance(term, When):
            return None
        then, otherwise = self.number(term.then), self.number(term.otherwise)
        return None if then is None or otherwise is None else Call("iff", (self.condition(term.test), then, otherwise))

    def value(self, term: Term, test: Test | None, *, guarded: bool = True) -> Expression:
        """The term as a string: the empty one where it is absent.

        guarded: `strcat` gives its constants even when there is nothing to join; whether that has to be kept from showing.
        """
        if term in self.extended:
            return Leaf(self.extended[term].as_text.expression, depth=2)
        match term:
            case Column():
                subject = self._column(term, None)
                if subject.kind == "time":
                    raise Refused("term-unsupported", f"Kusto would spell the time in {term.name} in its own way", test=test)
                return Leaf(subject.as_text.expression)
            case Text(text):
                return Leaf(literal(text), depth=1)
            case Absent():
                return Leaf('""', depth=1)
            case Join(parts):
                return self._join(parts, test, guarded=guarded)
            case First(terms):
                _check_arguments(terms, test)
                return Call("coalesce", tuple(self.value(each, test) for each in terms))  # "coalesce()": skips empty strings, too
            case When():
                return self._when(term, test, guarded=guarded)
            case Prefix(Values(of, pairs), table):
                return self._values(of, tuple((own, _respelled(other, table)) for own, other in pairs))
            case Prefix(of, table):
                return self._prefix(of, table, test, guarded=guarded)
            case Values(of, table):
                return self._values(of, table)
            case XmlText(of):
                decoded = self.value(of, test, guarded=guarded)
                for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
                    decoded = Call("replace_string", (decoded, Leaf(literal(entity), 1), Leaf(literal(character), 1)))
                return decoded
            case NumberText():
                raise Refused("term-unsupported", "the test asks for too many numbers at once", hint="name whole values", test=test)
        raise AssertionError(f"a field is left: {term}")

    def _join(self, parts: tuple[Term, ...], test: Test | None, *, guarded: bool) -> Expression:
        _check_arguments(parts, test)
        joined = Call("strcat", tuple(self.value(part, test) for part in parts))
        if not guarded or not ghosts(Join(parts)):
            return joined
        variable = [self.value(part, test) for part in parts if not isinstance(part, Text)]
        nothing = chain("and", [Call("isempty", (part,)) for part in variable])
        return Call("iff", (nothing, Leaf('""', depth=1), joined))

    def _when(self, term: When, test: Test | None, *, guarded: bool) -> Expression:
        branches: list[tuple[Expression, Expression]] = []
        rest: Term = term
        while isinstance(rest, When):
            branches.append((self.condition(rest.test), self.value(rest.then, test, guarded=guarded)))
            rest = rest.otherwise
        otherwise = self.value(rest, test, guarded=guarded)
        return _case(branches, otherwise) if len(branches) > 1 else Call("iff", (*branches[0], otherwise))

    def _values(self, of: Term, table: tuple[tuple[str, str], ...]) -> Expression:
        branches = [(self.condition(Test(of, Matches(exactly(own)))), Leaf(literal(other), 1)) for own, other in table]
        return _case(branches, Leaf('""', depth=1))

    def _prefix(self, of: Term, table: tuple[tuple[str, str], ...], test: Test | None, *, guarded: bool) -> Expression:
        whole = self.value(of, test, guarded=guarded)
        branches: list[tuple[Expression, Expression]] = []
        for own, other in table:
            if max(own, default="") > "\uffff":
                # "strlen()" counts code points; of "substring()" it is not said.
                raise Refused("term-unsupported", f"Kusto does not say where {own!r} ends: it may count a character as two", test=test)
            begins = self.condition(Test(of, Matches(starting(own))))
            rest = Call("substring", (whole, Leaf(str(len(own)), depth=1)))
            branches.append((begins, Call("strcat", (Leaf(literal(other), 1), rest)) if other else rest))
        return _case(branches, whole)


def ghosts(term: Term) -> frozenset[str]:
    """The texts that an unguarded expression of the term may give on rows where the term is absent."""
    match term:
        case Join(parts):
            if any(never_absent(part) for part in parts if not isinstance(part, Text)):
                return frozenset()
            constant = "".join(part.value for part in parts if isinstance(part, Text))
            return frozenset({constant} if constant else ())
        case When(_, then, otherwise):
            return ghosts(then) | ghosts(otherwise)
        case Prefix(of, table):
            return frozenset(_respelled(ghost, table) for ghost in ghosts(of))
        case XmlText(of):
            return frozenset(map(decode_xml, ghosts(of)))
    return frozenset()


def noticed(term: Term, matchers: list[Matcher]) -> bool:
    """Whether one of the tests can tell the term from its unguarded expression."""
    return any(not isinstance(holds, Matches | Regex) or passes(ghost, holds, {}) for ghost in ghosts(term) for holds in matchers)


def never_absent(term: Term) -> bool:
    """Whether the term has a value on every row."""
    match term:
        case Text(value):
            return value != ""
        case First(terms):
            return any(map(never_absent, terms))
        case Join(parts):
            return any(never_absent(part) for part in parts if not isinstance(part, Text))
        case When(_, then, otherwise):
            return never_absent(then) and never_absent(otherwise)
        case Prefix(of) | XmlText(of) | NumberText(of):
            return never_absent(of)
    return False


def _check_arguments(parts: tuple[Term, ...], test: Test | None) -> None:
    if len(parts) > MOST_ARGUMENTS:
        raise Refused("limit-clauses", f"strcat and coalesce take at most {MOST_ARGUMENTS} arguments", test=test)


@lru_cache(maxsize=4096)
def _plain(column: str, table: Table) -> Subject:
    """A column as it is compared, found out once for each column of a table."""
    kind = table.column(column)
    assert kind is not None, f"{table.name} has no column {column}"
    return Subject(_spelled(column, kind, table), _KINDS.get(kind.kind, "text"), kind.native or "string")


def _spelled(column: str, kind: ColumnType, table: Table) -> str:
    if kind.kind == "dynamic":
        root = table.column(column.split(".")[0])
        return f"tostring({member(column, of_text=root is not None and root.kind == 'text')})"
    return f"tostring({name(column)})" if kind.native == "guid" else name(column)


def _case(branches: Sequence[tuple[Expression, Expression]], otherwise: Expression) -> Expression:
    return Call("case", (*(each for branch in branches for each in branch), otherwise), together=2)


def _respelled(text: str, table: tuple[tuple[str, str], ...]) -> str:
    for own, other in table:
        if passes(text, Matches(starting(own)), {}):
            return other + text[len(own) :]
    return text
