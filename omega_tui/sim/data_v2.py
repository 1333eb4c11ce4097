"""The Data API's second contract, of September 2026: everything in an envelope, lists in pages with a cursor.

Names are in snake case, amounts are numbers, times are seconds. The shapes are those that the official client
0.14 reads.
"""

from aiohttp import web

from omega_tui.sim.data_v2_answers import envelope, page
from omega_tui.sim.data_v2_markets import MarketsV2
from omega_tui.sim.data_v2_users import UsersV2
from omega_tui.sim.portfolio import Portfolio
from omega_tui.sim.venue import Venue


class DataApiV2:
    """Every path of the contract; combinations, builders and winners since the first day are always none."""

    def __init__(self, venue: Venue) -> None:
        books = Portfolio(venue)
        self._users = UsersV2(venue, books)
        self._markets = MarketsV2(venue, books)

    def routes(self) -> list[web.RouteDef]:
        """Return every path with its handler."""
        lists = ("/positions/combos", "/activity/combos", "/biggest-winners", "/builders/leaderboard")
        return [
            *self._users.routes(),
            *self._markets.routes(),
            web.get("/v2/builders/volume", self._no_volumes),
            *(web.get(f"/v2{path}", self._empty_page) for path in lists),
        ]

    async def _empty_page(self, request: web.Request) -> web.Response:
        return page(request, [])

    async def _no_volumes(self, _request: web.Request) -> web.Response:
        return envelope([])
