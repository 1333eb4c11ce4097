"""Which tip is shown, and above all when none is: a budget, cool-downs that double, mastery, and silence.

Nothing is shown while the user is busy. Critical findings of the coach are no tips; they stand in the risk
line.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from omega_tui.domain.teaching import Tip
from omega_tui.education.expressions import Scope, truth
from omega_tui.education.functions import plain_functions
from omega_tui.education.numbers_text import filled
from omega_tui.education.progress import Progress, TipDismissed, TipShown, TipState
from omega_tui.education.signals import Signal
from omega_tui.education.tip_rules import TipRule
from omega_tui.errors import ExpressionError, TeachingRefused

MINUTE_NS: Final = 60_000_000_000
HOUR_NS: Final = 60 * MINUTE_NS

LEAST_SCORE: Final = 0.25
BUCKET: Final = 2.0
REFILL_PER_HOUR: Final = 1.0
LOW_REFILL_PER_HOUR: Final = 0.3
"""Measured on a month of minute bars: at three an hour a new user had 14 tips in the first eight hours."""

MAX_COOLDOWN_NS: Final = 60 * 24 * HOUR_NS
QUICK_NS: Final = 10 * MINUTE_NS
"""Two dismissals within this time: quiet until the program is started again (sheet, section 6)."""


class TipMode(StrEnum):
    """How talkative the teacher is."""

    OFF = "off"
    LOW = "low"
    NORMAL = "normal"


class TipEngine:
    """Chooses tips. Single owner of budget and session; what was shown before is in the record of progress.

    Attributes:
        mode: How talkative.
        is_quiet: Whether two quick dismissals have silenced this session.
    """

    def __init__(self, rules: Sequence[TipRule], progress: Progress, mastery: Callable[[str], float]) -> None:
        """Listen by these rules; `mastery` is the share of a lesson that is remembered."""
        self._rules: dict[str, list[TipRule]] = {}
        for rule in rules:
            self._rules.setdefault(rule.signal, []).append(rule)
        self._progress = progress
        self._mastery = mastery
        self._functions = plain_functions()
        self._tokens = BUCKET
        self._filled_ns = 0
        self._dismissed_ns = 0
        self.mode = TipMode.NORMAL
        self.is_quiet = False

    def offer(self, signals: Iterable[Signal], *, now_ns: int, is_busy: bool) -> tuple[Tip, TipShown] | None:
        """Return the tip to show now and the event to keep, or None: nearly always.

        The caller folds the event into the progress that this engine was given.

        Args:
            signals: What was noticed since the last call.
            now_ns: The wall clock.
            is_busy: Whether an order is being entered, a drill runs, or a position is in trouble.
        """
        self._refill(now_ns)
        if is_busy or self.is_quiet or self.mode is TipMode.OFF or self._tokens < 1:
            return None
        best: Tip | None = None
        for signal in signals:
            for rule in self._rules.get(signal.name, ()):
                tip = self._candidate(rule, signal.values, now_ns)
                if tip is not None and (best is None or tip.score > best.score):
                    best = tip
        if best is None:
            return None
        self._tokens -= 1
        return best, TipShown(now_ns, best.rule)

    def dismiss(self, rule: str, *, now_ns: int, never: bool = False) -> TipDismissed:
        """Send a tip away; its cool-down doubles once more, and `never` removes it for good.

        Raises:
            TeachingRefused: There is no such rule.
        """
        if not any(rule == one.id for rules in self._rules.values() for one in rules):
            raise TeachingRefused("NO_SUCH_TIP", f"There is no tip {rule[:40]!r}.")
        self.is_quiet = self.is_quiet or 0 < now_ns - self._dismissed_ns <= QUICK_NS
        self._dismissed_ns = now_ns
        return TipDismissed(now_ns, rule, never)

    def _refill(self, now_ns: int) -> None:
        per_hour = LOW_REFILL_PER_HOUR if self.mode is TipMode.LOW else REFILL_PER_HOUR
        passed = max(0, now_ns - self._filled_ns) if self._filled_ns else 0
        self._tokens = min(BUCKET, self._tokens + passed / HOUR_NS * per_hour)
        self._filled_ns = max(now_ns, self._filled_ns)

    def _candidate(self, rule: TipRule, values: Mapping[str, object], now_ns: int) -> Tip | None:
        state = self._progress.tips.get(rule.id, TipState())
        if state.never or now_ns - state.last_ns < cooldown_ns(rule, state):
            return None
        score = rule.base * (0.4 + 0.6 / (1 + state.shown)) * (1 - self._mastery(rule.lesson))
        if score < LEAST_SCORE:
            return None
        scope = Scope(self._functions, dict(values), {})  # type: ignore[arg-type]  # a signal's are values
        try:
            if rule.when and not truth(rule.when, scope):
                return None
            return Tip(rule.id, filled(rule.text, scope), rule.lesson, round(score, 4))
        except ExpressionError:
            # A signal without a number that the sentence needs: silence is the right answer.
            return None


def cooldown_ns(rule: TipRule, state: TipState) -> int:
    """Return how long a rule is quiet after it was shown last: doubled by every showing and dismissal."""
    if not state.shown:
        return 0
    doublings = state.shown - 1 + state.dismissed
    if doublings > 30:
        return MAX_COOLDOWN_NS
    return min(MAX_COOLDOWN_NS, int(rule.cooldown_min * MINUTE_NS) << doublings)
