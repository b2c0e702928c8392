"""What keeps a rule out of a package, and what is wrong with a project file or the folder of a package."""

from sigma_amsi.codes.code import Code

PACKAGE = (
    Code(
        "unproved-query",
        "refusal",
        "The rule's query is not proved to say what the rule says.",
        "Either nothing was found out within the limits, or a row is known on which the two differ: `sigma-amsi prove` shows it.",
        "Declare the facts that hold at your site (`--assume`, site file), or package the query all the same with `--allow-unproved`.",
    ),
    Code(
        "duplicate-rule-id",
        "refusal",
        "Two rules have one id.",
        "A SIEM knows a detection by the id of its rule and would keep one of the two, whichever came last. Rules without an id are told apart by title.",
        "Give one of them an id of its own.",
    ),
    Code(
        "unwritable-text",
        "refusal",
        "The format has no way to write a text of the detection.",
        "For example a .conf file of Splunk, where a backslash at the end of a line takes the next line into the value.",
        "Change the text; a query can go another way, such as through the SIEM's interface.",
    ),
    Code(
        "empty-package",
        "refusal",
        "Nothing is left to be packaged.",
        "Every rule was withheld, or there was none. What an earlier run wrote is left as it was.",
        "See what is said of the single rules.",
    ),
    Code(
        "project-toml",
        "configuration",
        "The project file is not TOML.",
        "Broken syntax, a key that stands twice, or a text that is not UTF-8.",
        "Mend the line.",
    ),
    Code(
        "no-project",
        "configuration",
        "There is no project file.",
        "Without `-t`, `package` reads sigma-amsi.toml of this folder or of one above it.",
        "Write one with `sigma-amsi init`, name one with `--project`, or name a target with `-t`.",
    ),
    Code(
        "project-exists",
        "configuration",
        "There is a project file already.",
        "`init` overwrites nothing.",
        "Move the file away, or go to another folder.",
    ),
    Code(
        "unknown-format",
        "configuration",
        "The language has no such format.",
        "Formats belong to a query language: each SIEM takes its own.",
        "`sigma-amsi list formats` shows them.",
    ),
    Code(
        "unknown-destination",
        "configuration",
        "The project has no destination of this name.",
        "Destinations are the tables under `[destinations]` of the project file.",
        "Check the spelling against the hint.",
    ),
    Code(
        "unknown-rule",
        "configuration",
        "Overrides are given for a rule that is not there.",
        "No rule of the destination has this id, so that what they say would be lost without a word.",
        "Check the id, or remove the overrides.",
    ),
    Code(
        "secret-in-file",
        "configuration",
        "Something that looks like a secret is written in a file.",
        "Project files are kept in repositories, where many can read them.",
        'Write `{environment = "NAME"}` in its place, and set the variable NAME where you package.',
    ),
    Code(
        "environment-variable",
        "configuration",
        "A value cannot be taken from the environment.",
        "The variable is not set, or a rule asks for it. Only a project file may: rules come from many hands.",
        "Set it where you package.",
    ),
    Code(
        "foreign-file",
        "configuration",
        "A file is in the way of a package.",
        "It is not among those that the manifest of an earlier package lists, so it is somebody else's and is not overwritten.",
        "Write to another folder, or move the file away.",
    ),
)
