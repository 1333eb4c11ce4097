"""Everything that is looked for in one book and its tape."""

from collections.abc import Iterable
from decimal import Decimal

from omega_tui.domain.side import Side
from omega_tui.education.book_bursts import ImbalanceDetector, SweepDetector, VacuumDetector
from omega_tui.education.book_flow import BookFlow, Flow
from omega_tui.education.book_levels import PullingDetector, StackingDetector
from omega_tui.education.book_refills import AbsorptionDetector, IcebergDetector
from omega_tui.education.book_signal import BookSignal, Detector


class BookWatch:
    """Reads one book and its prints, in the order of the feed, and says what it sees.

    Where the feed sends what happened in batches of 100 ms or so, nothing that lasts less can be told apart:
    sweeps and cascades are then left out. Sizes are of prices, not of orders.

    Attributes:
        book: The book as it is known.
    """

    def __init__(self, tick: Decimal, *, batched: bool = False) -> None:
        self.book = BookFlow(tick)
        self._now_ns: int | None = None
        detectors: list[Detector] = [
            AbsorptionDetector(),
            IcebergDetector(),
            PullingDetector(),
            StackingDetector(),
            ImbalanceDetector(),
            VacuumDetector(),
        ]
        if not batched:
            detectors.append(SweepDetector())
        self._detectors = tuple(detectors)

    def level(self, side: Side, price: Decimal, size: Decimal, now_ns: int) -> list[BookSignal]:
        """Take the new total of a level; zero removes it. Times never go back."""
        signals = self.until(now_ns)
        return signals + self._told(self.book.level(side, price, size, now_ns))

    def trade(self, price: Decimal, size: Decimal, aggressor: Side | None, now_ns: int) -> list[BookSignal]:
        """Take a print."""
        signals = self.until(now_ns)
        return signals + self._told(self.book.trade(price, size, aggressor, now_ns))

    def until(self, now_ns: int) -> list[BookSignal]:
        """Say what the moment before `now_ns` came to; to be called now and then while nothing happens."""
        before, self._now_ns = self._now_ns, now_ns
        if before is None or now_ns == before:
            return []
        signals = [signal for one in self._detectors for signal in one.on_time(self.book, before)]
        return signals + self._told(self.book.settle(now_ns))

    def _told(self, flows: Iterable[Flow]) -> list[BookSignal]:
        return [
            signal for flow in flows for one in self._detectors for signal in one.on_flow(self.book, flow)
        ]
