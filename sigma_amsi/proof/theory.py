"""Which answers of atoms on one subject can hold together, and a value that shows it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address

from msgspec import Struct

from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate.tree import AnyField
from sigma_amsi.proof.addresses import is_canonical_address, plain_addresses, possible_addresses
from sigma_amsi.proof.automaton import Language
from sigma_amsi.proof.budget import Budget, LimitReached
from sigma_amsi.proof.compile import regex_language
from sigma_amsi.proof.encode import Missing, Question, Subject
from sigma_amsi.proof.pieces import INTEGER, texts
from sigma_amsi.proof.search import find, shortest
from sigma_amsi.proof.terms import is_single
from sigma_amsi.term import Column


class Unsettled(Exception):
    """The theory can neither find a value nor show that there is none; the message says why."""


class Assignment(Struct, frozen=True):
    """Values for subjects that make a set of literals true. Subjects that are not listed are absent."""

    values: Mapping[Subject, tuple[str, ...]]


class Known(Struct, frozen=True):
    """What holds of every text of a subject.

    inside, outside: the languages that it lies in, and those that it does not. shaped: a language that a fact says it lies in, which is asked for only
    where it makes a difference; fact: its name, empty for an official one. addresses: whether it has to be an address as addresses are written.
    """

    inside: tuple[Language, ...] = ()
    outside: tuple[Language, ...] = ()
    shaped: Language | None = None
    fact: str = ""
    addresses: bool = False


class Theory:
    """Checks the literals of a propositional model, subject by subject.

    without: facts about the texts of columns that may not be used. used: those that a refutation has rested on.
    """

    def __init__(
        self, atoms: Mapping[int, tuple[Subject, Question]], table: Table, budget: Budget, without: frozenset[str] = frozenset()
    ) -> None:
        self.used: set[str] = set()
        self._atoms = atoms
        self._table = table
        self._budget = budget
        self._without = without
        self._settled: dict[frozenset[int], tuple[str, ...] | frozenset[int]] = {}

    def __call__(self, literals: Sequence[int]) -> Assignment | frozenset[int]:
        """Values that make all literals true, or literals among them that cannot hold together."""
        by_subject: dict[Subject, list[int]] = defaultdict(list)
        for literal in literals:
            by_subject[self._atoms[abs(literal)][0]].append(literal)
        values: dict[Subject, tuple[str, ...]] = {}
        for subject, own in by_subject.items():
            key = frozenset(own)
            if key not in self._settled:
                self._settled[key] = self._settle(subject, own)
            answer = self._settled[key]
            if isinstance(answer, frozenset):
                return answer
            if answer:
                values[subject] = answer
        return Assignment(values)

    def _settle(self, subject: Subject, literals: list[int]) -> tuple[str, ...] | frozenset[int]:
        """Values of one subject, none for an absent one, or a core of literals that cannot hold together."""
        asked = {literal: self._atoms[abs(literal)][1] for literal in literals}
        missing = next((literal for literal, question in asked.items() if isinstance(question, Missing)), None)
        wanted = [literal for literal, question in asked.items() if literal > 0 and not isinstance(question, Missing)]
        if missing is not None and missing > 0:
            return frozenset({missing, wanted[0]}) if wanted else ()
        if not wanted and missing is None:
            return ()
        refused = [literal for literal, question in asked.items() if literal < 0 and not isinstance(question, Missing)]
        column = self._table.column(subject.name) if isinstance(subject, Column) else None
        known = known_of(column, self._without) if column else Known()
        if not isinstance(subject, AnyField) and is_single(subject, self._table):
            groups = [wanted]
        else:
            groups = [[literal] for literal in wanted] or [[]]  # each may be met by a value of its own
        values: list[str] = []
        for group in groups:
            found = self._value(group, refused, asked, known)
            if isinstance(found, frozenset):
                return found if group or missing is None else found | {missing}
            values.append(found)
        return tuple(dict.fromkeys(values))

    def _value(self, wanted: list[int], refused: list[int], asked: Mapping[int, Question], known: Known) -> str | frozenset[int]:
        """A text that answers every wanted literal with yes and every refused one with no."""
        if any(isinstance(asked[literal], IPv6Network) for literal in wanted):
            return self._address(wanted, refused, asked, known)
        positives = {literal: question for literal in wanted if isinstance(question := asked[literal], Language)}
        search = _Search(known, self._budget)
        while True:
            text = search.text(positives.values())
            if text is None:
                return self._core(wanted, positives, search)
            hit = next((literal for literal in refused if _says_yes(asked[literal], text)), None)
            if hit is None:
                return text
            question = asked[hit]
            if isinstance(question, Language):
                for literal, language in positives.items():
                    within, steps = _within(language, question)
                    self._budget.spend(steps)
                    if within:
                        return frozenset({literal, hit})
            search.exclude(hit, question, text)

    def _core(self, wanted: list[int], positives: Mapping[int, Language], search: "_Search") -> frozenset[int]:
        """Literals among those that were asked for that have no value together."""
        needed = list(wanted)
        for literal in wanted:
            rest = [other for other in needed if other != literal]
            if len(needed) > 1 and search.text([positives[other] for other in rest if other in positives]) is None:
                needed = rest
        if search.shape_is_used and search.known.fact:
            self.used.add(search.known.fact)
        return frozenset([*needed, *search.against])

    def _address(self, wanted: list[int], refused: list[int], asked: Mapping[int, Question], known: Known) -> str | frozenset[int]:
        networks = {literal: question for literal in wanted if isinstance(question := asked[literal], IPv6Network)}
        for literal, network in networks.items():
            for other, also in networks.items():
                if literal < other and not network.overlaps(also):
                    return frozenset({literal, other})
        narrow, smallest = max(networks.items(), key=lambda item: item[1].prefixlen)
        for literal in refused:
            question = asked[literal]
            if isinstance(question, IPv6Network) and smallest.subnet_of(question):
                return frozenset({narrow, literal})
        own = [question for literal in wanted if isinstance(question := asked[literal], Language)]
        for text in _candidates(smallest, [asked[literal] for literal in refused], [*known.inside, *own], self._budget):
            self._budget.spend(1 + len(refused))
            answers = all(_says_yes(asked[literal], text) for literal in wanted)
            if answers and _allows(known, text) and not any(_says_yes(asked[literal], text) for literal in refused):
                return text
        raise Unsettled("no address in the network answers the other tests of the column")


class _Search:
    """The search for a text of one subject, which asks for more as it learns what is needed.

    against: the literals whose languages were excluded on the way. shape_is_used: whether the text has to have the shape that a fact gives it.
    """

    def __init__(self, known: Known, budget: Budget) -> None:
        self.known = known
        self.against: list[int] = []
        self.shape_is_used = False
        self._budget = budget
        self._excluded: list[Language] = []
        self._guesses = 0

    def text(self, positives: Iterable[Language]) -> str | None:
        """A text that is possible and in all languages and in none that was excluded; None when there is none."""
        wanted = tuple(positives)
        while True:
            text = self._found(wanted)
            if text is None:
                if self._guesses:
                    raise Unsettled("a network and a text pattern on one column")
                return None
            if self.known.shaped is not None and not self.shape_is_used and text not in self.known.shaped:
                self.shape_is_used = True
            elif self.known.addresses and not is_canonical_address(text):
                self._exclude_guess(text)
            else:
                return text

    def exclude(self, literal: int, question: Question, text: str) -> None:
        """No later text may answer the literal's question as this one does."""
        self.against.append(literal)
        if isinstance(question, Language):
            self._excluded.append(question)
        else:
            self._exclude_guess(text)

    def _exclude_guess(self, text: str) -> None:
        self._guesses += 1
        if self._guesses > MAXIMUM_GUESSES:
            raise Unsettled("no address outside the excluded networks was found")
        self._excluded.append(texts([text], cased=True))

    def _found(self, wanted: tuple[Language, ...]) -> str | None:
        shape = (self.known.shaped,) if self.known.shaped is not None and self.shape_is_used else ()
        inside, outside = (*self.known.inside, *shape, *wanted), (*self.known.outside, *self._excluded)
        if self.known.addresses and (plain := find((plain_addresses(), *inside), outside, self._budget)) is not None:
            return plain
        return find(inside, outside, self._budget)


MAXIMUM_GUESSES = 64
"""How many texts are tried one by one, where a question is no language."""


@lru_cache(maxsize=4096)
def _within(part: Language, whole: Language) -> tuple[bool, int]:
    """Whether one language is known to lie in another, and the steps that it took to know: whoever asks again pays again."""
    example = shortest(part)
    if example is not None and example not in whole:
        return False, 1
    budget = Budget(MAXIMUM_LOOK)
    try:
        return find([part], [whole], budget) is None, MAXIMUM_LOOK - budget.steps
    except LimitReached:
        return False, MAXIMUM_LOOK


MAXIMUM_LOOK = 2000
"""Steps after which it is left open whether one language lies in another."""


def _says_yes(question: Question, text: str) -> bool:
    if isinstance(question, Language):
        return text in question
    if isinstance(question, IPv6Network):
        try:
            address = ip_address(text)
        except ValueError:
            return False
        return address.version == question.version and address in question
    return False  # opaque: decided when the witness is replayed


def known_of(column: ColumnType, without: frozenset[str] = frozenset()) -> Known:
    """What the schema says of every text in the column; without: facts that may not be used."""
    inside: list[Language] = []
    if column.values is not None:
        inside.append(texts(column.values, cased=True))
    if column.kind == "integer":
        inside.append(INTEGER)
    if column.kind == "boolean":
        inside.append(texts(["true", "false"], cased=True))
    if column.kind == "address":
        inside.append(possible_addresses())
    outside = (texts(column.absent_for, cased=True),) if column.absent_for else ()
    shaped = regex_language(column.texts, True) if column.texts is not None and column.texts_by not in without else None
    return Known(tuple(inside), outside, shaped, column.texts_by, column.kind == "address")


def _allows(known: Known, text: str) -> bool:
    languages = known.inside if known.shaped is None else (*known.inside, known.shaped)
    return all(text in language for language in languages) and not any(text in language for language in known.outside)


def _candidates(network: IPv6Network, refused: list[Question], own: list[Language], budget: Budget) -> Iterator[str]:
    """Addresses of the network worth trying: its ends, and the neighbours of every excluded network."""
    first, last = int(network.network_address), int(network.broadcast_address)
    points = [first + 1, first, last, (first + last) // 2]
    for question in refused:
        if isinstance(question, IPv6Network):
            points += [int(question.network_address) - 1, int(question.broadcast_address) + 1]
    for point in dict.fromkeys(points):
        if first <= point <= last:
            yield str(IPv6Address(point))
    text = find(own, [], budget)
    if text is not None:
        yield text
