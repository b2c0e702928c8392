"""What Kibana's query language can say of terms and matchers, and the limits that are checked."""

from sigma_amsi.backend import Capabilities, Capability, Limit
from sigma_amsi.elastic_capabilities import AUTOMATON, CLAUSES, SHARED, TERM_BYTES
from sigma_amsi.predicate.tree import AnyField, Empty, Exists, Matches, Null, Regex, TimePart

CAPABILITIES: Capabilities = {
    **SHARED,
    AnyField: Capability("refused", "a search without a field finds whole words of text fields only", "keyword-search"),
    Matches: Capability(
        "partly",
        "quoted values, `*` in unquoted ones; sets of characters are listed; case is the field's: without case where it counts, or `cased` where "
        "it does not, is refused; of analysed text only what lies inside of a word",
        "case-sensitive-column",
    ),
    Regex: Capability("partly", "only those that a pattern with `*` says as well", "regex-unsupported"),
    Null: Capability("emitted", "`not field: *`"),
    Empty: Capability("emitted", '`field: ""`'),
    Exists: Capability("emitted", "`field: *`"),
    TimePart: Capability("refused", "dates are only compared with dates", "time-part"),
}

ALTERNATIVES = Limit(
    "alternatives", 64, "values that one value with sets of characters is listed as", "our own, for the sake of readable queries"
)
DEPTH = Limit(
    "depth",
    30,
    "levels of the Elasticsearch query that Kibana makes: one round all, one for each and, or and not, and two for a value",
    "Elasticsearch reference, Search settings: indices.query.bool.max_nested_depth",
)
LIMITS = (ALTERNATIVES, AUTOMATON, CLAUSES, DEPTH, TERM_BYTES)
