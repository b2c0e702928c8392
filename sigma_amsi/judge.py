"""Judging queries that others wrote: several of them together, columns that nobody has, and a log source apart from the rest.

A query of another tool most often differs from its rule in the log source already. What is said of the detection is then said of the query without
the conditions that shut the log source out, so that one mistake does not hide the others. The verdict is always about the whole query.
"""

from collections.abc import Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from sigma_amsi.errors import Unreadable
from sigma_amsi.pipeline.schema import ColumnType, Fact, Table
from sigma_amsi.predicate.tree import And, Null, Or, Predicate, Test, all_of, any_of
from sigma_amsi.predicate.walk import columns_of
from sigma_amsi.proof.prove import Claim, prove
from sigma_amsi.proof.verdict import Obligations, Proved, ProvedAssuming, Verdict, Witness
from sigma_amsi.rule.model import Rule
from sigma_amsi.targets import Target
from sigma_amsi.term import Column


class Judgement(Struct, frozen=True):
    """What is known of queries that someone else wrote for a rule.

    verdict: on all of them together; its obligations are told apart. unknown_columns: those that the schema does not have. They are read as absent
    from every row, which is how Lucene, KQL and Splunk treat them; other engines reject the query.
    """

    verdict: Verdict
    unknown_columns: tuple[str, ...] = ()

    @property
    def proved(self) -> bool:
        """Whether the queries say what the rule says, and of columns that there are."""
        return isinstance(self.verdict, Proved | ProvedAssuming) and not self.unknown_columns


def judge(target: Target, rule: Rule, texts: Sequence[str]) -> Judgement:
    """The judgement on queries that together should give the events of the rule. Raises Unreadable for a text that the target's parser does not
    read, and Refused for a rule that the target cannot say.
    """
    meaning = target.meaning(rule)
    columns = _Columns(target, meaning.table)
    claim = meaning.claim(any_of(columns.read(text) for text in texts))
    claim = replace(claim, facts=(*claim.facts, *map(_absence, columns.unknown)))
    return Judgement(_told_apart(claim, prove(claim)), tuple(columns.unknown))


# -- columns that are not in the schema --------------------------------------------------------------------------------------------------


class _OpenTable(Table, Struct, frozen=True):
    """A table that answers for every column, and notes those that it does not have."""

    asked: dict[str, None] = field(default_factory=dict)

    def column(self, name: str) -> ColumnType | None:
        found = Table.column(self, name)
        if found is None:
            self.asked[name] = None
            return ColumnType(name)
        return found


class _Columns(Struct, frozen=True):
    """Reads texts on a table. unknown: the columns that they name and the table does not have."""

    target: Target
    table: Table
    unknown: dict[str, None] = field(default_factory=dict)

    def read(self, text: str) -> Predicate:
        try:
            return self.target.read(text, self.table)
        except Unreadable as unreadable:
            table = _OpenTable(self.table.name, self.table.columns, self.table.facts)
            schema = self.target.pipeline.schema
            pipeline = replace(self.target.pipeline, schema=replace(schema, tables={**schema.tables, table.name: table}))
            try:
                predicate = replace(self.target, pipeline=pipeline).read(text, table)
            except Unreadable:
                raise unreadable from None
            self.unknown.update((name, None) for name in columns_of(predicate) if name in table.asked)
            return predicate


def _absence(name: str) -> Fact:
    """That no row has the column: official, since the schema lists all that there are."""
    return Fact(f"no-{name}", f"there is no column {name}", "official", "the schema", Test(Column(name), Null()))


# -- the log source and the detection apart ----------------------------------------------------------------------------------------------


def _told_apart(claim: Claim, verdict: Verdict) -> Verdict:
    """The verdict with the obligations of the query's log source and of the rest of it."""
    if verdict.obligations.detection.misses is None:
        return verdict
    shut_out: list[Witness] = []
    rest = _without_exclusions(claim, claim.query, shut_out)
    if not shut_out:
        return verdict
    detection = prove(replace(claim, query=rest)).obligations.detection
    log_source = replace(verdict.obligations.log_source, misses=shut_out[0])
    return replace(verdict, obligations=Obligations(log_source, detection))


def _without_exclusions(claim: Claim, query: Predicate, shut_out: list[Witness]) -> Predicate:
    """The query without the conditions on the log source alone that shut out events of the rule. `shut_out` gets such an event for each."""
    if isinstance(query, Or):
        return any_of([_without_exclusions(claim, part, shut_out) for part in query.parts])
    about = set(columns_of(claim.where)).difference(columns_of(claim.detection))
    kept = []
    for part in query.parts if isinstance(query, And) else (query,):
        if about.issuperset(columns_of(part)):
            missed = prove(replace(claim, query=part)).obligations.detection.misses
            if missed is not None:
                shut_out.append(missed)
                continue
        kept.append(part)
    return all_of(kept)
