"""What is wrong with a file of events, or with the tests of a rule."""

from sigma_amsi.codes.code import Code

EVENTS = (
    Code(
        "event-file",
        "event",
        "A file of events cannot be read.",
        "It is not there, or may not be read.",
        "Check the path.",
    ),
    Code(
        "event-format",
        "event",
        "The file is of no format that events are read from.",
        "EVTX, XML and JSON are told apart by how the file begins.",
        "Export the events as JSON, one in each line.",
    ),
    Code(
        "event-encoding",
        "event",
        "The file of events is not text in UTF-8, nor UTF-16 with its mark.",
        "Another encoding, or a file that is damaged.",
        "Save the file as UTF-8.",
    ),
    Code(
        "event-json",
        "event",
        "The file of events is not JSON.",
        "It may hold one value, a list of them, or one after the other, on lines of their own or not.",
        "Mend the line that the message names.",
    ),
    Code(
        "event-xml",
        "event",
        "The file of events is not XML.",
        "It may hold <Event> elements one after the other or inside of <Events>. Document types are not read.",
        "Mend the line that the message names.",
    ),
    Code(
        "event-evtx",
        "event",
        "The file is no event log of Windows, or is damaged.",
        "The message is that of the package evtx.",
        "Export the log again.",
    ),
    Code(
        "event-shape",
        "event",
        "A value is no event.",
        "An event is an object of fields, or has the parts of a Windows event.",
        "Remove the value from the file.",
    ),
    Code(
        "event-size",
        "event",
        "An event is too large.",
        "A limit on a single event, which keeps a broken file from taking all memory. It is far above what Windows writes.",
        "Look for a quotation mark or bracket that is missing in the line that the message names.",
    ),
    Code(
        "no-evtx",
        "event",
        "The package evtx is not installed.",
        "Only it can read the binary logs of Windows; everything else works without it.",
        "`pip install evtx`, or export the log as JSON or XML.",
    ),
    Code(
        "no-row-shape",
        "configuration",
        "Nothing is known about the rows that events become for this pipeline.",
        "Queries are replayed on the rows that the SIEM makes of events, and pipelines/rows has no file for the pipeline.",
        "Test the rules alone, without a target, or add the row shape.",
    ),
    Code(
        "test-file",
        "configuration",
        "A file that a rule's tests name is not there.",
        "`regression_tests_path` is looked for from the rule's folder upwards and from the working directory upwards; other paths count from the folder of "
        "the file that names them.",
        "Check the path, or run in the folder that it counts from.",
    ),
)
