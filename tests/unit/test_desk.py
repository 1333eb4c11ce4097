"""The fold of events into what the screen shows, and what is derived from it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from omega_tui.domain.account import Balance, Position
from omega_tui.domain.events.account import (
    ArmChanged,
    BalanceChanged,
    FillRecorded,
    OrderChanged,
    PositionChanged,
    TradingMode,
)
from omega_tui.domain.events.market import (
    BookUpdated,
    FeedGap,
    InstrumentUpdated,
    MarketResolved,
    TickSizeChanged,
    TradePrinted,
)
from omega_tui.domain.events.status import (
    Alert,
    ConnectionChanged,
    ServiceState,
    ServiceStateChanged,
    Severity,
    VenueChanged,
    VenuePhase,
)
from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.integrity import (
    Connection,
    ConnectionState,
    DataLimits,
    DataState,
    Integrity,
    IntegrityState,
    StreamName,
)
from omega_tui.domain.orders import Fill, Order, OrderAlarm, OrderRequest, OrderStatus, Settlement
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.trade import Trade
from omega_tui.ui.desk.desk import DONE_ORDERS, Desk
from omega_tui.ui.desk.desk_log import LOG_LINES
from omega_tui.ui.desk.sizing import Sizing, parse_size
from omega_tui.ui.desk.tapes import PRICES_WITH_VOLUME, TAPE_TRADES
from omega_tui.ui.keys.keymap_presets import shipped
from omega_tui.ui.ladder.deltas import LevelDeltas
from omega_tui.ui.orders.entry import OrderEntry
from omega_tui.ui.panes.cursor_line import cursor_line
from omega_tui.ui.session.session import Session, Setting

D = Decimal
NS = 1_000_000_000
NOW = 1_000 * NS
YES = Instrument(
    id="1",
    venue="sim",
    name="Will it?",
    tick_size=D("0.01"),
    base="YES",
    quote="pUSD",
    market_id="m",
    complement_id="2",
    price_min=D(0),
    price_max=D(1),
)
NO = replace(YES, id="2", base="NO", complement_id="1")
OTHER = replace(YES, id="3", market_id="n", complement_id=None, name="Another?")


def a_book(bid="0.45", ask="0.47", sequence=1, instrument="1", tick="0.01"):
    bids = (PriceLevel(D(bid), D(10)), PriceLevel(D(bid) - D(tick), D(20))) if bid else ()
    asks = (PriceLevel(D(ask), D(10)),) if ask else ()
    return BookSnapshot(instrument, bids, asks, D(tick), sequence)


def updated(book, age_ns=0):
    integrity = Integrity(IntegrityState.VERIFIED, "hash", verified_ns=NOW - age_ns)
    return BookUpdated(book.instrument, book, integrity, NOW - age_ns)


def printed(price="0.46", size="5", instrument="1"):
    trade = Trade(instrument, D(price), D(size), Side.BUY, "", NOW, NOW)
    return TradePrinted(instrument, NOW, NOW, trade)


def an_order(number=1, status=OrderStatus.ACCEPTED, **fields):
    request = OrderRequest(
        client_order_id=f"o{number}", instrument="1", venue="sim", side=Side.BUY, size=D(10), price=D("0.45")
    )
    return Order(request=request, status=status, ts_intent_ns=NOW, ts_changed_ns=NOW + 71_000_000, **fields)


def a_desk(*events):
    desk = Desk()
    desk.apply((InstrumentUpdated(YES), InstrumentUpdated(NO), *events), now_ns=NOW)
    return desk


def log(desk):
    return [entry.text for entry in desk.log]


def test_the_latest_picture_of_a_book_wins():
    desk = a_desk(updated(a_book()))
    changes = desk.apply([updated(a_book(sequence=2)), updated(a_book(sequence=3))], now_ns=NOW)
    assert desk.books["1"].book.sequence == 3
    assert changes.books == {"1"}


def test_prints_make_the_tape_and_the_volume():
    desk = a_desk(printed(size="5"), printed(size="7"), printed("0.47", "1"))
    assert [trade.size for trade in desk.tapes.of("1")] == [D(5), D(7), D(1)]
    assert desk.tapes.last("1").price == D("0.47")
    assert desk.tapes.volume("1") == {D("0.46"): D(12), D("0.47"): D(1)}
    desk.tapes.reset_volume("1")
    assert desk.tapes.volume("1") == {}


def test_every_collection_is_bounded():
    desk = a_desk()
    desk.apply([printed(str(n), "1") for n in range(1, PRICES_WITH_VOLUME + 50)], now_ns=NOW)
    desk.apply([OrderChanged(an_order(n, OrderStatus.CANCELED)) for n in range(DONE_ORDERS + 50)], now_ns=NOW)
    desk.apply([OrderChanged(an_order("w"))], now_ns=NOW)
    desk.apply([Alert(NOW, Severity.INFO, "X", str(n)) for n in range(LOG_LINES + 50)], now_ns=NOW)
    assert len(desk.tapes.volume("1")) == PRICES_WITH_VOLUME
    assert len(desk.tapes.of("1")) == TAPE_TRADES
    assert len(desk.orders) == DONE_ORDERS + 1
    assert len(desk.log) == LOG_LINES
    assert [order.request.client_order_id for order in desk.working()] == ["ow"]


def test_each_step_of_an_order_is_one_line_of_the_log():
    desk = a_desk()
    steps = [
        an_order(status=OrderStatus.INTENT),
        an_order(status=OrderStatus.SUBMITTED),
        an_order(),
        an_order(),
        an_order(status=OrderStatus.PENDING_CANCEL),
        an_order(status=OrderStatus.CANCELED, filled=D(4)),
    ]
    desk.apply([OrderChanged(step) for step in steps], now_ns=NOW)
    assert log(desk) == ["BUY 10 YES @ 0.45 working, 71 ms", "BUY 10 YES @ 0.45 canceled with 6 left"]


def test_a_refusal_by_the_venue_and_an_unknown_are_loud():
    desk = a_desk()
    desk.apply(
        [
            OrderChanged(an_order(1, OrderStatus.REJECTED, reason="would cross")),
            OrderChanged(an_order(2, OrderStatus.UNKNOWN, reason="no answer")),
        ],
        now_ns=NOW,
    )
    assert [entry.severity for entry in desk.log] == [Severity.ALARM, Severity.ALARM]
    assert "would cross" in log(desk)[0]


def test_an_alarm_is_told_once():
    desk = a_desk(OrderChanged(an_order()))
    alarmed = an_order(alarms=frozenset({OrderAlarm.OVERFILL}))
    desk.apply([OrderChanged(alarmed), OrderChanged(alarmed)], now_ns=NOW)
    assert [text for text in log(desk) if "more than was ordered" in text] == [
        "BUY 10 YES @ 0.45: filled more than was ordered"
    ]


def test_an_order_first_seen_as_a_row_of_the_venue_becomes_ours_without_a_double():
    desk = a_desk()
    foreign = an_order(venue_order_id="v1")
    foreign = replace(foreign, request=replace(foreign.request, client_order_id=""), external=True)
    desk.apply([OrderChanged(foreign), OrderChanged(an_order(venue_order_id="v1"))], now_ns=NOW)
    assert list(desk.orders) == ["o1"]


def test_a_fill_is_told_once_and_its_undoing_too():
    desk = a_desk()
    fill = Fill(trade_id="t", venue_order_id="v", instrument="1", side=Side.BUY, price=D("0.45"), size=D(4))
    desk.apply(
        [
            FillRecorded(fill, "o1", is_new=True),
            FillRecorded(replace(fill, settlement=Settlement.MINED), "o1", is_new=False),
            FillRecorded(replace(fill, settlement=Settlement.FAILED), "o1", is_new=False),
        ],
        now_ns=NOW,
    )
    assert log(desk) == [
        "filled BUY 4 YES @ 0.45 taker",
        "fill undone, it did not settle: BUY 4 YES @ 0.45",
    ]
    (told,) = desk.fills.newest(9)
    assert told.settlement is Settlement.FAILED
    assert not list(desk.fills), "what was undone counts for nothing"


def test_a_fee_of_a_third_coin_stands_apart_in_the_totals():
    position = Position("sim", "1", D(100), D("0.44"), D(5), other_fees=(("BNB", D("0.003")),))
    desk = a_desk(updated(a_book()), PositionChanged(position))
    assert dict(desk.day_totals().apart) == {"BNB": D("-0.003")}
    assert desk.totals_of(["1"]) == desk.day_totals()


def test_profit_is_marked_at_the_mid_and_the_day_counts_fees():
    desk = a_desk(updated(a_book()), PositionChanged(Position("sim", "1", D(100), D("0.44"), D(5), D("0.5"))))
    assert desk.mark("1") == D("0.46")
    assert desk.unrealized("1") == D("2.00")
    assert desk.day_totals().by_asset == ((desk.instruments["1"].quote, D("6.50")),)


def test_a_mark_falls_back_from_mid_to_touch_to_last_trade():
    assert a_desk(updated(a_book(ask=None))).mark("1") == D("0.45")
    assert a_desk(updated(a_book(bid=None, ask=None)), printed("0.31")).mark("1") == D("0.31")
    assert a_desk().mark("1") is None


def test_the_data_state_is_assessed_from_the_stream_of_the_venue():
    desk = a_desk(updated(a_book()))
    limits = DataLimits()
    assert desk.data_status("1", now_ns=NOW, limits=limits).state is DataState.DOWN
    up = Connection("sim", StreamName.BOOK, ConnectionState.UP)
    desk.apply([ConnectionChanged(up)], now_ns=NOW)
    assert desk.data_status("1", now_ns=NOW, limits=limits).state is DataState.LIVE
    assert desk.data_status("1", now_ns=NOW + 40 * NS, limits=limits).state is DataState.STALE
    assert desk.data_status("2", now_ns=NOW, limits=limits).state is DataState.RESYNC


def test_arming_and_disarming_are_told_with_the_reason():
    desk = a_desk()
    changes = desk.apply([ArmChanged("sim", TradingMode.ARMED)], now_ns=NOW)
    assert desk.mode("sim") is TradingMode.ARMED
    assert changes.disarmed == ()
    changes = desk.apply([ArmChanged("sim", TradingMode.DISARMED, "the book is STALE")], now_ns=NOW)
    assert len(changes.disarmed) == 1
    assert log(desk)[-1] == "sim disarmed: no new orders: the book is STALE"
    before = log(desk)
    desk.apply([Alert(NOW, Severity.WARNING, "STALE", "Disarmed: the book is STALE.")], now_ns=NOW)
    assert log(desk) == before, "once is enough"
    desk.apply([Alert(NOW, Severity.WARNING, "STALE", "Disarmed: another reason.")], now_ns=NOW)
    assert log(desk)[-1] == "Disarmed: another reason."
    desk.note(NOW, Severity.INFO, "something quiet: a third reason")
    desk.apply([Alert(NOW, Severity.WARNING, "STALE", "Disarmed: a third reason.")], now_ns=NOW)
    assert log(desk)[-1] == "Disarmed: a third reason.", "louder than what was said"
    assert desk.log[-1].severity is Severity.WARNING


def test_failed_services_and_resolved_markets_are_told():
    desk = a_desk(
        ServiceStateChanged("streaming", ServiceState.FAILED, "refused"),
        MarketResolved("1", NOW, NOW, "m", "1", "YES"),
        BalanceChanged(Balance("sim", "pUSD", D(10), D(8))),
    )
    assert log(desk) == ["service streaming failed: refused", "Will it? is resolved: YES won"]
    assert desk.balances["sim", "pUSD"].available == D(8)


# ---------------------------------------------------------------------------- the session above the desk


def a_session(*events, rows=20):
    setting = Setting("sim", is_live=False, is_replay=False, limits=DataLimits(), glyphs="unicode")
    session = Session(setting, OrderEntry(shipped("verb")), Sizing.of((D(5), D(10))))
    session.resize(rows)
    session.apply(
        [
            InstrumentUpdated(YES),
            InstrumentUpdated(NO),
            InstrumentUpdated(OTHER),
            updated(a_book()),
            *events,
        ],
        now_ns=NOW,
    )
    return session


@pytest.mark.parametrize(
    ("phase", "text", "said", "role"),
    [
        (VenuePhase.LISTED, "", "no market yet: / finds one, g4 lists them", "dim"),
        (VenuePhase.OPENING, "Fetching its markets.", "sim: Fetching its markets.", "dim"),
        (
            VenuePhase.FAILED,
            "it is tried again; no answer",
            "sim failed: it is tried again; no answer",
            "warn",
        ),
        (VenuePhase.FAILED, "silence " * 9, "sim failed: silence silence silence silence sile…", "warn"),
        (VenuePhase.OPEN, "40 markets", "no market yet: / finds one, g4 lists them", "dim"),
    ],
)
def test_without_a_market_the_strip_says_how_far_its_venue_is(phase, text, said, role):
    setting = Setting("sim", is_live=False, is_replay=False, limits=DataLimits(), glyphs="unicode")
    session = Session(setting, OrderEntry(shipped("verb")), Sizing.of((D(5), D(10))))
    session.apply([VenueChanged("sim", "bitget", "spot", phase, text)], now_ns=NOW)
    first, *_ = line = cursor_line(session.cursor(session.facts(NOW)), ">", 50)
    assert "".join(piece.text for piece in line).strip() == said
    assert first.role == role


def test_the_first_market_with_a_book_is_shown_with_the_cursor_on_the_bid():
    session = a_session()
    assert session.instrument_id == "1"
    assert session.look.cursor_price == D("0.45")
    assert session.look.view.row_of(46) == 10


def test_the_keys_are_told_a_break_even_with_the_fee_of_closing_in_it():
    session = a_session(
        InstrumentUpdated(replace(YES, taker_fee_rate=D("0.08"))),
        PositionChanged(Position(venue="sim", instrument="1", quantity=D(10), entry_price=D("0.50"))),
    )
    assert round(session.facts(NOW).break_even, 4) == D("0.5200")


def test_no_later_book_moves_view_or_cursor():
    session = a_session()
    before = session.look
    session.apply([updated(a_book("0.80", "0.82", 2)), updated(a_book(None, None, 3))], now_ns=NOW)
    assert session.look == before


def test_the_cursor_keys_move_prices_and_the_window_follows():
    session = a_session(rows=5)
    for action in ("cursor.up", "cursor.up", "cursor.up", "cursor.up"):
        assert session.navigate(action)
    assert session.look.cursor_price == D("0.49")
    assert session.look.view.row_of(49) == 0
    session.navigate("cursor.page_down")
    assert session.look.cursor_price == D("0.39")
    assert session.look.view.row_of(39) == 4
    session.navigate("view.market")
    assert session.look.cursor_price == D("0.39")
    assert session.look.view.row_of(39) is None
    session.navigate("view.cursor")
    assert session.look.view.row_of(39) == 2
    session.navigate("cursor.ask")
    assert session.look.cursor_price == D("0.47")
    assert not session.navigate("market.next")


def test_the_cursor_stays_inside_a_bounded_market():
    session = a_session()
    for _ in range(20):
        session.navigate("cursor.page_up")
    assert session.look.cursor_price == D("0.99")
    for _ in range(20):
        session.navigate("cursor.page_down")
    assert session.look.cursor_price == D("0.01")


def test_flipping_to_the_complement_mirrors_cursor_and_window():
    session = a_session(updated(a_book("0.53", "0.55", instrument="2")))
    session.show("2")
    assert session.instrument.base == "NO"
    assert session.look.cursor_price == D("0.55")
    session.show("1")
    assert session.look.cursor_price == D("0.45")


def test_each_market_is_left_and_found_as_it_was():
    session = a_session(updated(a_book("0.20", "0.22", instrument="3")))
    session.navigate("cursor.down")
    session.show("3")
    assert session.look.cursor_price == D("0.20")
    session.show("1")
    assert session.look.cursor_price == D("0.44")


def test_markets_are_walked_by_market_and_not_by_outcome():
    session = a_session()
    assert session.neighbours(1) == "3"
    assert session.neighbours(-1) == "3"


def test_a_tick_change_keeps_prices_and_wins_over_metadata():
    session = a_session()
    session.apply([TickSizeChanged("1", NOW, NOW, D("0.01"), D("0.001"))], now_ns=NOW)
    assert session.instrument.tick_size == D("0.001")
    assert session.look.cursor_price == D("0.450")
    session.apply([updated(a_book(tick="0.01", sequence=9))], now_ns=NOW)
    assert session.instrument.tick_size == D("0.01")
    assert session.look.cursor_price == D("0.45")


def test_orders_that_a_new_tick_leaves_behind_are_named_and_the_title_says_so():
    session = a_session(OrderChanged(an_order()))
    session.apply([TickSizeChanged("1", NOW, NOW, D("0.01"), D("0.02"))], now_ns=NOW)
    assert session.desk.log[-1].text.startswith("off the new tick of 0.02")
    assert session.ladder(session.facts(NOW), NOW).flash
    later = NOW + 1_000_000_000
    assert not session.ladder(session.facts(later), later).flash


def test_a_window_follows_only_when_asked_and_never_while_armed():
    session = a_session(rows=9)
    far = a_book("0.70", "0.72", 8)
    still = session.look.view
    session.apply([updated(far)], now_ns=NOW)
    assert session.look.view == still, "the market moves no window by itself"
    session.follows = True
    session.apply([updated(a_book("0.70", "0.72", 9))], now_ns=NOW)
    moved = session.look.view
    assert moved.row_of(71) is not None
    assert session.look.cursor_price == D("0.45"), "the cursor keeps its price"
    session.apply([ArmChanged("sim", TradingMode.ARMED)], now_ns=NOW)
    session.apply([updated(a_book("0.20", "0.22", 10))], now_ns=NOW)
    assert session.look.view == moved
    assert not session.follows


def test_only_the_key_that_centres_asks_for_another_scale():
    session = a_session()
    before = session.ladder(session.facts(NOW), NOW).rescaled
    for action in ("cursor.up", "cursor.page_down", "view.cursor", "view.coarser"):
        session.navigate(action)
    assert session.ladder(session.facts(NOW), NOW).rescaled == before
    session.navigate("view.market")
    assert session.ladder(session.facts(NOW), NOW).rescaled == before + 1


def test_what_is_ahead_of_an_order_is_told_to_ladder_and_strip():
    session = a_session(OrderChanged(an_order()))
    model = session.ladder(session.facts(NOW), NOW)
    assert dict(model.ahead)["o1"] > 0
    session.apply([FeedGap("", NOW, NOW, "lost")], now_ns=NOW)
    assert session.ladder(session.facts(NOW), NOW).ahead == ()


def test_a_resize_keeps_the_middle_price():
    session = a_session(rows=20)
    session.resize(31)
    assert session.look.view.tick_at(15) == 46
    assert session.look.cursor_price == D("0.45")


def test_the_ladder_gets_what_an_order_key_is_judged_by():
    session = a_session(OrderChanged(an_order()), printed(), printed("0.47"))
    facts = session.facts(NOW)
    model = session.ladder(facts, NOW)
    assert model.instrument == facts.instrument
    assert model.book.sequence == facts.book_sequence
    assert model.last_up is True
    assert dict(model.traded) == {46: D(5), 47: D(5)}
    assert [order.request.client_order_id for order in model.orders] == ["o1"]


def test_prints_between_the_ticks_add_up_on_the_tick_that_they_are_drawn_at():
    """As after the tick has become coarser: the next print does not stand for all that was traded there."""
    session = a_session(printed("0.461"), printed("0.459"))
    for price in ("0.46", "0.46", "0.462"):
        session.apply([printed(price)], now_ns=NOW)
    assert dict(session.ladder(session.facts(NOW), NOW).traded) == {46: D(25)}


def test_orders_that_are_over_leave_the_ladder_after_their_flash():
    session = a_session(
        OrderChanged(an_order(1, OrderStatus.FILLED)), OrderChanged(an_order(2, OrderStatus.REJECTED))
    )

    def on_rows(now_ns):
        return [
            order.request.client_order_id for order in session.ladder(session.facts(now_ns), now_ns).orders
        ]

    assert on_rows(NOW + 100_000_000) == ["o1", "o2"]
    assert on_rows(NOW + NS) == ["o2"]
    assert on_rows(NOW + 6 * NS) == []


def test_own_orders_are_walked_from_the_top_down():
    orders = [an_order(1), replace(an_order(2), request=replace(an_order(2).request, price=D("0.40")))]
    session = a_session(*(OrderChanged(order) for order in orders))
    assert session.next_own_price() == D("0.40")
    session.point(D("0.40"))
    assert session.next_own_price() == D("0.45")


def test_a_stop_is_walked_to_where_it_is_drawn():
    stop = replace(an_order(1).request, price=D("0.30"), trigger_price=D("0.33"))
    session = a_session(OrderChanged(replace(an_order(1), request=stop)))
    assert session.next_own_price() == D("0.33")


# ---------------------------------------------------------------------------- stacked and pulled


def levels(*sizes, best="0.45"):
    return tuple(PriceLevel(D(best) - D("0.01") * n, D(size)) for n, size in enumerate(sizes) if size)


def deltas(*books):
    known = LevelDeltas()
    for bids in books:
        if isinstance(bids, Trade):
            known.trade(bids)
        else:
            known.update(BookSnapshot("1", bids, (), D("0.01")))
    return known.values


def test_what_is_added_and_taken_away_behind_the_touch_is_counted():
    assert deltas(levels(10, 20, 30), levels(10, 26, 21)) == {D("0.44"): D(6), D("0.43"): D(-9)}


def test_the_touch_shows_nothing_and_is_the_base_of_what_follows():
    assert deltas(levels(10, 20), levels(99, 20)) == {}
    assert deltas(levels(10, 20), (PriceLevel(D("0.46"), D(1)), *levels(14, 20))) == {D("0.45"): D(4)}


def test_what_traded_was_not_pulled():
    trade = Trade("1", D("0.44"), D(5), Side.SELL, "", 0, 0)
    assert deltas(levels(10, 20), trade, levels(10, 15)) == {}


def test_a_level_that_emptied_was_pulled_whole():
    assert deltas(levels(10, 20, 30), levels(10, 0, 30)) == {D("0.44"): D(-20)}


# ---------------------------------------------------------------------------- sizes


@pytest.mark.parametrize(
    ("text", "size", "words"),
    [
        ("1500", "1500", "1,500 YES"),
        ("1.5k", "1500", "1,500 YES"),
        ("2m", "2000000", "2,000,000 YES"),
        ("50%", "150", "50% of 300 YES = 150 YES"),
        ("100$", "217.39", "100 pUSD at 0.46 = 217.39 YES"),
        (".5", "0.5", "0.5 YES"),
    ],
)
def test_a_typed_size_is_said_back_in_words(text, size, words):
    assert parse_size(text, YES, price=D("0.46"), position=D(300)) == (D(size), words)


def test_money_buys_contracts_that_are_worth_dollars_whatever_the_price():
    contract = replace(YES, kind=InstrumentKind.INVERSE, contract_size=D(100), lot_size=D(1), price_max=None)
    assert parse_size("1k", contract, price=D(50_000), position=D(0))[0] == D(1_000)
    assert parse_size("1000$", contract, price=D(50_000), position=D(0))[0] == D(10)


@pytest.mark.parametrize(
    "text", ["", "x", "1,5", "1e3", "-5", "+5", "1.005", "0", "0%", "١٢", "1.5kk", "1_0"]
)
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match=r"size|lot|nothing|no YES"):
        parse_size(text, YES, price=D("0.46"), position=D(300))


def test_steps_follow_the_leading_place_and_stop_at_the_minimum():
    known = replace(YES, min_size=D(5))
    sizing = Sizing.of((D(10), D(50)))
    assert sizing.stepped(1, known).size == D(20)
    assert sizing.stepped(-1, known).size == D(9)
    assert sizing.stepped(-1, known).stepped(1, known) == sizing
    assert sizing.stepped(-9, known).size == D(5)


def test_the_same_interruption_is_told_once_in_a_while():
    desk = a_desk()
    away, other = (FeedGap("1", 0, NOW, reason) for reason in ("connection refused", "a gap in the numbers"))
    desk.apply([away, away, other], now_ns=NOW)
    desk.apply([away], now_ns=NOW + 29 * 10**9)
    assert sum("connection refused" in text for text in log(desk)) == 1
    desk.apply([away], now_ns=NOW + 31 * 10**9)
    assert sum("connection refused" in text for text in log(desk)) == 2
    assert sum("a gap in the numbers" in text for text in log(desk)) == 1


def test_of_an_engine_that_is_not_heard_an_account_is_down_wherever_it_is_shown():
    desk, stream = a_desk(), StreamName.ACCOUNT
    assert desk.account("elsewhere") is None
    desk.connections["sim", stream] = Connection("sim", stream, ConnectionState.UP)
    assert desk.account("sim").is_up
    desk.silence = "the engine is silent for 3 s"
    assert (desk.account("sim").state, desk.account("sim").reason) == (ConnectionState.DOWN, desk.silence)
    assert desk.account("elsewhere") is None
