"""From bytes to a checked book: our market protocol against plain json and dicts without any check.

Both take every frame of a recording; ours also keeps sides in order, verifies the venue's hash of each group
and the stated best prices, and knows the touch at every moment. They take turns in slices of the recording;
process CPU time is summed, and the table shows the median over rounds. Third comes the json decoder alone.

    python benchmarks/feed.py [RECORDING] [--rounds R]
"""

import argparse
import gzip
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from omega_tui.domain.side import Side
from omega_tui.protocol.polymarket.market import MarketProtocol
from omega_tui.protocol.polymarket.validator import HashPolicy

DEFAULT = (
    Path(__file__).resolve().parents[2] / "shared" / "captures" / "polymarket" / "first_8_minutes.feedlog.gz"
)
CHUNK = 250
"""Frames per turn of a subject."""

Frame = tuple[int, str]


def read_frames(path: Path) -> list[Frame]:
    """Return receive time and text of every frame of a feed log or tsv."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        rows = (line.rstrip("\n").split("\t") for line in lines)
        return [(int(row[0]), row[-1]) for row in rows if len(row) > 1]


class Ours:
    """`MarketProtocol`, hash and all."""

    name = "omega_tui: book in order, every hash checked"

    def __init__(self) -> None:
        self.protocol = MarketProtocol(venue="polymarket", policy=HashPolicy(), adopt_unknown_tokens=True)

    def feed(self, frames: list[Frame]) -> None:
        receive = self.protocol.receive
        for now_ns, text in frames:
            receive(text, now_ns=now_ns)

    def books(self) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
        books = {}
        for token in self.protocol.subscribed:
            book = self.protocol.book(token)
            books[token] = tuple(dict(book.levels(side)) for side in Side)
        return books


class Plain:
    """What one writes first: json.loads, a dict per side, no order, no check."""

    name = "json + dict: no order, no check"

    def __init__(self) -> None:
        self.sides: dict[str, tuple[dict[str, str], dict[str, str]]] = {}

    def feed(self, frames: list[Frame]) -> None:
        sides = self.sides
        for _, text in frames:
            content = json.loads(text)
            for message in content if isinstance(content, list) else [content]:
                kind = message["event_type"]
                if kind == "price_change":
                    for change in message["price_changes"]:
                        book = sides.get(change["asset_id"])
                        if book is None:
                            continue
                        side = book[0] if change["side"] == "BUY" else book[1]
                        if change["size"] == "0":
                            side.pop(change["price"], None)
                        else:
                            side[change["price"]] = change["size"]
                elif kind == "book":
                    sides[message["asset_id"]] = (
                        {level["price"]: level["size"] for level in message["bids"]},
                        {level["price"]: level["size"] for level in message["asks"]},
                    )

    def books(self) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
        return self.sides


class JsonOnly:
    """The decoder of the standard library, and nothing done with what it gives."""

    name = "json.loads alone"

    def feed(self, frames: list[Frame]) -> None:
        for _, text in frames:
            json.loads(text)


SUBJECTS: tuple[type[Any], ...] = (Ours, Plain, JsonOnly)


def main() -> int:
    """Print the table; return the exit status."""
    parser = argparse.ArgumentParser(description="Microseconds per frame from bytes to a checked book.")
    parser.add_argument(
        "recording", nargs="?", type=Path, default=DEFAULT, help="feed log or tsv, plain or gz"
    )
    parser.add_argument("--rounds", type=int, default=5, metavar="R", help="rounds; the median counts (5)")
    arguments = parser.parse_args()
    if not arguments.recording.is_file():
        print(
            f"no recording at {arguments.recording}; name a feed log of the market channel",
            file=sys.stderr,
        )
        return 2
    frames = read_frames(arguments.recording)
    samples: dict[str, list[float]] = {subject.name: [] for subject in SUBJECTS}
    for _ in range(arguments.rounds):
        subjects = [subject() for subject in SUBJECTS]
        spent = dict.fromkeys(samples, 0.0)
        for start in range(0, len(frames), CHUNK):
            part = frames[start : start + CHUNK]
            for subject in subjects:
                call: Callable[[list[Frame]], None] = subject.feed
                before = time.process_time()
                call(part)
                spent[subject.name] += time.process_time() - before
        ours, plain = subjects[0], subjects[1]
        assert ours.books() == plain.books(), "the books differ"
        for name, seconds in spent.items():
            samples[name].append(seconds / len(frames) * 1e6)
    stats = ours.protocol.stats
    groups = stats.groups_at_once + stats.groups_after_last_trade_price
    print(f"{len(frames):,} frames of {arguments.recording.name}; medians of {arguments.rounds} rounds")
    base = statistics.median(samples[Plain.name])
    for name, values in samples.items():
        median = statistics.median(values)
        ratio, rate = median / base, 1e6 / median
        print(f"{name:46}{median:8.1f} µs a frame{ratio:8.2f} x json + dict{rate:12,.0f} frames/s")
    print(f"verified on the way: {groups:,} of {groups + stats.groups_unverified:,} groups")
    return 0


if __name__ == "__main__":
    sys.exit(main())
