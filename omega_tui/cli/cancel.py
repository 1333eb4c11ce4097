"""`omega-tui cancel`: show what would be canceled, ask, and cancel it until the venue confirms.

A console that runs with the same account keeps its journal; then the venue is asked directly, and the console
hears of it from there.
"""

import argparse
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from omega_tui.cli.exit_codes import DONE, REFUSED_BY_VENUE, REFUSED_HERE, UNKNOWN
from omega_tui.cli.options import complain
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.cli.trading import (
    ORDER_COLUMNS,
    ORDER_RIGHT,
    add_mutating_options,
    check_can_ask,
    confirmed,
    exchange_at,
    instrument_of,
    order_fields,
    order_row,
    trading_parser,
)
from omega_tui.cli.venue_options import choice_of, exit_code, run_command, tell
from omega_tui.domain.orders import Order, OrderStatus
from omega_tui.domain.side import Side
from omega_tui.errors import JournalError, OmegaError, StateError
from omega_tui.services.exchange import ExchangeService
from omega_tui.text import safe_text

SHORTEST = 6
"""An id may be cut to its beginning, but not to less than this."""


def run(argv: list[str]) -> int:
    """Cancel orders."""
    options = trading_parser("cancel", "Cancel orders by id, of one market or side, or all of the account.")
    options.add_argument("id", nargs="*", help="client order id or the venue's, or the beginning of one")
    options.add_argument("--all", action="store_true", help="everything that is open")
    options.add_argument("--market", metavar="M", help="everything of one market")
    options.add_argument("--side", choices=("buy", "sell"), help="everything of one side")
    add_mutating_options(options)
    arguments = options.parse_args(argv)
    several = arguments.all or arguments.market or arguments.side
    if bool(arguments.id) == bool(several):
        options.error("name orders by id, or say --all, --market or --side")

    async def main() -> int:
        check_can_ask(arguments)
        async with _exchange(arguments) as exchange:
            orders = await _chosen(exchange, arguments)
            await exchange.get_markets()
            if not orders:
                _print([], exchange, as_json=arguments.json)
                return DONE
            if arguments.dry_run:
                _print(orders, exchange, as_json=arguments.json)
                return DONE
            if not arguments.yes:
                for order in orders:
                    sys.stderr.write("  ".join(order_row(order, exchange.markets)) + "\n")
                if not await confirmed(f"Cancel {'it' if len(orders) == 1 else f'these {len(orders)}'}?"):
                    sys.stderr.write("Nothing was canceled.\n")
                    return REFUSED_HERE
            return await _cancel(exchange, orders, wait_s=arguments.wait, as_json=arguments.json)

    return run_command("cancel", main)


@asynccontextmanager
async def _exchange(arguments: argparse.Namespace) -> AsyncIterator[ExchangeService]:
    """Open the service with its journal, or without where a console has that: a cancel waits for nobody."""
    async with AsyncExitStack() as stack:
        try:
            exchange = await stack.enter_async_context(exchange_at(choice_of(arguments, read_only=False)))
        except JournalError:
            tell("A console with this account runs: the venue is asked directly.")
            exchange = await stack.enter_async_context(exchange_at(choice_of(arguments, read_only=True)))
        yield exchange


async def _chosen(exchange: ExchangeService, arguments: argparse.Namespace) -> list[Order]:
    """Return the open orders that are meant.

    Raises:
        StateError: An id is that of no open order, or of more than one.
        VenueError: The venue does not answer.
    """
    orders = await exchange.get_open_orders()
    if arguments.id:
        return [_named(orders, text) for text in dict.fromkeys(arguments.id)]
    if arguments.market is not None:
        wanted = (await instrument_of(exchange, arguments.market)).id
        orders = [order for order in orders if order.request.instrument == wanted]
    if arguments.side is not None:
        side = Side.BUY if arguments.side == "buy" else Side.SELL
        orders = [order for order in orders if order.request.side is side]
    return orders


def _named(orders: list[Order], text: str) -> Order:
    shown = safe_text(text, max_cells=40)
    exact = [order for order in orders if text in _ids(order)]
    found = exact or [
        order
        for order in orders
        if len(text) >= SHORTEST and any(one.startswith(text) for one in _ids(order))
    ]
    if not found:
        raise StateError(f"no open order is called {shown!r}; `omega-tui orders` lists them")
    if len(found) > 1:
        raise StateError(f"{shown!r} is the beginning of {len(found)} orders: write more of it")
    return found[0]


def _ids(order: Order) -> set[str]:
    return {order.venue_order_id, order.request.client_order_id} - {""}


async def _cancel(exchange: ExchangeService, orders: list[Order], *, wait_s: int, as_json: bool) -> int:
    ended: list[Order] = []
    code = DONE
    try:
        for order in orders:
            order_id = order.request.client_order_id or order.venue_order_id
            ended.append(await exchange.cancel_order(order_id, timeout_s=wait_s))
    except OmegaError as error:
        complain("cancel", error)
        code = exit_code(error, mutating=True)
    _print(ended, exchange, as_json=as_json)
    for order in ended:
        if order.status is OrderStatus.PENDING_CANCEL:
            code = code or UNKNOWN
        elif not order.is_done:
            sys.stderr.write(f"The venue does not cancel {order.venue_order_id[:18]}: {order.reason}.\n")
            code = code or REFUSED_BY_VENUE
    return code


def _print(orders: list[Order], exchange: ExchangeService, *, as_json: bool) -> None:
    if as_json:
        for order in orders:
            print_json(order_fields(order))
    elif orders:
        print_columns(ORDER_COLUMNS, [order_row(one, exchange.markets) for one in orders], right=ORDER_RIGHT)
    else:
        write("No open orders.\n")
