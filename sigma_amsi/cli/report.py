"""How verdicts, refusals and problems are shown: as lines for people and as objects for programs."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sigma_amsi.errors import Problem
from sigma_amsi.proof.verdict import Different, Narrower, Obligation, Proved, ProvedAssuming, Refusal, Unproved, Verdict, Wider, Witness
from sigma_amsi.rule.model import Rule


def place(path: Path | None, line: int = 0) -> str:
    """A file and line as compilers print them; standard input is `<stdin>`."""
    return f"{path or '<stdin>'}:{line}" if line else str(path or "<stdin>")


def verdict_lines(where: str, verdict: Verdict) -> Iterator[str]:
    """One line with the verdict, and under a query that is not proved what is known of both obligations."""
    named = f" {' '.join(verdict.facts)}" if isinstance(verdict, ProvedAssuming) else ""
    yield f"{where}: {verdict.name}{named}"
    if not isinstance(verdict, Proved | ProvedAssuming):
        yield from _obligation_lines("log source", verdict.obligations.log_source)
        yield from _obligation_lines("detection", verdict.obligations.detection)


def problem_line(problem: Problem, *, refused: bool = False) -> str:
    """A problem with its place and hint."""
    hint = f"\n  hint: {problem.hint}" if problem.hint else ""
    return f"{place(problem.path, problem.line)}: {'refused ' if refused else ''}{problem.code}: {problem.message}{hint}"


def rule_object(rule: Rule | None, problem: Problem | None = None) -> dict[str, Any]:
    """A rule as programs see it. A document that could not be read has a place alone."""
    if rule is None:
        assert problem is not None
        return {"id": None, "title": None, "path": _path(problem.path), "line": problem.line or None}
    return {"id": rule.id or None, "title": rule.title, "path": _path(rule.path), "line": rule.line}


def problem_object(problem: Problem) -> dict[str, Any]:
    """A problem as programs see it."""
    return {"code": problem.code, "message": problem.message, "line": problem.line or None, "hint": problem.hint or None}


def verdict_object(verdict: Verdict) -> dict[str, Any]:
    """What is known: `verdict`, `facts`, and where it is not proved `witness`, `reason` and both obligations."""
    shown: dict[str, Any] = {"verdict": verdict.name, "facts": list(verdict.facts) if isinstance(verdict, ProvedAssuming) else []}
    if isinstance(verdict, Proved | ProvedAssuming):
        return shown
    witness = _witness_of(verdict)
    if witness is not None:
        shown["witness"] = _witness_object(witness)
    if isinstance(verdict, Unproved):
        shown["reason"] = verdict.reason
    obligations = verdict.obligations
    return {**shown, "log_source": _obligation_object(obligations.log_source), "detection": _obligation_object(obligations.detection)}


def refusal_object(rule: Rule | None, refusal: Refusal) -> dict[str, Any]:
    """A rule without a query."""
    return {"rule": rule_object(rule, refusal.problem), "verdict": refusal.name, "refused": problem_object(refusal.problem)}


def counted(count: int, noun: str) -> str:
    """`1 rule`, `2 rules`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def tally(what: str, counts: Mapping[str, int]) -> str:
    """`1,714 rules: 1,585 proved, 80 refused`."""
    shown = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    return f"{counted(sum(counts.values()), what)}: {shown}"


def _obligation_lines(title: str, obligation: Obligation) -> Iterator[str]:
    name = f"{title}:"
    if obligation.holds:
        yield f"  {name:<12}holds"
    if obligation.adds is not None:
        yield f"  {name:<12}{'not restricted; ' if title == 'log source' else ''}adds {obligation.adds}"
    if obligation.misses is not None:
        yield f"  {name:<12}misses {obligation.misses}"
    if obligation.unproved:
        yield f"  {name:<12}unproved: {obligation.unproved}"


def _obligation_object(obligation: Obligation) -> dict[str, Any]:
    shown: dict[str, Any] = {"holds": obligation.holds}
    if obligation.adds is not None:
        shown["adds"] = _witness_object(obligation.adds)
    if obligation.misses is not None:
        shown["misses"] = _witness_object(obligation.misses)
    if obligation.unproved:
        shown["unproved"] = obligation.unproved
    return shown


def _witness_of(verdict: Verdict) -> Witness | None:
    match verdict:
        case Wider(adds=witness) | Different(adds=witness) | Narrower(misses=witness):
            return witness
    return None


def _witness_object(witness: Witness) -> dict[str, Any]:
    return {"table": witness.table or None, "row": dict(witness.row), "event": dict(witness.event)}


def _path(path: Path | None) -> str | None:
    return None if path is None else path.as_posix()
