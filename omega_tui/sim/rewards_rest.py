"""The venue's REST paths about rewards and rebates. It pays none, and says so in the venue's shapes."""

from typing import Final

from aiohttp import web

from omega_tui.protocol.polymarket.paging import END_CURSOR, encode_page
from omega_tui.sim.account_rest import AccountRest, Caller
from omega_tui.sim.public_rest import body_of

PUBLIC_PAGES: Final = (
    "/rewards/markets/current",
    "/rewards/markets/multi",
    "/rewards/markets/{condition_id}",
)
OWN_PAGES: Final = ("/rewards/user", "/rewards/user/markets")


def reward_routes(account: AccountRest) -> list[web.RouteDef]:
    """Return every path with its handler; what concerns one user is told to the owner of its API key."""
    proven = account.proven
    return [
        *(web.get(path, _no_rows) for path in PUBLIC_PAGES),
        *(web.get(path, proven(_no_own_rows)) for path in OWN_PAGES),
        web.get("/rewards/user/total", proven(_no_totals)),
        web.get("/rewards/user/percentages", proven(_no_percentages)),
        web.get("/rebates/current", _no_rebates),
    ]


async def _no_rows(_request: web.Request) -> web.Response:
    return body_of(encode_page([], END_CURSOR))


async def _no_rebates(_request: web.Request) -> web.Response:
    return web.json_response([])


async def _no_own_rows(_request: web.Request, _caller: Caller) -> web.Response:
    return body_of(encode_page([], END_CURSOR))


async def _no_totals(_request: web.Request, _caller: Caller) -> web.Response:
    return web.json_response([])


async def _no_percentages(_request: web.Request, _caller: Caller) -> web.Response:
    return web.json_response({})
