"""The solver against exhaustive search on small random formulas with a random theory."""

import itertools
import random
from collections.abc import Mapping, Sequence

import pytest

from sigma_amsi.proof.budget import Budget, LimitReached
from sigma_amsi.proof.solver import Formula, Search


def holds(formula: Formula, node: int, values: Mapping[int, bool]) -> bool:
    if node not in formula.parts:
        return values[abs(node)] == (node > 0)
    conjunction, parts = formula.parts[node]
    return (all if conjunction else any)(holds(formula, part, values) for part in parts)


def random_node(chance: random.Random, formula: Formula, atoms: list[int], depth: int) -> int:
    if depth == 0 or chance.random() < 0.2:
        return chance.choice(atoms) * chance.choice([1, -1])
    parts = [random_node(chance, formula, atoms, depth - 1) for _ in range(chance.randint(0, 4))]
    return formula.both(parts) if chance.random() < 0.5 else formula.either(parts)


@pytest.mark.parametrize("seed", range(400))
def test_agrees_with_exhaustive_search(seed: int) -> None:
    chance = random.Random(seed)
    formula = Formula()
    atoms = [formula.atom() for _ in range(chance.randint(1, 7))]
    root = random_node(chance, formula, atoms, chance.randint(1, 5))
    clashes = [
        frozenset(chance.choice(atoms) * chance.choice([1, -1]) for _ in range(chance.randint(1, 3))) for _ in range(chance.randint(0, 6))
    ]

    def theory(literals: Sequence[int]) -> list[int] | frozenset[int]:
        return next((clash for clash in clashes if clash <= set(literals)), list(literals))

    found = Search(formula, root, theory, Budget(10**6)).run()
    assignments = [
        {formula.true: True, **dict(zip(atoms, values, strict=True))} for values in itertools.product([False, True], repeat=len(atoms))
    ]
    models = [
        values
        for values in assignments
        if holds(formula, root, values) and not any(all(values[abs(literal)] == (literal > 0) for literal in clash) for clash in clashes)
    ]
    if models:
        assert found is not None
    if found is not None:
        assert isinstance(found, list)
        assert not any(clash <= set(found) for clash in clashes)
        completions = [values for values in assignments if all(values[abs(literal)] == (literal > 0) for literal in found)]
        assert all(holds(formula, root, values) for values in completions)


def test_the_budget_ends_the_search() -> None:
    formula = Formula()
    atoms = [formula.atom() for _ in range(20)]
    root = formula.both(formula.either([one, -other]) for one in atoms for other in atoms if one != other)
    with pytest.raises(LimitReached):
        Search(formula, root, lambda literals: list(literals), Budget(100)).run()
