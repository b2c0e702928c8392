"""The keys of a project file that hold a text, a list or a truth, with what they mean; the reader, the JSON schema and the documentation go by them."""

from sigma_amsi.package.format import Setting

VERSION = r"(0|[1-9]\d{0,5})(\.(0|[1-9]\d{0,5})){2}"

PROJECT_KEYS = (
    Setting("rules", "texts", "Files and folders of rules, which count from the project file.", ("rules",)),
    Setting("output", "text", "The folder of packages; each destination gets a folder of its name in it.", "build"),
    Setting("version", "text", "The version of the packages: three numbers.", "1.0.0", pattern=VERSION),
)

DESTINATION_KEYS = (
    Setting("target", "text", "The query language: `sigma-amsi list targets`.", required=True),
    Setting(
        "pipeline", "text", "What fields and log sources are in the SIEM, a name or a file: `sigma-amsi list pipelines`.", required=True
    ),
    Setting("format", "text", "What the SIEM takes: `sigma-amsi list formats`.", required=True),
    Setting("site", "text", "The site file: indexes, sensors, columns and facts of this deployment."),
    Setting("assume", "texts", "Facts that hold here: `sigma-amsi list facts`."),
    Setting("allow_approximate", "boolean", "Accept columns that are only close to their field.", False),
    Setting("allow_unproved", "boolean", "Package queries that are not proved, too.", False),
    Setting("rules", "texts", "Files and folders of rules, in place of the project's."),
    Setting("output", "text", "The folder of this package, in place of one in the project's."),
    Setting("version", "text", "The version of this package, in place of the project's.", pattern=VERSION),
)

NAMING_KEYS = (
    Setting(
        "naming",
        "text",
        "What detections are called: a text with `{title}`, `{id}`, `{short_id}` or `{severity}` in it.",
        "{title}",
        pattern=r"(?:[^{}]|\{(?:title|id|short_id|severity)\}){1,200}",
    ),
)
