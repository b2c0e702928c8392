"""What Kibana's query language can say of terms and matchers, and the limits that are checked."""

from sigma_amsi.backend import Capabilities, Capability, Limit
from sigma_amsi.predicate.tree import AnyField, Compare, Empty, Exists, InNetwork, Matches, Null, Regex, Same, TimePart
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Text, Values, When, XmlText

CAPABILITIES: Capabilities = {
    Column: Capability("emitted"),
    Text: Capability("rewritten", "decided at conversion"),
    Absent: Capability("rewritten", "decided at conversion"),
    Join: Capability("partly", "a pattern is split over the parts; other tests are refused", "term-unsupported"),
    First: Capability("rewritten", "alternatives, each with the absence of the columns before it"),
    When: Capability("rewritten", "alternatives, each with its condition"),
    Prefix: Capability("partly", "a pattern is spelled as the column spells it; other tests are refused", "term-unsupported"),
    Values: Capability("rewritten", "the test is translated to the column's values"),
    XmlText: Capability("partly", "a pattern is spelled with entities; other tests are refused", "term-unsupported"),
    NumberText: Capability("partly", "a pattern is translated to numbers; refused where there are too many", "term-unsupported"),
    AnyField: Capability("refused", "a search without a field finds whole words of text fields only", "keyword-search"),
    Matches: Capability(
        "partly",
        "quoted values, `*` in unquoted ones; sets of characters are listed; case is the field's: without case where it counts, or `cased` where "
        "it does not, is refused",
        "case-sensitive-column",
    ),
    Regex: Capability("partly", "only those that a pattern with `*` says as well", "regex-unsupported"),
    Compare: Capability("partly", "on number fields", "number-order"),
    InNetwork: Capability("partly", "on ip fields", "network-on-type"),
    Null: Capability("emitted", "`not field: *`"),
    Empty: Capability("emitted", '`field: ""`'),
    Exists: Capability("emitted", "`field: *`"),
    Same: Capability("refused", "fields cannot be compared with each other", "field-comparison"),
    TimePart: Capability("refused", "dates are only compared with dates", "time-part"),
}

ALTERNATIVES = Limit(
    "alternatives", 64, "values that one value with sets of characters is listed as", "our own, for the sake of readable queries"
)
AUTOMATON = Limit(
    "automaton",
    10_000,
    "Lucene's measure of the work to build the automaton of a pattern; simplify it",
    "Elasticsearch reference, Query string query: max_determinized_states; held against Lucene 8.11 and 9.12",
)
CLAUSES = Limit(
    "clauses",
    1024,
    "clauses of one query",
    "Elasticsearch reference, Search settings: indices.query.bool.max_clause_count, the default up to 7 and the least from 8 on",
)
DEPTH = Limit(
    "depth",
    30,
    "levels of the Elasticsearch query that Kibana makes: one round all, one for each and, or and not, and two for a value",
    "Elasticsearch reference, Search settings: indices.query.bool.max_nested_depth",
)
TERM_BYTES = Limit(
    "term-bytes", 32766, "UTF-8 bytes of one value; longer ones are not indexed", "Elasticsearch reference, ignore_above; Lucene"
)
LIMITS = (ALTERNATIVES, AUTOMATON, CLAUSES, DEPTH, TERM_BYTES)
