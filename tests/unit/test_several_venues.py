"""What the screen says of several venues: profit that is never mixed, sizes that fit, numbers never cut."""

from dataclasses import replace
from decimal import Decimal

import pytest

from omega_tui.domain.account import MarginTerms, Position
from omega_tui.domain.events.account import ArmChanged, PositionChanged, TradingMode, VenueStateChanged
from omega_tui.domain.events.market import BookUpdated, InstrumentUpdated
from omega_tui.domain.events.status import ConnectionChanged, VenueChanged, VenueHealthChanged, VenuePhase
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
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.venue_health import DeadMan, DeadManState, VenueHealth
from omega_tui.domain.venue_state import VenueState
from omega_tui.text import cell_width
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.desk.order_facts import BracketTemplate, Flags
from omega_tui.ui.desk.sizing import Sizing, presets_for
from omega_tui.ui.keys.keymap_presets import shipped
from omega_tui.ui.ladder import market_view
from omega_tui.ui.orders.entry import OrderEntry
from omega_tui.ui.panes.header_line import who_and_health
from omega_tui.ui.panes.market_pane import fuzzy, market_rows, market_title
from omega_tui.ui.panes.money_line import money_and_size
from omega_tui.ui.panes.order_pane import order_cells, order_columns, price_cells, size_cells
from omega_tui.ui.panes.position_pane import position_rows, position_title
from omega_tui.ui.panes.system_pane import venue_rows
from omega_tui.ui.session.arm_guard import armed, why_disarm
from omega_tui.ui.session.session import Session, Setting
from omega_tui.ui.style.glyphs import GLYPH_SETS
from omega_tui.ui.text.money import totals_of
from omega_tui.ui.text.words import average_text

D = Decimal
NOW = 1_783_339_331_000_000_000

YES = Instrument(
    id="1001", venue="sim", name="Will it rain?", tick_size=D("0.01"), min_size=D(5), base="YES",
    quote="pUSD", market_id="m", complement_id="1002", price_min=D(0), price_max=D(1),
)  # fmt: skip
SPOT = Instrument(
    id="coins:BTC/USDT", venue="coins", name="BTC/USDT", tick_size=D("0.01"), lot_size=D("0.000001"),
    min_size=D("0.000001"), base="BTC", quote="USDT", min_notional=D(1),
)  # fmt: skip
SWAP = Instrument(
    id="perps:BTC/USDT:USDT", venue="perps", name="BTC/USDT:USDT", tick_size=D("0.1"), lot_size=D("0.0001"),
    min_size=D("0.0001"), base="BTC", quote="USDT", min_notional=D(5), kind=InstrumentKind.LINEAR,
    settle="USDT",
)  # fmt: skip
INVERSE = Instrument(
    id="perps:BTC/USD:BTC", venue="perps", name="BTC/USD:BTC", tick_size=D("0.5"), lot_size=D(1),
    min_size=D(1), base="BTC", quote="USD", kind=InstrumentKind.INVERSE, contract_size=D(100), settle="BTC",
)  # fmt: skip
ALL = (YES, SPOT, SWAP, INVERSE)


def a_book(instrument, bid, *, spacing=1, levels=40):
    tick = instrument.tick_size
    bids = tuple(PriceLevel(D(bid) - tick * spacing * n, D(1)) for n in range(levels))
    asks = tuple(PriceLevel(D(bid) + tick * (1 + spacing * n), D(1)) for n in range(levels))
    return BookSnapshot(
        instrument=instrument.id,
        bids=bids,
        asks=asks,
        tick_size=tick,
        sequence=1,
        ts_event_ns=NOW,
        ts_recv_ns=NOW,
    )


def told(instrument, book):
    verified = Integrity(IntegrityState.VERIFIED, "seq", verified_ns=NOW)
    return BookUpdated(instrument.id, book, verified, NOW)


def up(venue, stream=StreamName.BOOK, state=ConnectionState.UP):
    return ConnectionChanged(Connection(venue, stream, state, last_recv_ns=NOW, ts_ns=NOW))


def venue_events(**more):
    fields = {"exchange": "x", "account_type": "", "phase": VenuePhase.OPEN}
    return [VenueChanged(venue=name, **(fields | more.get(name, {}))) for name in ("sim", "coins", "perps")]


@pytest.fixture
def session():
    setting = Setting(venue="sim", is_live=False, is_replay=False, limits=DataLimits(), glyphs="unicode")
    made = Session(setting, OrderEntry(shipped("verb")), Sizing.of((D(5), D(10))))
    made.resize(30)
    books = [(YES, "0.45"), (SPOT, "64210.40"), (SWAP, "64210.4"), (INVERSE, "64210.5")]
    made.apply(
        [
            *venue_events(),
            *(InstrumentUpdated(each) for each in ALL),
            *(told(each, a_book(each, bid, levels=20)) for each, bid in books),
            *(up(venue) for venue in ("sim", "coins", "perps")),
        ],
        now_ns=NOW,
    )
    return made


def text_of(line):
    return "".join(piece.text for piece in line)


def header(session, width=120):
    facts = session.header(session.facts(NOW), NOW)
    lines = (text_of(who_and_health(facts, width)), text_of(money_and_size(facts, width)))
    assert [cell_width(line) for line in lines] == [width, width]
    return lines


# ------------------------------------------------------------------------------------------- venues


def test_the_header_says_what_a_venue_takes_while_that_is_not_everything(session):
    assert "OPEN" not in header(session)[0]
    said = VenueStateChanged("sim", VenueState.POST_ONLY, NOW + 58 * 1_000_000_000, "restarted")
    session.apply([said], now_ns=NOW)
    for width in (80, 120, 200):
        assert "POST-ONLY 58s" in header(session, width)[0]
    session.apply([VenueStateChanged("sim", VenueState.OPEN)], now_ns=NOW)
    assert "POST-ONLY" not in header(session)[0]


@pytest.mark.parametrize(
    ("state", "retry_at_ns", "said", "why"),
    [
        (ConnectionState.CONNECTING, 0, "book DOWN connecting", "connecting"),
        (ConnectionState.DOWN, NOW + 3_500_000_000, "book DOWN retry 4s", "not connected"),
        (ConnectionState.DOWN, 0, "book DOWN", "not connected"),
        (ConnectionState.SYNCING, 0, "book RESYNC", "waiting for the book"),
        (ConnectionState.UP, 0, "book LIVE 338ms seq ok", ""),
    ],
)
def test_the_header_says_what_is_done_about_a_book_that_does_not_come_and_how_old_is_one_that_does(
    session, state, retry_at_ns, said, why
):
    """`DOWN 338ms` looked like a connection that is slow."""
    now_ns = NOW + 338_000_000
    gone = ConnectionChanged(Connection("sim", StreamName.BOOK, state, retry_at_ns=retry_at_ns))
    session.apply([gone], now_ns=now_ns)
    facts = session.facts(now_ns)
    assert facts.data.reason == why
    line = text_of(who_and_health(session.header(facts, now_ns), 120))
    assert f"│ {said} │" in line


def test_of_streams_that_nobody_tells_of_the_header_says_no_attempt(session):
    session.apply([up("sim", state=ConnectionState.CONNECTING)], now_ns=NOW)
    session.desk.silence = "the engine is silent for 3 s"
    assert "book DOWN │" in header(session)[0]


def test_the_header_tells_of_the_other_venues_that_have_a_ladder(session):
    session.add_place(NOW)
    session.show(SPOT.id)
    session.focus_on(0, NOW)
    session.apply(
        [
            up("coins", StreamName.ACCOUNT, ConnectionState.DOWN),
            VenueStateChanged("coins", VenueState.HALTED, NOW + 9 * 1_000_000_000),
        ],
        now_ns=NOW,
    )
    line, _ = header(session, 200)
    assert "coins HALTED 9s acct DOWN" in line
    assert "perps" not in line, "no ladder shows it"


# ------------------------------------------------------------------------------------------- money


def test_dollars_are_added_at_par_and_said_to_be_and_coins_stand_apart():
    one = totals_of({"pUSD": D("2.10")})
    assert (one.usd, one.unit, one.is_mixed) == (D("2.10"), "pUSD", False)
    mixed = totals_of({"pUSD": D("2.10"), "USDT": D("-5"), "BTC": D("0.0003"), "USDC": D(0)})
    assert (mixed.usd, mixed.unit, mixed.is_mixed) == (D("-2.90"), "USD at par", True)
    assert mixed.apart == (("BTC", D("0.0003")),)


def test_one_line_of_profit_is_over_every_venue(session):
    session.apply(
        [
            PositionChanged(Position("sim", "1001", D(100), D("0.44"), D("0.10"))),
            PositionChanged(
                Position("perps", SWAP.id, D("0.01"), D("64000.45"), fees=D("0.38"), funding=D("-0.10"))
            ),
            PositionChanged(
                Position(
                    "perps", INVERSE.id, D(10), D(64000), realized_pnl=D("0.0002"), contract_value=D(100)
                )
            ),
        ],
        now_ns=NOW,
    )
    _, line = header(session, 200)
    dollars = D("0.10") + D("1.55") - D("0.38") - D("0.10") + D("2.10") - D("0.10")
    day = session.desk.day_totals()
    assert set(dict(day.by_asset)) == {"pUSD", "USDT", "BTC"}
    assert day.usd == sum(amount for _, amount in day.at_par)
    assert f"day {day.usd:+.2f} USD at par" in line, dollars
    assert "and +0.000251 BTC" in line
    assert "= pUSD +1.60, USDT +1.62" in line


def test_who_looks_at_the_other_outcome_of_what_he_holds_is_not_called_flat(session):
    no = replace(YES, id="1002", base="NO", complement_id="1001")
    held = PositionChanged(Position("sim", "1001", D(10), D("0.44")))
    session.apply([InstrumentUpdated(no), held], now_ns=NOW)
    session.show("1002")
    for width in (80, 120, 200):
        assert "POS flat, YES +10 " in header(session, width)[1]
    session.show("1001")
    assert "POS +10 YES @0.44  " in header(session)[1]
    session.apply([PositionChanged(Position("sim", "1001", D(0), None))], now_ns=NOW)
    session.show("1002")
    assert "POS flat  " in header(session)[1]


def test_at_eighty_columns_the_profit_over_all_stays_longer_than_what_was_realized(session):
    session.show(SWAP.id)
    position = Position("perps", SWAP.id, D("-0.1234"), D("64250.5"), D("-12.34"))
    session.apply([PositionChanged(position)], now_ns=NOW)
    first, second = header(session, 80)
    assert "perps BTC/USDT:USDT" in first
    assert "POS -0.1234 BTC @64,250.5" in second
    assert "uPnL +4.94" in second
    assert "day -7.40" in second
    assert "SIZE 0.0001[1] GTC" in second


def test_the_header_says_which_other_venues_are_armed_and_where_nothing_can_be(session):
    session.apply([ArmChanged("perps", TradingMode.ARMED, until_ns=NOW + 60 * 10**9)], now_ns=NOW)
    first, _ = header(session)
    assert "DISARMED also perps" in first
    session.show(SWAP.id)
    assert "ARMED 01:00 │" in header(session)[0]
    session.apply(venue_events(coins={"view_only": "start with --live coins", "is_live": True}), now_ns=NOW)
    session.show(SPOT.id)
    first, _ = header(session)
    assert "LIVE VIEW ONLY also perps" in first
    assert session.facts(NOW).no_arming == "coins is view only: start with --live coins"
    session.apply([VenueHealthChanged(VenueHealth("perps", may_trade=False))], now_ns=NOW)
    session.show(SWAP.id)
    assert "only read" in session.facts(NOW).no_arming


# ------------------------------------------------------------------------------------------- sizes


@pytest.mark.parametrize(
    ("instrument", "price", "first", "last"),
    [
        (SPOT, "64210.4", "0.0001", "0.05"),
        (SWAP, "64210.4", "0.0001", "0.05"),
        (INVERSE, "64210.5", "1", "500"),
        (replace(SPOT, lot_size=D("0.01"), min_size=D("0.01")), "0.5", "10", "5000"),
        (replace(SPOT, lot_size=D("0.001"), min_size=D("0.003")), "64210", "0.005", "2"),
        (replace(SPOT, lot_size=D(1_000), min_size=D(1_000)), "0.000012", "500000", "200000000"),
    ],
)
def test_presets_of_a_coin_begin_at_the_least_order_and_stand_on_its_lots(instrument, price, first, last):
    presets = presets_for(instrument, D(price))
    assert (presets[0], presets[-1], len(presets)) == (D(first), D(last), 9)
    assert all(instrument.is_on_lot(size) for size in presets)
    assert presets[0] >= instrument.min_size
    if instrument.kind is not InstrumentKind.INVERSE:
        assert presets[0] * D(price) >= instrument.min_notional


def test_what_is_near_a_price_is_ticks_for_outcomes_and_a_share_of_a_price_without_bounds(session):
    assert session.facts(NOW).cross_cap_ticks == 3
    session.show(SWAP.id)
    assert session.facts(NOW).cross_cap_ticks == 321, "0.05 % of 64,210.4"
    near = {"ticks": 2, "share": D("0.0002")}
    assert YES.near(D("0.45"), **near) == D("0.02")
    assert SWAP.near(D("64210.4"), **near) == D("12.8")
    assert replace(SWAP, tick_size=D(10)).near(D("64210"), **near) == D(20), "never less than the ticks"


def test_each_coin_keeps_its_own_size_and_all_shares_one(session):
    session.sizing = session.sizing.exactly(D(40))
    session.show(SWAP.id)
    assert session.sizing.size == D("0.0001")
    session.sizing = session.sizing.chosen(3)
    session.show(SPOT.id)
    assert session.sizing.size == D("0.0001")
    session.show(SWAP.id)
    assert session.sizing.size == D("0.0005")
    session.show(YES.id)
    assert session.sizing.size == D(40)


def test_a_bracket_stays_with_the_market_that_it_was_chosen_for(session):
    """Twenty ticks of an outcome are a fifth of all prices; of a coin at 64,000 they are two dollars."""
    near = BracketTemplate(20, 10)
    session.flags = Flags(post_only=True, bracket=near)
    assert session.facts(NOW).flags == Flags(post_only=True, bracket=near)
    session.show(SWAP.id)
    assert session.facts(NOW).flags == session.flags == Flags(post_only=True)
    session.flags = Flags(bracket=BracketTemplate(400, 200))
    session.show(YES.id)
    assert session.flags == Flags(bracket=near)
    session.flags = Flags(reduce_only=True)
    session.show(SWAP.id)
    assert session.flags == Flags(reduce_only=True), "the two exclude each other"
    session.flags = Flags()
    assert session.flags == Flags(), "what was not shown any more does not come back"


def test_a_market_with_fine_ticks_opens_with_levels_in_view_and_outcomes_tick_by_tick():
    fine = a_book(SPOT, "64210.40", spacing=90)
    look = market_view.opened(SPOT, fine, 30)
    rows = [look.view.row_of(SPOT.to_ticks(level.price)) for level in (*fine.bids[:10], *fine.asks[:10])]
    assert look.view.group == 100
    assert None not in rows
    assert market_view.opened(YES, a_book(YES, "0.45"), 30).view.group == 1
    assert market_view.opened(SWAP, a_book(SWAP, "64210.4"), 30).view.group == 1
    assert market_view.opened(SPOT, replace_asks(fine), 30).view.group == 1


def replace_asks(book):
    return replace(book, asks=())


# ------------------------------------------------------------------------------------------- walking


def test_the_markets_of_all_venues_are_one_walk_in_the_order_of_the_console(session):
    walk = [session.instrument_id]
    for _ in range(4):
        session.show(session.neighbours(1))
        walk.append(session.instrument_id)
    assert walk == [YES.id, SPOT.id, SWAP.id, INVERSE.id, YES.id]
    session.show(session.neighbours(-1))
    assert session.instrument_id == INVERSE.id
    assert [one.venue for one in fuzzy("btc perps", session.desk.instruments.values())] == ["perps", "perps"]
    assert session.desk.full_name(YES) == "sim Will it rain? YES"
    assert session.desk.full_name(SWAP) == "perps BTC/USDT:USDT"


def test_a_venue_that_is_not_open_says_what_it_waits_for(session):
    session.apply(
        venue_events(coins={"phase": VenuePhase.OPENING, "text": "Loading the library."}), now_ns=NOW
    )
    session.show(SPOT.id)
    status = session.status(NOW)
    assert status.state is DataState.DOWN
    assert status.reason == "coins: Loading the library."


# ------------------------------------------------------------------------------------------- arming


def test_each_armed_venue_is_watched_by_itself(session):
    session.apply(
        [ArmChanged(venue, TradingMode.ARMED) for venue in ("sim", "perps")]
        + [up(venue, StreamName.ACCOUNT) for venue in ("sim", "perps")],
        now_ns=NOW,
    )
    assert [arm.venue for arm in armed(session)] == ["sim", "perps"]
    assert [why_disarm(session, venue, NOW) for venue in ("sim", "perps")] == ["", ""]
    session.apply([up("perps", StreamName.ACCOUNT, ConnectionState.DOWN)], now_ns=NOW)
    assert why_disarm(session, "perps", NOW) == "the private stream is down"
    assert not why_disarm(session, "sim", NOW)
    session.apply([up("sim", StreamName.BOOK, ConnectionState.DOWN)], now_ns=NOW)
    assert why_disarm(session, "sim", NOW).startswith("the book is DOWN")
    session.too_small = True
    assert why_disarm(session, "sim", NOW) == "the terminal is too small to trade"


# ------------------------------------------------------------------------------------------- panes


def a_desk(session):
    terms = MarginTerms(
        leverage=D(5), margin_mode="cross", mark_price=D("64260.1"), liquidation_price=D("51020.123456")
    )
    session.apply(
        [
            PositionChanged(Position("sim", "1001", D(1500), D("0.44"))),
            PositionChanged(Position("coins", SPOT.id, D("1.234567"), D("64000.123"))),
            PositionChanged(
                Position(
                    "perps", SWAP.id, D("-0.1234"), D("64250.5"), D(-12), funding=D("-0.25"), terms=terms
                )
            ),
        ],
        now_ns=NOW,
    )
    return session.desk


def test_positions_that_have_one_word_in_common_are_told_apart_where_there_is_no_room_for_names(session):
    desk = a_desk(session)
    yes = desk.instruments["1001"]
    names = {"1001": "Will June be warm?", "2001": "Will Northwind win?", "2002": "Will Southern Cross win?"}
    for name, question in names.items():
        desk.instruments[name] = replace(yes, id=name, name=question)
        desk.positions[name] = Position("sim", name, D(10), D("0.44"))
    shown = "\n".join(text_of(line) for line in position_rows(desk, 66))
    for word in ("YES June", "YES Nort…", "YES Sout…", "BTC coins", "BTC perps"):
        assert word in shown, shown
    wide = "\n".join(text_of(line) for line in position_rows(desk, 110))
    assert "Northwind" in wide
    assert "YES Nort" not in wide, "there the name ends the line"


@pytest.mark.parametrize("width", [40, 60, 66, 80, 110])
def test_positions_show_every_number_whole(session, width):
    desk = a_desk(session)
    lines = [text_of(line) for line in position_rows(desk, width)]
    title = text_of(position_title(desk, width))
    assert {cell_width(line) for line in (*lines, title)} == {width}
    shown = "\n".join(lines)
    for number in ("+1.234567", "64,000.12", "-0.1234", "64,250.5", "liq 51,020.12", "5x cross"):
        assert number in shown, shown
    assert ("funding -0.25" in shown) is (width >= 60)
    assert lines.index(next(line for line in lines if "1.234567" in line)) < lines.index(
        next(line for line in lines if "1,500" in line)
    ), "the loudest is what is worth most"
    assert ("even" in title) is (width >= 110)
    if width >= 110:
        assert "perps BTC/USDT:USDT" in shown
        short = next(line for line in lines if "-0.1234" in line)
        even = average_text(desk.positions[SWAP.id].break_even(), SWAP)
        assert short[: title.index("even") + 4].endswith(f" {even}")


@pytest.mark.parametrize("width", [34, 50, 66, 100, 200])
def test_the_list_of_markets_shows_prices_whole_or_not_at_all(session, width):
    desk = session.desk
    lines = [text_of(line) for line in market_rows(list(ALL), desk, width=width, rows=4, selected=1)]
    assert {cell_width(line) for line in (*lines, text_of(market_title(desk, width)))} == {width}
    assert ("64,210.40" in lines[1]) is (width >= 50)
    if width >= 66:
        assert lines[1].startswith(" ► coins BTC/USDT")


@pytest.mark.parametrize("width", [32, 44, 64, 110, 160])
def test_orders_show_sizes_and_prices_whole(width):
    def order(number, instrument, size, price, *, external=False):
        request = OrderRequest(
            client_order_id=f"o{number}", instrument=instrument.id, venue=instrument.venue, side=Side.BUY,
            size=D(size), price=D(price),
        )  # fmt: skip
        return Order(
            request=request, status=OrderStatus.ACCEPTED, venue_order_id=f"v{number}", external=external
        )

    rows = (
        (order(1, SPOT, "0.000123", "64210.40"), SPOT),
        (order(2, YES, "1500", "0.45", external=True), YES),
    )
    columns = order_columns(width, price_cells(rows), size_cells(rows))
    for shown, instrument in rows:
        cells = order_cells(shown, instrument, columns, GLYPH_SETS["unicode"], NOW)
        line = "".join(f"{cell.text:<{column.width}}" for cell, column in zip(cells, columns, strict=True))
        assert f"{shown.request.size:,}" in line
        assert f"{shown.request.price:,}" in line
        if width >= 64:
            assert ("extern" in line) is shown.external
        if width >= 110 and instrument is SPOT:
            assert "coins BTC/USDT" in line


def test_the_list_of_venues_says_what_each_needs(session):
    desk = session.desk
    session.apply(
        [
            *venue_events(
                sim={"exchange": "polymarket"},
                coins={
                    "exchange": "bitget",
                    "account_type": "spot",
                    "phase": VenuePhase.LISTED,
                    "text": "opens later",
                },
            ),
            VenueHealthChanged(
                VenueHealth(
                    "perps",
                    latency_ms=41.2,
                    clock_skew_ms=-3.0,
                    rate_used=0.35,
                    markets_ns=NOW - 3600 * 10**9,
                )
            ),
            ArmChanged("perps", TradingMode.ARMED),
        ],
        now_ns=NOW,
    )
    head, sim, coins, perps = (text_of(line) for line in venue_rows(desk, NOW, 120))
    assert "rate" in head
    assert "polymarket" in sim
    assert "bitget spot" in coins
    assert "opens later" in coins
    assert all(word in perps for word in ("ARMED", "41ms", "-3ms", "35%", "markets 60m old"))
    resting = VenueHealth("perps", rests_until_ns=NOW + 5 * 10**9, rests_reason="429")
    session.apply([VenueHealthChanged(resting)], now_ns=NOW)
    assert "rests 6 s as asked, cancels do not" in text_of(venue_rows(desk, NOW, 120)[3])
    session.apply([VenueHealthChanged(VenueHealth("perps", may_trade=False))], now_ns=NOW)
    assert "VIEW ONLY" in text_of(venue_rows(desk, NOW, 120)[3])


def test_the_header_shows_the_dead_man_switch_while_it_is_wanted(session):
    facts = session.header(session.facts(NOW), NOW)
    for state, word in (
        (DeadManState.ON, "DMS 30s"),
        (DeadManState.LOST, "DMS LOST"),
        (DeadManState.NONE, ""),
    ):
        session.desk.dead_man["sim"] = DeadMan("sim", state, 30.0)
        facts = session.header(session.facts(NOW), NOW)
        line = text_of(who_and_health(facts, 140))
        assert word in line
        assert ("DMS" in line) is bool(word)


def test_an_empty_desk_has_lists_all_the_same():
    desk = Desk()
    assert text_of(position_rows(desk, 80)[0]).strip() == "no position"
    assert cell_width(text_of(market_title(desk, 80))) == 80
    assert len(venue_rows(desk, NOW, 80)) == 1
