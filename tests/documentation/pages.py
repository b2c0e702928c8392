"""The pages on languages, limits, codes and facts."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from sigma_amsi.backend import Backend, Capability
from sigma_amsi.codes import CODES
from sigma_amsi.pipeline.files import available
from sigma_amsi.pipeline.read import load_pipeline
from sigma_amsi.pipeline.schema import Fact, Schema
from sigma_amsi.predicate.tree import AnyField, Compare, Empty, Exists, InNetwork, Matches, Null, Regex, Same, TimePart
from sigma_amsi.registry import backend_names, find_backend
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Text, Values, When, XmlText

from .markdown import code, page, table

TERMS = {
    Column: "a column",
    Text: "a constant",
    Absent: "no value",
    Join: "columns and constants put together",
    First: "the first of several that is there",
    When: "one or another, by a condition",
    Prefix: "a column with its beginning spelled differently",
    Values: "a column with a list of values spelled differently",
    XmlText: "a column that holds XML text",
    NumberText: "a number in the spelling of Windows",
    AnyField: "a keyword: any field",
}
MATCHERS = {
    Matches: "texts and patterns: `contains`, `startswith`, `endswith`, `*`, `?`, `cased`, `windash`, `base64`, …",
    Regex: "regular expressions: `re`",
    Compare: "order of numbers: `lt`, `lte`, `gt`, `gte`",
    InNetwork: "networks: `cidr`",
    Null: "`null`",
    Empty: "the empty text",
    Exists: "`exists`",
    Same: "another field: `fieldref`",
    TimePart: "parts of a time: `minute` … `year`",
}
_SHOWN = {"emitted": "yes", "rewritten": "in other words", "partly": "partly", "refused": "no"}
_KINDS = {
    "refusal": (
        "Refusals",
        "A target cannot express a rule, or a format cannot package it. Nothing is left out in silence: there is no query then.",
    ),
    "rule": ("Errors of rules", "The rule cannot be read. Other rules are converted all the same."),
    "lint": ("Remarks on rules", "The rule is read, but something in it is against the specification."),
    "configuration": (
        "Errors of configuration",
        "An option, a pipeline, a schema, a site file or another file beside the rules cannot be used.",
    ),
    "query": ("Errors of queries", "A query that is given to be judged cannot be read."),
    "event": ("Errors of events", "A file of events that is given to be replayed cannot be read."),
}
_BASES = {
    "official": "always used: the vendor's documentation of the schema says so",
    "vendor": "used, and named in the verdict: the vendor's own content or documentation goes by it",
    "site": "used where a site file or `--assume` declares it, and named in the verdict",
}


def index(pages: Mapping[str, str]) -> str:
    """The list of all pages."""
    lines = (f"- [{text.splitlines()[0].removeprefix('# ')}]({name})" for name, text in pages.items())
    return page("Reference", "What the code goes by, printed from it.", "\n".join(lines))


def languages() -> str:
    """What each query language can say of what a pipeline makes a field, and of what a rule asks of it."""
    backends = [find_backend(name) for name in backend_names()]
    return page(
        "Languages",
        "What each target can say. *In other words*: the language has no such thing, but the query means the same. *Partly*: some cases are "
        "refused. *No*: always refused. A refusal has a [code](codes.md) and names the rule's line.",
        "## What a pipeline makes of a field",
        _matrix(TERMS, backends),
        "## What a rule asks of a field",
        _matrix(MATCHERS, backends),
        *(part for backend in backends for part in (f"## {backend.title}", _notes(backend))),
    )


def _matrix(meanings: Mapping[Any, str], backends: list[Backend]) -> str:
    head = ["", *(code(backend.name) for backend in backends)]
    return table(head, ([says, *(_SHOWN[backend.capabilities[kind].how] for backend in backends)] for kind, says in meanings.items()))


def _notes(backend: Backend) -> str:
    rows = (
        [says, _SHOWN[capability.how], capability.note, _code_link(capability)]
        for kind, says in {**TERMS, **MATCHERS}.items()
        if (capability := backend.capabilities[kind]).note
    )
    return table(["", "", "how, or why not", "code"], rows)


def _code_link(capability: Capability) -> str:
    return f"[{capability.code}](codes.md#{capability.code})" if capability.code else ""


def limits() -> str:
    """The limits of the engines that are checked at conversion."""
    backends = [find_backend(name) for name in backend_names()]
    parts = (
        part
        for backend in backends
        for part in (
            f"## {backend.title}",
            table(["limit", "value", "of what", "source"], ([e.name, f"{e.value:,}", e.says, e.source] for e in backend.limits)),
        )
    )
    introduction = "Limits of the engines that are checked when a rule is converted, so that no query fails later. A rule that would exceed one is refused."
    return page("Limits", introduction, *parts)


def codes() -> str:
    """Every code with what it says, its cause and what to do."""
    parts: list[str] = []
    for kind, (title, says) in _KINDS.items():
        parts += [f"## {title}", says]
        for each in (found for found in CODES.values() if found.kind == kind):
            parts += [f"### {each.name}", each.says, f"Cause: {each.cause}", f"What to do: {each.fix}"]
    return page(
        "Codes", "Every error, refusal and remark has a code. The list is closed, and `sigma-amsi list codes` prints it as well.", *parts
    )


def facts() -> str:
    """The facts that each schema knows."""
    schemas = {schema.name: schema for schema in (load_pipeline(name).schema for name in available())}
    parts = [part for schema in schemas.values() for part in (f"## {schema.title} ({code(schema.name)})", _facts(schema))]
    bases = table(["basis", ""], ([basis, says] for basis, says in _BASES.items()))
    introduction = (
        "Named statements about the rows of a SIEM, which a proof may use. A query that is *proved-assuming* names those that it rests on."
    )
    return page("Facts", introduction, bases, *parts)


def _facts(schema: Schema) -> str:
    known = {fact: name for name, facts in _facts_by_table(schema) for fact in facts}
    rows = ([code(fact.name), fact.says + (f" (in {tables})" if tables else ""), fact.basis, fact.source] for fact, tables in known.items())
    return table(["fact", "says", "basis", "source"], rows) or "None."


def _facts_by_table(schema: Schema) -> Iterator[tuple[str, tuple[Fact, ...]]]:
    yield "", schema.facts
    pairs = sorted(((fact.name, fact, table.name) for table in schema.tables.values() for fact in table.facts), key=lambda pair: pair[0])
    for _, group in groupby(pairs, key=lambda pair: pair[0]):
        found = list(group)
        yield ", ".join(name for _, _, name in found if name), (found[0][1],)
