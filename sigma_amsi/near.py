"""Events made from a rule: for every value and filter one that it decides, on both sides of the decision.

A test of a rule matters when some event matches the rule because of it, and a nearly equal one does not. Such a pair is a near hit and a near miss; a
test for which there is none can be taken out of the rule without changing what it means. This is the coverage that avionics calls MC/DC: every
condition is shown to decide the outcome by itself.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from sigma_amsi.characters import ANY_CHARACTER, Chars, other_case
from sigma_amsi.pattern import AnyMany, Pattern, Token, exactly
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate.evaluate import Cell, evaluate
from sigma_amsi.predicate.tree import FALSE, TRUE, And, AnyField, Exists, Matches, Not, Null, Or, Predicate, Same, Test
from sigma_amsi.predicate.walk import fields_of, map_tests, tests_of
from sigma_amsi.proof.prove import Claim, prove
from sigma_amsi.term import Column, Field

KEYWORD_FIELD = "Message"
"""Where an event of a keyword rule has the keyword: any field would do."""

STEPS = 20_000
"""The budget of one search. Events of rules are small; what takes longer is not worth waiting for."""

SEARCHES = 400
"""How many searches one rule may cost. Most pairs are made from others by changing one value, without a search."""


GIVEN_UP = 20
"""After so many searches without an answer the rule's other tests are left open, too: they are as hard."""


class Sample(Struct, frozen=True):
    """An event that one test decides.

    fields: Sigma field -> value. matches: whether the rule matches it; with the test's answer turned round it would be the other way.
    filters: whether the test stands under a negation.
    """

    fields: Mapping[str, Cell]
    matches: bool
    test: Test
    filters: bool


class Nearby(Struct, frozen=True):
    """What was made from a rule.

    dead: tests that can never decide: the rule means the same without them. open: tests for which it is not known, and why.
    """

    samples: tuple[Sample, ...]
    dead: tuple[Test, ...]
    open: tuple[tuple[Test, str], ...]


def nearby(predicate: Predicate) -> Nearby:
    """The near hits and near misses of a rule's predicate over fields, two for every test that matters, each confirmed by the evaluator."""
    return _Maker(predicate).make()


class _Place(Struct, frozen=True):
    """One occurrence of a test in the tree. path: the indexes of the parts that lead to it."""

    path: tuple[int, ...]
    test: Test
    filters: bool


class _Pair(Struct, frozen=True):
    """What an event has to satisfy to be the near hit, and the near miss, of a place."""

    hit: tuple[Predicate, Predicate]
    miss: tuple[Predicate, Predicate]


class _Dead(Exception):
    """There is no such event."""


class _Open(Exception):
    """It is not known whether there is such an event; the message says why."""


class _Maker(Struct):
    predicate: Predicate
    searches: int = 0
    unanswered: int = 0
    hits: list[Mapping[str, Cell]] = field(default_factory=list)

    def make(self) -> Nearby:
        samples: dict[tuple[tuple[tuple[str, Cell], ...], bool], Sample] = {}
        dead: list[Test] = []
        unknown: list[tuple[Test, str]] = []
        for place in _places(self.predicate):
            try:
                for sample in self._pair(place):
                    samples.setdefault((tuple(sorted(sample.fields.items(), key=str)), sample.matches), sample)
            except _Dead:
                dead.append(place.test)
            except _Open as reason:
                unknown.append((place.test, str(reason)))
        return Nearby(tuple(samples.values()), tuple(dead), tuple(unknown))

    def _pair(self, place: _Place) -> tuple[Sample, Sample]:
        wanted = _pair_of(self.predicate, place)
        hit = self._variation(place, wanted.hit) or self._search(wanted.hit)
        self.hits.append(hit)
        miss = _nearest_miss(hit, place.test, wanted.miss) or self._nearest_search(hit, place.test, wanted.miss)
        return Sample(hit, True, place.test, place.filters), Sample(miss, False, place.test, place.filters)

    def _variation(self, place: _Place, wanted: Sequence[Predicate]) -> Mapping[str, Cell] | None:
        """An earlier hit, as it is or with an example of the place's own test in its field."""
        example = _example(place.test)
        name = _field_of(place.test)
        for hit in self.hits[-3:]:
            if _satisfies(hit, wanted):
                return hit
            if example is not None and name is not None and _satisfies({**hit, name: example}, wanted):
                return {**hit, name: example}
        return None

    def _nearest_search(self, hit: Mapping[str, Cell], test: Test, wanted: Sequence[Predicate]) -> Mapping[str, Cell]:
        """The miss that differs from the hit in the test's field alone, or where there is none, any."""
        others = [Test(Field(name), Matches(_exact(value), cased=True)) for name, value in hit.items() if name != _field_of(test)]
        try:
            return self._search([*wanted, *others])
        except (_Dead, _Open):
            return self._search(wanted)

    def _search(self, wanted: Sequence[Predicate]) -> Mapping[str, Cell]:
        self.searches += 1
        if self.searches > SEARCHES or self.unanswered > GIVEN_UP:
            raise _Open("too many tests of the rule need a long search")
        parts = [map_tests(part, _over_columns) for part in wanted]
        # That no row satisfies the parts is the claim that they say the same as FALSE. A row is a witness against it.
        claim = Claim(And(tuple(parts)), TRUE, FALSE, _table(self.predicate), {}, steps=STEPS)
        found = prove(claim).obligations.detection
        if found.unproved:
            self.unanswered += 1
            raise _Open(found.unproved)
        if found.adds is None:
            raise _Dead
        if not _satisfies(found.adds.row, wanted):
            raise _Open("an event that would show it could not be confirmed")
        return found.adds.row


def _places(predicate: Predicate, path: tuple[int, ...] = (), filters: bool = False) -> Iterator[_Place]:
    match predicate:
        case Test():
            yield _Place(path, predicate, filters)
        case Not(part):
            yield from _places(part, (*path, 0), not filters)
        case And(parts) | Or(parts):
            for index, part in enumerate(parts):
                yield from _places(part, (*path, index), filters)


def _pair_of(predicate: Predicate, place: _Place) -> _Pair:
    """A test under no negation can only add matches, one under a negation only take some away."""
    with_yes, with_no = _replaced(predicate, place.path, TRUE), _replaced(predicate, place.path, FALSE)
    less, more = (with_yes, with_no) if place.filters else (with_no, with_yes)
    return _Pair(hit=(predicate, Not(less)), miss=(Not(predicate), more))


def _replaced(predicate: Predicate, path: tuple[int, ...], by: Predicate) -> Predicate:
    if not path:
        return by
    if isinstance(predicate, Not):
        return Not(_replaced(predicate.part, path[1:], by))
    assert isinstance(predicate, And | Or)
    parts = list(predicate.parts)
    parts[path[0]] = _replaced(parts[path[0]], path[1:], by)
    return type(predicate)(tuple(parts))


def _satisfies(event: Mapping[str, Cell], wanted: Sequence[Predicate]) -> bool:
    return all(evaluate(part, event) for part in wanted)


def _nearest_miss(hit: Mapping[str, Cell], test: Test, wanted: Sequence[Predicate]) -> Mapping[str, Cell] | None:
    """The hit with the smallest change to the test's field that makes it the miss: a character less, a character more, another case."""
    name = _field_of(test)
    if name is None:
        return None
    value = hit.get(name)
    changed = _edits(value) if isinstance(value, str) else iter(())
    example = _example(test)
    candidates = [*changed, *([example] if example is not None else [])]
    return next((event for text in candidates if _satisfies(event := {**hit, name: text}, wanted)), None)


def _edits(text: str) -> Iterator[str]:
    """Texts next to a text, most telling first."""
    middle = len(text) // 2
    if text:
        yield from (text[:-1], text[1:], text[:middle] + text[middle + 1 :])
    yield from (f"{text}x", f"x{text}", f"{text[:middle]}x{text[middle:]}")
    yield "".join(map(other_case, text))


def _example(test: Test) -> str | None:
    """A text that a pattern matches; None for other matchers."""
    return "".join(map(_shortest, test.holds.pattern.tokens)) if isinstance(test.holds, Matches) else None


def _shortest(token: Token) -> str:
    if isinstance(token, AnyMany):
        return ""
    if isinstance(token, Chars):
        return "x" if token == ANY_CHARACTER else next(iter(token))
    return token


def _exact(value: Cell) -> Pattern:
    return exactly(value if isinstance(value, str) else str(value))


def _field_of(test: Test) -> str | None:
    """The field of an event that decides the test."""
    if isinstance(test.subject, AnyField):
        return KEYWORD_FIELD
    return test.subject.name if isinstance(test.subject, Field) else None


def _over_columns(test: Test) -> Predicate:
    """The test as the prover takes it, which knows columns: a field is a column of the same name, and present is what is not absent."""
    name = _field_of(test)
    assert name is not None
    column = Column(name)
    match test.holds:
        case Exists():
            return Not(Test(column, Null()))
        case Same(Field(other), how, cased):
            return Test(column, Same(Column(other), how, cased))
    return Test(column, test.holds)


def _table(predicate: Predicate) -> Table:
    names = {*fields_of(predicate), *(KEYWORD_FIELD for test in tests_of(predicate) if isinstance(test.subject, AnyField))}
    return Table("", {name: ColumnType(name) for name in names})
