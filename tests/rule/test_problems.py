"""Every code that the reader of rules can give, with the text that gives it and the line that it names."""

import pytest

from sigma_amsi.codes import CODES
from sigma_amsi.codes.lint import LINT as RULE_LINT
from sigma_amsi.errors import Problem, Refused
from sigma_amsi.rule import source
from sigma_amsi.rule.read import read_text
from tests.rule.texts import DETECTION_LINE, HEAD, problem_of, read_one, with_detection, with_item

FIRST = DETECTION_LINE  # of a detection
ITEM = DETECTION_LINE + 1  # the first item of a selection

GOOD = with_item("f: a")


def without(key: str) -> str:
    """The good rule without one of its top-level keys."""
    lines = GOOD.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(f"{key}:"))


ERRORS = [
    # the file
    ("no-input", "", 0),
    ("encoding", b"title: \xff", 1),
    ("encoding", "title: a\n\0", 2),
    ("encoding", "title: \ud800", 1),
    ("encoding", GOOD.encode("utf-16-le"), 1),
    ("encoding", b"\xff\xfea", 1),
    ("yaml-syntax", "title: [", 1),
    ("yaml-tab", "title: a\nlogsource:\n\tcategory: b", 3),
    ("yaml-tag", "title: !!binary YQ==", 1),
    ("yaml-key", "? [a]\n: b", 1),
    ("yaml-alias", "title: *a", 1),
    ("yaml-merge", "title: a\nlogsource:\n    <<: b", 3),
    ("duplicate-key", "title: a\ntitle: b", 2),
    ("duplicate-key", with_item("f: a\nf: b"), ITEM + 1),
    ("too-deep", "a: " + "[" * 100, 1),
    ("too-large", with_item(f"f: {'a' * 70_000}"), ITEM),
    ("too-large", "# a comment\n" * 400_000, 1),
    # the document
    ("not-a-rule", "- a", 1),
    ("not-a-rule", "text", 1),
    ("collection-action", "action: reset", 1),
    ("correlation", "title: a\ncorrelation: {type: event_count}", 2),
    ("correlation", "title: a\nlogsource: {category: b}\nfilter: {rules: any}", 3),
    ("missing-title", without("title"), 1),
    ("missing-title", "title:\nlogsource: {category: b}\ndetection: {}", 1),
    ("missing-log-source", "title: a\ndetection: {}", 1),
    ("log-source-type", "title: a\nlogsource: windows\ndetection: {}", 2),
    ("log-source-type", "title: a\nlogsource:\n    product: [windows]\ndetection: {}", 3),
    ("log-source-type", "title: a\nlogsource:\n    product: 1\ndetection: {}", 3),
    ("empty-log-source", "title: a\nlogsource: {definition: b, product: }\ndetection: {}", 2),
    ("taxonomy", "taxonomy: ecs\n" + GOOD, 1),
    ("missing-detection", HEAD, 1),
    ("detection-type", HEAD + "detection: [a]", FIRST - 1),
    ("missing-condition", HEAD + "detection: {a: {f: 1}}", FIRST - 1),
    ("missing-condition", with_detection("a: {f: 1}\ncondition: []"), FIRST + 1),
    ("missing-selection", with_detection("condition: a"), FIRST - 1),
    # selections
    ("empty-selection", with_detection("sel:\ncondition: sel"), FIRST),
    ("empty-selection", with_detection("sel: {}\ncondition: sel"), FIRST),
    ("empty-selection", with_detection("sel: []\ncondition: sel"), FIRST),
    ("empty-selection", with_item("- f: a\n- {}"), ITEM + 1),
    ("selection-type", with_item("- f: a\n- [b]"), ITEM + 1),
    ("selection-type", with_item("- [a]"), ITEM),
    ("field-name", with_item("'': a"), ITEM),
    ("value-type", with_item("f: {g: a}"), ITEM),
    ("value-type", with_item("f:\n    - a\n    - [b]"), ITEM + 2),
    ("empty-list", with_item("f: []"), ITEM),
    ("null-in-list", with_item("f:\n    - a\n    - null"), ITEM + 2),
    ("null-in-list", with_item("f: [null, null]"), ITEM),
    ("invalid-number", with_item("f: 0x_"), ITEM),
    ("invalid-number", with_item("f: .inf"), ITEM),
    ("invalid-number", with_item("f|gt: .nan"), ITEM),
    ("keyword-value", with_item("- ''"), ITEM),
    ("keyword-value", with_item("- null"), ITEM),
    *(
        ("keyword-modifier", with_item(f"'|{modifier}': 5"), ITEM)
        for modifier in ("startswith", "endswith", "exists", "cidr", "fieldref", "lt", "lte", "gt", "gte", "hour", "neq|lt")
    ),
    # modifiers
    ("unknown-modifier", with_item("f|base64_offset: a"), ITEM),
    ("unknown-modifier", with_item("f|: a"), ITEM),
    ("unknown-modifier", with_item("f|Contains: a"), ITEM),
    *(
        ("modifier-combination", with_item(f"f|{chain}: 1"), ITEM)
        for chain in (
            "contains|contains",
            "contains|startswith",
            "contains|base64",
            "contains|base64offset",
            "base64|windash",
            "base64|base64offset",
            "base64|wide",
            "wide|utf16",
            "contains|re",
            "re|contains",
            "re|base64",
            "re|cased",
            "re|windash",
            "i|re",
            "i",
            "cidr|contains",
            "cased|fieldref",
            "fieldref|windash",
            "fieldref|re",
            "lt|gt",
            "contains|lt",
            "lt|hour",
            "hour|minute",
            "exists|neq",
            "exists|all",
            "neq|exists",
            "exists|contains",
            "year|gte",
        )
    ),
    *(
        ("modifier-value", with_item(f"f|{modifier}: {value}"), ITEM)
        for modifier, value in (
            ("contains", "5"),
            ("contains", "true"),
            ("contains", "null"),
            ("startswith", "5"),
            ("endswith", "5"),
            ("windash", "5"),
            ("wide", "5"),
            ("base64", "5"),
            ("expand", "5"),
            ("re", "5"),
            ("cidr", "5"),
            ("fieldref", "5"),
            ("lt", "a"),
            ("lt", "'5'"),
            ("gte", "true"),
            ("hour", "a"),
            ("exists", "'true'"),
            ("exists", "1"),
        )
    ),
    ("all-on-single-value", with_item("f|all: a"), ITEM),
    ("all-on-single-value", with_item("f|contains|all: [a]"), ITEM),
    ("all-on-single-value", with_item("'|all': a"), ITEM),
    ("encoding-value", with_item("f|base64: a*"), ITEM),
    ("encoding-value", with_item("f|base64offset: a?"), ITEM),
    ("encoding-value", with_item("f|base64: ''"), ITEM),
    ("encoding-value", with_item("f|base64offset: a"), ITEM),
    ("encoding-value", with_item("f|wide: é"), ITEM),
    ("encoding-value", with_item("f|wide: a?"), ITEM),
    ("encoding-value", with_item("f|utf16: a"), ITEM),
    ("encoding-value", with_item("f|utf16be: é"), ITEM),
    ("encoding-value", with_item("f|windash|base64: -a -b -c -d"), ITEM),
    ("field-reference", with_item("f|fieldref: ''"), ITEM),
    ("field-reference", with_item("f|fieldref: a*"), ITEM),
    ("time-range", with_item("f|hour: 24"), ITEM),
    ("time-range", with_item("f|day: 0"), ITEM),
    ("time-range", with_item("f|month: 1.5"), ITEM),
    ("time-range", with_item("f|hour|lt: 0"), ITEM),
    ("invalid-network", with_item("f|cidr: a"), ITEM),
    ("invalid-network", with_item("f|cidr:\n    - 10.0.0.0/8\n    - 10.0.0.1/8"), ITEM + 2),
    ("invalid-regex", with_item("f|re: '('"), ITEM),
    # the condition
    ("condition-type", with_detection("sel: {f: a}\ncondition: 5"), FIRST + 1),
    ("condition-type", with_detection("sel: {f: a}\ncondition:"), FIRST + 1),
    ("condition-type", with_detection("sel: {f: a}\ncondition: {a: b}"), FIRST + 1),
    ("condition-type", with_detection("sel: {f: a}\ncondition:\n    - sel\n    - [sel]"), FIRST + 1),
    ("condition-syntax", with_detection("sel: {f: a}\ncondition: sel and"), FIRST + 1),
    ("condition-syntax", with_detection("sel: {f: a}\ncondition:\n    - sel\n    - sel and"), FIRST + 3),
    ("unknown-selection", with_detection("sel: {f: a}\ncondition: sell"), FIRST + 1),
    ("quantifier", with_detection("sel: {f: a}\ncondition: 2 of sel"), FIRST + 1),
    ("aggregation", with_detection("sel: {f: a}\ncondition: sel | count() > 5"), FIRST + 1),
    ("aggregation", with_detection("sel: {f: a}\ntimeframe: 5m\ncondition: sel"), FIRST + 1),
]

LINT = [
    ("missing-id", without("id"), 1),
    ("missing-status", without("status"), 1),
    ("missing-level", without("level"), 1),
    ("invalid-id", GOOD.replace("3fd8f2a1-", "x"), 2),
    ("invalid-status", GOOD.replace("test", "testing"), 3),
    ("invalid-level", GOOD.replace("low", "Low"), 4),
    ("invalid-date", "date: 2025/01/02\n" + GOOD, 1),
    ("invalid-date", "modified: yesterday\n" + GOOD, 1),
    ("invalid-tag", "tags: [attack.t1059, T1059]\n" + GOOD, 1),
    ("title-length", GOOD.replace("A rule", "A" * 257), 1),
    ("metadata-type", "author: [a, b]\n" + GOOD, 1),
    ("metadata-type", "author: 5\n" + GOOD, 1),
    ("metadata-type", "references: a\n" + GOOD, 1),
    ("metadata-type", "references: {a: b}\n" + GOOD, 1),
    ("metadata-type", "references: [[a]]\n" + GOOD, 1),
    ("metadata-type", "related: a\n" + GOOD, 1),
    ("metadata-type", "related: [{id: a}]\n" + GOOD, 1),
    ("metadata-type", "related: [a]\n" + GOOD, 1),
    ("metadata-type", GOOD.replace("product", "definition: [a]\n    product"), 7),
    ("log-source-spelling", GOOD.replace("windows", "Windows"), 7),
    ("log-source-spelling", GOOD.replace("process_creation", "process creation"), 6),
    ("unused-selection", with_detection("a: {f: 1}\nb: {f: 2}\ncondition: a"), FIRST + 1),
    ("plain-selection", with_detection("a: word\ncondition: a"), FIRST),
]


@pytest.mark.parametrize(("code", "text", "line"), ERRORS)
def test_errors(code: str, text: str | bytes, line: int) -> None:
    problem = problem_of(text)
    assert (problem.code, problem.line) == (code, line), problem


@pytest.mark.parametrize(("code", "text", "line"), LINT)
def test_lint(code: str, text: str, line: int) -> None:
    rule = read_one(text)
    assert [(problem.code, problem.line) for problem in rule.problems] == [(code, line)]
    assert rule.detection is not None


def test_a_good_rule_has_no_problems() -> None:
    assert read_one(GOOD).problems == ()
    assert read_one(with_detection("a: {f: 1}\n_b: {f: 2}\ncondition: a")).problems == ()


def test_too_large_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAXIMUM_BYTES", 100)
    assert problem_of("#" * 101).code == "too-large"


def test_utf16_without_base64_says_what_to_do() -> None:
    problem = problem_of(with_item("f|utf16|contains: a"))
    assert (problem.code, "base64" in problem.hint) == ("encoding-value", True)


def test_one_bad_rule_hides_no_other() -> None:
    text = "\n---\n".join([GOOD, "title: [", with_item("f|x: a"), GOOD])
    found = list(read_text(text))
    assert [each.code if isinstance(each, Problem) else "rule" for each in found] == ["rule", "yaml-syntax", "unknown-modifier", "rule"]


def test_every_code_of_rules_is_here() -> None:
    shown = {code for code, _, _ in ERRORS} | {"unreadable-file", "several-rules"}  # in test_rule.py
    shown |= {"pysigma"}  # in test_pysigma.py
    assert {code.name for code in CODES.values() if code.kind == "rule"} <= shown
    assert shown <= CODES.keys()
    assert {code.name for code in RULE_LINT} == {code for code, _, _ in LINT}


def test_problems_have_codes_that_exist() -> None:
    rule = read_one(with_item("f|re: (?=a)\ng|expand: '%x%'"))
    assert all(problem.code in CODES and CODES[problem.code].kind == "refusal" for problem in rule.refusals)
    with pytest.raises(Refused):
        _ = rule.detection
