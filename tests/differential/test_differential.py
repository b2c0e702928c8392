"""Engines and parsers agree on a seeded run, on the kept cases, and the harness sees, shrinks and explains what they do not agree on."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from sigma_amsi.errors import Unreadable
from sigma_amsi.predicate.evaluate import evaluate
from tests.engines import require
from tests.engines.answers import Hits, Rejected

from .__main__ import run
from .compare import Outcome, Question, differing, reading, record
from .explained import EXPLANATIONS, explanation
from .kept import Kept, kept
from .shrink import shrunk
from .subjects import SUBJECTS, Answer, Subject
from .values import Draw, Row

SEED = 4
CASES = {"lucene8": 2000, "lucene9": 2000, "opensearch1": 600, "opensearch2": 600, "kibana": 2000, "kusto": 300}
"""Queries, each asked of thirty rows: as many as an engine answers in some ten seconds."""

KEPT = list(kept())


@pytest.mark.parametrize("name", SUBJECTS)
def test_engine_and_parser_agree(name: str) -> None:
    subject = SUBJECTS[name]
    for engine in subject.engines:
        require(engine)
    tally, _, left = run(subject, CASES[name], SEED)
    assert [str(shrunk(subject, found)) for found in left[:3]] == []
    assert tally.cases >= CASES[name]
    assert 0.1 < tally.found / tally.answers < 0.9
    assert tally.unread.total() < tally.cases / 3


@pytest.mark.parametrize("case", KEPT, ids=str)
def test_parser_answers_kept_case(case: Kept) -> None:
    subject = SUBJECTS[case.engines[0]]
    assert case.source
    assert case.says
    assert _parsed(subject, case.query, case.row) is case.outcome


@pytest.mark.parametrize("name", SUBJECTS)
def test_engine_answers_kept_cases(name: str) -> None:
    subject = SUBJECTS[name]
    for engine in subject.engines:
        require(engine)
    wrong = []
    for case in KEPT:
        if name in case.engines:
            found = list(differing(subject, [Question(case.query)], [case.row]))
            explained = {explanation(subject, each) for each in found}
            (answer,) = subject.ask([case.row], [case.query])
            if explained != ({case.explained} if case.explained else set()) or not (found or _outcome(answer) is case.outcome):
                wrong.append(f"{answer}, {explained} for {case}")
    assert wrong == []


def test_every_explanation_has_a_case() -> None:
    assert {case.explained for case in KEPT} - {""} == {each.name for each in EXPLANATIONS}


def test_what_an_engine_finds_otherwise_is_found_and_made_small() -> None:
    subject = replace(SUBJECTS["lucene9"], ask=_forgetful)
    _, _, left = run(subject, 100, SEED)
    assert left
    smallest = [shrunk(subject, found) for found in left[:3]]
    assert all(found.engine is Outcome.MISSES and found.parser is Outcome.FINDS for found in smallest)
    assert min(len(found.question.text) for found in smallest if found.question.meant is None) < 8


def test_the_same_seed_gives_the_same_rows_and_texts() -> None:
    def drawn(seed: str) -> tuple[Row, str]:
        draw = Draw(seed)
        return draw.row(SUBJECTS["kusto"].columns), SUBJECTS["kusto"].text(draw)

    assert drawn("a") == drawn("a") != drawn("b")


def _forgetful(rows: Sequence[Row], queries: Sequence[str]) -> Sequence[Answer]:
    """An engine that answers as the parser does, but never finds a row that has a port."""
    subject = SUBJECTS["lucene9"]
    answers: list[Answer] = []
    for query in queries:
        meaning = reading(subject, query)
        if isinstance(meaning, Unreadable):
            answers.append(Rejected(""))
        else:
            answers.append(Hits(frozenset(at for at, row in enumerate(rows) if evaluate(meaning, record(row)) and "port" not in row)))
    return answers


def _parsed(subject: Subject, query: str, row: Row) -> Outcome:
    meaning = reading(subject, query)
    if isinstance(meaning, Unreadable):
        return Outcome.REJECTED
    return Outcome.FINDS if evaluate(meaning, record(row)) else Outcome.MISSES


def _outcome(answer: Answer) -> Outcome:
    if isinstance(answer, Hits):
        return Outcome.FINDS if answer.rows else Outcome.MISSES
    return Outcome.REJECTED
