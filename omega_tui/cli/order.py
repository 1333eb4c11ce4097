"""`omega-tui order`: show an order as it would leave, ask, send it once, and say what came of it."""

import argparse
import asyncio
import sys
from dataclasses import replace
from decimal import Decimal

from omega_tui.cli.exit_codes import DONE, REFUSED_BY_VENUE, REFUSED_HERE, UNKNOWN
from omega_tui.cli.options import complain
from omega_tui.cli.order_words import are_words, meant
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.cli.trading import (
    ORDER_COLUMNS,
    ORDER_RIGHT,
    add_mutating_options,
    check_can_ask,
    confirmed,
    exchange_at,
    instrument_of,
    market_name,
    order_fields,
    order_row,
    trading_parser,
)
from omega_tui.cli.venue_options import choice_of, exit_code, run_command
from omega_tui.domain.instrument import ONE
from omega_tui.domain.orders import OrderStatus, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.errors import OmegaError, OrderRefused
from omega_tui.services.exchange import ExchangeService
from omega_tui.services.exchange_calls import IN_DOUBT
from omega_tui.services.tickets import Kind, Preview, Ticket, number

FORCES = (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)
NOT_THERE = frozenset({OrderStatus.REJECTED, OrderStatus.NOT_PLACED})


def run(argv: list[str]) -> int:
    """Place an order."""
    options = trading_parser("order", "Place an order: it is shown as it would leave, and asked about.")
    options.add_argument("side", choices=("buy", "sell"))
    options.add_argument("symbol", help="symbol or id, or words of a market's name and outcome")
    options.add_argument("size", help="in base units: coins, shares; or as 100$, 50%%, 1.5k")
    options.add_argument(
        "price",
        nargs="*",
        default=[],  # Without it an absent price would be told to be required.
        metavar="@ PRICE",
        help="limit, also as '$bid-2t' or '$mid+1%%'; or join, improve, cross; without it a market order",
    )
    options.add_argument(
        "--type", choices=[kind.value for kind in Kind], help="limit with a price, else market"
    )
    options.add_argument("--trigger", metavar="PRICE", help="what sets a stop or stop-limit off")
    options.add_argument("--post-only", action="store_true", help="refuse rather than take")
    options.add_argument("--reduce-only", action="store_true", help="only make the position smaller")
    options.add_argument("--tif", choices=[force.value for force in FORCES], help="how long it lives")
    options.add_argument("--client-id", default="", metavar="ID", help="name it; used once, for ever")
    add_mutating_options(options)
    arguments = options.parse_intermixed_args(argv)

    async def main() -> int:
        check_can_ask(arguments)
        in_words = are_words(arguments.size, arguments.price)
        ticket = _ticket(arguments, in_words=in_words)
        async with exchange_at(choice_of(arguments, read_only=False)) as exchange:
            instrument = await instrument_of(exchange, ticket.symbol)
            ticket = replace(ticket, symbol=instrument.id)
            if in_words:
                ticket = await meant(exchange, ticket, instrument, arguments.size, arguments.price)
            preview = await exchange.preview(ticket)
            if preview.denial is not None:
                raise OrderRefused(preview.denial.code, preview.denial.text)
            if arguments.dry_run:
                _show(preview, exchange, as_json=arguments.json)
                return DONE
            if arguments.yes:
                sys.stderr.write("".join(f"rounded: {change}\n" for change in preview.changes))
            else:
                sys.stderr.write(_words(preview, exchange))
                if not await confirmed("Send it?"):
                    sys.stderr.write("Nothing was sent.\n")
                    return REFUSED_HERE
            return await _send(exchange, preview, wait_s=arguments.wait, as_json=arguments.json)

    return run_command("order", main)


def _ticket(arguments: argparse.Namespace, *, in_words: bool) -> Ticket:
    """Return what is asked for; a size and a price in words are read when the market is looked at."""
    price = ONE if in_words else _price(arguments.price)
    kind = Kind(arguments.type) if arguments.type else (Kind.MARKET if price is None else Kind.LIMIT)
    return Ticket(
        symbol=arguments.symbol,
        side=Side.BUY if arguments.side == "buy" else Side.SELL,
        size=ONE if in_words else number(arguments.size, "size"),
        price=price,
        kind=kind,
        time_in_force=TimeInForce(arguments.tif) if arguments.tif else None,
        post_only=arguments.post_only,
        reduce_only=arguments.reduce_only,
        trigger_price=None if arguments.trigger is None else number(arguments.trigger, "trigger price"),
        client_order_id=arguments.client_id,
    )


def _price(words: list[str]) -> Decimal | None:
    """Read `@ 0.53` or `@0.53`.

    Raises:
        OrderRefused: It is something else.
    """
    if not words:
        return None
    text = "".join(words)
    if len(words) > 2 or not text.startswith("@"):
        raise OrderRefused("NUMBER", f"The price is written @ PRICE, not {' '.join(words)[:40]!r}.")
    return number(text[1:], "price")


async def _send(exchange: ExchangeService, preview: Preview, *, wait_s: int, as_json: bool) -> int:
    try:
        order = await exchange.place_preview(preview)
        order = await exchange.settled(order, timeout_s=wait_s)
    except asyncio.CancelledError:
        sys.stderr.write("Interrupted while it was on its way: look with `omega-tui orders`.\n")
        return UNKNOWN
    except OmegaError as error:
        complain("order", error)
        return exit_code(error, mutating=True)
    if as_json:
        print_json(order_fields(order))
    else:
        print_columns(ORDER_COLUMNS, [order_row(order, exchange.markets)], right=ORDER_RIGHT)
        if order.average_price is not None:
            write(f"Filled {order.filled} at {order.average_price} on average.\n")
    if order.status in IN_DOUBT:
        text = f"Nobody knows whether the venue has it ({order.reason}): look with `omega-tui orders`.\n"
        sys.stderr.write(text)
        return UNKNOWN
    return REFUSED_BY_VENUE if order.status in NOT_THERE else DONE


def _show(preview: Preview, exchange: ExchangeService, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "dry_run": True,
                "request": preview.request,
                "best_bid": preview.book.best_bid,
                "best_ask": preview.book.best_ask,
                "notional": preview.notional,
                "changes": preview.changes,
                "payload": preview.payload,
            }
        )
    else:
        write(f"{_words(preview, exchange)}Dry run: nothing was sent. What would leave:\n{preview.payload}\n")


def _words(preview: Preview, exchange: ExchangeService) -> str:
    """Return an order and the prices it was made at, in lines for people."""
    request, book = preview.request, preview.book
    name = market_name(request.instrument, exchange.markets)
    is_market = preview.ticket.kind is Kind.MARKET
    terms = [
        preview.ticket.kind.value,
        request.time_in_force.value,
        *(["post-only"] if request.post_only else []),
        *(["reduce-only"] if request.reduce_only else []),
        *([f"set off at {request.trigger_price}"] if request.trigger_price is not None else []),
    ]
    if preview.ticket.kind is Kind.STOP:
        price = "at any price"
    else:
        price = f"no worse than {request.price}" if is_market else f"at {request.price}"
    lines = [
        f"{request.side} {request.size} {name} {price} ({', '.join(terms)})",
        f"worth {preview.notional} {preview.instrument.quote}; the book is {book.best_bid} / {book.best_ask}",
        *(f"rounded: {change}" for change in preview.changes),
    ]
    return "".join(f"{line}\n" for line in lines)
