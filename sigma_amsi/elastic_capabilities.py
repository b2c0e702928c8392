"""What the languages of Elasticsearch have in common: how they say terms and some matchers, and the limits of the engine that are checked."""

from sigma_amsi.backend import Capabilities, Capability, Limit
from sigma_amsi.predicate.tree import Compare, InNetwork, Same
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Text, Values, When, XmlText

SHARED: Capabilities = {
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
    Compare: Capability("partly", "on number fields", "number-order"),
    InNetwork: Capability("partly", "on ip fields", "network-on-type"),
    Same: Capability("refused", "fields cannot be compared with each other", "field-comparison"),
}
"""Only fields can be asked: a test on another term has to come to tests on columns."""

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
REGEX_LENGTH = Limit(
    "regex-length",
    1000,
    "characters of one regular expression, in which a letter without case takes four",
    "Elasticsearch reference, Index modules: index.max_regex_length",
)
TERM_BYTES = Limit(
    "term-bytes", 32766, "UTF-8 bytes of one value; longer ones are not indexed", "Elasticsearch reference, ignore_above; Lucene"
)
