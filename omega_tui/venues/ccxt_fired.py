"""Stops that a venue keeps in a list of their own and that, when they fire, become orders with another id.

The order and its fills are then told by that id, which nobody here sent. So before a row with an unknown id
is passed on, while such a stop of the same market is known, the venue is asked what became of it; what
belongs to a stop is passed on under the stop's id, and it stays one order.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from omega_tui.errors import VenueError

Row = Mapping[str, Any]
Question = Callable[[Any], Awaitable[Sequence[Row]]]

FIRED_AS: Final[Mapping[str, str]] = {"bitget": "executeOrderId"}
"""Where the list of past stops names the order that a stop became, and in which field."""

MAX_REMEMBERED: Final = 20_000

PAST: Final = {"trigger": True}


class FiredStops:
    """What is known of the stops of one account.

    Args:
        exchange_id: The library's id of the exchange; elsewhere than in `FIRED_AS` nothing is done.
        ask: Asks the venue; takes what it is, for messages, and a question to an instance of the library.
    """

    def __init__(self, exchange_id: str, ask: Callable[[str, Question], Awaitable[Sequence[Row]]]) -> None:
        self._field = FIRED_AS.get(exchange_id, "")
        self._ask = ask
        self._live: OrderedDict[str, str] = OrderedDict()
        self._stop_of: OrderedDict[str, str] = OrderedDict()
        self._order_of: OrderedDict[str, str] = OrderedDict()
        self._others: OrderedDict[str, None] = OrderedDict()
        self._ours: OrderedDict[str, None] = OrderedDict()

    @property
    def are_told(self) -> bool:
        """Whether this venue tells what became of a stop."""
        return bool(self._field)

    def note(self, order_id: str, symbol: str, *, is_stop: bool, client_id: str = "") -> None:
        """Take note of an order that is known here, by an id or by ours alone: no row of it is a riddle."""
        if not self._field:
            return
        if client_id:
            self._ours[client_id] = None
        if order_id and is_stop and order_id not in self._order_of:
            self._live[order_id] = symbol
        elif order_id and order_id not in self._live and order_id not in self._order_of:
            self._others[order_id] = None
        for known in (self._live, self._others, self._ours):
            while len(known) > MAX_REMEMBERED:
                known.popitem(last=False)

    def order_of(self, stop_id: str) -> str:
        """Return the id of the order that a stop became; empty while it has not fired, as far as is known."""
        return self._order_of.get(stop_id, "")

    async def past(self, symbol: str) -> Sequence[Row]:
        """Return the stops of a symbol that are over, and learn what they became.

        Raises:
            VenueError: The venue did not answer.
        """
        rows = await self._ask(
            "past stops",
            lambda exchange: exchange.fetch_canceled_and_closed_orders(symbol, None, None, dict(PAST)),
        )
        for row in rows:
            stop_id, order_id = str(row.get("id") or ""), str((row.get("info") or {}).get(self._field) or "")
            self._live.pop(stop_id, None)
            if stop_id and order_id:
                self._order_of[stop_id], self._stop_of[order_id] = order_id, stop_id
        return rows

    async def renamed(self, rows: Iterable[Row], key: str) -> list[Row]:
        """Return rows with the id of the stop in the place of that of the order which it became.

        Where the venue does not answer, a row goes on as it is: it is then shown as an order of elsewhere.

        Args:
            rows: Of orders or fills.
            key: Where they name the order.
        """
        found: list[Row] = []
        for row in rows:
            order_id = str(row.get(key) or "")
            if (
                str(row.get("clientOrderId") or "") in self._ours
            ):  # It may come before the answer to its placing.
                self.note(order_id, "", is_stop=False)
            if self._is_riddle(order_id, row):
                with suppress(VenueError):
                    await self.past(str(row["symbol"]))
                    if order_id not in self._stop_of:
                        self._others[order_id] = None
            stop_id = self._stop_of.get(order_id)
            found.append(row if stop_id is None else {**row, key: stop_id, "clientOrderId": None})
        return found

    def _is_riddle(self, order_id: str, row: Row) -> bool:
        known = (self._stop_of, self._live, self._others, self._order_of)
        return (
            bool(order_id)
            and row.get("symbol") in self._live.values()
            and not any(order_id in ids for ids in known)
        )
