"""Asks the engine for what the chart lacks, one question at a time, and hands on the answer."""

from concurrent.futures import Future

import msgspec

from omega_tui.domain.candle import CandleHistory
from omega_tui.errors import OmegaError, VenueError
from omega_tui.ui.chart.charts import Charts
from omega_tui.ui.desk.backend import Backend


class ChartErrand:
    """Keeps the past of a chart coming. It never waits: it looks at each frame whether there is an answer."""

    def __init__(self, backend: Backend, charts: Charts) -> None:
        self._backend = backend
        self._charts = charts
        self._waiting: Future[object] | None = None

    def look(self, instrument_id: str, *, now_ns: int) -> bool:
        """Take an answer that has come, ask what is to be asked; return whether there was news.

        Args:
            instrument_id: What the chart shows; empty while it shows nothing.
            now_ns: Wall clock of the engine.
        """
        has_news = False
        if self._waiting is not None and self._waiting.done():
            self._take(self._waiting, now_ns)
            self._waiting = None
            has_news = True
        if self._waiting is None:
            question = self._charts.question(instrument_id, now_ns=now_ns)
            if question is not None:
                self._waiting = self._backend.dispatch(question)
        return has_news

    def _take(self, answered: Future[object], now_ns: int) -> None:
        """Hand on the answer; what is no refusal of the engine is a bug, and raised."""
        try:
            answer = history_of(answered.result())
        except OmegaError as error:
            self._charts.refused(error, now_ns=now_ns)
        else:
            self._charts.answered(answer, now_ns=now_ns)


def history_of(answer: object) -> CandleHistory:
    """Return the answer of an engine, in this process or in another one.

    Raises:
        VenueError: It cannot be read.
    """
    if isinstance(answer, CandleHistory):
        return answer
    try:
        if isinstance(answer, msgspec.Raw):
            return msgspec.json.decode(answer, type=CandleHistory)
        return msgspec.convert(answer, CandleHistory)
    except msgspec.MsgspecError as error:
        raise VenueError(f"the candles cannot be read: {error}", code="UNREADABLE") from error
