"""Follows the journal: which answers are new since the last look."""

from __future__ import annotations

import logging

from edge.store.views import JournalViews, NewerSchema, NotThereYet
from sync.wire.envelope import Fact

log = logging.getLogger(__name__)

MOST_AT_ONCE = 100


class Following:
    """Of one thread. `seq`: how far the journal has been seen, None before the first look."""

    def __init__(self, views: JournalViews) -> None:
        self._views = views
        self.seq: int | None = None

    def look(self) -> list[Fact] | None:
        """The answers since the last look, oldest first; None when the journal has not grown or cannot be read. Those
        that are in it at the first look are not among them."""
        try:
            head = self._views.head()
            if self.seq is None or head < self.seq:
                # The first look, or core has begun a new journal: what it carried over was shown long ago.
                self.seq = head
            if head == self.seq:
                return None
            facts = self._views.answers_after(self.seq, MOST_AT_ONCE)
        except (NotThereYet, NewerSchema) as error:
            log.debug("the journal cannot be read: %s", error)
            self.seq = self.seq or 0
            return None
        # A full answer may not reach the head; what is left is read at the next look.
        self.seq = facts[-1].seq if len(facts) >= MOST_AT_ONCE else head
        return facts
