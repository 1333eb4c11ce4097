"""The markets that the embedded exchange opens with: invented, neutral, of every kind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from omega_tui.sim.accounts import FeeSchedule
from omega_tui.sim.flow import Temper

HUNDREDTH: Final = 100
THOUSANDTH: Final = 10
"""Ticks of 0.01 and 0.001 in ten-thousandths."""


NO_FEES: Final = FeeSchedule()


@dataclass(frozen=True, slots=True)
class MarketSpec:
    """What one binary market is.

    Attributes:
        slug: Its name in addresses; with the seed it fixes the market's ids.
        question: What is asked.
        tick: Smallest step of the price, ten-thousandths.
        temper: How its crowd behaves; `rate` is this market's share of the venue's rate, not a rate.
        outcomes: Names of the two tokens.
        group: The event it belongs to; markets of one negative-risk group exclude each other.
        neg_risk: Which exchange contract settles it.
        fees: What takers pay.
        lifetime_s: Seconds until it resolves; 0 for never.
        round: Which one in a row of successors it is.
        winner: The outcome that it resolves to.
    """

    slug: str
    question: str
    tick: int
    temper: Temper
    outcomes: tuple[str, str] = ("Yes", "No")
    group: str = ""
    neg_risk: bool = False
    fees: FeeSchedule = NO_FEES
    lifetime_s: float = 0.0
    round: int = 1
    winner: int = 0

    def ids(self, seed: int) -> tuple[str, tuple[str, str]]:
        """Return the condition id and the two token ids, the same for the same seed."""
        name = f"{seed}:{self.slug}:{self.round}"
        digests = [sha256(f"{name}:{part}".encode()).hexdigest() for part in ("market", "first", "second")]
        # A high bit that is always set makes every token id 77 or 78 digits long, as real ones are.
        first, second = (str(int(digest, 16) | 1 << 254) for digest in digests[1:])
        return f"0x{digests[0]}", (first, second)

    def successor(self, seed: int) -> "MarketSpec":
        """Return the market that follows when this one has resolved."""
        digest = sha256(f"{seed}:{self.slug}:{self.round + 1}:winner".encode()).digest()
        return replace(self, round=self.round + 1, winner=digest[0] % 2)

    def at_round(self, number: int, seed: int) -> "MarketSpec":
        """Return the market of that round in the row."""
        spec = self
        while spec.round < number:
            spec = spec.successor(seed)
        return spec

    @property
    def title(self) -> str:
        """The question, with the round where there are several."""
        return self.question.replace("{round}", str(self.round))


DEFAULT_MARKETS: Final[tuple[MarketSpec, ...]] = (
    MarketSpec(
        slug="meridian-telescope-launch",
        question="Will the Meridian telescope launch before July?",
        tick=HUNDREDTH,
        temper=Temper(start=5_200, rate=0.34, volatility=14, half_spread=16, depth=650, levels=52),
    ),
    MarketSpec(
        slug="lindholm-june-temperature",
        question="Will June in Lindholm be warmer than 21 °C on average?",
        tick=THOUSANDTH,
        temper=Temper(start=3_140, rate=0.18, volatility=5, half_spread=9, depth=900, levels=58),
        fees=FeeSchedule(rate_bps=300, exponent=1),
    ),
    MarketSpec(
        slug="harbour-regatta-northwind",
        question="Will Northwind win the Harbour Regatta?",
        tick=HUNDREDTH,
        temper=Temper(start=3_850, rate=0.15, volatility=12, half_spread=22, depth=500, levels=48),
        group="harbour-regatta-winner",
        neg_risk=True,
    ),
    MarketSpec(
        slug="harbour-regatta-southern-cross",
        question="Will Southern Cross win the Harbour Regatta?",
        tick=THOUSANDTH,
        temper=Temper(start=2_260, rate=0.11, volatility=4, half_spread=8, depth=800, levels=56),
        group="harbour-regatta-winner",
        neg_risk=True,
    ),
    MarketSpec(
        slug="kestrel-bridge-opens",
        question="Will the Kestrel bridge open by autumn?",
        tick=HUNDREDTH,
        temper=Temper(
            start=9_440, rate=0.10, volatility=5, home=9_740, home_s=90, half_spread=20, depth=900, levels=55
        ),
    ),
    MarketSpec(
        slug="tidewater-index",
        question="Will the Tidewater index rise in round {round}?",
        tick=HUNDREDTH,
        temper=Temper(start=5_500, rate=0.12, volatility=22, half_spread=24, depth=350, levels=50),
        outcomes=("Up", "Down"),
        lifetime_s=360.0,
    ),
)
"""The first has most of the flow; the second charges takers; the third and fourth exclude each other; the
fifth rises over 0.96, where its tick becomes finer; the last ends after six minutes and has a successor."""


def with_rate(specs: Sequence[MarketSpec], rate: float) -> tuple[MarketSpec, ...]:
    """Return the markets with `rate` updates per second divided among them by their shares."""
    whole = sum(spec.temper.rate for spec in specs)
    return tuple(
        replace(spec, temper=replace(spec.temper, rate=rate * spec.temper.rate / whole)) for spec in specs
    )
