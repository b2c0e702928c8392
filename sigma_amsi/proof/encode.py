"""Canonical predicates as formulas over atoms on subjects: what the solver searches and the theory restricts.

An atom asks one thing of one subject: a column, or a whole join as if it were a column of its own. Equivalence under that reading is equivalence.
Other terms are taken apart: conditionals and choices by cases, spellings by inverse images of languages; and joins, where nothing less is enough, by
splitting a language at the states of its automaton.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.tree import AnyField, Compare, InNetwork, Matcher, Matches, Null, Regex, Test
from sigma_amsi.proof.addresses import network_language
from sigma_amsi.proof.automaton import Language, pattern_language
from sigma_amsi.proof.budget import Budget
from sigma_amsi.proof.canonical import canonical
from sigma_amsi.proof.compile import regex_language
from sigma_amsi.proof.forms import Canonical, Leaf
from sigma_amsi.proof.images import before_number_text, before_prefix, before_xml_text
from sigma_amsi.proof.numbers import comparison_language
from sigma_amsi.proof.pieces import NONEMPTY, is_everything, pieces, texts, without_empty
from sigma_amsi.proof.search import equivalent, is_empty
from sigma_amsi.proof.solver import Formula
from sigma_amsi.proof.terms import first_listed, is_never_empty
from sigma_amsi.term import Absent, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText


class Missing(Struct, frozen=True):
    """The subject is absent."""


class Opaque(Struct, frozen=True):
    """A matcher of which the theory knows nothing but its name: a comparison of fields, a part of a time."""

    holds: Matcher


Question: TypeAlias = Language | IPv6Network | Missing | Opaque
Subject: TypeAlias = Term | AnyField


class Encoder:
    """Turns canonical predicates into nodes of one formula and remembers what each atom asks. `joins_apart`: whether joins are taken apart."""

    def __init__(self, table: Table, budget: Budget, *, joins_apart: bool) -> None:
        self.formula = Formula()
        self.atoms: dict[int, tuple[Subject, Question]] = {}
        self._table = table
        self._budget = budget
        self._joins_apart = joins_apart
        self._known: dict[tuple[Subject, Question], int] = {}
        self._tests: dict[tuple[Test, bool], int] = {}

    def encode(self, form: Canonical) -> int:
        """The node of the predicate."""
        if isinstance(form, Leaf):
            key = (form.test, form.positive)
            if key not in self._tests:
                self._tests[key] = self._test(form.test, form.positive)
            return self._tests[key]
        nodes = [self.encode(part) for part in form.parts]
        return self.formula.both(nodes) if form.conjunction else self.formula.either(nodes)

    def _test(self, test: Test, positive: bool) -> int:
        subject, holds = test.subject, test.holds
        if isinstance(subject, AnyField):
            return self._atom(subject, Opaque(holds), positive)
        match holds:
            case Null():
                return self._missing(subject, positive)
            case Matches(pattern, cased):
                return self._within(subject, pattern_language(pattern, cased), positive)
            case Regex(tree, cased):
                return self._within(subject, regex_language(tree, cased), positive)
            case Compare(operator, number):
                return self._within(subject, comparison_language(operator, number), positive)
            case InNetwork(IPv4Network() as network):
                return self._within(subject, network_language(network), positive)
            case InNetwork(IPv6Network() as network):
                return self._leaf(subject, network, positive)
        return self._leaf(subject, Opaque(holds), positive)

    def _joined(self, conjunction: bool, nodes: Iterable[int], positive: bool) -> int:
        return self.formula.both(nodes) if conjunction == positive else self.formula.either(nodes)

    def _leaf(self, subject: Term, question: Question, positive: bool) -> int:
        """A question that only plain columns and conditionals can be asked; any other term is kept as a subject of its own."""
        if isinstance(subject, When):
            return self._cases(subject, lambda branch: self._leaf(branch, question, positive))
        return self._atom(subject, question, positive)

    def _missing(self, term: Term, positive: bool) -> int:
        match term:
            case Text():
                return self._constant(False, positive)
            case Absent():
                return self._constant(True, positive)
            case When():
                return self._cases(term, lambda branch: self._missing(branch, positive))
            case First(terms):
                return self._joined(True, [self._has_text(each, not positive) for each in terms], positive)
            case Values(of, table):
                return self._within(of, texts((own for own, _ in table), cased=False), not positive)
            case Prefix(of) | XmlText(of) | NumberText(of):
                return self._missing(of, positive)
            case Join(parts):
                return self._joined(True, [self._missing(part, positive) for part in parts if not isinstance(part, Text)], positive)
        return self._atom(term, Missing(), positive)

    def _has_text(self, term: Term, positive: bool) -> int:
        if is_never_empty(term, self._table):
            return self._missing(term, not positive)
        return self._within(term, NONEMPTY, positive)

    def _within(self, term: Term, language: Language, positive: bool) -> int:
        """The node that says that a value of the term lies in the language, or that none does."""
        if is_empty(language):
            return self._constant(False, positive)
        if is_everything(language):
            return self._missing(term, not positive)
        match term:
            case Text(value):
                return self._constant(value in language, positive)
            case Absent():
                return self._constant(False, positive)
            case When():
                return self._cases(term, lambda branch: self._within(branch, language, positive))
            case First(terms):
                return self._first(terms, language, positive)
            case Values(of):
                chosen = [own for own, other in first_listed(term) if other in language]
                return self._within(of, texts(chosen, cased=False), positive) if chosen else self._constant(False, positive)
            case Prefix(of) | XmlText(of) | NumberText(of):
                image, steps = _image(replace(term, of=Absent()), language)
                self._budget.spend(steps)
                return self._within(of, image, positive)
            case Join(parts) if self._joins_apart:
                return self._join(parts, language, positive)
        return self._atom(term, language, positive)

    def _cases(self, term: When, branch: Callable[[Term], int]) -> int:
        """`test and then, or not test and otherwise`. The branches carry the sign: the negation has the same shape."""
        return self.formula.either(
            [
                self.formula.both([self.encode(canonical(term.test, self._table)), branch(term.then)]),
                self.formula.both([self.encode(canonical(term.test, self._table, False)), branch(term.otherwise)]),
            ]
        )

    def _first(self, terms: tuple[Term, ...], language: Language, positive: bool) -> int:
        """By cases: the first term that has a text decides. When none has, no value lies in the language."""
        wanted = without_empty(language)
        node = self._constant(False, positive)
        for term in reversed(terms):
            own = language if is_never_empty(term, self._table) else wanted
            node = self.formula.either(
                [
                    self.formula.both([self._has_text(term, True), self._within(term, own, positive)]),
                    self.formula.both([self._has_text(term, False), node]),
                ]
            )
        return node

    def _join(self, parts: tuple[Term, ...], language: Language, positive: bool) -> int:
        """A value of the join lies in the language when for some way of cutting the language every part lies in its piece."""
        ways = [
            self._joined(True, [self._piece(part, piece, positive) for part, piece in zip(parts, way, strict=True) if piece], positive)
            for way in pieces(language, parts, self._budget)
        ]
        present = self._missing(Join(parts), not positive)
        return self._joined(True, [present, self._joined(False, ways, positive)], positive)

    def _piece(self, part: Term, piece: Language, positive: bool) -> int:
        """A part of a join counts as the empty text where it is absent."""
        if is_everything(piece):
            return self._constant(True, positive)
        inside = self._within(part, piece, positive)
        if not piece.accepts_empty:
            return inside
        return self._joined(False, [inside, self._missing(part, positive)], positive)

    def _constant(self, value: bool, positive: bool) -> int:
        return self.formula.true if value == positive else -self.formula.true

    def _atom(self, subject: Subject, question: Question, positive: bool) -> int:
        key = (subject, question)
        if key not in self._known:
            self._known[key] = self.formula.atom()
            self.atoms[self._known[key]] = key
        return self._known[key] if positive else -self._known[key]


IMAGE_STEPS = 50_000
"""What the image of one language may cost."""


@lru_cache(maxsize=4096)
def _image(operation: Prefix | XmlText | NumberText, language: Language) -> tuple[Language, int]:
    """The texts that the operation spells into the language, and the steps that it took to find them: whoever asks again pays again.

    One object for one question, since equal questions have to be one atom.
    """
    budget = Budget(IMAGE_STEPS)
    match operation:
        case Prefix(_, table):
            image = before_prefix(language, table, budget)
        case XmlText():
            image = before_xml_text(language, budget)
        case NumberText(_, style):
            image = before_number_text(language, style, budget)
    budget.spend(sum(map(len, image.automaton.edges)))
    # Most tests cannot notice the spelling; then the language itself says the same with far fewer states.
    same = equivalent(image, language, budget)
    return language if same else image, IMAGE_STEPS - budget.steps
