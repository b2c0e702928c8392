"""Holds payloads against schemas: small ones of our own, and the larger ones of the vendors' descriptions where these lie beside the checkout."""

import json
from collections.abc import Iterable
from typing import Any

import jsonschema
import pytest

from tests.package.siem import REFERENCE


def check(schema: dict[str, Any], payloads: Iterable[Any]) -> int:
    """Fails on the first payload that the schema does not allow, with its place; returns how many there were."""
    validator = jsonschema.validators.validator_for(schema)(schema)
    checked = 0
    for payload in payloads:
        for error in validator.iter_errors(payload):
            pytest.fail(f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
        checked += 1
    return checked


def vendor_schema(path: str) -> dict[str, Any]:
    """A schema of `deploy/` in the reference folder; the test is skipped where there is none."""
    file = REFERENCE / path
    if not file.is_file():
        pytest.skip(f"no {path} beside the checkout")
    schema: dict[str, Any] = json.loads(file.read_text())
    return schema
