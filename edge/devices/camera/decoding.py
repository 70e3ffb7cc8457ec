"""Codes in a picture: zxing-cpp first, zbar as a second opinion.

Both look at each picture, and what either of them reads is there: where they disagree there are two different codes,
and two are not believed. A bar code is only sure where they agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import zxingcpp
from pyzbar import pyzbar

from edge.devices.camera.codec import Code
from edge.devices.camera.keys import Symbology

Picture = Any
"""Grey, as OpenCV has it: rows of bytes."""

Read = dict[bytes, bool]
"""What is in the codes of a picture, and whether the code corrects its own errors."""

ZXING = {
    "qr": zxingcpp.BarcodeFormat.QRCodeModel2,  # QRCode would be Micro QR as well
    "datamatrix": zxingcpp.BarcodeFormat.DataMatrix,
    "aztec": zxingcpp.BarcodeFormat.AztecCode,
    "code128": zxingcpp.BarcodeFormat.Code128,
    "code39": zxingcpp.BarcodeFormat.Code39Std,
    "code93": zxingcpp.BarcodeFormat.Code93,
    "ean13": zxingcpp.BarcodeFormat.EAN13,
}

CORRECTED = {zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.Aztec}
"""Symbologies with error correction, which is as good as a proof."""

ZBAR = {
    "qr": pyzbar.ZBarSymbol.QRCODE,
    "code128": pyzbar.ZBarSymbol.CODE128,
    "code39": pyzbar.ZBarSymbol.CODE39,
    "code93": pyzbar.ZBarSymbol.CODE93,
    "ean13": pyzbar.ZBarSymbol.EAN13,
}
"""Given explicitly: asked for all of them, zbar writes warnings of its own."""


class Decoders:
    """`faults` counts how often one of them has failed."""

    def __init__(self, symbologies: Sequence[Symbology]) -> None:
        self.faults = 0
        self._zxing = [ZXING[each] for each in symbologies]
        self._zbar = [ZBAR[each] for each in symbologies if each in ZBAR]

    def codes(self, picture: Picture) -> tuple[Code, ...]:
        first, second = (self._contained(decoder, picture) for decoder in (self._by_zxing, self._by_zbar))
        sure = {raw for raw in first if raw in second or first[raw]} | {raw for raw in second if second[raw]}
        return tuple(Code(raw, raw in sure) for raw in first | second)

    def _contained(self, decoder: Callable[[Picture], Read], picture: Picture) -> Read:
        try:
            return decoder(picture)
        except Exception:  # noqa: BLE001 - whatever a decoder raises on a picture, it has read nothing there
            self.faults += 1
            return {}

    def _by_zxing(self, picture: Picture) -> Read:
        formats = zxingcpp.BarcodeFormats(self._zxing)
        found = zxingcpp.read_barcodes(picture, formats=formats, text_mode=zxingcpp.TextMode.Plain)
        return {bytes(each.bytes): each.symbology in CORRECTED for each in found if each.valid}

    def _by_zbar(self, picture: Picture) -> Read:
        """Only ASCII: other bytes are what zbar has made of them in a character set of its own choice."""
        if not self._zbar:
            return {}
        found = pyzbar.decode(picture, symbols=self._zbar)
        return {each.data: each.type == pyzbar.ZBarSymbol.QRCODE.name for each in found if each.data.isascii()}
