"""Which edges of a line are pieces (AB-R14). Pure: times are the kernel's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Edge:
    """`at_ns`: the kernel's monotonic clock in its interrupt. `seqno` counts all edges of the line since its request,
    those too that the kernel has thrown away because nobody read them in time."""

    at_ns: int
    seqno: int


@dataclass(frozen=True)
class Pieces:
    """`counted`, of which `unseen` were told by the numbers of the edges alone; `bounces` were none."""

    counted: int
    bounces: int = 0
    unseen: int = 0


class Pulses:
    """The edges of one request of a line, in their order."""

    def __init__(self, debounce_ms: int) -> None:
        self._debounce_ns = debounce_ms * 1_000_000
        self._counted_ns: int | None = None
        self._seqno = 0

    def take(self, edge: Edge) -> Pieces:
        """Edges that were thrown away had passed the kernel's own debounce, so each is a piece."""
        unseen = max(0, edge.seqno - self._seqno - 1)
        self._seqno = edge.seqno
        if not unseen and self._counted_ns is not None and edge.at_ns - self._counted_ns < self._debounce_ns:
            return Pieces(0, bounces=1)
        self._counted_ns = edge.at_ns
        return Pieces(1 + unseen, unseen=unseen)
