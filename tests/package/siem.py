"""Packages for the tests of artefacts: rules of our own, hostile ones among them, and those of the corpus."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from msgspec.structs import replace

from sigma_amsi.backend import Statement
from sigma_amsi.errors import Refused
from sigma_amsi.package.format import Format, Settings
from sigma_amsi.package.model import Detection, Package, severity_of
from sigma_amsi.package.names import name_detections
from sigma_amsi.predicate.walk import columns_of
from sigma_amsi.proof.verdict import Proved
from sigma_amsi.registry import find_backend
from sigma_amsi.rule import Rule, load, read_text
from sigma_amsi.targets import Query, Target, target
from tests.corpus import needed_rule_folders

CHECKOUT = Path(os.environ.get("SIGMA_AMSI_CHECKOUT") or Path(__file__).resolve().parents[2])
REFERENCE = CHECKOUT.parent / "shared" / "reference" / "deploy"
"""Where the vendors' schemas may lie, beside the checkout."""

PLAIN: Mapping[str, Any] = {
    "title": "Own Provider Key Deleted",
    "id": "0F1C9F2E-0000-4000-8000-000000000001",
    "status": "test",
    "level": "high",
    "description": "A provider's key is deleted.\nIts checks stop.",
    "author": "A. Author, B. Author",
    "license": "CC0-1.0",
    "references": ["https://example.org/a"],
    "falsepositives": ["Removal of the product"],
    "tags": ["attack.defense-impairment", "attack.t1685", "cve.2024-1"],
    "logsource": {"product": "windows", "category": "registry_delete"},
    "detection": {
        "selection": {"TargetObject|endswith": "{11111111-2222-3333-4444-555555555555}"},
        "filter": {"Image|startswith": "C:\\Program Files\\Own\\", "Image|endswith": "\\own.exe"},
        "condition": "selection and not filter",
    },
}

HOSTILE_TEXTS = (
    "line one\nline two\r\nline three",
    "[Win] starts like an expression [of ARM]",
    "[Win] starts like one, and is none",
    "[concat('x', parameters('workspace'))]",
    "[[already doubled]]",
    "$x$ ${x} $${x} %{x} %%{x} $HOME ${HOME} {{x}} {{{x}}}",
    "\"'`'''\"\"\" \\ \\' \\",
    "ends in a backslash \\",
    "# no comment // nor this /* nor this */ -- ; key: value - item & anchor *alias !tag | > %",
    "null bell \x07 escape \x1b delete \x7f next line \x85 separators \u2028 \u2029",
    "right to left \u202etxt.exe\u202c and \u200b nothing, \ufeff a mark",
    "<b>bold</b> &amp; <script>alert(1)</script> ]]>",
    "ünïcödé 日本語 \U0001f600",
    "@@ \t tab  two blanks   three   ",
    "yes",
    "1e3",
    "~",
)


def rule(**changes: Any) -> Rule:
    """The plain rule with other values; None removes a key."""
    document = {key: value for key, value in {**PLAIN, **changes}.items() if value is not None}
    (found,) = read_text(yaml.safe_dump(document), Path("rules") / "own_provider.yml")
    assert isinstance(found, Rule), found
    return found


@cache
def target_of(name: str) -> Target:
    """A target by `language/pipeline`."""
    language, pipeline = name.split("/")
    assume = ("keyword-fields-are-folded",) if language == "kibana" else ()
    return target(language, pipeline=pipeline, assume=assume)


def format_of(name: str, called: str) -> Format:
    (found,) = [each for each in find_backend(name.split("/")[0]).formats if each.name == called]
    return found


def converted(name: str, rule: Rule) -> Query:
    """The rule's query, as `Target.convert` makes it but without the proof, which takes most of the time. Raises Refused."""
    on = target_of(name)
    meaning = on.meaning(rule)
    names = {term: field for field, term in meaning.terms.items()}
    text = on.backend.generate(Statement(meaning.table, meaning.where, meaning.detection, on.pipeline.schema, names))
    fields = {field: columns_of(term) for field, term in meaning.terms.items()}
    return Query(rule, on.backend.name, on.pipeline.name, text, Proved(), fields, meaning.approximate)


def packaged(name: str, called: str, rules: Iterable[Rule], *, settings: Mapping[str, Any] | None = None, **changes: Any) -> Package:
    """A package for a target and format; `changes` are made to every detection."""
    queries = [converted(name, each) for each in rules]
    return package_of(name, called, queries, settings=settings, **changes)


def package_of(name: str, called: str, queries: Iterable[Query], *, settings: Mapping[str, Any] | None = None, **changes: Any) -> Package:
    of = format_of(name, called)
    by_id = {query.rule.id.lower() or "00000000-0000-5000-8000-000000000000": query for query in queries}
    names = name_detections({id: query.rule.title for id, query in by_id.items()}, of.names)
    detections = [
        Detection(query, id, names[id], query.rule.title, query.rule.description, severity_of(query.rule.level))
        for id, query in by_id.items()
    ]
    values = {setting.name: setting.default for setting in of.settings} | dict(settings or {})
    return Package(
        "detections",
        "1.2.3",
        target_of(name).pipeline,
        Settings(values),
        tuple(replace(each, **changes) for each in sorted(detections, key=lambda each: each.id)),
    )


def written(name: str, called: str, rules: Iterable[Rule], **options: Any) -> dict[str, str]:
    """The files of a package whose detections pass the format's check."""
    package = packaged(name, called, rules, **options)
    of = format_of(name, called)
    for detection in package.detections:
        list(of.check(detection, package.settings))
    return {path: content.decode() for path, content in of.write(package).items()}


def hostile_rules() -> list[Rule]:
    """A rule for each hostile text, which stands in every place that a rule has for texts."""
    return [
        rule(
            title=text,
            id=f"0f1c9f2e-0000-4000-8000-1{number:011}",
            description=text,
            author=text,
            license=text,
            references=[text],
            falsepositives=[text],
        )
        for number, text in enumerate(HOSTILE_TEXTS)
    ]


@cache
def corpus_queries(name: str, step: int = 1) -> tuple[Query, ...]:
    """The queries of every `step`-th Windows rule of the corpus. Skips the running test without a corpus."""
    windows = [each for each in load(needed_rule_folders()) if isinstance(each, Rule) and each.log_source.product == "windows"]
    found: list[Query] = []
    for each in windows[::step]:
        with suppress(Refused):
            found.append(converted(name, each))
    return tuple(found)
