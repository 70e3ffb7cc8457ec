"""What is said of a value that cannot be taken. Pure."""

from __future__ import annotations


class Rejected(ValueError):
    """A value that cannot be taken: which column, what was got, what is wanted."""

    def __init__(self, column: str, got: str, wanted: str) -> None:
        super().__init__(f"{column}: got {got!r}, wanted {wanted}")
        self.column, self.got, self.wanted = column, got, wanted
