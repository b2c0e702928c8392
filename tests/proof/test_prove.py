"""The prover on small claims: each side proved equal to itself first, and more than a third of the cases refuted."""

from decimal import Decimal
from ipaddress import ip_address, ip_network

import pytest
from msgspec.structs import replace

from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, containing, ending, exactly, starting
from sigma_amsi.pipeline.schema import ColumnType, Fact, Table
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.predicate.tree import TRUE, And, Compare, InNetwork, Matches, Not, Null, Or, Predicate, Regex, Same, Test, all_of
from sigma_amsi.predicate.walk import columns_of
from sigma_amsi.proof.prove import Claim, prove
from sigma_amsi.proof.verdict import Different, Narrower, Proved, ProvedAssuming, Unproved, Wider
from sigma_amsi.regex.tree import Choice, Literal
from sigma_amsi.term import Column, First, Join, Prefix, Term, Text, Values, When

ACTION, KEY, PREVIOUS, NAME, IMAGE, MANY, PORT, IP = map(Column, ("action", "key", "previous", "name", "image", "many", "port", "ip"))
TABLE = Table(
    "registry",
    {
        "action": ColumnType("action", values=("KeyCreated", "KeyDeleted", "ValueDeleted"), absent_for=("",)),
        "many": ColumnType("many", many=True),
        "port": ColumnType("port", kind="integer"),
        "ip": ColumnType("ip", kind="address"),
        **{name: ColumnType(name, absent_for=("",)) for name in ("key", "previous", "name", "image", "address")},
    },
)


def has(subject: Term, pattern: Pattern, *, cased: bool = False) -> Test:
    return Test(subject, Matches(pattern, cased))


DELETED = Or((has(ACTION, exactly("KeyDeleted")), has(ACTION, exactly("ValueDeleted"))))
CREATED = has(ACTION, exactly("KeyCreated"))
GUID = "{2781761e-28e0-4109-99fe-b9d127c57afe}"
FOLDER = "C:\\Program Files\\Windows Defender\\"
PATH = When(has(ACTION, exactly("ValueDeleted")), Join((First((PREVIOUS, KEY)), Text("\\"), NAME)), First((PREVIOUS, KEY)))
FILTER = And((has(IMAGE, starting(FOLDER)), has(IMAGE, ending("\\MsMpEng.exe"))))
RULE = And((has(PATH, ending(GUID)), Not(FILTER)))


def claim(query: Predicate, detection: Predicate, where: Predicate = TRUE, facts: tuple[Fact, ...] = ()) -> Claim:
    return Claim(query, where, detection, TABLE, {"TargetObject": PATH, "Image": IMAGE}, facts)


P, Q = has(KEY, containing("p")), has(NAME, exactly("q"))

EQUAL: list[tuple[Predicate, Predicate]] = [
    (RULE, RULE),
    (And((P, Or((Q, P)))), P),
    (Or((has(KEY, ending("cmd.exe")), has(KEY, ending("\\cmd.exe")))), has(KEY, ending("cmd.exe"))),
    (has(KEY, Pattern.of(ONE, ANY_MANY)), Not(Test(KEY, Null()))),
    (Or((has(KEY, starting("a")), Not(has(KEY, starting("a"))))), TRUE),
    (And((Test(KEY, Null()), has(KEY, starting("a")))), Or(())),
    (And((has(KEY, exactly("a")), has(KEY, exactly("b")))), Or(())),
    (has(Join((KEY, Text("\\"), NAME)), exactly("a\\b")), has(Join((KEY, Text("\\"), NAME)), exactly("A\\B"))),
    (And((has(KEY, exactly("dom")), has(NAME, exactly("user")))), has(Join((KEY, Text("\\"), NAME)), exactly("dom\\user"))),
    (Or((has(KEY, containing("au")), has(NAME, containing("au")))), has(Join((KEY, Text("\\"), NAME)), containing("AU"))),
    (
        has(ACTION, exactly("KeyDeleted")),
        has(Values(ACTION, (("KeyDeleted", "DeleteKey"), ("ValueDeleted", "DeleteValue"))), exactly("deletekey")),
    ),
    (
        Or((has(PREVIOUS, exactly("x")), And((Test(PREVIOUS, Null()), has(KEY, exactly("x")))))),
        has(First((PREVIOUS, KEY)), exactly("x")),
    ),
    (Test(KEY, Regex(Choice((Literal("a"), Literal("b"))))), Test(KEY, Regex(Choice((Literal("b"), Literal("a")))))),
    (Test(KEY, Regex(Literal("A"), cased=False)), has(KEY, containing("a"))),
    (has(PORT, exactly("443")), has(PORT, exactly("443"), cased=True)),
    (has(PORT, containing("x")), Or(())),
    (Test(PORT, Compare(">", Decimal(442))), Test(PORT, Compare(">=", Decimal("442.5")))),
    (And((Test(PORT, Compare(">=", Decimal(7))), Test(PORT, Compare("<=", Decimal(7))))), has(PORT, exactly("7"))),
    (Or((Test(PORT, Compare("<", Decimal(0))), Test(PORT, Compare(">=", Decimal(0))))), Not(Test(PORT, Null()))),
    (
        And((Test(PORT, Compare(">", Decimal(0))), Test(PORT, Compare("<", Decimal(4))))),
        Or((has(PORT, exactly("1")), has(PORT, exactly("2")), has(PORT, exactly("3")))),
    ),
    (And((Test(NAME, Compare(">", Decimal(5))), has(NAME, starting("x")))), Or(())),
    (
        Test(IP, InNetwork(ip_network("10.0.0.0/8"))),
        has(IP, starting("10.")),
    ),
    (
        Or((Test(IP, InNetwork(ip_network("10.0.0.0/9"))), Test(IP, InNetwork(ip_network("10.128.0.0/9"))))),
        Test(IP, InNetwork(ip_network("10.0.0.0/8"))),
    ),
    (has(IP, containing("x")), Or(())),
    (
        Test(Prefix(IP, (("::ffff:", ""),)), InNetwork(ip_network("10.0.0.0/8"))),
        Or((Test(IP, InNetwork(ip_network("10.0.0.0/8"))), has(Prefix(IP, (("::ffff:", ""),)), starting("10.")))),
    ),
    (
        has(When(has(ACTION, exactly("KeyCreated")), KEY, When(has(ACTION, exactly("KeyDeleted")), KEY, PREVIOUS)), exactly("x")),
        Or(
            (
                And((Or((has(ACTION, exactly("KeyCreated")), has(ACTION, exactly("KeyDeleted")))), has(KEY, exactly("x")))),
                And((Not(Or((has(ACTION, exactly("KeyCreated")), has(ACTION, exactly("KeyDeleted"))))), has(PREVIOUS, exactly("x")))),
            )
        ),
    ),
    (
        Test(KEY, Same(When(CREATED, NAME, Text("x")))),
        Or((And((CREATED, Test(NAME, Same(KEY)))), And((Not(CREATED), has(KEY, exactly("x")))))),
    ),
    (And((Test(KEY, Same(NAME)), Not(Test(NAME, Null())))), Test(KEY, Same(NAME))),
    (Or((CREATED, DELETED, Test(ACTION, Null()))), TRUE),
    (
        Test(Column("address"), InNetwork(ip_network("10.0.0.0/8"))),
        Or((Test(Column("address"), InNetwork(ip_network("10.1.0.0/16"))), Test(Column("address"), InNetwork(ip_network("10.0.0.0/8"))))),
    ),
]


@pytest.mark.parametrize(("query", "detection"), EQUAL)
def test_proved(query: Predicate, detection: Predicate) -> None:
    assert prove(claim(query, query)) == Proved()
    assert prove(claim(detection, detection)) == Proved()
    assert isinstance(prove(claim(query, detection)), Proved)
    assert isinstance(prove(claim(detection, query)), Proved)


FUSED = has(IMAGE, starting(FOLDER) + exactly("\\MsMpEng.exe"))
PLAIN_JOIN = Join((First((PREVIOUS, KEY)), Text("\\"), NAME))

REFUTED: list[tuple[Predicate, Predicate, type]] = [
    (And((has(PATH, ending(GUID)), Not(FUSED))), RULE, Wider),
    (And((has(PLAIN_JOIN, ending(GUID)), Not(FILTER))), RULE, Different),
    (has(PATH, ending(GUID)), RULE, Wider),
    (And((RULE, has(KEY, containing("x")))), RULE, Narrower),
    (has(KEY, ending("cmd.exe"), cased=True), has(KEY, ending("cmd.exe")), Narrower),
    (has(KEY, containing("a")), has(KEY, starting("a")), Wider),
    (has(KEY, exactly("a*")), has(KEY, starting("a")), Narrower),
    (has(KEY, ending("\\*")), has(KEY, Pattern.of(ANY_MANY, "\\", ANY_MANY)), Narrower),
    (And((has(KEY, Pattern.of(ONE, ANY_MANY)), Not(has(KEY, starting("a"))))), Not(has(KEY, starting("a"))), Narrower),
    (Or((P, Q)), And((P, Q)), Wider),
    (Not(P), P, Different),
    (And((has(MANY, exactly("a")), has(MANY, exactly("b")))), Or(()), Wider),
    (has(Join((KEY, Text("\\"), NAME)), containing("AU")), has(NAME, containing("au")), Wider),
    (TRUE, Or((CREATED, DELETED)), Wider),
    (Test(NAME, Compare(">", Decimal(442))), Test(NAME, Compare(">=", Decimal(443))), Wider),
    (Test(PORT, Compare(">=", Decimal(442))), Test(PORT, Compare(">", Decimal(442))), Wider),
    (Test(PORT, Compare(">", Decimal(-1))), Not(Test(PORT, Null())), Narrower),
    (has(IP, starting("10.1")), Test(IP, InNetwork(ip_network("10.1.0.0/16"))), Wider),
    (Test(IP, InNetwork(ip_network("fe80::/10"))), Test(IP, InNetwork(ip_network("fe80::/16"))), Wider),
    (Not(Test(IP, Null())), Test(IP, InNetwork(ip_network("0.0.0.0/0"))), Wider),
    (has(IP, containing(":ab")), has(IP, ending(":ab")), Wider),
    (Test(Column("address"), InNetwork(ip_network("10.0.0.0/8"))), Test(Column("address"), InNetwork(ip_network("10.1.0.0/16"))), Wider),
]


@pytest.mark.parametrize(("query", "detection", "expected"), REFUTED)
def test_refuted_with_a_witness(query: Predicate, detection: Predicate, expected: type) -> None:
    verdict = prove(claim(query, detection))
    assert type(verdict) is expected
    if isinstance(verdict, Wider | Different):
        assert evaluate(query, verdict.adds.row)
        assert not evaluate(detection, verdict.adds.row)
    if isinstance(verdict, Narrower | Different):
        assert evaluate(detection, verdict.misses.row)
        assert not evaluate(query, verdict.misses.row)


@pytest.mark.parametrize(
    ("query", "detection"), [(query, detection) for query, detection, _ in REFUTED if "ip" in {*columns_of(query), *columns_of(detection)}]
)
def test_witnesses_in_columns_of_addresses_are_addresses(query: Predicate, detection: Predicate) -> None:
    verdict = prove(claim(query, detection))
    assert isinstance(verdict, Wider)
    text = str(verdict.adds.row["ip"])
    assert str(ip_address(text)) == text


def test_a_shared_backslash_is_the_witness_against_the_fused_filter() -> None:
    verdict = prove(claim(And((has(PATH, ending(GUID)), Not(FUSED))), RULE))
    assert isinstance(verdict, Wider)
    assert str(verdict.adds.row["image"]).lower() == (FOLDER + "MsMpEng.exe").lower()


def test_a_lost_log_source_does_not_hide_what_is_wrong_with_the_detection() -> None:
    verdict = prove(claim(And((has(KEY, ending(GUID)), Not(FILTER))), RULE, where=DELETED))
    assert isinstance(verdict, Different)
    outside = verdict.obligations.log_source.adds
    assert outside is not None
    assert not evaluate(DELETED, outside.row)
    assert verdict.obligations.detection.misses is not None
    assert evaluate(all_of([DELETED, RULE]), verdict.misses.row)


def test_facts_are_used_named_and_kept_to_those_that_are_needed() -> None:
    short = Fact("keys-are-short", "a key has no backslash", "vendor", "", holds=Not(has(KEY, containing("\\"))))
    idle = Fact("names-are-short", "a name has no backslash", "vendor", "", holds=Not(has(NAME, containing("\\"))))
    unused = claim(Or((P, has(KEY, ending("\\z")))), P)
    assert isinstance(prove(unused), Wider)
    assert prove(replace(unused, facts=(idle, short))) == ProvedAssuming(("keys-are-short",))
    official = replace(short, basis="official")
    assert prove(replace(unused, facts=(official,))) == Proved()


def test_the_event_is_shown_as_the_rule_sees_it() -> None:
    verdict = prove(claim(TRUE, Not(has(PATH, exactly("k\\n"))), where=has(ACTION, exactly("ValueDeleted"))))
    assert isinstance(verdict, Wider)
    inside = verdict.obligations.detection.adds
    assert inside is not None
    assert str(inside.event["TargetObject"]).lower() == "k\\n"


def test_what_is_not_settled_is_unproved_and_never_passes() -> None:
    verdict = prove(replace(claim(REFUTED[0][0], REFUTED[0][1]), steps=10))
    assert isinstance(verdict, Unproved)
    assert "steps" in verdict.reason
