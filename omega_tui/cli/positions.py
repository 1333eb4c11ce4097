"""`omega-tui positions`: what an account holds, as the venue says."""

from decimal import Decimal

from omega_tui.cli.exit_codes import DONE
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.cli.trading import exchange_at, market_name, trading_parser
from omega_tui.cli.venue_options import choice_of, run_command


def run(argv: list[str]) -> int:
    """List positions."""
    options = trading_parser(
        "positions", "List what the account holds, as the venue says; empty is what it says."
    )
    arguments = options.parse_args(argv)

    async def main() -> int:
        async with exchange_at(choice_of(arguments, read_only=True)) as exchange:
            positions = await exchange.get_positions()
            if arguments.json:
                for position in positions:
                    print_json(position)
                return DONE
            if not positions:
                write("No positions.\n")
                return DONE
            await exchange.get_markets()
            rows = [
                (
                    market_name(one.instrument, exchange.markets),
                    f"{one.quantity}",
                    _shown(one.entry_price),
                    _shown(one.mark_price),
                    _shown(one.unrealized_pnl),
                    _shown(one.leverage),
                    _shown(one.liquidation_price),
                )
                for one in positions
            ]
        header = ("market", "quantity", "entry", "mark", "unrealized", "leverage", "liquidation")
        print_columns(header, rows, right=(1, 2, 3, 4, 5, 6))
        return DONE

    return run_command("positions", main)


def _shown(number: Decimal | None) -> str:
    return "-" if number is None else f"{number}"
