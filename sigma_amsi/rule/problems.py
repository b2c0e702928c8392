"""How the reader of rules says what is wrong."""

from msgspec.structs import replace

from sigma_amsi.errors import Problem, RuleError


def failure(code: str, message: str, line: int = 0, hint: str = "") -> RuleError:
    """Why a rule is given up; to be raised. The file is added where it is known."""
    return RuleError(Problem(code, message, line=line, hint=hint))


def shown(text: str) -> str:
    """A text of the rule as it appears in a message: quoted, without control characters, and cut."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def at_line(error: RuleError, line: int) -> RuleError:
    """The error with a line, where it does not have one."""
    return error if error.problem.line else RuleError(replace(error.problem, line=line))
