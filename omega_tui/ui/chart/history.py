"""When a chart asks the venue for candles, and what is known of the answers. No I/O: the app asks."""

from typing import Final

from msgspec import Struct

from omega_tui.domain.commands import FetchCandles
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.timeframe import TIMEFRAMES
from omega_tui.errors import NoHandler, OmegaError, VenueError
from omega_tui.units import NS_PER_S

SETTLE_NS: Final = NS_PER_S
"""So long after a candle has ended the venue is asked for it: by then it knows."""
LEAST_NS: Final = 10 * NS_PER_S
"""Between two questions for the same candles."""
RETRY_NS: Final = 15 * NS_PER_S
"""After a question that was not answered."""
NEVER_NS: Final = 300 * NS_PER_S
"""After a venue said that it has none; it may have opened since."""
ASKED: Final = 500
"""Candles that are asked for."""
KNOWN: Final = 256
"""Answers that are remembered; the oldest are forgotten."""

Key = tuple[str, str]
"""Instrument id and length."""


class _Answer(Struct, frozen=True):
    """What became of the last question: when to ask again, and why there is nothing."""

    due_ns: int
    problem: str = ""
    has_none: bool = False


class ChartHistory:
    """Decides when to ask, one question at a time."""

    def __init__(self) -> None:
        self._answers: dict[Key, _Answer] = {}
        self._waiting: Key | None = None

    def is_asking(self, instrument: str, timeframe: str) -> bool:
        """Whether an answer for these candles is on its way."""
        return self._waiting == (instrument, timeframe)

    def problem(self, instrument: str, timeframe: str) -> str:
        """Return why there is no answer; empty while there is one, or none was needed."""
        answer = self._answers.get((instrument, timeframe))
        return answer.problem if answer is not None else ""

    def has_none(self, instrument: str, timeframe: str) -> bool:
        """Whether the venue said that it has no such candles."""
        answer = self._answers.get((instrument, timeframe))
        return answer is not None and answer.has_none

    def missed(self, instrument: str) -> None:
        """Take note that prints were missed: what the venue has is needed now."""
        for key in [key for key, answer in self._answers.items() if not answer.has_none]:
            if instrument in {"", key[0]}:
                del self._answers[key]

    def question(self, instrument: Instrument, timeframe: str, *, now_ns: int) -> FetchCandles | None:
        """Return what to ask now, and take it for asked; None for nothing."""
        key = (instrument.id, timeframe)
        answer = self._answers.get(key)
        if self._waiting is not None or (answer is not None and now_ns < answer.due_ns):
            return None
        self._waiting = key
        return FetchCandles(instrument.id, timeframe, instrument.venue, ASKED)

    def answered(self, *, now_ns: int) -> Key | None:
        """Take note that the question was answered; return what it was about."""
        key, self._waiting = self._waiting, None
        if key is not None:
            step_ns = TIMEFRAMES[key[1]] * NS_PER_S
            ends_ns = now_ns - now_ns % step_ns + step_ns
            self._keep(key, _Answer(max(ends_ns + SETTLE_NS, now_ns + LEAST_NS)))
        return key

    def refused(self, error: OmegaError, *, now_ns: int) -> None:
        """Take note that there is no answer."""
        key, self._waiting = self._waiting, None
        if key is None:
            return
        none = isinstance(error, NoHandler) or (
            isinstance(error, VenueError) and error.code == "NOT_SUPPORTED"
        )
        wait_ns = NEVER_NS if none else RETRY_NS
        self._keep(key, _Answer(now_ns + wait_ns, "" if none else str(error), none))

    def _keep(self, key: Key, answer: _Answer) -> None:
        self._answers.pop(key, None)
        self._answers[key] = answer
        if len(self._answers) > KNOWN:
            del self._answers[next(iter(self._answers))]
