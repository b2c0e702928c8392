"""Every code that an error, a refusal or a warning can carry. The list is closed; `docs/codes.md` is printed from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Code:
    """A code with its documentation page.

    kind: rule (the rule cannot be read), lint (the rule is read, but something in it is against the specification), configuration, refusal.
    """

    name: str
    kind: Literal["rule", "lint", "configuration", "refusal"]
    says: str
    cause: str
    fix: str


_REFUSALS = (
    Code(
        "unsupported-log-source",
        "refusal",
        "The SIEM's schema has no table for the rule's log source.",
        "The pipeline lists the log sources that the schema can show. Without one the query would run on every event.",
        "Use a pipeline that has the log source (`sigma-amsi list pipelines`), or add it to a pipeline of your own.",
    ),
    Code(
        "unmapped-field",
        "refusal",
        "The pipeline says nothing about a field of the rule.",
        "Fields are mapped closed-world: a name that passes through unmapped gives a query that runs and never matches.",
        "Check the spelling of the field, or map it in your site file.",
    ),
    Code(
        "missing-field",
        "refusal",
        "The SIEM has no counterpart for a field of the rule.",
        "The pipeline says so, with the reason: the vendor's table has no such column.",
        "Use a pipeline whose data has the field, or declare an extra column in your site file.",
    ),
    Code(
        "unmapped-value",
        "refusal",
        "The field has a counterpart, but not for this value.",
        "The SIEM spells the field's values differently, and its list has none for the one in the rule.",
        "Check the value against the log source's documentation; use a pipeline whose data has it.",
    ),
    Code(
        "approximate-field",
        "refusal",
        "The SIEM only has something close to the field.",
        "Testing it instead would match more or fewer events than the rule, for the reason given.",
        "`--allow-approximate` accepts it; the result is then labelled.",
    ),
    Code(
        "several-tables",
        "refusal",
        "The rule's log source is spread over several tables, which one query of this language cannot read.",
        "The site file declares several sensors for the log source, and each writes into a table of its own.",
        "Convert once for each sensor, with one site file each.",
    ),
    Code(
        "case-sensitive-column",
        "refusal",
        "The column compares case-sensitively and the language cannot ask for anything else.",
        "Sigma compares without case. The query would silently miss every other spelling.",
        "Use a language that folds case (EQL, Lucene), or declare the column's normaliser as a fact.",
    ),
    Code(
        "case-insensitive-column",
        "refusal",
        "The rule asks for exact case, and column or language cannot tell cases apart.",
        "A `cased` or `re` test on a column that is stored folded, or in a language whose operator always folds.",
        "Use a language that compares by case.",
    ),
    Code(
        "literal-wildcard",
        "refusal",
        "The value has a literal `*` or `?` that the language can only read as a wildcard.",
        "The language has no escape for it on this column, so the query would match more than the rule.",
        "Use a language that can.",
    ),
    Code(
        "single-character-wildcard",
        "refusal",
        "The value has a one-character wildcard that the language does not have.",
        "Replacing it by `*` would match more than the rule.",
        "Use a language that can.",
    ),
    Code(
        "wildcard-on-type",
        "refusal",
        "The column's type takes no wildcards.",
        "A pattern on a number, address or time column is an error in the engine.",
        "Write the rule with whole values or comparisons, or use another target.",
    ),
    Code(
        "analysed-text",
        "refusal",
        "The column is cut into words when it is stored.",
        "The engine holds a pattern against single words in lower case: one with blanks, dots or backslashes in it would never match.",
        "Map the column as keyword or wildcard and declare that type in your site file, or use another target.",
    ),
    Code(
        "value-of-wrong-type",
        "refusal",
        "The column's type cannot hold the value.",
        "The test could never be true, or the engine would reject the query.",
        "Check the value and the field of the rule.",
    ),
    Code(
        "regex-unsupported",
        "refusal",
        "The language has no regular expressions, or not on this column.",
        "Dropping the test or copying the text would change what the query means.",
        "Use a language that has them (Kusto, Splunk, Lucene, EQL).",
    ),
    Code(
        "regex-construct",
        "refusal",
        "The regular expression uses a construct that cannot be said.",
        "Look-around, back-references and the like have no counterpart in the target's dialect or in ours.",
        "Rewrite the expression without it.",
    ),
    Code(
        "number-order",
        "refusal",
        "The column cannot be compared by order of numbers.",
        "The column holds text, which orders `10` before `9`.",
        "Use a target whose column is numeric.",
    ),
    Code(
        "network-on-type",
        "refusal",
        "The column cannot be tested for a network.",
        "It is not an address column, and the language has no function for text.",
        "Use a target whose column holds addresses.",
    ),
    Code(
        "null-and-empty",
        "refusal",
        "The language cannot tell an absent, a null and an empty value apart on this column.",
        "The rule depends on the difference.",
        "Use a target that can.",
    ),
    Code(
        "keyword-search",
        "refusal",
        "The target cannot search all values of an event for a text.",
        "The language searches whole words only, or the schema keeps no text of the event.",
        "Name the fields in the rule, or use a target that keeps the event's text.",
    ),
    Code(
        "field-comparison",
        "refusal",
        "The language cannot compare two columns.",
        "The rule uses `fieldref`.",
        "Use a language that can (Kusto, Splunk).",
    ),
    Code(
        "time-part",
        "refusal",
        "Parts of a time cannot be tested.",
        "The rule uses `minute`, `hour`, `day`, `week`, `month` or `year`.",
        "Leave the schedule to the detection that runs the query.",
    ),
    Code(
        "term-unsupported",
        "refusal",
        "The language cannot compute what the field is in this schema.",
        "The field is spread over several columns in a way that the language's queries cannot join or translate.",
        "Use another language for the same SIEM.",
    ),
    Code(
        "several-values",
        "refusal",
        "The column can hold several values, which the language cannot test one by one.",
        "The query would fail or compare the list's text.",
        "Use a language that tests each value.",
    ),
    Code(
        "placeholder",
        "refusal",
        "The rule has a placeholder.",
        "`expand` asks for a value that the rule does not have.",
        "Replace the placeholder in the rule.",
    ),
    Code(
        "correlation",
        "refusal",
        "The document is a correlation or a filter, not a detection.",
        "Only detections are converted.",
        "Convert the rules that it refers to.",
    ),
    Code(
        "limit-length",
        "refusal",
        "The query, or a regular expression in it, is longer than the engine takes.",
        "The engine's limit is documented or measured; it would reject the query or cut it off.",
        "Split the rule.",
    ),
    Code(
        "limit-depth",
        "refusal",
        "The query is nested deeper than the engine takes.",
        "The engine's limit is documented or measured.",
        "Split the rule.",
    ),
    Code(
        "limit-clauses",
        "refusal",
        "The query has more clauses than the engine takes.",
        "The engine's limit is documented or measured.",
        "Split the rule.",
    ),
    Code(
        "limit-automaton",
        "refusal",
        "A pattern or regular expression needs a larger automaton than the engine builds.",
        "The engine would answer with an error at search time.",
        "Simplify the expression.",
    ),
)

CODES: Mapping[str, Code] = {code.name: code for code in _REFUSALS}
