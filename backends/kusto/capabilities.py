"""What Kusto can say of terms and matchers, and the limits of its engine that are checked."""

from sigma_amsi.backend import Capabilities, Capability, Limit
from sigma_amsi.predicate.tree import AnyField, Compare, Empty, Exists, InNetwork, Matches, Null, Regex, Same, TimePart
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Text, Values, When, XmlText

CAPABILITIES: Capabilities = {
    Column: Capability("partly", "a column with several values is refused", "several-values"),
    Text: Capability("emitted"),
    Absent: Capability("rewritten", "the empty string"),
    Join: Capability("emitted", "`strcat`, guarded where a test could notice its constants alone"),
    First: Capability("emitted", "`coalesce`, which skips empty strings"),
    When: Capability("emitted", "`iff` and `case`; decided at conversion where the log source settles the condition"),
    Prefix: Capability("rewritten", "`case`, `startswith` and `substring`; left out where no test depends on it"),
    Values: Capability("rewritten", "the test is translated to the column's values"),
    XmlText: Capability("rewritten", "`replace_string`"),
    NumberText: Capability("partly", "the test is translated to numbers; refused where there are too many", "term-unsupported"),
    AnyField: Capability("refused", "`search` looks into columns that are not of the event", "keyword-search"),
    Matches: Capability(
        "partly",
        "`=~`, `in~`, `contains`, `startswith`, `endswith`, `matches regex`, and `==`, `in`, `…_cs` where cased; no pattern on a datetime",
        "wildcard-on-type",
    ),
    Regex: Capability("partly", "`matches regex`; constructs that Kusto lacks are refused", "regex-construct"),
    Compare: Capability("partly", "on integer columns", "number-order"),
    InNetwork: Capability("partly", "`ipv4_is_in_range`, `ipv6_is_in_range` on strings", "network-on-type"),
    Null: Capability("emitted", "`isempty` on strings, `isnull` on other types"),
    Empty: Capability("refused", "a Kusto string is empty where it is absent", "null-and-empty"),
    Exists: Capability("rewritten", "`isnotempty` on strings, `isnotnull` on other types"),
    Same: Capability("partly", "text with text, numbers with numbers", "field-comparison"),
    TimePart: Capability("partly", "`datetime_part` and `week_of_year` on datetime columns, not on text", "time-part"),
}

DEPTH = Limit(
    "depth",
    480,
    "Kusto's parser gives up on deeper syntax (KS245); split the rule",
    "bisection with Kusto.Language 12.4.1: 492 terms joined by `or`, 491 parentheses",
)
NESTING = Limit(
    "nesting",
    240,
    "every level costs two of the parser's; split the rule",
    "bisection with Kusto.Language 12.4.1: 245 levels of `and` in `or`",
)
LIMITS = (DEPTH, NESTING)
