"""Predicates as formulas over atoms on subjects: what the solver searches and the theory restricts.

An atom asks one thing of one subject. A subject is a column, or, while nothing forces a closer look, a whole composed term, as if it were a column of
its own: equivalence under that reading is equivalence. Where it is not enough, composed terms are taken apart: conditionals and choices by
cases, spellings by inverse images of languages, joins by splitting a language at the states of its automaton.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import TypeAlias

from sigma_amsi.characters import fold
from sigma_amsi.predicate.tree import (
    And,
    AnyField,
    Compare,
    Empty,
    Exists,
    InNetwork,
    Matcher,
    Matches,
    Not,
    Null,
    Or,
    Predicate,
    Regex,
    Same,
    Test,
    TimePart,
)
from sigma_amsi.proof.automaton import Language, pattern_language
from sigma_amsi.proof.budget import Budget
from sigma_amsi.proof.canonical import canonical_test
from sigma_amsi.proof.compile import regex_language
from sigma_amsi.proof.images import before_number_text, before_prefix, before_xml_text
from sigma_amsi.proof.pieces import EMPTY_TEXT, NONEMPTY, is_everything, pieces, texts, without_empty
from sigma_amsi.proof.search import equivalent, is_empty
from sigma_amsi.proof.solver import Formula
from sigma_amsi.term import Absent, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText

Network: TypeAlias = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Missing:
    """The subject is absent."""


@dataclass(frozen=True, slots=True)
class Opaque:
    """A matcher of which the theory knows nothing but its name: a comparison of fields, a part of a time."""

    holds: Matcher


Question: TypeAlias = Language | Network | Missing | Opaque
Subject: TypeAlias = Term | AnyField


class Encoder:
    """Turns predicates into nodes of one formula and remembers what each atom asks."""

    def __init__(self, budget: Budget, *, take_apart: bool) -> None:
        self.formula = Formula()
        self.atoms: dict[int, tuple[Subject, Question]] = {}
        self._budget = budget
        self._take_apart = take_apart
        self._known: dict[tuple[Subject, Question], int] = {}
        self._tests: dict[tuple[Test, bool], int] = {}
        self._images: dict[tuple[Term, Language], Language] = {}

    def encode(self, predicate: Predicate, positive: bool = True) -> int:
        """The node of the predicate, or of its negation."""
        match predicate:
            case Not(part):
                return self.encode(part, not positive)
            case And(parts) | Or(parts):
                nodes = [self.encode(part, positive) for part in parts]
                return self._joined(isinstance(predicate, And), nodes, positive)
        key = (predicate, positive)
        if key not in self._tests:
            self._tests[key] = self._test(canonical_test(predicate), positive)
        return self._tests[key]

    def _joined(self, conjunction: bool, nodes: Iterable[int], positive: bool) -> int:
        return self.formula.both(nodes) if conjunction == positive else self.formula.either(nodes)

    def _test(self, test: Test, positive: bool) -> int:
        subject, holds = test.subject, test.holds
        if isinstance(subject, AnyField):
            return self._atom(subject, Opaque(holds), positive)
        match holds:
            case Null():
                return self._missing(subject, positive)
            case Exists():
                return self._missing(subject, not positive)
            case Matches(pattern, cased):
                return self._within(subject, pattern_language(pattern, cased), positive)
            case Empty():
                return self._within(subject, EMPTY_TEXT, positive)
            case Regex(tree, cased):
                return self._within(subject, regex_language(tree, cased), positive)
            case InNetwork(network):
                return self._leaf(subject, network, positive)
            case Compare() | Same() | TimePart():
                return self._leaf(subject, Opaque(holds), positive)

    def _leaf(self, subject: Term, question: Question, positive: bool) -> int:
        """A question that only plain columns and conditionals can be asked; any other term is kept as a subject of its own."""
        if isinstance(subject, When) and self._take_apart:
            return self._cases(subject, lambda branch: self._leaf(branch, question, positive))
        return self._atom(subject, question, positive)

    def _missing(self, term: Term, positive: bool) -> int:
        match term:
            case Text():
                return self._constant(False, positive)
            case Absent():
                return self._constant(True, positive)
            case When() if self._take_apart:
                return self._cases(term, lambda branch: self._missing(branch, positive))
            case First(terms) if self._take_apart:
                return self._joined(True, [self._within(each, NONEMPTY, not positive) for each in terms], positive)
            case Values(of, table) if self._take_apart:
                return self._within(of, texts((own for own, _ in table), cased=False), not positive)
            case Prefix(of) | XmlText(of) | NumberText(of) if self._take_apart:
                return self._missing(of, positive)
            case Join(parts) if self._take_apart:
                return self._joined(True, [self._missing(part, positive) for part in parts if not isinstance(part, Text)], positive)
        return self._atom(term, Missing(), positive)

    def _within(self, term: Term, language: Language, positive: bool) -> int:
        """The node that says that a value of the term lies in the language, or that none does."""
        match term:
            case Text(value):
                return self._constant(value in language, positive)
            case Absent():
                return self._constant(False, positive)
            case When() if self._take_apart:
                return self._cases(term, lambda branch: self._within(branch, language, positive))
            case First(terms) if self._take_apart:
                return self._first(terms, language, positive)
            case Values(of, table) if self._take_apart:
                spelled = {fold(own): other for own, other in reversed(table)}
                chosen = [own for own, other in spelled.items() if other in language]
                return self._within(of, texts(chosen, cased=False), positive) if chosen else self._constant(False, positive)
            case Prefix(of) | XmlText(of) | NumberText(of) if self._take_apart:
                return self._within(of, self._image(term, language), positive)
            case Join(parts) if self._take_apart:
                return self._join(parts, language, positive)
        return self._atom(term, language, positive)

    def _image(self, term: Prefix | XmlText | NumberText, language: Language) -> Language:
        """The texts that the term spells into the language; one object for one question, since equal questions have to be one atom."""
        key = (term, language)
        if key not in self._images:
            match term:
                case Prefix(_, table):
                    image = before_prefix(language, table, self._budget)
                case XmlText():
                    image = before_xml_text(language)
                case NumberText(_, style):
                    image = before_number_text(language, style, self._budget)
            self._budget.spend(sum(map(len, image.automaton.edges)))
            # Most tests cannot notice the spelling; then the language itself says the same with far fewer states.
            self._images[key] = language if equivalent(image, language, self._budget) else image
        return self._images[key]

    def _cases(self, term: When, branch: Callable[[Term], int]) -> int:
        """`test and then, or not test and otherwise`. The branches carry the sign: the negation has the same shape."""
        return self.formula.either(
            [
                self.formula.both([self.encode(term.test), branch(term.then)]),
                self.formula.both([self.encode(term.test, False), branch(term.otherwise)]),
            ]
        )

    def _first(self, terms: tuple[Term, ...], language: Language, positive: bool) -> int:
        """By cases: the first term that has a text decides. When none has, no value lies in the language."""
        wanted = without_empty(language)
        node = self._constant(False, positive)
        for term in reversed(terms):
            node = self.formula.either(
                [
                    self.formula.both([self._within(term, NONEMPTY, True), self._within(term, wanted, positive)]),
                    self.formula.both([self._within(term, NONEMPTY, False), node]),
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
        inside = self._within(part, piece, positive)
        if not piece.accepts_empty:
            return inside
        return self._joined(False, [inside, self._missing(part, positive)], positive)

    def _constant(self, value: bool, positive: bool) -> int:
        return self.formula.true if value == positive else -self.formula.true

    def _atom(self, subject: Subject, question: Question, positive: bool) -> int:
        if isinstance(question, Language):
            if is_empty(question):
                return self._constant(False, positive)
            if is_everything(question):
                return self._atom(subject, Missing(), not positive)
        key = (subject, question)
        if key not in self._known:
            self._known[key] = self.formula.atom()
            self.atoms[self._known[key]] = key
        return self._known[key] if positive else -self._known[key]
