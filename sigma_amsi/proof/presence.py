"""What tests say of the presence of their subjects, so that it need not be said beside them."""

from sigma_amsi.predicate.tree import Null, Same, Test
from sigma_amsi.proof.forms import Canonical, Leaf, Node, joined, negated
from sigma_amsi.term import Column, Join, NumberText, Prefix, Text, XmlText


def without_presence(form: Canonical) -> Canonical:
    """The form but for those parts that ask whether a column or join is there, where another part asks more of it."""
    if isinstance(form, Leaf) or not any(_is_about_presence(part, form.conjunction) for part in form.parts):
        return form
    present = _present(form, form.conjunction)
    needless = form.members & (present if form.conjunction else frozenset(map(negated, present)))
    return joined(form.conjunction, [part for part in form.parts if part not in needless]) if needless else form


def column_of(test: Test) -> Column | None:
    """The column that is present wherever the test holds."""
    if isinstance(test.holds, Null | Same):
        return None  # that both sides of a comparison are present stands beside it
    subject = test.subject
    while isinstance(subject, Prefix | XmlText | NumberText):
        subject = subject.of
    return subject if isinstance(subject, Column) else None


def _is_about_presence(part: Canonical, conjunction: bool) -> bool:
    """Whether a part of a conjunction says that something is present, or one of a disjunction that it is not."""
    if isinstance(part, Leaf):
        return isinstance(part.test.holds, Null) and part.positive != conjunction
    return part.conjunction != conjunction and all(isinstance(each, Leaf) and _is_about_presence(each, conjunction) for each in part.parts)


def _present(form: Canonical, holding: bool) -> frozenset[Canonical]:
    """That which is present wherever the form holds, or does not hold, by tests that ask more than that; each as a form that says so."""
    if isinstance(form, Leaf):
        return _presence_in(form.test) if form.positive == holding else frozenset()
    present = [_present(part, holding) for part in form.parts]
    if form.conjunction == holding:
        return frozenset().union(*present)
    return frozenset.intersection(*present) if present else frozenset()


def _presence_in(test: Test) -> frozenset[Canonical]:
    column = column_of(test)
    if column is not None:
        return frozenset([Leaf(Test(column, Null()), False)])
    if not isinstance(test.subject, Join) or isinstance(test.holds, Null | Same):
        return frozenset()
    varying = [part for part in test.subject.parts if not isinstance(part, Text)]
    if not all(isinstance(part, Column) for part in varying):
        return frozenset()
    return frozenset([Node(False, [Leaf(Test(part, Null()), False) for part in varying])])
