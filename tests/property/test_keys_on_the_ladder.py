"""Random books and random keys on a real session: what is sent is what was painted (ladder, section 10).

The session, the order grammar and the market's look are the program's own; only the painting is done here,
when the random hand says so, as the ladder does it.
"""

import random
from dataclasses import replace
from decimal import Decimal

import pytest
from msgspec import structs

from omega_tui.domain.commands import AmendOrder, CancelOrders, PlaceOrder, StartProgram
from omega_tui.domain.events.account import ArmChanged, OrderChanged, TradingMode
from omega_tui.domain.events.market import InstrumentUpdated, TickSizeChanged
from omega_tui.domain.integrity import DataLimits, DataState
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus, OrderType
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import PriceLevel
from omega_tui.ui.desk.order_facts import BracketTemplate, KeyPress, Reflag, Refused, Resize, Send, Unclaimed
from omega_tui.ui.desk.sizing import Sizing
from omega_tui.ui.keys.keymap import Context
from omega_tui.ui.keys.keymap_presets import shipped
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.ladder.rows import row_prices
from omega_tui.ui.orders.entry import OrderEntry
from omega_tui.ui.orders.pending import OBJECTS
from omega_tui.ui.session.session import Session, Setting
from tests.ui.fake_backend import NOON, TICK, book, book_event, connection, instruments

D = Decimal
MS = 1_000_000
STEPS = 20_000
WALKS = 20


class Desk:
    """A session with a painter and a hand: time stands still between what they do.

    Attributes:
        frames: Every frame that was painted, by its id.
        sent: Every `Send`, with the frame that was on the screen and the meaning of its key.
    """

    def __init__(self, preset="verb", rows=21, *, asks=True):
        entry = OrderEntry(shipped(preset, market_orders=True))
        setting = Setting(
            "sim",
            is_live=False,
            is_replay=False,
            limits=DataLimits(),
            glyphs="unicode",
            asks_before_taking=asks,
            brackets=(BracketTemplate(3, 2),),
        )
        self.session = Session(setting, entry, Sizing.of((D(10), D(50), D(100))))
        self.session.resize(rows)
        self.now_ns = NOON
        self.sequence = 0
        self.tick = TICK
        self.frames: dict[int, PaintedFrame] = {}
        self.painted: PaintedFrame | None = None
        self.sent: list[tuple[Send, PaintedFrame, str]] = []
        self.decisions = []
        self.apply(*(InstrumentUpdated(one) for one in instruments()), connection())
        self.market(45, 47)
        self.apply(ArmChanged("sim", TradingMode.ARMED, until_ns=NOON + 10**15))
        self.paint()

    @property
    def facts(self):
        return self.session.facts(self.now_ns)

    def apply(self, *events):
        self.session.apply(events, now_ns=self.now_ns)

    def market(self, bid, ask, levels=30):
        """Another book; `bid` and `ask` in hundredths, None for an empty side."""
        self.sequence += 1
        snapshot = book(bid=bid or 40, ask=ask or 60, sequence=self.sequence)
        snapshot = replace(
            snapshot,
            tick_size=self.tick,
            bids=snapshot.bids[:levels] if bid else (),
            asks=snapshot.asks[:levels] if ask else (),
            ts_event_ns=self.now_ns,
            ts_recv_ns=self.now_ns,
        )
        self.apply(book_event(snapshot, now_ns=self.now_ns), self.fresh())

    def fresh(self):
        return connection(last_recv_ns=self.now_ns, ts_ns=self.now_ns)

    def paint(self):
        """Paint what the session shows, as `Ladder` notes it."""
        model = self.session.ladder(self.facts, self.now_ns)
        if model is None or self.session.look is None:
            return
        prices = row_prices(model)
        row = model.view.row_of(model.cursor_tick)
        self.painted = PaintedFrame(
            frame_id=len(self.frames) + 1,
            painted_ns=self.now_ns,
            instrument=model.instrument.id,
            prices=prices,
            cursor_price=model.instrument.from_ticks(model.cursor_tick),
            cursor_row=row if row is not None and row < len(prices) else None,
            best_bid=model.book.best_bid,
            best_ask=model.book.best_ask,
            book_sequence=model.book.sequence,
            data_state=model.status.state,
        )
        self.frames[self.painted.frame_id] = self.painted

    def press(self, key, gap_ms=160.0):
        """Press a key and do what comes of it, as the app does."""
        self.now_ns += round(gap_ms * MS)
        self.obey(self.session.entry.observe(self.facts, self.now_ns), "")
        verb = self.session.entry.verb
        keymap = self.session.entry.keymap
        meaning = keymap.find(key, OBJECTS[verb]) if verb is not None else keymap.find(key, Context.TRADE)
        press = KeyPress(key, self.now_ns, self.now_ns + MS, len(key) == 1 or key == "enter")
        decision = self.session.entry.press(press, self.painted, self.facts)
        if isinstance(decision, Unclaimed):
            self.session.navigate(keymap.find(key, Context.TRADE))
        self.obey(decision, meaning)
        return decision

    def obey(self, decision, meaning):
        if decision is None:
            return
        self.decisions.append(decision)
        match decision:
            case Send(cursor=cursor):
                self.sent.append((decision, self.painted, meaning))
                if cursor is not None:
                    self.session.point(cursor)
            case Resize(sizing):
                self.session.sizing = sizing
            case Reflag(flags):
                self.session.flags = flags
            case Refused(disarm=reason) if reason:
                pass
            case _:
                pass

    @property
    def placed(self):
        """Every order that was sent by itself or in a bracket, with the meaning of the key that sent it."""
        found = []
        for send, _, meaning in self.sent:
            for command in send.commands:
                if isinstance(command, PlaceOrder):
                    found.append((command.request, meaning))
                elif isinstance(command, StartProgram):
                    found.append((command.spec.entry, meaning))
        return found


def own_prices(desk, request):
    """Prices of own orders that an order would meet, those of the complement included."""
    for order in desk.facts.orders:
        other = order.request
        if other.trigger_price is None and (other.instrument == request.instrument) is (
            other.side is not request.side
        ):
            yield other.price if other.instrument == request.instrument else 1 - other.price


def check(  # noqa: C901, PLR0912 - one case per way of ordering
    desk, send, on_screen, meaning, asked
):
    """One order is at a price that follows from one painted frame, and from no other."""
    for command in send.commands:
        if isinstance(command, CancelOrders) and command.price is not None:
            assert command.price in on_screen.prices or desk.session.look.view.group > 1
        if not isinstance(command, PlaceOrder | StartProgram | AmendOrder):
            continue
        if isinstance(command, AmendOrder):
            assert desk.frames[command.frame.frame_id].book_sequence == command.frame.book_sequence
            continue
        request = command.request if isinstance(command, PlaceOrder) else command.spec.entry
        frame = desk.frames[request.frame.frame_id]
        seen = asked if meaning == "confirm.send" else on_screen
        assert frame is seen or (frame.painted_ns <= seen.painted_ns and meaning == "")
        assert frame.data_state.allows_new_orders or request.reduce_only
        sign, tick = request.side.sign, desk.tick
        near, far = (frame.best_bid, frame.best_ask) if sign > 0 else (frame.best_ask, frame.best_bid)
        at_cursor = frame.prices[frame.cursor_row] if frame.cursor_row is not None else None
        match meaning:
            case "order.cursor" if desk.session.look.view.group == 1:
                assert request.price == frame.cursor_price == at_cursor
            case "order.cursor":
                low = at_cursor
                high = low + tick * (desk.session.look.view.group - 1)
                assert request.price == (low if request.side is Side.BUY else high)
            case "order.stop" | "order.stop_limit":
                assert request.trigger_price == frame.cursor_price
                assert at_cursor <= frame.cursor_price < at_cursor + tick * desk.session.look.view.group
            case "order.join" | "quick.buy_join" | "quick.sell_join":
                assert request.price == near
            case "order.improve":
                assert request.price in {near, near + sign * tick}
            case _:
                allowed = {near, at_cursor, frame.cursor_price}
                if near is not None:
                    allowed.add(near + sign * tick)
                if far is not None:
                    low, high = D(0) + tick, D(1) - tick
                    worst = max(low, min(high, far + sign * tick * 3))
                    allowed.add(worst)
                    allowed |= {
                        own - sign * tick
                        for own in own_prices(desk, request)
                        if (own - far) * sign > 0 >= (own - worst) * sign
                    }
                assert request.price in allowed or request.order_type is OrderType.MARKET
        if request.trigger_price is None and far is not None and sign * (request.price - far) >= 0:
            takes = meaning in {"confirm.send", ""} or meaning.startswith(("flatten.", "quick."))
            assert takes or not desk.facts.asks_before_taking, "what takes was asked about"


def deliberate_order(desk, rng, keymap):
    """A trader at work: looks at a fresh book, then orders; the market moves meanwhile."""
    bid = rng.randrange(3, 90)
    desk.market(bid, bid + rng.choice([1, 2, 4]))
    desk.paint()
    quick = [key for bind in keymap.binds if bind.id.startswith("quick.") for key in bind.keys]
    if quick and rng.random() < 0.5:
        desk.press(rng.choice(quick), 600)
    else:
        desk.press(rng.choice([keymap.bind("order.buy").keys[0], keymap.bind("order.sell").keys[0]]), 600)
        if rng.random() < 0.5:
            bid += rng.choice([-2, -1, 1, 2])
            desk.market(max(2, bid), max(2, bid) + rng.choice([1, 2, 4]))
            if rng.random() < 0.7:
                desk.paint()
        desk.press(rng.choice(keymap.in_context(Context.OBJECT_ORDER)).keys[0], 170)
    if desk.session.entry.asked is not None:
        desk.press("enter", 200)
    desk.now_ns += 50 * MS
    desk.obey(desk.session.entry.observe(desk.facts, desk.now_ns), "")


def random_step(desk, rng, keys):
    """One thing that happens: the market, the painter, an order of ours, the mouse, or a key."""
    dice = rng.random()
    if dice < 0.22:
        bid = rng.randrange(3, 90)
        desk.market(bid, bid + rng.choice([1, 1, 2, 3, 5]), rng.choice([1, 3, 30]))
    elif dice < 0.25:
        desk.market(*rng.choice([(None, 60), (40, None)]))
    elif dice < 0.45:
        desk.now_ns += 33 * MS
        desk.paint()
    elif dice < 0.49:
        working = OrderRequest(
            client_order_id=f"o{rng.randrange(5)}",
            instrument="1001",
            venue="sim",
            side=rng.choice(list(Side)),
            size=D(10),
            price=TICK * rng.randrange(1, 99),
        )
        status = rng.choice([OrderStatus.ACCEPTED, OrderStatus.PENDING_CANCEL, OrderStatus.CANCELED])
        desk.apply(OrderChanged(Order(request=working, status=status, ts_intent_ns=desk.now_ns)))
    elif dice < 0.51:
        desk.session.point(TICK * rng.randrange(1, 99))
    elif dice < 0.53:
        desk.session.scroll(rng.choice([-5, -3, 3, 5]))
    else:
        desk.press(rng.choice(keys), rng.choice([1.0, 30.0, 90.0, 170.0, 170.0, 300.0, 300.0, 1_700.0]))


@pytest.mark.parametrize("preset", ["verb", "onekey", "numpad", "arrows"])
def test_an_order_is_at_the_price_painted_under_the_cursor(preset):
    """Item 1, at least 20,000 random steps over all: the price that was seen is the price that is sent."""
    orders = 0
    for walk in range(WALKS // 4):
        rng = random.Random(f"{preset} {walk}")
        desk = Desk(preset, asks=preset != "onekey")
        keymap = desk.session.entry.keymap
        keys = sorted({key for bind in keymap.binds for key in bind.keys if bind.context is not Context.GO})
        likely = [key for verb in ("order.buy", "order.sell") for key in keymap.bind(verb).keys]
        likely += [key for bind in keymap.in_context(Context.OBJECT_ORDER) for key in bind.keys]
        likely += [key for bind in keymap.binds if bind.id.startswith("quick.") for key in bind.keys]
        keys += likely * 6 + ["enter"] * 6
        asked = None
        for step in range(STEPS // WALKS):
            before, was_asked = len(desk.sent), desk.session.entry.asked
            if step % 8 == 0:
                deliberate_order(desk, rng, keymap)
                asked = desk.painted
            else:
                random_step(desk, rng, keys)
            for send, on_screen, meaning in desk.sent[before:]:
                check(desk, send, on_screen, meaning, asked)
            if desk.session.entry.asked is not was_asked:
                asked = desk.painted
        orders += len(desk.placed)
    assert orders > 100, "the walk must trade to prove anything"


# ---------------------------------------------------------------------------- the two wrong-price scenarios


def test_regression_the_market_rises_and_the_order_stays_at_the_price_under_the_finger():
    """Item 2 (section 1): cursor on bid 0.45, the market rises by three cents, no key is pressed."""
    desk = Desk()
    assert desk.painted.cursor_price == D("0.45")
    row = desk.painted.cursor_row
    for painted in (False, True):
        desk.market(48, 50)
        if painted:
            desk.paint()
        assert desk.session.look.cursor_price == D("0.45")
        assert desk.painted.cursor_row == row
        assert desk.painted.prices[row] == D("0.45")
    desk.now_ns += 400 * MS
    desk.press("b")
    desk.press("c")
    assert [request.price for request, _ in desk.placed] == [D("0.45")]
    desk.market(48, 50)
    desk.paint()
    desk.press("s", 400)
    desk.press("c")
    desk.press("enter", 200)
    sells = [request for request, _ in desk.placed if request.side is Side.SELL]
    assert [request.price for request in sells] == [D("0.45")], (
        "asked about, as it takes, but never at another price"
    )


def test_regression_the_ask_side_thins_and_neither_price_nor_side_flips():
    """Item 2 (section 1): cursor on best ask 0.52; asks thin out to three levels."""
    desk = Desk()
    desk.market(50, 52)
    desk.press("home", 400)
    desk.paint()
    assert desk.painted.cursor_price == D("0.52")
    desk.press("b", 400)
    snapshot = book(bid=43, ask=52, sequence=desk.sequence + 1)
    thin = (PriceLevel(D("0.52"), D(5)), PriceLevel(D("0.58"), D(5)), PriceLevel(D("0.70"), D(5)))
    desk.sequence += 1
    thinned = replace(snapshot, asks=thin, ts_event_ns=desk.now_ns, ts_recv_ns=desk.now_ns)
    desk.apply(book_event(thinned, now_ns=desk.now_ns), desk.fresh())
    desk.paint()
    desk.press("c")
    desk.press("enter", 200)
    ((request, _),) = desk.placed
    assert (request.side, request.price) == (Side.BUY, D("0.52"))


# ---------------------------------------------------------------------------- time, layout, terminal


@pytest.mark.parametrize("preset", ["verb", "onekey", "numpad", "arrows", "das"])
def test_no_key_held_at_30_hz_places_anything(preset):
    """Item 3: every key of every keymap, a thousand times, 33 ms apart."""
    keymap = shipped(preset, market_orders=True)
    for key in sorted({key for bind in keymap.binds for key in bind.keys}):
        desk = Desk(preset, asks=False)
        for _ in range(1_000 if key in {"b", "w", "7", "enter", "f3"} else 40):
            desk.press(key, 33.0)
        assert desk.placed == [], key
        if key in {"b", "w", "7", "f3"} and keymap.find(key, Context.TRADE).startswith(("order.", "quick.")):
            disarms = [one for one in desk.decisions if isinstance(one, Refused) and one.disarm]
            assert len(disarms) == 1, key


@pytest.mark.parametrize("preset", ["verb", "onekey", "numpad", "arrows", "das"])
def test_an_unbracketed_paste_of_500_characters_places_nothing(preset):
    """Item 4: whatever it says and however it was cut into reads, and no order comes after it either."""
    rng = random.Random(4)
    for text in ("bj", "wq", "7+1", "buy 100 BTC\n", "sx\n", "aefr"):
        for gap_ms in (0.0, 0.4, 4.0):
            desk = Desk(preset, asks=False)
            for character in (text * 500)[:500]:
                desk.press("enter" if character == "\n" else character, gap_ms * rng.random())
            desk.now_ns += 60 * MS
            desk.obey(desk.session.entry.observe(desk.facts, desk.now_ns), "")
            assert desk.placed == [], (text, gap_ms)


@pytest.mark.parametrize("preset", ["verb", "onekey", "numpad"])
def test_keys_pressed_while_the_screen_stood_still_place_nothing(preset):
    """Item 5: two seconds frozen, then everything comes out at once."""
    desk = Desk(preset, asks=False)
    frozen_ns = desk.now_ns
    thawed_ns = frozen_ns + 2_000 * MS
    for n, key in enumerate("bjwscei71bx"):
        press = KeyPress(key, frozen_ns + (n * 170) * MS, thawed_ns + n * MS)
        desk.now_ns = press.handled_ns
        desk.obey(desk.session.entry.press(press, desk.painted, desk.facts), "")
    desk.obey(desk.session.entry.observe(desk.facts, desk.now_ns + 100 * MS), "")
    assert desk.placed == []
    desk = Desk(preset, asks=False)
    desk.session.entry.stalled(thawed_ns)
    for n, key in enumerate({"verb": "bj", "onekey": "w", "numpad": "7"}[preset]):
        press = KeyPress(key, thawed_ns - (90 - 40 * n) * MS, thawed_ns + (10 + 20 * n) * MS)
        desk.now_ns = press.handled_ns
        desk.obey(desk.session.entry.press(press, desk.painted, desk.facts), "")
    desk.obey(desk.session.entry.observe(desk.facts, desk.now_ns + 100 * MS), "")
    assert desk.placed == []


@pytest.mark.parametrize("layout", ["cyrillic", "german", "french"])
@pytest.mark.parametrize("preset", ["verb", "onekey", "numpad", "arrows", "das"])
def test_f8_f9_and_delete_work_on_every_layout(preset, layout):
    """Item 8: the letters of other layouts arrive as other letters, F8, F9 and Delete as themselves."""
    letters = {"cyrillic": "иывфячсм", "german": "zyöäüß", "french": "qwéèçàù"}[layout]
    desk = Desk(preset, asks=False)
    order = OrderRequest(
        client_order_id="o1", instrument="1001", venue="sim", side=Side.BUY, size=D(10), price=D("0.45")
    )
    desk.apply(OrderChanged(Order(request=order, status=OrderStatus.ACCEPTED, ts_intent_ns=NOON)))
    desk.paint()
    for letter in letters:
        desk.press(letter, 300)
    desk.press("delete", 400)
    assert desk.sent[-1][0].commands == (CancelOrders("sim", "1001", None, D("0.45")),)
    desk.press("f8", 300)
    assert desk.sent[-1][0].commands[0] == CancelOrders("sim", "1001")
    desk.press("f9", 300)
    assert type(desk.sent[-1][0].commands[0]).__name__ == "Kill"


@pytest.mark.parametrize("thing", ["c", "j", "i", "x", "m", "t"])
def test_the_tick_becomes_finer_between_verb_and_object(thing):
    """Item 9: 1c becomes 0.1c with a verb pending; nothing is sent, and the cursor keeps its price."""
    desk = Desk()
    desk.press("b")
    desk.tick = D("0.001")
    desk.apply(TickSizeChanged("1001", desk.now_ns, desk.now_ns, TICK, D("0.001")))
    desk.market(45, 47)
    desk.paint()
    assert desk.session.look.cursor_price == desk.painted.cursor_price == D("0.45")
    desk.press(thing)
    desk.press("enter", 200)
    assert desk.placed == []


@pytest.mark.parametrize("preset", ["verb", "onekey", "numpad", "arrows", "das"])
def test_escape_merged_with_a_letter_is_no_action(preset):
    """Item 10: Esc and `b` arrive as ctrl+left, Esc and another letter as alt and it."""
    keymap = shipped(preset, market_orders=True)
    letters = [chr(code) for code in (*range(ord("a"), ord("z") + 1), *range(ord("A"), ord("Z") + 1))]
    merged = ["ctrl+left", "ctrl+right", *(f"alt+{letter}" for letter in letters)]
    assert all(keymap.find(key, context) == "" for key in merged for context in Context)
    desk = Desk(preset, asks=False)
    for first in ("b", "s", "x", "f", ""):
        for key in merged[:6]:
            if first:
                desk.press(first, 600)
            desk.press(key)
    assert [send for send, _, _ in desk.sent] == []


@pytest.mark.parametrize("recovers", [False, True])
@pytest.mark.parametrize("state", [DataState.STALE, DataState.RESYNC, DataState.DOWN])
@pytest.mark.parametrize("keys", ["bc", "sj", "bi", "bx\n", "st", "bm\n", "u", " ", "fr", "fe"])
def test_bad_data_at_any_moment_refuse_every_order_of_the_keyboard(state, keys, recovers):
    """Item 6: before the verb, the object or Enter, on every way of ordering, also where they recover."""
    for moment in range(int(recovers), len(keys)):
        desk = Desk()
        good = desk.facts
        bad = structs.replace(good, data=structs.replace(good.data, state=state))
        for number, key in enumerate(keys):
            desk.now_ns += 200 * MS
            facts = bad if number >= moment else desk.facts
            name = {"\n": "enter", " ": "space"}.get(key, key)
            desk.session.entry.observe(facts, desk.now_ns)
            facts = desk.facts if recovers else facts
            press = KeyPress(name, desk.now_ns, desk.now_ns)
            desk.obey(desk.session.entry.press(press, desk.painted, facts), "")
        assert desk.placed == [], (keys, moment)
