"""What stands in a `[[reader]]` of this family beside what all readers have."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edge.config import Reader

Symbology = Literal["qr", "datamatrix", "aztec", "code128", "code39", "code93", "ean13"]


class CameraKeys(Reader, frozen=True, kw_only=True):
    """`port` is the camera's video device, or a video file for training. `symbologies`: what may be a badge here."""

    symbologies: tuple[Symbology, ...] = ("qr", "code128")
    width: Annotated[int, msgspec.Meta(ge=160, le=4096)] = 1280
    height: Annotated[int, msgspec.Meta(ge=120, le=2160)] = 720
    looks_per_s: Annotated[int, msgspec.Meta(ge=1, le=30)] = 10
    prefix: str = ""
    same_code_ms: Annotated[int, msgspec.Meta(ge=500, le=10_000)] = 2000
