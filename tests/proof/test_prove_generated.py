"""The prover on generated claims: what it proves no row contradicts, and what it refutes its own row shows."""

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_amsi.characters import Chars
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate.evaluate import Cell, evaluate, regex_test
from sigma_amsi.predicate.tree import TRUE, And, Not, Null, Or, Predicate, Test
from sigma_amsi.proof.prove import Claim, prove
from sigma_amsi.proof.verdict import Different, Narrower, Proved, ProvedAssuming, Unproved, Wider
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, Repeat, Sequence
from sigma_amsi.term import Column
from tests.proof.predicates import COLUMNS, predicates, rows

ESCAPED = Sequence(
    (
        Anchor(Place.TEXT_START),
        Repeat(Choice((OneOf(~Chars.of("&<>")), Sequence((Literal("&"), Choice((Literal("amp"), Literal("lt"))), Literal(";"))))), 0, None),
        Anchor(Place.TEXT_END),
    )
)
TABLE = Table(
    "t",
    {
        "a": ColumnType("a", absent_for=("",)),
        "b": ColumnType("b"),
        "c": ColumnType("c", texts=ESCAPED, texts_by="escaped"),
        "many": ColumnType("many", many=True),
    },
)
FEW_STEPS = 20_000


def claim(query: Predicate, detection: Predicate, where: Predicate = TRUE) -> Claim:
    return Claim(query, where, detection, TABLE, {name: Column(name) for name in TABLE.columns}, steps=FEW_STEPS)


def differing(one: Predicate, other: Predicate, several: list[dict[str, Cell]]) -> list[dict[str, Cell]]:
    return [row for row in several if is_possible(row) and evaluate(one, row) != evaluate(other, row)]


def is_possible(row: Mapping[str, Cell]) -> bool:
    shaped, never_empty = row.get("c"), row.get("a")
    return never_empty != "" and (shaped is None or regex_test(ESCAPED, True)(str(shaped)))


def check(query: Predicate, detection: Predicate, several: list[dict[str, Cell]]) -> None:
    verdict = prove(claim(query, detection))
    match verdict:
        case Proved() | ProvedAssuming():
            assert not differing(query, detection, several)
        case Unproved():
            pass
        case _:
            for witness, wanted, unwanted in (
                (verdict.obligations.detection.adds, query, detection),
                (verdict.obligations.detection.misses, detection, query),
            ):
                if witness is not None:
                    assert evaluate(wanted, witness.row)
                    assert not evaluate(unwanted, witness.row)
                    assert is_possible(witness.row)
    if not isinstance(verdict, Unproved):
        opposite = {Proved: Proved, ProvedAssuming: ProvedAssuming, Wider: Narrower, Narrower: Wider, Different: Different}
        assert isinstance(prove(claim(detection, query)), opposite[type(verdict)] | Unproved)


ROWS = st.lists(rows(), min_size=10, max_size=10)


@settings(max_examples=150, deadline=None)
@given(predicates(), predicates(), ROWS)
def test_two_predicates(query: Predicate, detection: Predicate, several: list[dict[str, Cell]]) -> None:
    check(query, detection, several)


@settings(max_examples=150, deadline=None)
@given(predicates(), predicates(COLUMNS), ROWS, st.integers(0, 3))
def test_a_predicate_and_a_variation_of_it(detection: Predicate, extra: Predicate, several: list[dict[str, Cell]], how: int) -> None:
    variations: list[Predicate] = [
        Or((And((detection, extra)), And((detection, Not(extra))))),
        And((detection, Or((extra, Not(Test(Column("b"), Null())))))),
        Or((detection, And((extra, Not(extra))))),
        Or((detection, extra)),
    ]
    query = variations[how]
    check(query, detection, several)
    if how in (0, 2):
        assert isinstance(prove(claim(query, detection)), Proved | Unproved)


@settings(max_examples=100, deadline=None)
@given(predicates())
def test_a_predicate_is_itself(predicate: Predicate) -> None:
    assert prove(claim(predicate, predicate)) == Proved()
