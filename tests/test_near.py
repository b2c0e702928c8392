"""Near hits and near misses: every test of a rule decides one of each, or is shown to decide nothing."""

import pytest

from sigma_amsi.near import KEYWORD_FIELD, Nearby, nearby
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.predicate.tree import Predicate
from sigma_amsi.rule import Rule, read_text


def detection(body: str) -> Predicate:
    """The predicate of a rule with the given detection, as YAML in flow style."""
    (rule,) = read_text(f"title: t\nlogsource: {{product: windows, category: process_creation}}\ndetection: {body}\n")
    assert isinstance(rule, Rule), rule
    return rule.detection


def events(found: Nearby, *, matches: bool) -> list[dict[str, object]]:
    return [dict(sample.fields) for sample in found.samples if sample.matches == matches]


def test_each_value_has_a_hit_and_a_miss_that_is_one_character_away() -> None:
    found = nearby(detection("{s: {Image|endswith: ['\\a.exe', '\\b.exe']}, condition: s}"))
    assert events(found, matches=True) == [{"Image": "\\a.exe"}, {"Image": "\\b.exe"}]
    assert events(found, matches=False) == [{"Image": "\\a.ex"}, {"Image": "\\b.ex"}]
    assert (found.dead, found.open) == ((), ())


def test_a_filter_is_shown_to_exclude() -> None:
    found = nearby(detection("{s: {Image: a}, f: {User|startswith: 'NT ', User|endswith: SYSTEM}, condition: s and not f}"))
    excluded = [sample for sample in found.samples if sample.filters and not sample.matches]
    assert [dict(sample.fields) for sample in excluded] == [{"Image": "a", "User": "NT SYSTEM"}]
    assert {"Image": "a", "User": "NT SYSTE"} in events(found, matches=True) or {"Image": "a", "User": "NT "} in events(found, matches=True)


@pytest.mark.parametrize(
    ("body", "dead"),
    [
        ("{s: {CommandLine|contains: [sh, bash]}, condition: s}", ["bash"]),
        ("{s: {CommandLine|contains: [bash, zsh]}, condition: s}", []),
        ("{s: {Image: a}, f: {Image: b}, condition: s and not f}", ["b"]),
        ("{s: {Image|endswith: '\\a.exe'}, t: {Image|contains: '\\A.'}, condition: s and t}", ["\\A."]),
        ("{s: {CommandLine|re|i: 'a+'}, t: {CommandLine|contains: 'xay'}, condition: s or t}", ["xay"]),
    ],
)
def test_values_that_can_never_matter_are_dead(body: str, dead: list[str]) -> None:
    found = nearby(detection(body))
    assert ["".join(token for token in test.holds.pattern.tokens if isinstance(token, str)) for test in found.dead] == dead  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "body",
    [
        "{s: {EventID|gte: 5, Port|cidr: 10.0.0.0/8}, condition: s}",
        "{s: {A|fieldref: B}, condition: s}",
        "{s: {A: null}, t: {B|exists: true}, condition: s and t}",
        "{s: {A|cased: Abc}, condition: s}",
        "{s: ['word', 'other'], condition: s}",
        "{s: {A|re: '^x[0-9]{3}$'}, t: {A|contains|all: [x, '9']}, condition: s and t}",
        "{s1: {A: x}, s2: {B: y}, s3: {C: z}, condition: 2 of s*}",
    ],
)
def test_samples_are_what_they_say_and_no_test_is_forgotten(body: str) -> None:
    predicate = detection(body)
    found = nearby(predicate)
    assert found.samples or found.open
    for sample in found.samples:
        assert evaluate(predicate, sample.fields) == sample.matches


def test_a_keyword_is_looked_for_in_a_message() -> None:
    found = nearby(detection("{s: [mimikatz], condition: s}"))
    assert events(found, matches=True) == [{KEYWORD_FIELD: "mimikatz"}]
    assert events(found, matches=False) == [{KEYWORD_FIELD: "mimikat"}]


def test_a_long_list_costs_no_search_for_every_value() -> None:
    values = ", ".join(f"'value{number}x'" for number in range(300))
    found = nearby(detection(f"{{s: {{A|contains: [{values}]}}, condition: s}}"))
    assert len(found.samples) == 600
    assert found.open == ()
