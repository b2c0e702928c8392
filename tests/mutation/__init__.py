"""Mutation tests of parsers and prover: one thing is changed in a correct query, and the verdict on the change is checked by somebody else.

| module       | what is in it                                                                                             |
|--------------|-----------------------------------------------------------------------------------------------------------|
| `texts.py`   | changes of one operator, value, escape, parenthesis, case flag, operation or column in a query's text      |
| `opinion.py` | what a predicate means on a row, once more, without the evaluator that the prover replays its witnesses on |
| `rows.py`    | rows at the boundaries of predicates                                                                      |
| `settle.py`  | the verdict on a mutant, and whether it stands up                                                         |
| `engines.py` | the same question to a real engine, where one runs the language                                           |
| `__main__.py`| the same over the rules of a corpus: `python -m tests.mutation --mutants 5000`                            |
"""
