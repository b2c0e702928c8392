"""Sets of the texts that one column holds: what the conditions of a conditional divide the rows into."""

from msgspec import Struct

from sigma_amsi.predicate.tree import Test


class Texts(Struct, frozen=True):
    """That a column holds one of some texts, each given by its test; with `others`, that it holds none of them, or is absent."""

    tests: frozenset[Test]
    others: bool = False

    def __and__(self, other: "Texts") -> "Texts":
        if self.others and other.others:
            return Texts(self.tests | other.tests, others=True)
        if self.others or other.others:
            some, none = (other, self) if self.others else (self, other)
            return Texts(some.tests - none.tests)
        return Texts(self.tests & other.tests)

    def __or__(self, other: "Texts") -> "Texts":
        return ~(~self & ~other)

    def __invert__(self) -> "Texts":
        return Texts(self.tests, not self.others)


NO_TEXT = Texts(frozenset())
