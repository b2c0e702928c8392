"""Detection rules of Elastic Security as resources of Terraform's elasticstack provider.

Facts from elastic/terraform-provider-elasticstack, internal/kibana/security_detection_rule, 0.16.
"""

import json

from sigma_amsi.package.durations import shown_duration
from sigma_amsi.package.elastic import rule_of
from sigma_amsi.package.elastic_formats import Language
from sigma_amsi.package.format import Files
from sigma_amsi.package.model import Detection, Package
from sigma_amsi.package.terraform import document, label, literal
from sigma_amsi.package.writing import Json

_RESOURCE = "elasticstack_kibana_security_detection_rule"


def write_terraform(package: Package, language: Language) -> Files:
    """One configuration with all rules."""
    bodies = {label(detection): literal(_body(detection, package, language)) for detection in package.detections}
    return {f"{package.name}.tf.json": document("elasticstack", "elastic/elasticstack", ">= 0.16.0", _RESOURCE, bodies)}


def _body(detection: Detection, package: Package, language: Language) -> Json:
    """The attributes mirror the API, but a duration is a text, and what an action passes on is JSON in a text."""
    body = rule_of(detection, package, language)
    if detection.suppression is not None:
        suppression = body["alert_suppression"]
        assert isinstance(suppression, dict)
        body["alert_suppression"] = {**suppression, "duration": shown_duration(detection.suppression.duration)}
    if detection.actions:
        actions = body["actions"]
        assert isinstance(actions, list)
        body["actions"] = [_with_text(action) for action in actions]
    return {**body, "space_id": package.settings.text("space")}


def _with_text(action: Json) -> Json:
    assert isinstance(action, dict)
    return {**action, "params": json.dumps(action["params"], sort_keys=True)}
