"""What is wrong with a command line, and with a query text that is given to be judged."""

from sigma_amsi.codes.code import Code

OPTIONS = (
    Code(
        "unknown-target",
        "configuration",
        "No query language is called so.",
        "It is neither built in nor declared by an installed distribution.",
        "`sigma-amsi list targets` shows the names.",
    ),
    Code(
        "no-pipeline",
        "configuration",
        "A pipeline is needed.",
        "Without a pipeline nothing says what the rule's log source and fields are in the SIEM, and a query of raw field names finds nothing.",
        "Name one with `-p`.",
    ),
    Code(
        "several-pipelines",
        "configuration",
        "Several pipelines are named.",
        "A pipeline says everything about one SIEM schema; nothing is left for a second one to add.",
        "Name one, and put what is special about your deployment into a site file (`--site`).",
    ),
    Code(
        "pipeline-does-not-fit",
        "configuration",
        "The pipeline is of another SIEM than the target.",
        "Its columns do not exist where the query would run.",
        "`sigma-amsi list pipelines -t TARGET` shows those that fit.",
    ),
    Code(
        "process-ended",
        "configuration",
        "One of the processes that convert was ended from outside.",
        "Many rules are converted by as many processes as there are cores. The system ended one, most often because memory ran out.",
        "Give the run more memory, or fewer rules at a time. A file that was to be replaced is as it was.",
    ),
    Code(
        "output",
        "configuration",
        "The output cannot be written.",
        "The folder is not there or may not be written to, or two rules would be written to one file.",
        "Check the path that the message names.",
    ),
    Code(
        "unknown-code",
        "configuration",
        "There is no such code.",
        "Every code that an error, refusal or warning can carry is in the list.",
        "`sigma-amsi list codes` shows all.",
    ),
    Code(
        "unreadable-query",
        "query",
        "A query text cannot be read.",
        "It has a construct that the parser of its language does not know, or is no query of that language at all. Nothing is guessed: what is not read "
        "is not judged.",
        "Write that part of the query in another way, or report the construct.",
    ),
)
