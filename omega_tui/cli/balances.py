"""`omega-tui balances`: the money and coins of an account."""

from omega_tui.cli.exit_codes import DONE
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.cli.trading import exchange_at, trading_parser
from omega_tui.cli.venue_options import choice_of, run_command


def run(argv: list[str]) -> int:
    """List balances."""
    options = trading_parser("balances", "List what is there of each asset, and what of it an order may use.")
    arguments = options.parse_args(argv)

    async def main() -> int:
        async with exchange_at(choice_of(arguments, read_only=True)) as exchange:
            balances = await exchange.get_balances()
        if arguments.json:
            for balance in balances:
                print_json(balance)
        elif balances:
            rows = [(one.asset, f"{one.total}", f"{one.available}", f"{one.locked}") for one in balances]
            print_columns(("asset", "total", "available", "locked"), rows, right=(1, 2, 3))
        else:
            write("No balances.\n")
        return DONE

    return run_command("balances", main)
