"""Whose the ids of a venue are, and the fills that came before that was known.

Most venues give an order its id with the answer to it, and the fill of one that takes may overtake that
answer on another connection; after a crash the answer was never read. Such a fill must not be taken for one
of an order from elsewhere: its order would wait for it for good, and so would what is to follow it.
"""

from typing import Final

from omega_tui.domain.events.account import FillReported

MOST_EARLY: Final = 200
"""Fills that are kept; of more the venue is asked, as of everything after it."""


class OrderOwners:
    """The client order id that an id of the venue stands for."""

    def __init__(self) -> None:
        self._owner: dict[str, str] = {}
        self._early: list[FillReported] = []

    def learn(self, venue_order_id: str, client_order_id: str) -> None:
        """Note whose an id is; who had it first keeps it."""
        self._owner.setdefault(venue_order_id, client_order_id)

    def of(self, venue_order_id: str) -> str | None:
        """Return the client order id; None where nobody has that id."""
        return self._owner.get(venue_order_id)

    def keep(self, report: FillReported) -> None:
        """Keep a fill until it is known whose it is."""
        if len(self._early) < MOST_EARLY:
            self._early.append(report)

    def take_early(self, venue_order_id: str) -> list[FillReported]:
        """Return the fills that waited for this id, in the order in which they came, and forget them."""
        if not self._early:
            return []
        found = [each for each in self._early if each.fill.venue_order_id == venue_order_id]
        if found:
            self._early = [each for each in self._early if each.fill.venue_order_id != venue_order_id]
        return found
