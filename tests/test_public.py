"""The public surface: names, errors, codes, and what a start costs."""

import ast
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import sigma_amsi
from sigma_amsi.codes import CODES

NAMES = {
    *(
        "__version__",
        "ConfigurationError",
        "Declined",
        "Different",
        "Narrower",
        "Problem",
        "Proved",
        "ProvedAssuming",
        "Query",
        "Refusal",
        "Refused",
    ),
    *(
        "Rule",
        "RuleError",
        "SigmaAmsiError",
        "Target",
        "Unproved",
        "Unreadable",
        "Verdict",
        "Wider",
        "Witness",
        "load",
        "load_rule",
        "target",
    ),
}


def test_the_public_names_are_these() -> None:
    assert sigma_amsi.__all__ == ["__version__", *sorted(NAMES - {"__version__"})]
    for name in sigma_amsi.__all__:
        assert getattr(sigma_amsi, name) is not None
        assert name in dir(sigma_amsi)


def test_other_names_are_not_there() -> None:
    with pytest.raises(AttributeError):
        _ = sigma_amsi.klingon  # type: ignore[attr-defined]


def test_every_error_is_one_of_ours() -> None:
    for error in (sigma_amsi.ConfigurationError, sigma_amsi.Refused, sigma_amsi.RuleError, sigma_amsi.Unreadable):
        assert issubclass(error, sigma_amsi.SigmaAmsiError)


def modules_after(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys; {statement}; print(*sys.modules)"
    search = [*sys.path, str(Path(next(iter(sigma_amsi.__path__))).parent)]
    code = f"import sys; sys.path[:] = {search!r}; {code}"
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split())


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import sigma_amsi", {"yaml", "sigma", "argparse", "sigma_amsi.targets"}),
        ("from sigma_amsi.cli import main; main(['version'])", {"yaml", "sigma", "argparse", "sigma_amsi.targets"}),
        (
            "from sigma_amsi.cli import main; main(['list', 'targets'])",
            {"sigma", "sigma_amsi.proof.prove", "sigma_amsi.backends.kusto.generate"},
        ),
        ("import sigma_amsi; sigma_amsi.target('splunk', pipeline='splunk_windows')", {"sigma", "sigma_amsi.backends.kusto", "asyncio"}),
    ],
)
def test_a_start_loads_only_what_it_uses(statement: str, absent: set[str]) -> None:
    assert modules_after(statement) & absent == set()


CODE_AT = {"Problem": 0, "Refused": 0, "failure": 0, "fail": 1, "fail_at_key": 2}
"""What makes problems, and which of its arguments is the code."""


def codes_in(source: str) -> set[str]:
    """The codes that stand as texts in a source."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    named = [(call.args, CODE_AT[call.func.id]) for call in calls if isinstance(call.func, ast.Name) and call.func.id in CODE_AT]
    codes = [arguments[index] for arguments, index in named if index < len(arguments)]
    return {code.value for code in codes if isinstance(code, ast.Constant) and isinstance(code.value, str)}


def test_every_code_that_the_source_names_is_in_the_list() -> None:
    folders = [Path(folder) for package in ("sigma_amsi", "sigma_amsi.backends") for folder in found_in(package)]
    sources = [path for folder in folders for path in folder.rglob("*.py")]
    assert len(sources) > 50
    assert {(path.name, code) for path in sources for code in codes_in(path.read_text()) if code not in CODES} == set()


def found_in(package: str) -> list[str]:
    spec = find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return [each for each in spec.submodule_search_locations if not (Path(each) / "pyproject.toml").exists()]
