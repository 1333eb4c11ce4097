"""The chart of the trade screen: candles of what was looked at, and all that is the trader's own on them.

It draws nothing and asks nothing itself; the app asks the venue what `question` says.
"""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from omega_tui.domain.account import Position
from omega_tui.domain.candle import Candle, CandleHistory
from omega_tui.domain.candle_book import CandleBook, Candles
from omega_tui.domain.commands import FetchCandles
from omega_tui.domain.events.status import VenuePhase
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import Fill, Order
from omega_tui.domain.side import Side
from omega_tui.domain.timeframe import TIMEFRAMES
from omega_tui.domain.trade import Trade
from omega_tui.errors import OmegaError
from omega_tui.ui.chart.curve import CurveModel
from omega_tui.ui.chart.curves import EquityCurve, depth_model
from omega_tui.ui.chart.history import ChartHistory
from omega_tui.ui.chart.look import OF_PRINTS, OF_VENUE, ChartLook, Kind, Overlay, chosen, moved, place_of
from omega_tui.ui.chart.model import BarPoint, ChartCursor, ChartModel, Drawing, LineKind, MarkKind, PriceLine
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.ladder.depth_memory import DepthMemory
from omega_tui.ui.panes.pane_lines import quantity_text
from omega_tui.ui.panes.price_alerts import PriceAlertList
from omega_tui.ui.text.formats import exact_size_text, fitted, size_decimals
from omega_tui.ui.text.words import average_price
from omega_tui.units import NS_PER_S

if TYPE_CHECKING:
    from omega_tui.ui.chart.study import ChartStudy

BOOKS: Final = 8
"""Instruments whose candles are kept up; the one that was not looked at longest goes first."""
_SIZE: Final = 6
_PROBLEM: Final = 40


class Charts:
    """What the chart shows, market by market.

    Attributes:
        look: What the trader chose.
        history: What is asked of venues.
        equity: Profit and loss as it was seen.
        hollow: Whether rising candles are outlines, for a screen without colour.
        alerts: The prices that are waited for.
        depth: What rested in the books of the ladders.
    """

    def __init__(self, desk: Desk, *, glyphs: str, asks_venues: bool) -> None:
        self.look = ChartLook()
        self.history = ChartHistory()
        self.equity = EquityCurve()
        self.hollow = False
        self.alerts = PriceAlertList()
        self.depth = DepthMemory()
        self._desk = desk
        self._glyphs = glyphs
        self._asks_venues = asks_venues
        self._books: OrderedDict[str, CandleBook] = OrderedDict()
        self._study: tuple[tuple[str, str, Decimal, Overlay], ChartStudy] | None = None

    # ------------------------------------------------------------------------------ what the market brings

    def take_prints(self, prints: Iterable[Trade]) -> None:
        """Take prints of any market."""
        for trade in prints:
            book = self._books.get(trade.instrument)
            if book is not None:
                book.add(trade)

    def take_gap(self, instrument: str) -> None:
        """Take note that prints of an instrument, or of all where it is empty, were missed."""
        for known, book in self._books.items():
            if instrument in {"", known}:
                book.gap()
        self.history.missed(instrument)

    def question(self, instrument_id: str, *, now_ns: int) -> FetchCandles | None:
        """Return what to ask a venue now; None for nothing. What is returned counts as asked."""
        instrument = self._desk.instruments.get(instrument_id)
        if instrument is None or not self._asks_venues or self.look.kind is not Kind.CANDLES:
            return None
        venue = self._desk.venues.get(instrument.venue)
        if venue is not None and venue.phase is not VenuePhase.OPEN:
            return None
        return self.history.question(instrument, self.look.timeframe or OF_VENUE, now_ns=now_ns)

    def answered(self, answer: CandleHistory, *, now_ns: int) -> None:
        """Take the answer to the question."""
        key = self.history.answered(now_ns=now_ns)
        if key is not None:
            self._book(key[0]).take_history(TIMEFRAMES[key[1]], answer.candles)

    def refused(self, error: OmegaError, *, now_ns: int) -> None:
        """Take note that the question was not answered."""
        self.history.refused(error, now_ns=now_ns)

    def _book(self, instrument: str) -> CandleBook:
        """Return the candles of an instrument; they begin with the prints that are on the tape."""
        book = self._books.get(instrument)
        if book is None:
            book = self._books[instrument] = CandleBook()
            for trade in self._desk.tapes.of(instrument):
                book.add(trade)
            if len(self._books) > BOOKS:
                self._books.popitem(last=False)
        self._books.move_to_end(instrument)
        return book

    # ------------------------------------------------------------------------------ what the trader does

    def navigate(self, action: str, instrument: Instrument | None) -> bool:
        """Do what a binding of the chart says; return whether it is one."""
        if not action.startswith("chart."):
            return False
        if instrument is not None:
            timeframe = self.timeframe(instrument)
            bars = self._book(instrument.id).candles(TIMEFRAMES[timeframe]).bars
            self.look = moved(self.look, action, bars, timeframe=timeframe, glyphs=self._glyphs)
        return True

    def choose(self, word: str) -> None:
        """Take a typed word: a length, a width, a scale, a kind or an overlay.

        Raises:
            ValueError: It is none of these.
        """
        self.look = chosen(self.look, word)

    def point(self, bar_start_ns: int | None) -> None:
        """Put the cursor on a bar; None takes it away."""
        self.look = replace(self.look, cursor_ns=bar_start_ns)

    def timeframe(self, instrument: Instrument) -> str:
        """Return the length of the candles: the chosen one, else what the market's past allows."""
        if self.look.timeframe:
            return self.look.timeframe
        return OF_PRINTS if self._is_of_prints(instrument) else OF_VENUE

    def bars(self, instrument: Instrument) -> tuple[Candle, ...]:
        """Return the candles that the chart shows, or would show; the last one still grows."""
        return self._book(instrument.id).candles(TIMEFRAMES[self.timeframe(instrument)]).bars

    def _is_of_prints(self, instrument: Instrument) -> bool:
        return not self._asks_venues or self.history.has_none(instrument.id, OF_VENUE)

    # ------------------------------------------------------------------------------ what the widget gets

    def model(
        self, instrument: Instrument | None, *, state: str, ladder_price: Decimal | None, rescaled: int = 0
    ) -> ChartModel | CurveModel:
        """Return what the chart shows.

        Args:
            instrument: On the ladder; None while there is none.
            state: A word where the market's data may be bad; empty while they are good.
            ladder_price: The price under the ladder's cursor.
            rescaled: How often the trader asked for fresh scales.
        """
        if self.look.kind is Kind.EQUITY:
            return self.equity.model(glyphs=self._glyphs)
        if instrument is None:
            return ChartModel((), Decimal(1), "CHART", empty="no market is on screen", glyphs=self._glyphs)
        if self.look.kind is Kind.DEPTH:
            update = self._desk.books.get(instrument.id)
            book = update.book if update is not None else None
            return depth_model(instrument, book, state=state, glyphs=self._glyphs)
        timeframe = self.timeframe(instrument)
        candles = self._book(instrument.id).candles(TIMEFRAMES[timeframe])
        drawing = self._drawing(instrument, timeframe, candles)
        bars = candles.bars
        cursor = self.look.cursor_ns
        source = self._source(instrument, timeframe, candles)
        return ChartModel(
            bars=bars,
            tick=instrument.tick_size,
            title=f"CHART {timeframe}{' log' if self.look.is_log else ''}",
            # With the cursor on a bar the heading is for its numbers.
            note=f"{source} {drawing.note}" if drawing.note and cursor is None else source,
            empty="no print yet; bars come with the prints",
            state=state,
            zoom=self.look.zoom,
            lines=(*self._own_lines(instrument), *drawing.lines),
            points=(*drawing.points, *_fill_points(self._desk.fills, instrument, candles)),
            outlines=drawing.outlines,
            heat=self.depth.map_of(instrument.id, rescaled) if self.look.overlay is Overlay.HEAT else None,
            cursor=ChartCursor(place_of(cursor, bars)) if cursor is not None and bars else None,
            ladder_price=ladder_price,
            incomplete=candles.incomplete,
            is_live=True,
            glyphs=self._glyphs,
            hollow=self.hollow,
            is_log=self.look.is_log,
        )

    def _source(self, instrument: Instrument, timeframe: str, candles: Candles) -> str:
        """Return where the bars come from: a past that nobody asked for is no past that there was."""
        if candles.of_venue:
            return f"from {instrument.venue}"
        if self.history.is_asking(instrument.id, timeframe):
            return f"asking {instrument.venue}"
        since = (
            f"{datetime.fromtimestamp(candles.since_ns // NS_PER_S, UTC):%H:%M:%S}"
            if candles.since_ns
            else ""
        )
        problem = fitted(self.history.problem(instrument.id, timeframe), _PROBLEM, "~")
        source = f"prints since {since}" if since else "prints"
        return f"{source}; {problem}" if problem else source

    def _drawing(self, instrument: Instrument, timeframe: str, candles: Candles) -> Drawing:
        overlay = self.look.overlay
        if overlay is Overlay.HEAT:
            return Drawing(note="heat of the book")
        if overlay is Overlay.NOTHING or not candles.bars:
            return Drawing()
        # The engines are imported when there is something to study: a screen is painted before.
        from omega_tui.ui.chart.study import ChartStudy  # noqa: PLC0415

        key = (instrument.id, timeframe, instrument.tick_size, overlay)
        if self._study is None or self._study[0] != key:
            self._study = key, ChartStudy(instrument.tick_size, patterns=overlay is Overlay.PATTERNS)
        study = self._study[1]
        is_behind = study.read(candles.bars)
        return Drawing(note="reading the past") if is_behind else study.drawing(candles.bars)

    def _own_lines(self, instrument: Instrument) -> tuple[PriceLine, ...]:
        decimals = size_decimals(instrument)
        lines = _position_lines(self._desk.positions.get(instrument.id), instrument)
        lines += [_order_line(order, decimals) for order in self._desk.working(instrument.id)]
        lines += [
            PriceLine(alert.price, f"alert {alert.note}".rstrip(), LineKind.ALERT)
            for alert in self.alerts.of(instrument.id)
        ]
        return tuple(lines)


def _position_lines(position: Position | None, instrument: Instrument) -> list[PriceLine]:
    """Return where a position was entered and where it would be taken away: prices between the ticks."""
    if position is None or not position.quantity:
        return []
    lines = []
    if position.entry_price is not None:
        entry = average_price(position.entry_price, instrument)
        lines.append(PriceLine(entry, f"pos {quantity_text(position.quantity)}", LineKind.POSITION))
    terms = position.terms
    if terms is not None and terms.liquidation_price is not None and terms.liquidation_price > 0:
        at = average_price(terms.liquidation_price, instrument)
        lines.append(PriceLine(at, "liq", LineKind.LIQUIDATION))
    return lines


def _order_line(order: Order, decimals: int) -> PriceLine:
    request = order.request
    size = exact_size_text(order.remaining, _SIZE, decimals)
    letter = "B" if request.side is Side.BUY else "S"
    if request.trigger_price is not None:
        return PriceLine(request.trigger_price, f"stop {letter}{size}", LineKind.STOP)
    kind = LineKind.BUY if request.side is Side.BUY else LineKind.SELL
    return PriceLine(request.price, f"{letter}{size}", kind)


def _fill_points(fills: Iterable[Fill], instrument: Instrument, candles: Candles) -> tuple[BarPoint, ...]:
    """Return our fills at their bars."""
    bars = candles.bars
    points = []
    for fill in fills if bars else ():
        if fill.instrument != instrument.id or fill.ts_event_ns < bars[0].start_ns:
            continue
        place = place_of(fill.ts_event_ns, bars)
        if bars[place].start_ns > fill.ts_event_ns:
            place -= 1
        is_buy = fill.side is Side.BUY
        if fill.ts_event_ns < bars[place].end_ns:
            points.append(BarPoint(place, fill.price, MarkKind.BUY if is_buy else MarkKind.SELL, is_buy))
    return tuple(points)
