"""What keeps a proved query from being a detection of its SIEM, and what is doubtful in a rule's classification."""

from sigma_amsi.codes.code import Code

SIEM = (
    Code(
        "unknown-attack-tag",
        "lint",
        "ATT&CK has no tactic or technique of this name.",
        "A misspelling, or a technique that a later version revoked. The detection does not carry it as a classification.",
        "Correct the tag. The page of a revoked technique at attack.mitre.org names its successor.",
    ),
    Code(
        "contradictory-attack-tags",
        "lint",
        "A technique serves none of the tactics that the rule is tagged with.",
        "One of the two tags is wrong. The detection has the technique under the tactics that ATT&CK gives it, and the rule's tactics without it.",
        "Add the tactic that is meant, or remove the technique.",
    ),
    Code(
        "detection-limit",
        "refusal",
        "The detection has more of something than the SIEM takes.",
        "The SIEM rejects the detection, or cuts the text off. Cutting it ourselves would lose a part without a word.",
        "Shorten the title, description or query; split the rule.",
    ),
    Code(
        "detection-schedule",
        "refusal",
        "The SIEM cannot run a detection by this schedule.",
        "It has limits for how often a query runs and how far it looks back, and rounding to what it has would leave gaps or repeat alerts.",
        "Set a schedule within the limits that the message names, for the destination or for this rule.",
    ),
    Code(
        "detection-suppression",
        "refusal",
        "The SIEM cannot suppress alerts like this.",
        "Some suppress by fields, some only as a whole, some not at all; leaving the suppression out would flood the queue.",
        "Set a suppression that the SIEM has, or none.",
    ),
    Code(
        "detection-columns",
        "refusal",
        "The query does not return the columns that the SIEM's detections need.",
        "The table has no such column, so that the SIEM would reject the detection.",
        "Package the rule for a destination that takes it, such as a scheduled rule of Sentinel.",
    ),
    Code(
        "detection-index",
        "configuration",
        "Nothing says which index the detection searches.",
        "The pipeline is none of those whose index is known, and the artefact cannot do without.",
        "Set `index` for the destination.",
    ),
    Code(
        "detection-action",
        "configuration",
        "The SIEM has no such action, or the action lacks what the SIEM needs of it.",
        "Leaving an action out would be noticed when it is missed. One of Kibana, for example, refers to a connector by its id and has parameters.",
        "Remove the action, or add the settings that the message names.",
    ),
)
