"""What a newcomer is told before his card is read (PIPL, article 17), and which text it was."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from flask_babel import gettext as _

VERSION = 1
"""Raised when the meaning changes, also by a correction in one language."""


class Paragraph(NamedTuple):
    about: str
    text: str


def notice(plant: str) -> list[Paragraph]:
    """In the language of the page being made. `plant` is whose HR it is; empty when HR has not said."""
    return [
        Paragraph(
            _("What is read"),
            _("Name, sex, date of birth, address, ID number, validity, issuer. Not the photo, nation or fingerprints."),
        ),
        Paragraph(
            _("What for"),
            _("To register you: check that you are 16, list you as an employee, your contract and your wages."),
        ),
        Paragraph(
            _("Who can read it"),
            _("Only HR of %(plant)s. It is sealed here; this screen cannot open it again.", plant=plant)
            if plant
            else _("Only your employer's HR. It is sealed here; this screen cannot open it again."),
        ),
        Paragraph(
            _("How long"),
            _("Here, sealed, for a week at most after HR has it. At HR while you work here, and two years after."),
        ),
        Paragraph(
            _("Your choice"),
            _("You may stop at any time and register at the HR office. HR shows, corrects or deletes your data."),
        ),
    ]


def fingerprint(paragraphs: list[Paragraph]) -> str:
    """SHA-256 of the notice as shown: the version, then each heading and text, one a line, in UTF-8."""
    lines = [str(VERSION), *(line for paragraph in paragraphs for line in paragraph)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
