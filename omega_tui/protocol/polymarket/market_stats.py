"""What the market channel has counted."""

from collections import Counter
from dataclasses import dataclass, field

from omega_tui.protocol.polymarket.validator import Verdict


@dataclass(slots=True)
class MarketStats:
    """Counters of one `MarketProtocol`, over all its connections. Only that one writes it.

    Attributes:
        frames: Frames received.
        events: Objects received, by kind; unknown ones under `unknown`.
        control_frames: Plain-text frames, by their text; those nobody knows under `other`.
        opening_verified: Opening books whose hash fits.
        opening_total: Opening books.
        later_verified: Later books whose hash fits.
        later_total: Later books.
        groups_at_once: Groups that fit with the last trade price in use.
        groups_after_last_trade_price: Groups that fit with another one.
        groups_unverified: Groups that do not fit.
        top_of_book_agree: Entries whose stated best bid and ask are ours.
        top_of_book_disagree: Entries whose stated best bid or ask is not.
        rebuilt_equal: Later books that are, level by level, what we had.
        rebuilt_total: Later books that there was something to compare with.
        rest_books: REST books that took over.
        resyncs_requested: Fresh books asked for by the policy.
        duplicates: Changes that repeat the one before or came before, and prints that came before.
        out_of_order: Changes older than their token's newest.
        other_entries: Entries of tokens that are not subscribed.
        parse_errors: What could not be read, by reason.
    """

    frames: int = 0
    events: Counter[str] = field(default_factory=Counter)
    control_frames: Counter[str] = field(default_factory=Counter)
    opening_verified: int = 0
    opening_total: int = 0
    later_verified: int = 0
    later_total: int = 0
    groups_at_once: int = 0
    groups_after_last_trade_price: int = 0
    groups_unverified: int = 0
    top_of_book_agree: int = 0
    top_of_book_disagree: int = 0
    rebuilt_equal: int = 0
    rebuilt_total: int = 0
    rest_books: int = 0
    resyncs_requested: int = 0
    duplicates: int = 0
    out_of_order: int = 0
    other_entries: int = 0
    parse_errors: Counter[str] = field(default_factory=Counter)

    def count_group(self, verdict: Verdict, by: int = 1) -> None:
        """Count a group by how its hash fits; -1 takes back a judgement that is made anew."""
        if verdict is Verdict.AT_ONCE:
            self.groups_at_once += by
        elif verdict is Verdict.UNVERIFIED:
            self.groups_unverified += by
        else:
            self.groups_after_last_trade_price += by

    @property
    def unknown_events(self) -> int:
        """Objects of a type that nobody has heard of."""
        return self.events["unknown"]

    @property
    def opening(self) -> tuple[int, int]:
        """Opening books: verified, total."""
        return self.opening_verified, self.opening_total

    @property
    def later(self) -> tuple[int, int]:
        """Later books: verified, total."""
        return self.later_verified, self.later_total

    @property
    def rebuilt_equals_later_book(self) -> tuple[int, int]:
        """Later books that we had already: equal, total."""
        return self.rebuilt_equal, self.rebuilt_total
