"""What EQL can say of terms and matchers, and the limits of its engine that are checked."""

from sigma_amsi.backend import Capabilities, Capability
from sigma_amsi.elastic_capabilities import AUTOMATON, CLAUSES, REGEX_LENGTH, SHARED, TERM_BYTES
from sigma_amsi.predicate.tree import AnyField, Empty, Exists, InNetwork, Matches, Null, Regex, TimePart

CAPABILITIES: Capabilities = {
    **SHARED,
    AnyField: Capability("refused", "a condition always names a field", "keyword-search"),
    Matches: Capability(
        "partly",
        "`:`, and `==`, `in`, `like` where cased; `regex~` for a literal `*` or `?`, for sets and for letters outside ASCII; "
        "`cased` is refused on a field that does not count case",
        "case-insensitive-column",
    ),
    Regex: Capability("partly", "`regex` and `regex~`, compiled to Lucene's syntax; some constructs are refused", "regex-construct"),
    InNetwork: Capability("partly", "`cidrMatch` on ip fields", "network-on-type"),
    Null: Capability("emitted", "`field == null`"),
    Empty: Capability("emitted", '`field == ""`'),
    Exists: Capability("emitted", "`field != null`"),
    TimePart: Capability("refused", "EQL has no functions for dates", "time-part"),
}

LIMITS = (REGEX_LENGTH, AUTOMATON, CLAUSES, TERM_BYTES)
