"""`omega-tui stream`: the venue's market events as they come, one line each."""

import argparse
import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress

from omega_tui.cli.event_lines import print_all
from omega_tui.cli.exchange_market import ExchangeMarket
from omega_tui.cli.exit_codes import DONE
from omega_tui.cli.market_data import PublicMarket, TokenMarket, instruments_of, market_at
from omega_tui.cli.options import positive, recording
from omega_tui.cli.venue_options import run_command, venue_parser
from omega_tui.errors import StateError

KINDS = tuple(dict.fromkeys((*TokenMarket.kinds, *ExchangeMarket.kinds)))

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0}


def run(argv: list[str]) -> int:
    """Print events until interrupted, or for a time."""
    options = venue_parser("stream", "Print market events of a venue, the embedded exchange by default.")
    options.add_argument(
        "--asset",
        action="append",
        metavar="ASSET",
        help="symbol, id or words of its name; repeatable; all if absent, where there are not too many",
    )
    options.add_argument(
        "--kind",
        action="append",
        metavar="KIND",
        help=f"of sim and polymarket: {', '.join(TokenMarket.kinds)}; of an exchange: "
        f"{', '.join(ExchangeMarket.kinds)}; if absent those of the tape and the book",
    )
    options.add_argument(
        "--levels", type=positive, default=10, metavar="N", help="levels a side of a book_updated (10)"
    )
    options.add_argument(
        "--for", dest="duration_s", type=_duration, metavar="TIME", help="as 5s, 500ms or 2m"
    )
    options.add_argument(
        "--record", type=recording, metavar="FILE", help="write every received frame, for replay"
    )
    options.add_argument(
        "--bus",
        metavar="URL",
        help="what a running engine tells over this Redis server, of every kind: see `omega-tui schema`",
    )
    options.add_argument("--engine", metavar="NAME", help="which engine there; `engine` by default")
    arguments = options.parse_args(argv)
    if arguments.bus is not None:
        from omega_tui.cli.stream_bus import follow  # noqa: PLC0415 - it imports the Redis library

        return run_command("stream", lambda: follow(arguments))
    return run_command("stream", lambda: _stream(arguments))


async def _stream(arguments: argparse.Namespace) -> int:
    async with market_at(arguments) as market:
        kinds = _kinds(market, arguments.kind)
        instruments = await instruments_of(market, arguments.asset or ())
        events = await market.watch(instruments, kinds, record=arguments.record)
        only = {one.id for one in instruments} if arguments.asset else None
        with suppress(TimeoutError):
            async with asyncio.timeout(arguments.duration_s):
                await print_all(events, only, levels=arguments.levels, as_json=arguments.json)
    return DONE


def _kinds(market: PublicMarket, asked: Sequence[str] | None) -> Collection[str]:
    """Return the kinds that are streamed.

    Raises:
        StateError: The venue does not have one of them.
    """
    for kind in asked or ():
        if kind not in market.kinds:
            raise StateError(f"{market.venue} has no {kind} events; it has {', '.join(market.kinds)}")
    return dict.fromkeys(asked or market.usual)


def _duration(text: str) -> float:
    for unit in sorted(_UNITS_S, key=len, reverse=True):
        number = text.removesuffix(unit)
        if number != text and number.replace(".", "", 1).isdecimal() and number.isascii():
            duration_s = float(number) * _UNITS_S[unit]
            if duration_s > 0:
                return duration_s
    raise argparse.ArgumentTypeError(
        f"{text!r} is no time; allowed: a number above 0 and ms, s, m or h, as 5s"
    )
