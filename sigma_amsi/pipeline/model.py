"""Pipelines: for one SIEM schema, which table and condition each log source is, and what each Sigma field is as a term over its columns."""

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct

from sigma_amsi.pattern import Pattern
from sigma_amsi.pipeline.schema import Fact, Schema
from sigma_amsi.predicate.tree import Predicate
from sigma_amsi.term import Term


class Unsayable(Struct, frozen=True):
    """Values that a term cannot represent: a test whose pattern could match one of them is refused with the reason.

    pattern: None stands for none at all: whether the field has a value cannot be asked.
    """

    pattern: Pattern | None
    reason: str


class Mapped(Struct, frozen=True):
    """A Sigma field as a term over columns.

    assumes: names of the vendor or site facts that the term rests on.
    approximate: why the term is not exactly the field, None when it is. Such a field is refused unless approximation is allowed.
    """

    term: Term
    assumes: tuple[str, ...] = ()
    approximate: str | None = None
    cannot: tuple[Unsayable, ...] = ()


class Missing(Struct, frozen=True):
    """A Sigma field for which the SIEM has no counterpart, and why."""

    reason: str


FieldMapping: TypeAlias = Mapped | Missing


class LogSource(Struct, frozen=True):
    """What one Sigma log source is in the SIEM.

    table: the table's name in the schema, also where the query does not say it.
    where: the condition on columns that makes a row of the table an event of this log source: channel, event id and operation.
    fields: Sigma field -> mapping. A field that is not here has no mapping, which is a refusal.
    keyword: what a keyword looks into.
    sensor: which sensor records it (`sysmon`, `security`, …), empty where there is only one.
    drops: values that ingestion removes from its events, whatever the field: the columns are absent instead.
    """

    key: str
    table: str
    where: Predicate
    fields: Mapping[str, FieldMapping]
    keyword: FieldMapping
    sensor: str = ""
    drops: tuple[str, ...] = ()


class Pipeline(Struct, frozen=True):
    """A pipeline with its schema, and the site file's declarations already applied.

    log_sources: key -> the log source, one for each sensor. A key is `product/category` or `product/category/service`, with an empty
        category for rules that name only a service (`windows//security`).
    unsupported: key -> why the SIEM has no such log source.
    facts: those that may be used, by name.
    """

    name: str
    title: str
    schema: Schema
    log_sources: Mapping[str, tuple[LogSource, ...]]
    unsupported: Mapping[str, str]
    facts: Mapping[str, Fact]
