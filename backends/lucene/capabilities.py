"""What `query_string` can say of terms and matchers, and the limits of its engine that are checked."""

from sigma_amsi.backend import Capabilities, Capability
from sigma_amsi.elastic_capabilities import AUTOMATON, CLAUSES, REGEX_LENGTH, SHARED, TERM_BYTES
from sigma_amsi.predicate.tree import AnyField, Empty, Exists, Matches, Null, Regex, TimePart

CAPABILITIES: Capabilities = {
    **SHARED,
    AnyField: Capability("refused", "a search in all fields finds whole words of text fields only", "keyword-search"),
    Matches: Capability(
        "partly",
        "terms, wildcards, and regular expressions with classes of both cases where the field counts case; `cased` is refused where it does not; of "
        "analysed text only what lies inside of a word",
        "case-insensitive-column",
    ),
    Regex: Capability("partly", "compiled to Lucene's syntax, which matches whole values; some constructs are refused", "regex-construct"),
    Null: Capability("emitted", "`(NOT _exists_:field)`"),
    Empty: Capability("emitted", '`field:""`'),
    Exists: Capability("emitted", "`_exists_:field`"),
    TimePart: Capability("refused", "dates are only compared with dates", "time-part"),
}

LIMITS = (REGEX_LENGTH, AUTOMATON, CLAUSES, TERM_BYTES)
