"""A new signing key for a box: made here, signed for by the old one, in its place once HR has said that it is let in.

Until HR has signed that, both are kept, so that wherever this ends exactly one of them is let in and the box has it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from settings import Mendable
from sync.enrolling.introduction import introduced
from sync.enrolling.keys import OwnKey, follower, make, read_own, settle
from sync.exchange.client import HrClient
from sync.wire.rotation import NEXT, introduction


class NotRotated(Mendable):
    """The key is the old one still, as far as this box knows, and what to do."""


def rotate(file: Path, device: str, client_of: Callable[[Ed25519PrivateKey], HrClient]) -> OwnKey:
    """Puts a new key in the place of the one in `file`; goes on where an earlier try has ended. NotRotated.

    `client_of` speaks to HR with a key.
    """
    try:
        old = read_own(file)
    except FileNotFoundError as error:
        raise NotRotated(f"{file} is not there: a box without a key asks with `clockpiece enrol`") from error
    waiting = file.with_name(file.name + NEXT)
    if not waiting.exists():
        make(waiting, follower(old, device))
    new = read_own(waiting)
    if new.rotation is None or new.rotation.follows != old.public:
        raise NotRotated(f"{waiting} does not follow the key in {file}: remove it and run this command again")
    _hand_over(client_of(new.private), device, new, waiting)
    waiting.replace(file)
    settle(file.parent)
    return new


def _hand_over(client: HrClient, device: str, new: OwnKey, waiting: Path) -> None:
    """Returns once HR has signed that the new key is let in."""
    try:
        answer, trouble = introduced(client, introduction(device, new.public, new.rotation))
    finally:
        client.close()
    if trouble:
        raise NotRotated(f"HR cannot be reached: {trouble}; both keys are kept, run this command again when it can")
    if answer.code != "accepted":
        # HR has signed that it does not know the new key, so nothing is lost with it.
        waiting.unlink()
        settle(waiting.parent)
        raise NotRotated(
            f"HR does not take a new key from this box ({answer.code}): its own key is not let in there; "
            "`clockpiece enrol` says more"
        )
