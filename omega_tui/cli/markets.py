"""`omega-tui markets`: what can be traded at a venue."""

from collections.abc import Sequence

from omega_tui.cli.exit_codes import DONE
from omega_tui.cli.market_data import market_at
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.cli.venue_options import run_command, venue_parser
from omega_tui.domain.instrument import Instrument


def run(argv: list[str]) -> int:
    """List the instruments."""
    options = venue_parser("markets", "List what can be traded at a venue, the embedded exchange by default.")
    options.add_argument("words", nargs="*", metavar="WORD", help="only those with all these words")
    arguments = options.parse_args(argv)

    async def main() -> int:
        async with market_at(arguments) as market:
            listed = await market.pictures.fetch_instruments()
        asked = [word.casefold() for word in arguments.words]
        instruments = [one for one in listed if all(word in _text_of(one) for word in asked)]
        if arguments.json:
            for instrument in instruments:
                print_json(instrument)
        elif not instruments:
            write("No market is called that.\n" if listed else "The venue lists no markets.\n")
        elif any(one.market_id for one in instruments):
            _print_outcomes(instruments)
        else:
            _print_pairs(instruments)
        return DONE

    return run_command("markets", main)


def _text_of(instrument: Instrument) -> str:
    return f"{instrument.name} {instrument.base} {instrument.quote} {instrument.id}".casefold()


def _print_outcomes(instruments: Sequence[Instrument]) -> None:
    rows = [(one.name, one.base, f"{one.tick_size}", f"{one.min_size}", one.id) for one in instruments]
    print_columns(("market", "outcome", "tick", "min", "id"), rows, right=(2, 3))


def _print_pairs(instruments: Sequence[Instrument]) -> None:
    rows = [
        (
            one.name,
            one.kind.value.lower(),
            f"{one.tick_size}",
            f"{one.lot_size}",
            f"{one.min_size}",
            f"{one.min_notional} {one.quote}",
            "" if one.active else "closed",
        )
        for one in instruments
    ]
    print_columns(("market", "kind", "tick", "lot", "min", "min cost", ""), rows, right=(2, 3, 4, 5))
