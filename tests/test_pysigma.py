"""pySigma's reading of rules against ours: equal on every rule of the corpus, and each known difference with the sentence that decides it."""

import subprocess
import sys
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import TypeAlias

import pytest

from sigma_amsi import pysigma
from sigma_amsi.characters import Chars
from sigma_amsi.errors import ConfigurationError, Refused, RuleError
from sigma_amsi.pattern import Pattern, Token
from sigma_amsi.predicate.tree import And, Matches, Not, Or, Predicate, Test, all_of, any_of
from sigma_amsi.predicate.walk import map_tests
from sigma_amsi.rule.strings import DASHES
from tests.corpus import rule_folders
from tests.rule.texts import read_one, with_detection, with_item

Outcome: TypeAlias = Predicate | str
"""What a reading gives: a predicate, or the code of its error."""


def ours(text: str) -> Outcome:
    try:
        return read_one(text).detection
    except (Refused, RuleError) as error:
        return error.problem.code


def theirs(text: str) -> Outcome:
    try:
        return pysigma.read_detection(text)
    except (Refused, RuleError) as error:
        return error.problem.code


def agree(one: Outcome, other: Outcome) -> bool:
    """Whether two readings are the same.

    One of the five dashes is a set of characters to us and five alternatives to pySigma; order and nesting are nobody's.
    """
    return one == other or (not isinstance(one, str) and not isinstance(other, str) and normal(one) == normal(other))


def normal(predicate: Predicate) -> Predicate:
    """The predicate with its dashes written out, flat and sorted."""
    return _sorted(map_tests(predicate, _with_each_dash))


def _with_each_dash(test: Test) -> Predicate:
    if not isinstance(test.holds, Matches) or DASHES not in test.holds.pattern.tokens:
        return test
    choices: list[list[Token]] = [
        list(token) if token == DASHES and isinstance(token, Chars) else [token] for token in test.holds.pattern.tokens
    ]
    return any_of(Test(test.subject, Matches(Pattern.of(*tokens), test.holds.cased)) for tokens in product(*choices))


def _sorted(predicate: Predicate) -> Predicate:
    if isinstance(predicate, Test):
        return predicate
    if isinstance(predicate, Not):
        return Not(_sorted(predicate.part))
    parts = map(_sorted, predicate.parts)
    flat = all_of(parts) if isinstance(predicate, And) else any_of(parts)
    return type(flat)(tuple(sorted(flat.parts, key=repr))) if isinstance(flat, And | Or) else flat


@pytest.mark.parametrize(
    "item",
    [
        "f: abc",
        "f: [a, 1, true, 1.5, '']",
        "f: null",
        r"f: 'a\*b\?c*d?e\\*'",
        r"f: 'C:\Windows\\x\\\\y'",
        "f|contains: [a, '*b*', '']",
        "f|startswith: a\nf|endswith: b",
        "f|contains|all: [a, b]",
        "f|cased: A",
        "f|cased|contains: A",
        "f|neq: a",
        "f|neq: [a, 5]",
        "f|re: 'a.*b'",
        "f|re|i: a",
        "f|re|m|s: '^a.'",
        "f|base64: abc",
        "f|base64offset|contains: [abc, defg, hijkl]",
        "f|wide|base64offset|contains: abc",
        "f|utf16be|base64: abc",
        "f|wide: abc",
        "f|windash|contains: ' -a /b -c-d '",
        "f|windash|all: ['-a', '/b']",
        "f|cidr: [10.0.0.0/8, 'fe80::/10']",
        "f|lt: 5",
        "f|lte: 5.5",
        "f|gt: 5",
        "f|gte: 5",
        "f|fieldref: g",
        "f|fieldref|startswith: g",
        "f|fieldref|endswith: g",
        "f|fieldref|contains: g",
        "f|fieldref|neq: g",
        "f|exists: true",
        "f|exists: false",
        "f|minute: 1",
        "f|hour: [1, 2]",
        "f|day: 1",
        "f|week: 1",
        "f|month: 1",
        "f|year: 2025",
        "f|hour|gte: 20",
        "f|month|lt: 3",
        "f|expand: '%a%'",
        "f|re|expand: '%a%'",
        r"f|expand: '50\%'",
        "f|re: a(?=b)",
        "- a\n- 5\n- 'b*c'",
        "- f: a\n- f: b\n  g: c\n- word",
        "'|all': [a, b]",
        "'|re': a",
        "f|foo: a",
        "f|contains: 5",
        "f: {a: b}",
        "f|re: '('",
        "f|cidr: 10.0.0.1/8",
    ],
)
def test_items(item: str) -> None:
    text = with_item(item)
    mine, other = ours(text), theirs(text)
    assert agree(mine, other) or (isinstance(mine, str) and other == "pysigma")


@pytest.mark.parametrize(
    "condition",
    [
        "a",
        "a and b",
        "a or b and not c",
        "not (a or b)",
        "1 of s*",
        "all of s*",
        "any of s*",
        "1 of them",
        "all of them",
        "not 1 of s*",
        "1 of _x*",
        "(a)",
        "[a, b]",
    ],
)
def test_conditions(condition: str) -> None:
    text = with_detection("".join(f"{name}: {{f: {name}}}\n" for name in ("a", "b", "c", "s1", "s2", "_x1")) + f"condition: {condition}")
    mine = ours(text)
    assert not isinstance(mine, str)
    assert agree(mine, theirs(text))


SPECIFICATION = "Sigma rules specification"
MODIFIERS = "Sigma modifiers appendix 2.1"

DIFFERENCES = [
    # text of the rule, what we say where it is an error, where it is decided, by which sentence
    (with_item("f|utf16le: abc"), None, MODIFIERS, "`utf16le`: Transforms value to UTF16-LE encoding. pySigma knows the name `wide` only."),
    (
        with_item("f|utf16|base64: cmd"),
        None,
        MODIFIERS,
        "`cmd` > `FF FE 63 00 6d 00 64 00`. pySigma puts the UTF-8 of the mark, EF BB BF, there.",
    ),
    (with_item("f|wide|base64: é"), None, MODIFIERS, "Transforms value to UTF16-LE encoding. pySigma encodes ASCII only."),
    (
        with_item(r"f|base64: 'a\?b'"),
        None,
        SPECIFICATION,
        "A wildcard has to be escaped to be handled as a plain character. pySigma encodes the backslash.",
    ),
    (
        with_item("f|base64offset|contains: aé"),
        None,
        MODIFIERS,
        "three variants for shifts by zero to two bytes. pySigma counts characters.",
    ),
    (
        with_item("f|windash: –a"),
        None,
        MODIFIERS,
        "Creates all possible permutations of the five characters. pySigma starts from two of them.",
    ),
    (with_item("f|fieldref|cased: g"), None, MODIFIERS, "`cased` is a generic modifier, which can be applied on all types of fields."),
    (with_item("f: 2021-06-07"), None, SPECIFICATION, "All values are treated as case-insensitive strings. pySigma rejects dates."),
    (with_item("on: a"), None, SPECIFICATION, "the key is a field in the log data. pySigma takes the boolean that YAML makes of it."),
    (with_detection("sel: {f: 1}\nnotes: {f: 2}\ncondition: notes"), None, SPECIFICATION, "Negation with 'not'. pySigma reads `not es`."),
    (
        with_detection("a-1: {f: 1}\na-2: {f: 2}\ncondition: 1 of a-*"),
        None,
        SPECIFICATION,
        "Matching is done with * wildcards at arbitrary positions.",
    ),
    (
        with_detection("a: {f: 1}\nb: {f: 2}\nc: {f: 3}\ncondition: 2 of them"),
        None,
        SPECIFICATION,
        "x of search-identifier. pySigma knows 1, any and all.",
    ),
    (with_item("f|all: a"), "all-on-single-value", MODIFIERS, "Single item values are not allowed to have an `all` modifier."),
    (with_item("f: [a, null]"), "null-in-list", SPECIFICATION, "null cannot be part of a list of field values."),
    (with_item("f: []"), "empty-list", SPECIFICATION, "the value is a string or integer value. pySigma makes it null."),
    (with_item("- f: a\n- [b]"), "selection-type", SPECIFICATION, "Lists can contain strings and maps."),
    (with_item("f|contains|startswith: a"), "modifier-combination", MODIFIERS, "expected at the beginning, or anywhere: not both."),
    (with_item("f|re|contains: a"), "modifier-combination", MODIFIERS, "`re` sub-modifiers: i, m, s."),
    (with_item("f|re|ignorecase: a"), "unknown-modifier", MODIFIERS, "`re` sub-modifiers: i, m, s."),
    (with_item("f|re: 5"), "modifier-value", MODIFIERS, "The modifiers listed in this section can only be applied to string values."),
    (
        with_item("f|base64offset: a"),
        "encoding-value",
        MODIFIERS,
        "the encoded values have a static part: a single byte has none at two of the shifts.",
    ),
    (with_item("f|hour: 24"), "time-range", MODIFIERS, "`hour`: number between 0 and 23."),
    (with_item("'|startswith': a"), "keyword-modifier", MODIFIERS, "at the beginning of the field's content."),
    (with_item("- null"), "keyword-value", SPECIFICATION, "strings that are applied to the full log message."),
    (
        with_detection("a: {f: 1}\ntimeframe: 5m\ncondition: a"),
        "aggregation",
        SPECIFICATION,
        "no such attribute. pySigma makes it a selection.",
    ),
    ("taxonomy: ecs\n" + with_item("f: a"), "taxonomy", SPECIFICATION, "A custom taxonomy must be handled by the used tool."),
]


@pytest.mark.parametrize(("text", "error", "source", "sentence"), DIFFERENCES)
def test_differences(text: str, error: str | None, source: str, sentence: str) -> None:
    """A difference that disappears has to leave the table."""
    assert source
    assert sentence
    mine = ours(text)
    assert not agree(mine, theirs(text))
    assert mine == error if error else not isinstance(mine, str)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("title: [", "pysigma"),
        (with_item("f: a") + "---\n" + with_item("f: a"), "pysigma"),
        (with_item("f|contains: 5"), "pysigma"),
    ],
)
def test_what_pysigma_rejects(text: str, code: str) -> None:
    assert theirs(text) == code


def test_correlations_are_no_detections() -> None:
    text = "title: a\ncorrelation:\n    type: event_count\n    rules: [x]\n    group-by: [u]\n    timespan: 1h\n    condition: {gte: 5}\n"
    with pytest.raises((Refused, RuleError)):
        pysigma.read_detection(text)


FOLDERS = rule_folders()


@pytest.mark.skipif(not FOLDERS, reason="no corpus")
def test_both_readings_of_the_corpus() -> None:
    texts = {path: path.read_text(encoding="utf-8") for folder in FOLDERS for path in sorted(folder.rglob("*.yml"))}
    assert [str(path) for path, text in texts.items() if not agree(ours(text), theirs(text))] == []
    assert len(texts) > 2000


@pytest.mark.parametrize(
    ("target", "pipelines", "query"),
    [
        ("splunk", [], 'f="a"'),
        ("lucene", [], "f:a"),
        ("eql", [], 'any where f:"a"'),
        ("esql", [], 'from * metadata _id, _index, _version | where f=="a"'),
        ("splunk", ["splunk_windows"], 'f="a"'),
    ],
)
def test_backend_output(target: str, pipelines: list[str], query: str) -> None:
    if pipelines:
        pytest.importorskip("sigma.pipelines.splunk")
    assert pysigma.backend_output(target, pipelines, with_item("f: a")) == (query,)


def test_backend_output_of_several_rules() -> None:
    assert len(pysigma.backend_output("splunk", [], with_item("f: a") + "---\n" + with_item("f: b"))) == 2


def test_what_a_backend_refuses() -> None:
    with pytest.raises(RuleError, match="pysigma: pySigma"):
        pysigma.backend_output("splunk", [], with_item("f|expand: '%x%'"))


@pytest.mark.parametrize(("target", "pipelines", "said"), [("nothing", [], "lucene"), ("splunk", ["nothing"], "splunk_windows")])
def test_what_is_not_installed(target: str, pipelines: list[str], said: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        pysigma.backend_output(target, pipelines, "")
    assert error.value.problem.code == "pysigma-plugin"
    assert said in error.value.problem.hint


def test_a_pipeline_that_pysigma_mixes_up_is_no_pipeline() -> None:
    """All pipelines of pySigma's decorator are one object, whose function is that of the module imported last."""
    if find_spec("sigma.pipelines.sysmon") is None:
        pytest.skip("pysigma-pipeline-sysmon is not installed")
    imported = "import sigma.pipelines.sysmon\n"
    script = (
        "from sigma_amsi import pysigma\nfrom sigma_amsi.errors import ConfigurationError\n"
        "try:\n    print(pysigma.backend_output('splunk', ['sysmon'], {rule!r}))\nexcept ConfigurationError as error:\n    print(error)\n"
    ).format(rule="title: x\nlogsource: {category: process_creation, product: windows}\ndetection: {s: {f: a}, condition: s}")
    checkout = Path(__file__).resolve().parent.parent
    shown = [
        subprocess.run([sys.executable, "-c", before + script], capture_output=True, text=True, check=True, cwd=checkout).stdout
        for before in ("", imported)
    ]
    assert "EventID=1" in shown[0]
    assert shown[1].startswith("pysigma-plugin: ")


def test_pysigma_is_imported_only_where_its_door_is_used() -> None:
    script = "import sys, sigma_amsi.rule, sigma_amsi.pysigma; print(any(name.partition('.')[0] == 'sigma' for name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=Path(__file__).resolve().parent.parent
    )
    assert done.stdout.strip() == "False"
