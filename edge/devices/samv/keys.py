"""What stands in a `[[reader]]` of this family beside what all readers have."""

from __future__ import annotations

from edge.config import Reader


class SamvKeys(Reader, frozen=True, kw_only=True):
    """`appended_address`: also ask for the address that was written to the card after it was made."""

    appended_address: bool = False
