"""Substitution: which columns are tested, what is refused, and what is named."""

from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path

import pytest

from sigma_amsi.characters import Chars
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import ANY_MANY, Pattern, containing, ending, exactly, starting
from sigma_amsi.pipeline.model import Pipeline
from sigma_amsi.pipeline.read import load_pipeline
from sigma_amsi.pipeline.schema import EMPTY_IS_ABSENT
from sigma_amsi.pipeline.subjects import LogSourceFields
from sigma_amsi.pipeline.substitute import Substitution, substitute
from sigma_amsi.predicate.tree import (
    And,
    AnyField,
    Compare,
    Empty,
    Exists,
    InNetwork,
    Matcher,
    Matches,
    Not,
    Null,
    Or,
    Predicate,
    Regex,
    Same,
    Test,
)
from sigma_amsi.regex.tree import Anchor, Choice, Literal, Place, Repeat, sequence
from sigma_amsi.term import Column, Field, First, Join, Prefix, Text, Values

FILES = Path(__file__).parent / "files"
HARBOUR = load_pipeline(str(FILES / "harbour.yml"))
NUMBERED = load_pipeline(str(FILES / "harbour.yml"), assume=["quays-are-numbers"])
OLD_OR_NEW = First((Column("OldShip"), Column("Ship")))
PLACE = Join((Column("Quay"), Text("\\"), OLD_OR_NEW))
KIND = Values(Column("Operation"), (("Moored", "arrival"), ("Departed", "departure")))


def said(rule: Predicate, key: str = "sea/mooring", pipeline: Pipeline = NUMBERED, **options: bool) -> Substitution:
    [log_source] = pipeline.log_sources[key]
    return substitute(rule, LogSourceFields.of(log_source, pipeline, **options))


def refusal(rule: Predicate, key: str = "sea/mooring", pipeline: Pipeline = NUMBERED) -> Refused:
    with pytest.raises(Refused) as caught:
        said(rule, key, pipeline)
    assert caught.value.test is not None
    return caught.value


def code_of(rule: Predicate, key: str = "sea/mooring", pipeline: Pipeline = NUMBERED) -> str:
    return refusal(rule, key, pipeline).problem.code


def test(field: str, holds: Matcher) -> Test:
    return Test(Field(field), holds)


test.__test__ = False  # type: ignore[attr-defined]  # keeps pytest from collecting the helper


def equals(text: str, *, cased: bool = False) -> Matches:
    return Matches(exactly(text), cased)


def test_fields_become_terms_and_the_structure_stays() -> None:
    rule = And((Or((test("Vessel", equals("a")), Not(Not(test("Weight", equals("7")))))), test("Where", Matches(ending("b"))), Or(())))
    assert said(rule).detection == And(
        (
            Or((Test(OLD_OR_NEW, equals("a")), Not(Not(Test(Column("Tonnage"), equals("7")))))),
            Test(PLACE, Matches(ending("b"))),
            Or(()),
        )
    )


def test_everything_used_is_named() -> None:
    rule = And((test("Weight", equals("7")), test("Where", Matches(ending("b"))), test("Land", equals("x"))))
    done = said(rule)
    assert done.assumes == ("tonnage-is-gross", "quays-are-numbers")
    assert done.fields == {"Weight": ("Tonnage",), "Where": ("Quay", "OldShip", "Ship"), "Land": ("Flag",)}
    assert done.terms == {"Weight": Column("Tonnage"), "Where": PLACE, "Land": Column("Flag")}
    assert done.approximate == {}


def test_origins_lead_back_to_the_rule() -> None:
    rule = Or((test("Land", equals("-")), test("Land", equals("x")), test("Vessel", Exists())))
    done = said(rule)
    assert done.origins == {
        Test(Column("Flag"), Null()): test("Land", equals("-")),
        Test(Column("Flag"), equals("x")): test("Land", equals("x")),
        Test(OLD_OR_NEW, Null()): test("Vessel", Exists()),
    }


def test_a_field_compared_with_another() -> None:
    rule = test("Vessel", Same(Field("Where"), "contains"))
    assert said(rule).detection == Test(OLD_OR_NEW, Same(PLACE, "contains"))
    assert said(rule).fields == {"Vessel": ("OldShip", "Ship"), "Where": ("Quay", "OldShip", "Ship")}


def test_existence_is_not_null() -> None:
    assert said(test("Weight", Exists())).detection == Not(Test(Column("Tonnage"), Null()))
    assert said(test("Weight", Null())).detection == Test(Column("Tonnage"), Null())
    assert said(test("Weight", Exists())).assumes == ("tonnage-is-gross",)  # a number is not dropped for being empty


@pytest.mark.parametrize(
    ("holds", "reads"),
    [
        (Empty(), Null()),
        (equals(""), Null()),
        (equals("-"), Null()),
        (equals("-", cased=True), Null()),
        (Null(), Null()),
        (Matches(Pattern.of("-", ANY_MANY)), None),
        (Matches(Pattern.of(ANY_MANY)), None),
        (Regex(Choice((Literal("a"), sequence([Anchor(Place.TEXT_START), Anchor(Place.TEXT_END)])))), None),
    ],
)
def test_what_is_true_of_a_dropped_text_rests_on_a_fact(holds: Matcher, reads: Matcher | None) -> None:
    done = said(test("Land", holds))
    assert done.detection == Test(Column("Flag"), reads or holds)
    assert done.assumes == (EMPTY_IS_ABSENT.name,)


@pytest.mark.parametrize("holds", [equals("--"), Matches(containing("x")), Regex(Literal("ab")), Compare("<", Decimal(1))])
def test_what_is_false_of_every_dropped_text_does_not(holds: Matcher) -> None:
    done = said(test("Land", holds))
    assert done.detection == Test(Column("Flag"), holds)
    assert done.assumes == ()


def test_a_dropped_text_is_compared_as_the_test_compares() -> None:
    assert said(test("Cargo", equals("none"))).detection == Test(Column("Cargo"), Null())
    assert said(test("Cargo", equals("None", cased=True))).detection == Test(Column("Cargo"), Null())
    assert said(test("Cargo", equals("none", cased=True))).detection == Test(Column("Cargo"), equals("none", cased=True))
    assert said(test("Cargo", Regex(Repeat(Literal("x"), 5, None)))).assumes == ()
    assert said(test("Cargo", Regex(Repeat(Literal("N"), 1, 9)))).assumes == (EMPTY_IS_ABSENT.name,)


def test_a_comparison_with_a_field_that_drops_texts_rests_on_the_fact() -> None:
    assert said(test("Weight", Same(Field("Land")))).assumes == ("tonnage-is-gross", EMPTY_IS_ABSENT.name)


def test_dropped_texts_of_composed_terms() -> None:
    assert said(test("Vessel", Empty())).detection == Test(OLD_OR_NEW, Null())
    assert said(test("Where", equals(""))).detection == Test(PLACE, Null())
    assert said(test("Where", equals("-"))).detection == Test(PLACE, equals("-"))  # its columns keep a dash


def test_a_value_that_ingestion_removes_is_asked_for_as_absent_whatever_the_column() -> None:
    attic = load_pipeline(str(FILES / "attic.yml"))
    for field, column in (("Name", "box.name"), ("Number", "box.number")):
        for value in ("-", "Nameless"):
            done = said(test(field, equals(value)), "attic/finds", attic)
            assert (done.detection, done.assumes) == (Test(Column(column), Null()), (EMPTY_IS_ABSENT.name,))
    assert said(test("Number", equals("-")), "attic/boxes", attic).detection == Test(Column("box.number"), equals("-"))


def test_a_text_that_is_dropped_and_may_come_out_of_a_respelling() -> None:
    call = Prefix(Column("Ship"), (("SS ", ""), ("Motor Ship ", "MS ")))
    assert said(test("Call", Empty()), "sea//radio").detection == Or((Test(call, Null()), Test(call, Empty())))


def test_a_column_that_keeps_empty_texts_is_asked_for_them() -> None:
    assert said(test("Weight", Empty())).detection == Test(Column("Tonnage"), Empty())


def test_a_field_that_nobody_mapped() -> None:
    error = refusal(And((test("Weight", equals("1")), test("Vesel", equals("1")))))
    assert (error.problem.code, error.problem.hint, error.test) == ("unmapped-field", "did you mean Vessel?", test("Vesel", equals("1")))
    assert code_of(test("Vessel", Same(Field("Tug")))) == "unmapped-field"


def test_a_field_that_the_siem_does_not_have() -> None:
    error = refusal(test("Crew", Null()))
    assert (error.problem.code, error.problem.message) == (
        "missing-field",
        "harbour has no Crew in sea/mooring: the office does not count heads",
    )


def test_a_field_whose_fact_is_not_declared() -> None:
    error = refusal(test("Where", equals("1")), pipeline=HARBOUR)
    assert error.problem.code == "missing-field"
    assert "--assume quays-are-numbers" in error.problem.hint


def test_an_approximate_field_has_to_be_accepted() -> None:
    rule = test("Quay", equals("7"))
    assert code_of(rule) == "approximate-field"
    done = said(rule, allow_approximate=True)
    assert done.detection == Test(Column("Quay"), equals("7"))
    assert done.approximate == {"Quay": "the quay that was asked for"}


@pytest.mark.parametrize(
    "holds",
    [
        equals("radio"),
        equals("RADIO 5"),
        Matches(containing("5")),
        Matches(Pattern.of("r?dio".replace("?", "a"), ANY_MANY)),
        Regex(Literal("dio")),
        Regex(sequence([Literal("radio "), Choice((Literal("x"), Literal("y")))])),
        Same(Field("Vessel")),
    ],
)
def test_a_value_that_the_term_cannot_represent(holds: Matcher) -> None:
    error = refusal(test("Note", holds))
    assert error.problem.code == "unmapped-value"
    assert "radio messages are in another table" in error.problem.message


@pytest.mark.parametrize("holds", [Null(), Exists(), Matches(Pattern.of(ANY_MANY))])
def test_a_field_that_shares_its_column_cannot_be_asked_for_a_value_of_any_kind(holds: Matcher) -> None:
    assert code_of(test("Remark", holds)) == "unmapped-value"
    said(test("Remark", equals("letter")))


@pytest.mark.parametrize(
    "holds",
    [
        equals("letter"),
        Matches(starting("letter")),
        Matches(Pattern.of(ANY_MANY)),
        Null(),
        Exists(),
        Empty(),
        Compare(">", Decimal(3)),
        InNetwork(ip_network("10.0.0.0/8")),
    ],
)
def test_other_values_of_the_term(holds: Matcher) -> None:
    said(test("Note", holds))


def test_values_of_a_table() -> None:
    assert said(test("Kind", equals("ARRIVAL"))).detection == Test(KIND, equals("ARRIVAL"))
    assert said(test("Kind", Matches(Pattern.of(ANY_MANY)))).detection == Test(KIND, Matches(Pattern.of(ANY_MANY)))
    for holds in (equals("arrivel"), equals("Moored"), equals("Arrival", cased=True), Matches(starting("x")), Regex(Literal("x")), Empty()):
        assert code_of(test("Kind", holds)) == "unmapped-value"
        # not listed may mean spelled in an unknown way: an idle filter is no better, nor a list of which one value is lost
        assert code_of(Not(test("Kind", holds))) == "unmapped-value"
        assert code_of(Or((test("Kind", equals("arrival")), test("Kind", holds)))) == "unmapped-value"
    assert refusal(test("Kind", equals("arrivel"))).problem.hint == "did you mean arrival?"


def test_values_that_a_column_never_has() -> None:
    ship, never = test("Vessel", equals("a")), test("Pilot", equals("yes"))
    assert code_of(never) == "unmapped-value"
    assert code_of(And((ship, never))) == "unmapped-value"
    assert code_of(Or((ship, never))) == "unmapped-value"
    assert code_of(Not(Not(never))) == "unmapped-value"
    assert code_of(Not(And((ship, Not(never))))) == "unmapped-value"


@pytest.mark.parametrize(
    "rule",
    [
        Or((test("Pilot", equals("true")), test("Pilot", equals("yes")))),
        And((test("Vessel", equals("a")), Not(test("Pilot", equals("yes"))))),
        Not(And((test("Vessel", equals("a")), test("Pilot", equals("yes"))))),
        Not(Or((test("Vessel", equals("a")), test("Pilot", equals("yes"))))),
    ],
)
def test_a_value_that_never_occurs_may_be_idle(rule: Predicate) -> None:
    said(rule)


def test_a_constant_has_one_value() -> None:
    term = said(test("Kind", equals("Steamer")), "sea/rename").terms["Kind"]
    assert said(test("Kind", equals("Steamer")), "sea/rename").detection == Test(term, equals("Steamer"))
    assert code_of(test("Kind", equals("sailor")), "sea/rename") == "unmapped-value"


NULL, EMPTY, DASH, THERE = (test("Land", holds) for holds in (Null(), Empty(), equals("-"), Exists()))
OTHER = test("Vessel", equals("a"))


@pytest.mark.parametrize(
    "rule",
    [
        And((Not(NULL), EMPTY)),
        And((NULL, EMPTY)),
        And((THERE, EMPTY)),
        And((THERE, NULL)),
        Or((NULL, Not(EMPTY))),
        Not(Or((NULL, THERE))),
        And((Or((NULL, OTHER)), Or((EMPTY, OTHER)))),
        Or((DASH, And((EMPTY, OTHER, Not(NULL))))),
    ],
)
def test_a_rule_that_depends_on_the_difference(rule: Predicate) -> None:
    assert code_of(rule) == "null-and-empty"


@pytest.mark.parametrize(
    "rule",
    [
        Or((NULL, EMPTY, DASH)),
        And((OTHER, Not(Or((NULL, EMPTY))))),
        And((Not(NULL), Not(EMPTY), THERE)),
        Or((And((NULL, OTHER)), And((EMPTY, Not(OTHER))))),
        Not(Or((And((OTHER, NULL)), EMPTY))),
        And((Or((NULL, OTHER)), Not(And((NULL, OTHER))))),
        And((NULL, test("Vessel", Empty()))),
    ],
)
def test_a_rule_that_does_not(rule: Predicate) -> None:
    assert EMPTY_IS_ABSENT.name in said(rule).assumes


def test_null_and_existence_differ_nowhere() -> None:
    assert code_of(And((test("Weight", Exists()), test("Weight", Null())))) == "null-and-empty"


WORD = Test(AnyField(), Matches(containing("mayday")))


def test_keywords() -> None:
    done = said(And((WORD, test("Words", Matches(containing("x"))))), "sea//radio")
    assert done.detection == And((Test(Column("Text"), WORD.holds), done.detection.parts[1]))  # type: ignore[union-attr]
    assert "a keyword" not in done.fields
    assert said(Test(AnyField(), Regex(Literal("mayday"))), "sea//radio").detection == Test(Column("Text"), Regex(Literal("mayday")))


@pytest.mark.parametrize(
    "holds",
    [
        equals("mayday"),
        Matches(starting("mayday")),
        Matches(exactly("")),
        Regex(sequence([Anchor(Place.TEXT_START), Literal("mayday")])),
        Regex(Choice((Literal("mayday"), Anchor(Place.LINE_END)))),
        Null(),
    ],
)
def test_a_keyword_that_is_a_whole_value(holds: Matcher) -> None:
    assert code_of(Test(AnyField(), holds), "sea//radio") == "keyword-search"
    assert code_of(And((WORD, Test(AnyField(), holds))), "sea//radio") == "keyword-search"  # also behind one that may be looked for


def test_keywords_where_there_is_no_text() -> None:
    assert code_of(WORD) == "keyword-search"


@pytest.mark.parametrize("field", ["Name", "Shelf", "Number"])
def test_folded_columns_name_their_fact(field: str) -> None:
    pipeline = load_pipeline(str(FILES / "attic.yml"), assume=["all-is-folded"])
    # a number has no case, but the log source's condition asks for letters
    assert said(test(field, equals("1a")), "attic/boxes", pipeline).assumes == ("all-is-folded",)
    assert said(test(field, equals("1a")), "attic/boxes", load_pipeline(str(FILES / "attic.yml"))).assumes == ()


@pytest.mark.parametrize(
    ("holds", "named"),
    [
        (equals("abc"), True),
        (equals("12"), False),
        (Compare("<", Decimal(4)), False),
        (Regex(Literal("12")), True),
        (equals("ß12"), False),
        (Matches(Pattern.of(Chars.of("/-"), "1")), False),
        (Matches(Pattern.of(Chars.of("Ee"))), False),
        (Matches(Pattern.of(Chars.of("E-"))), True),
    ],
)
def test_only_where_case_counts(tmp_path: Path, holds: Matcher, named: bool) -> None:
    (tmp_path / "notes.yml").write_text(
        f"pipeline: notes\ntitle: Notes\nschema: {FILES / 'attic_schema.yml'}\n"
        "log_sources: {attic/notes: {where: {box.number: 3}, fields: {Note: box.extra.note}}}\n"
    )
    pipeline = load_pipeline(str(tmp_path / "notes.yml"), assume=["names-are-folded"])
    assert ("names-are-folded" in said(test("Note", holds), "attic/notes", pipeline).assumes) == named
