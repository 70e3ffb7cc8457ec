"""125 kHz readers of the RDM6300 kind, which send EM4100 tags on a serial line."""

from __future__ import annotations

from collections.abc import Sequence

from edge.clock import Clock
from edge.devices.family import BadgeReader, ReaderFamily
from edge.devices.rdm6300.keys import Rdm6300Keys
from edge.devices.shared.meaning import Explain


def _readers(readers: Sequence[Rdm6300Keys], clock: Clock) -> Sequence[BadgeReader]:
    from edge.devices.rdm6300.driver import rdm6300_readers

    return rdm6300_readers(readers, clock)


def _explain(keys: Rdm6300Keys) -> Explain:
    from edge.devices.rdm6300.explain import explain

    return explain(keys)


FAMILY = ReaderFamily("rdm6300", Rdm6300Keys, _readers, explain=_explain)
