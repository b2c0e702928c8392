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

_CONFIGURATION = (
    Code(
        "configuration-file",
        "configuration",
        "A file cannot be read.",
        "It is not there, or may not be read.",
        "Check the path. A name without a folder and without `.yml` means a built-in pipeline.",
    ),
    Code(
        "configuration-yaml",
        "configuration",
        "A pipeline, schema or site file is not the YAML that these formats allow.",
        "Broken syntax, an empty file, several documents, an anchor, alias or tag, or nesting without end.",
        "Mend the line. What is used twice gets a name under `terms` or `field_groups`.",
    ),
    Code(
        "configuration-type",
        "configuration",
        "A text, list or mapping stands where the format has another.",
        "The format's JSON schema says what each key holds.",
        "Write what the message asks for.",
    ),
    Code(
        "configuration-value",
        "configuration",
        "A value is none of those that the format has at this place.",
        "For example a `style` of numbers that does not exist, or a join of one term.",
        "Write one of those in the hint.",
    ),
    Code(
        "configuration-unknown-key",
        "configuration",
        "A key is none of those that the format has at this place.",
        "Most often a misspelling. Unknown keys are errors, since what they say would be lost without a word.",
        "Check the spelling against the hint.",
    ),
    Code(
        "configuration-missing-key",
        "configuration",
        "A key that the format needs is missing.",
        "The file says less than can be used.",
        "Add the key.",
    ),
    Code(
        "configuration-duplicate-key",
        "configuration",
        "A key stands twice in one mapping.",
        "YAML readers keep one of the two without a word; the other was meant, too.",
        "Merge the two or rename one.",
    ),
    Code(
        "unknown-pipeline",
        "configuration",
        "There is no pipeline of this name.",
        "It is no built-in pipeline. A path has a folder or ends in `.yml`.",
        "`sigma-amsi list pipelines` shows the names.",
    ),
    Code(
        "unknown-schema",
        "configuration",
        "There is no schema of this name.",
        "It is no built-in schema. A path has a folder or ends in `.yml`, and counts from the file that names it.",
        "Check the spelling, or write the path of a schema of your own.",
    ),
    Code(
        "unknown-table",
        "configuration",
        "The schema has no table of this name.",
        "A pipeline or site file names a table that the SIEM does not have.",
        "Check the spelling against the vendor's reference.",
    ),
    Code(
        "unknown-column",
        "configuration",
        "The table has no column of this name.",
        "Terms and conditions are read closed-world: a query for a column that does not exist fails or never matches.",
        "Check the spelling; declare a column that your deployment adds under `columns` in the site file.",
    ),
    Code(
        "known-column",
        "configuration",
        "A site file adds a column that the schema has already.",
        "The schema's columns come from the vendor's reference, which a site file does not overrule.",
        "Remove the column, or use another name.",
    ),
    Code(
        "unknown-type",
        "configuration",
        "The schema has no such type of columns.",
        "`types` of the schema says what each of the vendor's types implies.",
        "Check the spelling, or describe the type.",
    ),
    Code(
        "unknown-value",
        "configuration",
        "A condition or a table of values asks for a value that the column never holds.",
        "The schema lists the column's values, or its type or ingestion excludes this one. The condition would never hold.",
        "Check the spelling; for an absent column write null.",
    ),
    Code(
        "unknown-group",
        "configuration",
        "The pipeline has no field group of this name.",
        "`use` of a log source names a group that `field_groups` does not have.",
        "Check the spelling.",
    ),
    Code(
        "unknown-fact",
        "configuration",
        "The schema has no fact of this name.",
        "A mapping, site file or `--assume` names a fact that nobody describes.",
        "`sigma-amsi list facts` shows those of the schema; a site file can describe facts of its own.",
    ),
    Code(
        "known-fact",
        "configuration",
        "Two facts have one name.",
        "A verdict names facts, so that a name has to mean one thing.",
        "Rename one, or remove the doubled line.",
    ),
    Code(
        "unknown-log-source",
        "configuration",
        "A site file adds fields to a log source that the pipeline does not have.",
        "The key under `fields` is none of the pipeline's, or one that it calls unsupported.",
        "Write a key of the pipeline, or `*` for all of them.",
    ),
    Code(
        "unknown-sensor",
        "configuration",
        "The pipeline has no sensor of this name.",
        "`sensors` of the site file names one that no log source of the pipeline is recorded by.",
        "Check the spelling against the hint.",
    ),
    Code(
        "unknown-inputs",
        "configuration",
        "The pipeline does not know this form of events.",
        "`inputs` of the site file chooses among the pipelines that this one names, one for each form.",
        "Check the spelling; remove the line for a pipeline that knows one form only.",
    ),
    Code(
        "term-cycle",
        "configuration",
        "A term contains itself.",
        "The names of terms win over the names of columns, so that a term called like its column means itself.",
        "Write `{column: name}` for the column.",
    ),
    Code(
        "extends-cycle",
        "configuration",
        "A pipeline extends itself.",
        "Following `extends` from file to file leads back to a file that was there before.",
        "Break the circle.",
    ),
)

CODES: Mapping[str, Code] = {code.name: code for code in (*_REFUSALS, *_CONFIGURATION)}
