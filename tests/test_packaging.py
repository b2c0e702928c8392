"""What is installed is what the checkout has, and the surface is what it says."""

import os
from pathlib import Path

import pytest

import sigma_amsi
from sigma_amsi.codes import CODES
from sigma_amsi.errors import ConfigurationError
from sigma_amsi.registry import backend_names, find_backend

CHECKOUT = os.environ.get("SIGMA_AMSI_CHECKOUT")


@pytest.mark.skipif(CHECKOUT is None, reason="runs against an installed wheel only (make test)")
@pytest.mark.parametrize("folder", ["backends", "pipelines"])
def test_the_wheel_has_every_file(folder: str) -> None:
    source = Path(str(CHECKOUT)) / folder
    installed = Path(str(sigma_amsi.__file__)).parent / folder
    wanted = {path.relative_to(source) for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert wanted
    assert {path for path in wanted if not (installed / path).is_file()} == set()


def test_every_declared_language_can_be_found() -> None:
    for name in backend_names():
        assert find_backend(name).name == name


def test_an_unknown_language_is_a_configuration_error_that_names_the_others() -> None:
    with pytest.raises(ConfigurationError) as raised:
        find_backend("klingon")
    assert raised.value.problem.code == "unknown-target"


def test_every_code_says_what_why_and_what_to_do() -> None:
    for name, code in CODES.items():
        assert code.name == name
        assert all([code.says, code.cause, code.fix])
