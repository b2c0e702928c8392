"""Witnesses as they are read: least rows, in the spelling and order of the rule."""

from sigma_amsi.characters import Chars
from sigma_amsi.pattern import ANY_MANY, Pattern, containing, ending, exactly, starting
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate.tree import TRUE, And, Matches, Not, Or, Predicate, Test
from sigma_amsi.proof.prove import Claim, prove
from sigma_amsi.proof.verdict import Narrower, Wider, Witness
from sigma_amsi.proof.witnesses import readable
from sigma_amsi.term import Column, First, Join, Text, When

CHANNEL, IMAGE, COMMAND, KEY, NAME, MANY = map(Column, ("channel", "image", "command", "key", "name", "many"))
TABLE = Table(
    "t",
    {
        **{name: ColumnType(name, absent_for=("",)) for name in ("channel", "image", "command", "key", "name")},
        "many": ColumnType("many", many=True),
        "address": ColumnType("address", kind="address"),
        "port": ColumnType("port", kind="integer"),
    },
)
PATH = Join((KEY, Text("\\"), First((NAME, Text("(Default)")))))


def has(subject: Column | Join | When, pattern: Pattern, *, cased: bool = False) -> Test:
    return Test(subject, Matches(pattern, cased))


SYSMON = has(CHANNEL, exactly("Microsoft-Windows-Sysmon/Operational"))


def added(query: Predicate, detection: Predicate, where: Predicate = TRUE) -> Witness:
    verdict = prove(Claim(query, where, detection, TABLE, {"Image": IMAGE}))
    assert isinstance(verdict, Wider)
    return verdict.adds


def missed(query: Predicate, detection: Predicate, where: Predicate = TRUE) -> Witness:
    verdict = prove(Claim(query, where, detection, TABLE, {"Image": IMAGE}))
    assert isinstance(verdict, Narrower)
    return verdict.misses


def test_texts_are_spelled_as_the_rule_spells_them_and_columns_stand_in_its_order() -> None:
    rule = And((has(IMAGE, ending("\\PowerShell.EXE")), has(COMMAND, containing("-EncodedCommand"))))
    witness = missed(And((SYSMON, rule, has(COMMAND, containing("xyz")))), rule, SYSMON)
    assert list(witness.row.items()) == [
        ("channel", "Microsoft-Windows-Sysmon/Operational"),
        ("image", "\\PowerShell.EXE"),
        ("command", "-EncodedCommand"),
    ]


def test_a_difference_of_case_keeps_its_case() -> None:
    witness = missed(has(IMAGE, ending("\\Cmd.exe"), cased=True), has(IMAGE, ending("\\Cmd.exe")))
    assert str(witness.row["image"]).lower() == "\\cmd.exe"
    assert witness.row["image"] != "\\Cmd.exe"


def test_a_dash_in_all_its_forms_is_shown_as_the_first_of_them() -> None:
    rule = And((has(IMAGE, starting("a")), has(COMMAND, containing(" -s "))))
    dashes = Pattern.of(ANY_MANY, " ", Chars.of("―–-"), "s x")
    assert added(Or((rule, has(COMMAND, dashes))), rule).row == {"command": " -s x"}


def test_the_key_of_a_joined_path_holds_what_is_looked_for() -> None:
    witness = missed(And((has(PATH, containing("\\Run\\")), has(IMAGE, exactly("x")))), has(PATH, containing("\\Run\\")))
    assert witness.row == {"key": "\\Run\\"}


def test_texts_of_a_condition_inside_a_term_are_spelled_too() -> None:
    term = When(has(CHANNEL, exactly("Security")), COMMAND, Text("other"))
    assert missed(And((has(term, exactly("Whoami")), has(IMAGE, exactly("x")))), has(term, exactly("Whoami"))).row == {
        "channel": "Security",
        "command": "Whoami",
    }


def test_of_several_values_only_those_that_are_needed_are_shown() -> None:
    parts: list[Predicate] = [has(MANY, exactly("a")), has(MANY, exactly("b"))]
    assert readable({"many": ("a", "x", "b"), "image": "y"}, parts, parts) == {"many": ("a", "b")}
    assert readable({"many": ("a", "x")}, parts[:1], parts) == {"many": "a"}


def test_the_row_of_a_negation_is_empty() -> None:
    assert added(TRUE, has(IMAGE, exactly("x"))).row == {}
    assert added(Not(has(IMAGE, exactly("x"))), Not(has(IMAGE, starting("x")))).row == {"image": "xa"}
