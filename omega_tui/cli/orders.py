"""`omega-tui orders`: the open orders of an account."""

from omega_tui.cli.exit_codes import DONE
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.cli.trading import (
    ORDER_COLUMNS,
    ORDER_RIGHT,
    exchange_at,
    instrument_of,
    order_fields,
    order_row,
    trading_parser,
)
from omega_tui.cli.venue_options import choice_of, run_command


def run(argv: list[str]) -> int:
    """List open orders."""
    options = trading_parser("orders", "List the open orders of the account, placed here or elsewhere.")
    options.add_argument("--market", metavar="M", help="of one market only")
    arguments = options.parse_args(argv)

    async def main() -> int:
        async with exchange_at(choice_of(arguments, read_only=True)) as exchange:
            orders = await exchange.get_open_orders()
            if arguments.market is not None:
                wanted = (await instrument_of(exchange, arguments.market)).id
                orders = [order for order in orders if order.request.instrument == wanted]
            if arguments.json:
                for order in orders:
                    print_json(order_fields(order))
                return DONE
            if not orders:
                write("No open orders.\n")
                return DONE
            await exchange.get_markets()
            rows = [order_row(order, exchange.markets) for order in orders]
        print_columns(ORDER_COLUMNS, rows, right=ORDER_RIGHT)
        return DONE

    return run_command("orders", main)
