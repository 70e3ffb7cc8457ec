"""How a box's key vouches for the one that follows it, and what a box says of itself to HR. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from sync.wire.envelope import b64

ROTATION = "clockpiece-rotation-1"
NEXT = ".next"
"""After a key's file name: the one that follows it, until HR has taken it."""


@dataclass(frozen=True)
class Rotation:
    """The word of a box's key for the one that follows it: the public key it `follows`, and that one's signature."""

    follows: str
    signature: bytes


def rotation_bytes(device: str, follows: str, public_key: str) -> bytes:
    """What the key that ends signs for the next one.

    No nonce: the box shows it as often as it must, also to an HR that was put back to a day before it. Said again after
    a further change it is worth nothing, because the key that signed it is not let in any more.
    """
    return "\n".join((ROTATION, device, follows, public_key)).encode()


def introduction(device: str, public_key: str, rotation: Rotation | None) -> dict[str, object]:
    """What a box says of itself, whatever it asks for."""
    body: dict[str, object] = {"device": device, "public_key": public_key}
    if rotation is not None:
        body |= {"follows": rotation.follows, "rotation": b64(rotation.signature)}
    return body
