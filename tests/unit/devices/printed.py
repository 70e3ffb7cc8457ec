"""Badges as a camera sees them. The encoders are segno and python-barcode, which share nothing with the decoders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any

import barcode
import cv2
import numpy
import segno

Picture = Any
"""Grey, as OpenCV has it."""

WIDTH, HEIGHT = 640, 480
PAPER = 255


def code(text: str | bytes, symbology: str = "qr", module: int = 5) -> Picture:
    """Black on white with its quiet zone; a QR code or a bar code."""
    if symbology == "qr":
        cells = numpy.array([list(row) for row in segno.make_qr(text, error="m").matrix], dtype=numpy.uint8)
        quiet = 4
        cells = numpy.pad(cells, quiet)
    elif symbology == "microqr":
        cells = numpy.pad(numpy.array([list(row) for row in segno.make_micro(text).matrix], dtype=numpy.uint8), 4)
    else:
        options = {"add_checksum": False} if symbology == "code39" else {}
        bars = barcode.get_barcode_class(symbology)(text, **options).build()[0]
        cells = numpy.array([[int(bar) for bar in bars]] * 30, dtype=numpy.uint8)
        cells = numpy.pad(cells, ((4, 4), (12, 12)))
    return numpy.kron((1 - cells) * PAPER, numpy.ones((module, module))).astype(numpy.uint8)


def scene(*codes: Picture) -> Picture:
    """A grey wall, and the codes side by side before it."""
    wall = numpy.full((HEIGHT, WIDTH), 150, dtype=numpy.uint8)
    left = (WIDTH - sum(each.shape[1] for each in codes)) // (len(codes) + 1)
    at = left
    for each in codes:
        top = (HEIGHT - each.shape[0]) // 2
        wall[top : top + each.shape[0], at : at + each.shape[1]] = each
        at += each.shape[1] + left
    return wall


@dataclass(frozen=True)
class Spoilt:
    """What lies between a badge and a picture of it."""

    turned_deg: float = 0.0
    tilted: float = 0.0
    scale: float = 1.0
    blur: int = 0
    smear: int = 0
    noise: float = 0.0
    contrast: float = 1.0
    glare: float = 0.0
    scratches: int = 0
    scratched_by: int = 0

    @classmethod
    def drawn(cls, lot: Random) -> Spoilt:
        """One to three of them at once, from harmless to hopeless."""
        ways: dict[str, Any] = {
            "tilted": lot.uniform(0, 0.35),
            "scale": lot.uniform(0.35, 1.1),
            "blur": lot.randrange(1, 8),
            "smear": lot.randrange(1, 16),
            "noise": lot.uniform(2, 60),
            "contrast": lot.uniform(0.06, 0.8),
            "glare": lot.uniform(0.1, 0.8),
            "scratches": lot.randrange(1, 12),
        }
        chosen = lot.sample(sorted(ways), lot.randrange(1, 4))
        turned = lot.choice([0.0, lot.uniform(-45, 45), lot.uniform(-180, 180)])
        return cls(turned_deg=turned, scratched_by=lot.randrange(2**32), **{name: ways[name] for name in chosen})

    def another_moment(self, lot: Random) -> Spoilt:
        """The next picture of the same badge: a hand is never quite still."""
        return replace(
            self, turned_deg=self.turned_deg + lot.uniform(-2, 2), scale=self.scale * lot.uniform(0.98, 1.02)
        )

    def apply(self, picture: Picture, lot: Random) -> Picture:
        picture = self._scratched(picture)
        picture = cv2.warpPerspective(picture, self._pose(), (WIDTH, HEIGHT), borderValue=150)
        if self.glare:
            picture = self._glaring(picture, lot)
        if self.blur:
            picture = cv2.GaussianBlur(picture, (0, 0), self.blur / 2)
        if self.smear > 1:
            kernel = numpy.zeros((self.smear, self.smear))
            kernel[self.smear // 2] = 1 / self.smear
            picture = cv2.filter2D(picture, -1, kernel)
        if self.contrast < 1:
            picture = (128 + (picture.astype(float) - 128) * self.contrast).astype(numpy.uint8)
        if self.noise:
            grain = numpy.random.default_rng(lot.randrange(2**32)).normal(0, self.noise, picture.shape)
            picture = (picture + grain).clip(0, 255).astype(numpy.uint8)
        return picture

    def _pose(self) -> Any:
        turn = numpy.vstack([cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), self.turned_deg, self.scale), [0, 0, 1]])
        lean = self.tilted * WIDTH / 2
        corners = numpy.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], dtype=numpy.float32)
        leaning = numpy.array([[lean, lean / 2], [WIDTH, 0], [WIDTH, HEIGHT], [lean, HEIGHT - lean / 2]])
        return cv2.getPerspectiveTransform(corners, leaning.astype(numpy.float32)) @ turn

    def _scratched(self, picture: Picture) -> Picture:
        """They are on the badge, and the same in each of its pictures."""
        lot, picture = Random(self.scratched_by), picture.copy()
        for _ in range(self.scratches):
            ends = [(lot.randrange(WIDTH), lot.randrange(HEIGHT)) for _ in range(2)]
            cv2.line(picture, ends[0], ends[1], lot.choice([0, 255]), lot.randrange(2, 9))
        return picture

    def _glaring(self, picture: Picture, lot: Random) -> Picture:
        across, down = lot.randrange(WIDTH // 4, 3 * WIDTH // 4), lot.randrange(HEIGHT // 4, 3 * HEIGHT // 4)
        rows, columns = numpy.ogrid[:HEIGHT, :WIDTH]
        distance = ((columns - across) ** 2 + (rows - down) ** 2) / (2 * 70.0**2)
        return (picture + 255 * self.glare * numpy.exp(-distance)).clip(0, 255).astype(numpy.uint8)
