"""`omega-tui replay`: a recording in the console, or headless as one JSON object."""

import argparse
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from omega_tui.cli.exit_codes import DONE, REFUSED_HERE
from omega_tui.cli.options import complain, configuration, parser
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.config.loading import LoadedConfig
from omega_tui.domain.side import Side
from omega_tui.errors import ConfigError, ParsingError
from omega_tui.protocol.polymarket.market import MarketProtocol
from omega_tui.services.recorder import read_recording
from omega_tui.services.replay import Player
from omega_tui.services.streamer_config import policy_of
from omega_tui.text import parse_decimal


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of changes with one hash, by how they verified."""

    at_once: int
    after_last_trade_price: int
    unverified: int


@dataclass(frozen=True, slots=True)
class Hashes:
    """Verified and total of opening and later books, and the groups."""

    opening: tuple[int, int]
    later: tuple[int, int]
    groups: Groups


@dataclass(frozen=True, slots=True)
class Report:
    """What a recording holds and how its books fared; the field names are the JSON keys.

    Attributes:
        frames: Frames played.
        events: Objects in them, by the venue's kind.
        hashes: How the books verified.
        top_of_book: Entries whose stated best bid and ask were ours, and not.
        rebuilt_equals_later_book: Later books that we had already, of how many.
        resyncs: Asked for by the policy.
        books: The last state of every book, prices as the venue's text.
        errors: Broken lines and frames that could not be read.
        wall_s: Real time that it took, reading included.
        frames_per_s: Frames over that time.
    """

    frames: int
    events: dict[str, int]
    hashes: Hashes
    top_of_book: dict[str, int]
    rebuilt_equals_later_book: tuple[int, int]
    resyncs: int
    books: dict[str, dict[str, object]]
    errors: int
    wall_s: float
    frames_per_s: float


def run(argv: list[str]) -> int:
    """Play a recording."""
    options = parser("replay", "Play a recording: with keys in the console, or headless to its end.")
    options.add_argument(
        "file", type=Path, help="feed log, tsv, ;;-joined or JSON lines; plain or gz; or our own"
    )
    options.add_argument("--speed", type=_speed, default=1.0, metavar="X", help="times real time, or max")
    options.add_argument("--headless", action="store_true", help="no console: play to the end and report")
    options.add_argument("--json", action="store_true", help="with --headless: one JSON object")
    arguments = options.parse_args(argv)
    if arguments.json and not arguments.headless:
        options.error("--json goes with --headless")
    if not arguments.headless:
        from omega_tui.cli.console import replay  # noqa: PLC0415 - Textual only where there is a screen

        return replay(arguments)
    try:
        report = play_headless(arguments.file, configuration(arguments))
    except (ConfigError, ParsingError) as error:
        complain("replay", error)
        return REFUSED_HERE
    if arguments.json:
        print_json(report)
    else:
        _print(report)
    return DONE


def play_headless(path: Path, loaded: LoadedConfig) -> Report:
    """Play a recording to its end, as fast as it goes, and report.

    Raises:
        ParsingError: The file cannot be read, or holds no frame.
    """
    began = time.perf_counter()
    player = Player(policy_of(loaded.config.streaming, loaded.config.integrity))
    for found in read_recording(path):
        player.play(found)
    wall_s = time.perf_counter() - began
    if not player.tally.frames:
        lines = (
            f"; {player.tally.broken_lines} lines in it are no frames" if player.tally.broken_lines else ""
        )
        raise ParsingError(f"{path} holds no recorded frame{lines}")
    return _report(player, wall_s)


def _report(player: Player, wall_s: float) -> Report:
    stats, tally = player.protocol.stats, player.tally
    return Report(
        frames=tally.frames,
        events=dict(sorted(stats.events.items())),
        hashes=Hashes(
            stats.opening,
            stats.later,
            Groups(stats.groups_at_once, stats.groups_after_last_trade_price, stats.groups_unverified),
        ),
        top_of_book={"agree": stats.top_of_book_agree, "disagree": stats.top_of_book_disagree},
        rebuilt_equals_later_book=stats.rebuilt_equals_later_book,
        resyncs=stats.resyncs_requested,
        books={token: _book(player.protocol, token) for token in sorted(player.protocol.subscribed)},
        errors=tally.broken_lines + tally.refused_frames + stats.parse_errors.total(),
        wall_s=round(wall_s, 3),
        frames_per_s=round(tally.frames / wall_s, 1),
    )


def _book(protocol: MarketProtocol, token: str) -> dict[str, object]:
    book = protocol.book(token)
    bids, asks = list(book.levels(Side.BUY)), list(book.levels(Side.SELL))
    return {
        "best_bid": max(bids, key=_price)[0] if bids else None,
        "best_ask": min(asks, key=_price)[0] if asks else None,
        "bid_levels": len(bids),
        "ask_levels": len(asks),
        "state": protocol.integrity(token).state,
    }


def _price(level: tuple[str, str]) -> Decimal:
    return parse_decimal(level[0])


def _speed(text: str) -> float:
    if text == "max":
        return 0.0
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 4_096:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed; allowed: a number up to 4096, or max")
    return speed


def _print(report: Report) -> None:
    groups = report.hashes.groups
    verified = f"at once {groups.at_once}, after last trade price {groups.after_last_trade_price}"
    rows = [
        ("frames", str(report.frames)),
        ("events", ", ".join(f"{kind} {count}" for kind, count in report.events.items())),
        ("opening hashes", "{} of {}".format(*report.hashes.opening)),
        ("later hashes", "{} of {}".format(*report.hashes.later)),
        ("groups", f"{verified}, unverified {groups.unverified}"),
        ("top of book", f"agrees {report.top_of_book['agree']}, disagrees {report.top_of_book['disagree']}"),
        ("rebuilt = later book", "{} of {}".format(*report.rebuilt_equals_later_book)),
        ("resyncs", str(report.resyncs)),
        ("errors", str(report.errors)),
        ("time", f"{report.wall_s} s, {report.frames_per_s:,.0f} frames/s"),
    ]
    write("\n".join(f"{name:22}{value}" for name, value in rows) + "\n\n")
    header = ("book", "bid", "ask", "bids", "asks", "state")
    keys = ("best_bid", "best_ask", "bid_levels", "ask_levels", "state")
    books = [(token, *(str(book[key]) for key in keys)) for token, book in report.books.items()]
    print_columns(header, books, right=(1, 2, 3, 4))
