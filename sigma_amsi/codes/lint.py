"""What is against the specification in a rule that can be read."""

from sigma_amsi.codes.code import Code

LINT = (
    Code(
        "missing-id",
        "lint",
        "The rule has no id.",
        "The specification makes it optional, but everything that refers to a rule needs it.",
        "Add a random UUID.",
    ),
    Code(
        "missing-status",
        "lint",
        "The rule has no status.",
        "The specification makes it optional; teams select rules by it.",
        "Add one.",
    ),
    Code(
        "missing-level",
        "lint",
        "The rule has no level.",
        "The specification makes it optional; detections take their severity from it.",
        "Add one.",
    ),
    Code(
        "invalid-id",
        "lint",
        "The id is no UUID.",
        "The specification recommends a UUID version 4; tools rely on the form.",
        "Use a random UUID.",
    ),
    Code(
        "invalid-status",
        "lint",
        "A status that the specification does not have.",
        "It has stable, test, experimental, deprecated and unsupported.",
        "Use one of them.",
    ),
    Code(
        "invalid-level",
        "lint",
        "A level that the specification does not have.",
        "It has informational, low, medium, high and critical.",
        "Use one of them.",
    ),
    Code(
        "invalid-date",
        "lint",
        "A date that is not written YYYY-MM-DD.",
        "The specification asks for ISO 8601 with hyphens.",
        "Rewrite it.",
    ),
    Code(
        "invalid-tag",
        "lint",
        "A tag that is not of the form namespace.name.",
        "Tags are lower case, with letters, digits, underscores and hyphens.",
        "Rewrite it.",
    ),
    Code(
        "title-length",
        "lint",
        "The title is too long.",
        "The specification allows 256 characters.",
        "Shorten it.",
    ),
    Code(
        "metadata-type",
        "lint",
        "A key beside the detection has a value of the wrong type.",
        "A list where a text is expected, or the other way round.",
        "Correct it.",
    ),
    Code(
        "log-source-spelling",
        "lint",
        "A part of the log source is not in lower case, or has blanks.",
        "The specification: values are in lower case, and spaces are replaced by `_`. Pipelines look them up by that.",
        "Rewrite it.",
    ),
    Code(
        "unused-selection",
        "lint",
        "The condition does not use a selection.",
        "A misspelling in the condition, or a selection left over. A name with `_` at its start says that it is meant so.",
        "Use it or remove it.",
    ),
    Code(
        "plain-selection",
        "lint",
        "A selection is neither a list nor a map.",
        "The specification has these two; a single text is read as a list of one keyword.",
        "Write a list.",
    ),
)
