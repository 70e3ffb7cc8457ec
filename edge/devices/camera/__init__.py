"""Cameras that read QR codes and bar codes."""

from __future__ import annotations

from collections.abc import Sequence

from edge.clock import Clock
from edge.devices.camera.keys import CameraKeys
from edge.devices.family import BadgeReader, ReaderFamily
from edge.devices.shared.meaning import Explain


def _readers(readers: Sequence[CameraKeys], clock: Clock) -> Sequence[BadgeReader]:
    from edge.devices.camera.driver import cameras

    return cameras(readers, clock)


def _explain(keys: CameraKeys) -> Explain:
    from edge.devices.camera.explain import explain

    return explain(keys)


FAMILY = ReaderFamily("camera", CameraKeys, _readers, explain=_explain, asked=True)
