"""Which answers of atoms on one subject can hold together, and a value that shows it."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.proof.automaton import Language
from sigma_amsi.proof.budget import Budget
from sigma_amsi.proof.encode import Missing, Question, Subject
from sigma_amsi.proof.pieces import INTEGER, texts
from sigma_amsi.proof.search import find
from sigma_amsi.term import Column


class Unsettled(Exception):
    """The theory can neither find a value nor show that there is none; the message says why."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Values for subjects that make a set of literals true. Subjects that are not listed are absent."""

    values: Mapping[Subject, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Known:
    """What holds of every text of a subject: the languages that it lies in, and those that it does not."""

    inside: tuple[Language, ...] = ()
    outside: tuple[Language, ...] = ()

    def allows(self, text: str) -> bool:
        """Whether the text is possible."""
        return all(text in language for language in self.inside) and not any(text in language for language in self.outside)


class Theory:
    """Checks the literals of a propositional model, subject by subject."""

    def __init__(self, atoms: Mapping[int, tuple[Subject, Question]], table: Table, budget: Budget) -> None:
        self._atoms = atoms
        self._table = table
        self._budget = budget

    def __call__(self, literals: Sequence[int]) -> Assignment | frozenset[int]:
        """Values that make all literals true, or literals among them that cannot hold together."""
        by_subject: dict[Subject, list[int]] = defaultdict(list)
        for literal in literals:
            by_subject[self._atoms[abs(literal)][0]].append(literal)
        values: dict[Subject, tuple[str, ...]] = {}
        for subject, own in by_subject.items():
            answer = self._settle(subject, own)
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
        base = known_of(column) if column else Known()
        if column is not None and not column.many:
            groups = [wanted]
        else:
            groups = [[literal] for literal in wanted] or [[]]  # each may be met by a value of its own
        values: list[str] = []
        for group in groups:
            found = self._value(group, refused, asked, base)
            if isinstance(found, frozenset):
                return found if group or missing is None else found | {missing}
            values.append(found)
        return tuple(dict.fromkeys(values))

    def _value(self, wanted: list[int], refused: list[int], asked: Mapping[int, Question], base: Known) -> str | frozenset[int]:
        """A text that answers every wanted literal with yes and every refused one with no."""
        if any(isinstance(asked[literal], IPv4Network | IPv6Network) for literal in wanted):
            return self._address(wanted, refused, asked, base)
        positives = [question for literal in wanted if isinstance(question := asked[literal], Language)]
        against: list[int] = []
        excluded: list[Language] = []
        while True:
            text = find([*base.inside, *positives], [*base.outside, *excluded], self._budget)
            if text is None:
                return self._core(wanted, against, asked, base, excluded)
            hit = next((literal for literal in refused if _says_yes(asked[literal], text)), None)
            if hit is None:
                return text
            against.append(hit)
            question = asked[hit]
            if isinstance(question, Language):
                excluded.append(question)
            elif len(against) > 64:
                raise Unsettled("no address outside the excluded networks was found")
            else:
                excluded.append(texts([text], cased=True))

    def _core(
        self, wanted: list[int], against: list[int], asked: Mapping[int, Question], base: Known, excluded: list[Language]
    ) -> frozenset[int]:
        if any(not isinstance(asked[literal], Language) for literal in against):
            raise Unsettled("a network and a text pattern on one column")
        needed = list(wanted)
        for literal in wanted:
            rest = [other for other in needed if other != literal]
            positives = [question for other in rest if isinstance(question := asked[other], Language)]
            if len(needed) > 1 and find([*base.inside, *positives], [*base.outside, *excluded], self._budget) is None:
                needed = rest
        return frozenset([*needed, *against])

    def _address(self, wanted: list[int], refused: list[int], asked: Mapping[int, Question], base: Known) -> str | frozenset[int]:
        networks = {literal: question for literal in wanted if isinstance(question := asked[literal], IPv4Network | IPv6Network)}
        for literal, network in networks.items():
            for other, also in networks.items():
                if literal < other and not _overlap(network, also):
                    return frozenset({literal, other})
        narrow, smallest = max(networks.items(), key=lambda item: item[1].prefixlen)
        for literal in refused:
            question = asked[literal]
            if isinstance(question, IPv4Network | IPv6Network) and _contains(question, smallest):
                return frozenset({narrow, literal})
        own = [question for literal in wanted if isinstance(question := asked[literal], Language)]
        for text in _candidates(smallest, [asked[literal] for literal in refused], [*base.inside, *own], self._budget):
            self._budget.spend(1 + len(refused))
            answers = all(_says_yes(asked[literal], text) for literal in wanted)
            if answers and base.allows(text) and not any(_says_yes(asked[literal], text) for literal in refused):
                return text
        raise Unsettled("no address in the network answers the other tests of the column")


def _says_yes(question: Question, text: str) -> bool:
    if isinstance(question, Language):
        return text in question
    if isinstance(question, IPv4Network | IPv6Network):
        try:
            address = ip_address(text)
        except ValueError:
            return False
        return address.version == question.version and address in question
    return False  # opaque: decided when the witness is replayed


def known_of(column: ColumnType) -> Known:
    """What the schema says of every text in the column."""
    inside: list[Language] = []
    if column.values is not None:
        inside.append(texts(column.values, cased=True))
    if column.kind == "integer":
        inside.append(INTEGER)
    if column.kind == "boolean":
        inside.append(texts(["true", "false"], cased=True))
    return Known(tuple(inside), (texts(column.absent_for, cased=True),) if column.absent_for else ())


def _overlap(one: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _contains(outer: IPv4Network | IPv6Network, inner: IPv4Network | IPv6Network) -> bool:
    return (
        outer.version == inner.version
        and outer.prefixlen <= inner.prefixlen
        and outer.network_address == inner.supernet(new_prefix=outer.prefixlen).network_address
    )


def _candidates(network: IPv4Network | IPv6Network, refused: list[Question], own: list[Language], budget: Budget) -> Iterator[str]:
    """Addresses of the network worth trying: its ends, and the neighbours of every excluded network."""
    first, last = int(network.network_address), int(network.broadcast_address)
    make: Callable[[int], object] = type(network.network_address)
    points = [first + 1, first, last, (first + last) // 2]
    for question in refused:
        if isinstance(question, IPv4Network | IPv6Network) and question.version == network.version:
            points += [int(question.network_address) - 1, int(question.broadcast_address) + 1]
    for point in dict.fromkeys(points):
        if first <= point <= last:
            yield str(make(point))
    text = find(own, [], budget)
    if text is not None:
        yield text
