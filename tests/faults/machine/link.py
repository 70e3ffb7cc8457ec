"""What a process of the box does with a command until core has answered it, without sockets.

tests/contract/test_link_model.py holds this model to what edge.link.client.LinkClient does.
"""

from __future__ import annotations

from edge.link.messages import Answer, DeviceState, NotRecorded, Recordable


class LinkModel:
    """`wire` is what has been sent over the present connection and not been read by core yet."""

    def __init__(self) -> None:
        self.unanswered: dict[str, Recordable] = {}
        self.wire: list[Recordable] = []
        self._states: dict[str, Recordable] = {}
        self._connected = False
        self._offer_again: list[str] = []

    def submit(self, command: Recordable) -> None:
        self.unanswered[command.id] = command
        if isinstance(command, DeviceState):
            self._states[command.device] = command
        self._send(command)

    def connect(self) -> None:
        """A core that has just started knows nothing of the devices: it is told again how each stands."""
        self._connected, self.wire, self._offer_again = True, [], []
        for command in [*(each for each in self._states.values() if each.id not in self.unanswered)]:
            self._send(command)
        for command in self.unanswered.values():
            self._send(command)

    def disconnect(self) -> None:
        self._connected, self.wire = False, []

    def read(self, limit: int) -> list[Recordable]:
        """What core takes from the wire."""
        taken, self.wire = self.wire[:limit], self.wire[limit:]
        return taken

    def take(self, reply: Answer | NotRecorded) -> None:
        if isinstance(reply, Answer):
            self.unanswered.pop(reply.id, None)
        else:
            self._offer_again.append(reply.id)

    def pause(self) -> None:
        """The pause after which what core could not store is offered again has passed."""
        again, self._offer_again = self._offer_again, []
        for command_id in again:
            if command_id in self.unanswered:
                self._send(self.unanswered[command_id])

    def die(self) -> list[Recordable]:
        """The process is gone, and with it all that core had not answered."""
        lost = list(self.unanswered.values())
        self.disconnect()
        self.unanswered, self._states, self._offer_again = {}, {}, []
        return lost

    def _send(self, command: Recordable) -> None:
        if self._connected:
            self.wire.append(command)
