"""What SPL can say of terms and matchers, and the limits that are checked."""

from sigma_amsi.backend import Capabilities, Capability, Limit
from sigma_amsi.predicate.tree import AnyField, Compare, Empty, Exists, InNetwork, Matches, Null, Regex, Same, TimePart
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Text, Values, When, XmlText

CAPABILITIES: Capabilities = {
    Column: Capability("emitted", "a field that may hold several values is refused where only `where` can say the test", "several-values"),
    Text: Capability("emitted"),
    Absent: Capability("rewritten", "decided at conversion"),
    Join: Capability("emitted", "`.` in `where`"),
    First: Capability("rewritten", "a disjunction, or `coalesce` in `where`"),
    When: Capability("rewritten", "a disjunction, or `if` in `where`; decided at conversion where the log source settles the condition"),
    Prefix: Capability("rewritten", "both spellings, or `case`, `match` and `substr` in `where`; left out where no test depends on it"),
    Values: Capability("rewritten", "the test is translated to the field's values"),
    XmlText: Capability("rewritten", "the value's spelling in XML, or `replace` in `where`"),
    NumberText: Capability("partly", "the test is translated to numbers; refused where there are too many", "term-unsupported"),
    AnyField: Capability("refused", "a keyword needs a field to look into, such as `_raw`", "keyword-search"),
    Matches: Capability("emitted", "`search`; `match` in `where` for a literal `*`, a `?` wildcard and where cased"),
    Regex: Capability("partly", "`match` in `where`; constructs that PCRE versions disagree on are refused", "regex-construct"),
    Compare: Capability("partly", "on integer columns", "number-order"),
    InNetwork: Capability("emitted", "`search`, or `cidrmatch` in `where`"),
    Null: Capability("emitted", "`NOT (field=*)`, or `isnull` in `where`"),
    Empty: Capability("refused", "Splunk extracts no empty values", "null-and-empty"),
    Exists: Capability("emitted", "`field=*`, or `isnotnull` in `where`"),
    Same: Capability("partly", "equality without case, with `lower` in `where`", "field-comparison"),
    TimePart: Capability("refused", "a time is text in Splunk, in whatever form the event has it", "time-part"),
}

NESTING = Limit(
    "nesting",
    200,
    "Splunk documents no limit; this one keeps searches within what can be read; split the rule",
    "chosen: limits.conf names none for parentheses, and the longest search in Splunk's own content nests four deep",
)
LIMITS = (NESTING,)
