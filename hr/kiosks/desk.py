"""Which boxes may speak for the factory, and the codes with which new ones ask."""

from __future__ import annotations

import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hr.kiosks import codes
from hr.kiosks import store as kiosks
from hr.kiosks.codes import OpenCode
from hr.kiosks.store import Enrolment, Kiosk, Loss, Place
from hr.office import Office
from sync.wire.enrolment import CODE_BYTES, Ticket, code_key, code_of, proof_bytes
from sync.wire.envelope import DEVICE_NAME, public_text
from sync.wire.envelope import fingerprint as print_of
from sync.wire.rotation import Rotation


class KioskDesk:
    """Every call is one transaction and returns plain values."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def listed(self) -> list[Kiosk]:
        """All that ever asked, those waiting for a decision first."""
        with self._office.reading.connect() as connection:
            return kiosks.listed(connection)

    def accept(self, fingerprint: str) -> None:
        """kiosks.Undecidable when there is none with this fingerprint, or its name is taken by an accepted key."""
        with self._office.writing.begin() as connection:
            kiosks.accept(connection, fingerprint, self._office.clock())

    def revoke(self, fingerprint: str) -> None:
        """From here on every request signed with this key is refused."""
        with self._office.writing.begin() as connection:
            kiosks.revoke(connection, fingerprint)

    def losses(self) -> list[Loss]:
        """The journals whose boxes were replaced, and where they end here; the newest first."""
        with self._office.reading.connect() as connection:
            return kiosks.losses(connection)

    def enrol(self, device: str, public_key: Ed25519PublicKey, *, replaces: bool = False) -> Enrolment:
        """Notes a box that asks to be let in, or to take the place of another; says where its request stands. Who
        calls this answers for it that the box may ask: the API calls `introduce`."""
        with self._office.writing.begin() as connection:
            return kiosks.enrol(connection, device, public_key, self._office.clock(), replaces=replaces)

    def make_code(self, device: str, made_by: str) -> Ticket:
        """A code with which a box of this name may ask, in the place of an earlier one; it can be shown only now.
        kiosks.Undecidable for a name that no box can have, codes.TooManyCodes."""
        if not DEVICE_NAME.fullmatch(device):
            raise kiosks.Undecidable(f"{device!r} is no name of a box: 1 to 32 letters, digits, _ . -")
        hr_key, code = self._office.keys.signing.public_key(), code_of(secrets.token_bytes(CODE_BYTES))
        verifier = code_key(code, device, hr_key).public_key()
        with self._office.writing.begin() as connection:
            codes.make(connection, device, verifier, made_by, self._office.clock())
        return Ticket("", self._office.keys.public_text, device, code)

    def codes(self) -> list[OpenCode]:
        """Those that still are in time; what they are is known to nobody here."""
        with self._office.reading.connect() as connection:
            return codes.listed(connection, self._office.clock())

    def introduce(
        self, device: str, key: Ed25519PublicKey, nonce: str, proof: bytes = b"", *, replaces: bool = False
    ) -> Enrolment:
        """What a box may learn that asks to be let in. A key not seen before must prove that it has the code of its
        name; the code is used up once its request is noted."""
        with self._office.reading.connect() as connection:
            known = kiosks.has_asked(connection, key)
        if not known and not proof:
            return Enrolment.CODE_WANTED
        message = proof_bytes(device, public_text(key), replaces=replaces, nonce=nonce)
        with self._office.writing.begin() as connection:
            if not known and not codes.proves(connection, device, message, proof, self._office.clock()):
                return Enrolment.BAD_CODE
            answer = kiosks.enrol(connection, device, key, self._office.clock(), replaces=replaces)
            if not known and answer is Enrolment.PENDING:
                codes.spend(connection, device)
            return answer

    def rotate(self, device: str, key: Ed25519PublicKey, rotation: Rotation) -> bool:
        """Whether this key is let in, because the box's key that was until now has signed for it and ends here."""
        with self._office.writing.begin() as connection:
            return kiosks.rotate(connection, device, key, rotation, self._office.clock())

    def place_of(self, public_key: Ed25519PublicKey) -> Place | None:
        """Where a box that was let in as a replacement begins; None for any other."""
        with self._office.reading.connect() as connection:
            return kiosks.place_of(connection, print_of(public_key))

    def key_of(self, device: str) -> Ed25519PublicKey | None:
        """The accepted key of a box; None for one that is pending, revoked or not known."""
        with self._office.reading.connect() as connection:
            return kiosks.accepted_key(connection, device)

    def note_contact(self, device: str) -> None:
        """An accepted box sent a signed request. Writes at most once a minute a box."""
        now_us = self._office.clock()
        with self._office.reading.connect() as connection:
            if not kiosks.contact_is_due(connection, device, now_us):
                return
        with self._office.receiving.begin() as connection:
            kiosks.note_contact(connection, device, now_us)
