"""Polymarket's dead-man switch: heartbeats that each carry the id which the one before was answered with."""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from omega_tui.protocol.polymarket import rest
from omega_tui.protocol.polymarket.fact_answers import decode_heartbeat, expected_heartbeat
from omega_tui.protocol.polymarket.request import RestRequest
from omega_tui.venues.base import DeadManTerms
from omega_tui.venues.http_answers import HttpAnswer

DEAD_MAN: Final = DeadManTerms(
    every_s=4.0,
    timeout_s=15.0,
    can_release=False,
    warning="Polymarket now cancels ALL orders of the account, those of other programs too, 15 s after it "
    "last heard of this one: a network cut of 15 s is enough, and so is ending the program.",
)
"""10 s and 5 s of grace, fed every 4 s (order safety, section 8; fact sheet, section 4)."""

HEARTBEAT_FIGHTS: Final = 2
"""So many wrong ids in a row after our own was taken mean that somebody else feeds the same switch."""


class Usable(Protocol):
    """Reads a good answer, and raises `VenueError` for any other."""

    def __call__(self, request: RestRequest, answer: HttpAnswer, decode: Callable[[bytes], str], /) -> str:
        """Return what the answer says."""
        ...


class Heartbeat:
    """The heartbeats of one account.

    Attributes:
        terms: How the switch is used.
    """

    def __init__(self, terms: DeadManTerms = DEAD_MAN) -> None:
        self.terms = terms
        self._last_id = ""
        self._fights = 0

    def forget(self) -> None:
        """Begin anew with the next one."""
        self._last_id, self._fights = "", 0

    async def feed(self, send: Callable[[RestRequest], Awaitable[HttpAnswer]], read: Usable) -> str:
        """Send a heartbeat; one with a wrong id is answered with the right one, and sent again with that.

        Returns:
            What is wrong although the venue took it, as a sentence.

        Raises:
            VenueError: The venue did not take it.
        """
        began_with = self._last_id
        answer = await send(rest.heartbeat_request(began_with))
        expected = expected_heartbeat(answer.status, answer.body)
        if expected is not None:
            self._last_id = expected
            answer = await send(rest.heartbeat_request(expected))
        self._last_id = read(rest.heartbeat_request(), answer, decode_heartbeat)
        # An id of ours that is wrong and another expected: it ran out (then none is), or somebody took it.
        fought = expected is not None and bool(began_with) and bool(expected)
        self._fights = self._fights + 1 if fought else 0
        if self._fights == HEARTBEAT_FIGHTS:
            return (
                "Another program feeds the dead-man switch of this account too: if this one ends, the venue "
                "may not cancel, and the other way round. Let only one of them use it."
            )
        return ""
