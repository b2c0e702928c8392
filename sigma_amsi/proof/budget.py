"""Work limits, counted in steps and not in seconds, so that a verdict does not depend on the machine."""

from msgspec import Struct

DEFAULT_STEPS = 200_000
"""Steps of one question. A step is one state that is visited, or one edge that is made: a few microseconds."""


class LimitReached(Exception):
    """A question needs more work than it was allowed. Nothing is known about its answer."""


class Budget(Struct):
    """What may be spent on a question, or on several that share it."""

    steps: int = DEFAULT_STEPS

    def spend(self, steps: int = 1) -> None:
        """Take `steps` off; raises LimitReached when not as many are left."""
        self.steps -= steps
        if self.steps < 0:
            raise LimitReached("the question needs more steps than it was allowed")
