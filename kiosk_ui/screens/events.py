"""What may happen at a station, one value each."""

from __future__ import annotations

import msgspec

from kiosk_ui.screens.joining import JoiningEvent
from kiosk_ui.screens.paying import PayEvent
from sync.wire.facts import Outcome


class Answered(msgspec.Struct, frozen=True):
    """The journal holds the answer to a tap here."""

    fact: int
    outcome: Outcome
    language: str | None
    person: str | None = None
    epoch: int = 0


class ReadingStarted(msgspec.Struct, frozen=True):
    """A reader has begun to read a card."""


class TapRefused(msgspec.Struct, frozen=True):
    """A tap here could not be stored."""


class CoreHeard(msgspec.Struct, frozen=True):
    """Core lives; `recording` says whether it can store."""

    recording: bool


class ReaderChanged(msgspec.Struct, frozen=True):
    device: str
    up: bool


class CardReaderChanged(msgspec.Struct, frozen=True):
    """A reader of identity cards; badges go on without it."""

    device: str
    up: bool


class Touched(msgspec.Struct, frozen=True):
    """A finger on the screen keeps an answer there for somebody who is still reading."""


class LanguageChosen(msgspec.Struct, frozen=True):
    language: str


class Ticked(msgspec.Struct, frozen=True):
    """Time has passed."""


Event = (
    Answered
    | ReadingStarted
    | TapRefused
    | CoreHeard
    | ReaderChanged
    | CardReaderChanged
    | Touched
    | LanguageChosen
    | Ticked
    | PayEvent
    | JoiningEvent
)
