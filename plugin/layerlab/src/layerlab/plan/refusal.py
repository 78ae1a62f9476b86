"""What Docker refuses in one instruction at dispatch; the place is added by whoever dispatches it."""

from __future__ import annotations


class Refusal(ValueError):  # noqa: N818  # it carries an error, as `PlanFailure` does
    """A message of Docker's.

    Attributes:
        code: Name of the explanation, without `plan.`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
