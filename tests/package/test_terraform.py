"""Terraform's files say what the SIEM's own say, and nothing in them is a template that a rule has brought along."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from sigma_amsi.package.model import Action, Suppression
from tests.package.siem import hostile_rules, rule, written
from tests.package.test_sentinel import rendered

RESOURCE = "elasticstack_kibana_security_detection_rule"
ELASTIC = ("lucene/ecs_windows", "eql/ecs_windows", "kibana/ecs_windows")
TEMPLATES = rule(
    title="Uses ${env:x} and %{if}",
    description="$${a} ${ %%{b} %{",
    detection={"selection": {"TargetObject|contains": ["${env:temp}", "%{x}", "$${y}"]}, "condition": "selection"},
)


def bodies(files: dict[str, str], resource: str) -> dict[str, Any]:
    (content,) = files.values()
    document = json.loads(content)
    assert [*document["resource"]] == [resource]
    found: dict[str, Any] = document["resource"][resource]
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", label) for label in found)
    return found


@pytest.mark.parametrize("name", ELASTIC)
def test_rules_are_those_of_the_import(name: str) -> None:
    rules = [TEMPLATES, *hostile_rules()]
    (lines,) = written(name, "siem_rule_ndjson", rules).values()
    imported = [json.loads(line) for line in lines.splitlines()]
    resources = bodies(written(name, "terraform", rules, settings={"space": "soc"}), RESOURCE)
    assert [rendered(each) for each in resources.values()] == [{**each, "space_id": "soc"} for each in imported]


def test_what_the_provider_has_as_text_is_text() -> None:
    options: dict[str, Any] = {
        "suppression": Suppression(timedelta(hours=2), ("host.name",)),
        "actions": (Action(".slack", {"id": "connector-1", "params": {"message": "${x} hit", "level": 2}}),),
    }
    (body,) = bodies(written("eql/ecs_windows", "terraform", [rule()], **options), RESOURCE).values()
    assert body["alert_suppression"]["duration"] == "2h"
    assert body["actions"] == [
        {"action_type_id": ".slack", "group": "default", "id": "connector-1", "params": '{"level": 2, "message": "$${x} hit"}'}
    ]


def test_the_workspace_is_the_one_expression() -> None:
    (content,) = written("kusto/microsoft_xdr", "terraform", [TEMPLATES]).values()
    document = json.loads(content)
    assert [*document["variable"]] == ["log_analytics_workspace_id"]
    (body,) = document["resource"]["azurerm_sentinel_alert_rule_scheduled"].values()
    assert body["log_analytics_workspace_id"] == "${var.log_analytics_workspace_id}"
    assert body["display_name"] == "Uses $${env:x} and %%{if}"
    assert "$${env:temp}" in body["query"]
    assert "%%{x}" in body["query"]
    assert "$$${y}" in body["query"]


def test_a_resource_is_called_by_the_rule_s_id() -> None:
    (label,) = bodies(written("eql/ecs_windows", "terraform", [rule()]), RESOURCE)
    assert label == "sigma_0f1c9f2e-0000-4000-8000-000000000001"


def test_the_provider_is_pinned_from_below() -> None:
    (content,) = written("eql/ecs_windows", "terraform", [rule()]).values()
    assert json.loads(content)["terraform"] == {
        "required_providers": {"elasticstack": {"source": "elastic/elasticstack", "version": ">= 0.16.0"}}
    }
