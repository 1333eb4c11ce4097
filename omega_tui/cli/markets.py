"""`omega-tui markets`: what can be traded at the venue."""

from omega_tui.cli.market_data import public_venue
from omega_tui.cli.options import (
    DONE,
    add_sim_option,
    complain,
    configuration,
    parser,
    run_until_interrupted,
)
from omega_tui.cli.output import print_columns, print_json
from omega_tui.errors import ConfigError


def run(argv: list[str]) -> int:
    """List the instruments."""
    options = parser("markets", "List what can be traded at the venue, the embedded exchange by default.")
    add_sim_option(options)
    options.add_argument("--json", action="store_true", help="one JSON object a line")
    arguments = options.parse_args(argv)
    try:
        loaded = configuration(arguments)
    except ConfigError as error:
        return complain("markets", error)

    async def main() -> int:
        async with public_venue(loaded, arguments.sim) as venue:
            instruments = await venue.data.fetch_instruments()
        if arguments.json:
            for instrument in instruments:
                print_json(instrument)
            return DONE
        rows = [(one.name, one.base, f"{one.tick_size}", f"{one.min_size}", one.id) for one in instruments]
        print_columns(("market", "outcome", "tick", "min", "id"), rows, right=(2, 3))
        return DONE

    return run_until_interrupted(main, "markets")
