"""The `:` line with an order in it: what it shows, when Enter sends exactly that, and when it does not."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hand import armed_facts, painted
from msgspec import structs

from omega_tui.cli.history import read_history, write_history
from omega_tui.domain.commands import PlaceOrder, StartProgram
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.instrument import StopSupport
from omega_tui.domain.integrity import DataState, DataStatus
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus
from omega_tui.domain.phrase_amounts import Surroundings
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.errors import ConfigError
from omega_tui.ui.commands.command_history import MOST, History
from omega_tui.ui.commands.order_line import BEAT_NS, HOLD_NS, OrderLine
from omega_tui.ui.commands.user_commands import expand, load_commands
from omega_tui.ui.desk.order_facts import Refused, Send
from omega_tui.ui.panes.status_line import cells_of, two_lines

MS = 1_000_000
BOOK = BookSnapshot(
    "1001",
    bids=(PriceLevel(Decimal("0.45"), Decimal(30)), PriceLevel(Decimal("0.44"), Decimal(50))),
    asks=(PriceLevel(Decimal("0.47"), Decimal(6)), PriceLevel(Decimal("0.48"), Decimal(50))),
    tick_size=Decimal("0.01"),
    sequence=3,
)


class Typist:
    """Types a line, looks at it, and presses Enter."""

    def __init__(self, line, frame=None, **facts):
        self.entry = OrderLine()
        self.line = line
        self.frame = frame if frame is not None else painted()
        self.facts = armed_facts(**facts)
        self.now_ns = 10_000 * MS
        self.frame = structs.replace(self.frame, painted_ns=self.now_ns)

    def around(self):
        return Surroundings(
            instrument=self.facts.instrument,
            best_bid=self.frame.best_bid,
            best_ask=self.frame.best_ask,
            cursor=self.frame.cursor_price,
            position=self.facts.position,
            size=self.facts.sizing.size,
            stamp=self.frame.to_stamp(),
        )

    def look(self, after_ms=0, frame=None):
        self.now_ns += after_ms * MS
        self.frame = structs.replace(frame or self.frame, painted_ns=self.now_ns)
        return self.entry.preview(self.line, self.frame, self.facts, self.around(), BOOK, self.now_ns)

    def enter(self, after_ms=200, waited_ms=0):
        self.now_ns += after_ms * MS
        return self.entry.enter(
            self.line, self.facts, BOOK, self.now_ns, read_ns=self.now_ns - waited_ms * MS
        )


SHOWN = {
    "buy 10 @ 44c po": "BUY 10 YES @ 0.44 GTC PO · rests · 4.40 pUSD",
    "buy 10.005 @ 0.446": "BUY 10 YES @ 0.44 GTC · price 0.446 → 0.44 · size 10.005 → 10 · rests",
    "buy 10 @ 0.47": "takes 6 now, 4 rests",
    "buy 10 cross": "BUY 10 YES @ 0.50 IOC · takes 10 now",
    "buy 10 @ 0.47 ioc": "takes 6 now, 4 lapses",
    "stop buy 10 @ 0.50": "STOP BUY 10 YES at 0.50 · held here: gone when omega-tui stops",
    "scale buy 20 from 0.44 to 0.41 n 4": "SCALE BUY 20 YES: 4 orders 0.44 … 0.41, 5 each · 8.50 pUSD",
    "chase buy 10 to 0.46 for 90s": "CHASE BUY 10 YES to 0.46 for 90 s",
    "twap buy 20 to 0.50 in 10m n 4": "TWAP BUY 20 YES to 0.50: 4 x 5 every 150 s",
    "buy 10 join bracket +5t -3t": "BUY 10 YES @ 0.45 GTC then take 0.50, stop 0.42",
}


@pytest.mark.parametrize("line", SHOWN)
def test_the_preview_says_exactly_what_enter_sends(line):
    typist = Typist(line)
    shown = typist.look()
    assert not shown.is_wrong, shown
    assert shown.text.startswith("Enter sends: ")
    assert SHOWN[line] in shown.text
    sent = typist.enter()
    assert isinstance(sent, Send)
    assert sent.text in shown.text


@pytest.mark.parametrize(
    ("stops", "alone", "in_program"),
    [
        (StopSupport.HERE, "held here: gone", "stop held here: gone"),
        (StopSupport.AT_VENUE, "at the venue: stays", "stop held here: gone"),
        (StopSupport.SAME_ORDER, "at the venue: stays", "stop at the venue: stays"),
    ],
)
def test_a_stop_says_where_it_waits_and_what_is_left_of_it(stops, alone, in_program):
    for line, words in (("stop buy 10 @ 0.50", alone), ("buy 10 join bracket +5t -3t", in_program)):
        typist = Typist(line)
        facts = typist.facts
        typist.facts = structs.replace(facts, instrument=replace(facts.instrument, stops=stops))
        assert f"· {words} when omega-tui stops" in typist.look().text


def test_a_line_puts_no_bracket_round_what_closes():
    typist = Typist("sell 10 join bracket +5t -3t")
    assert not typist.look().is_wrong
    typist.facts = structs.replace(typist.facts, position=Decimal(20))
    shown = typist.look()
    assert shown.is_wrong
    assert shown.text.startswith("a bracket goes round what opens, and this SELL closes · ")
    assert typist.enter().code == "BRACKET"


def test_a_bracket_that_takes_is_refused_where_its_stop_would_go_off_at_once():
    tight = Typist("buy 10 cross bracket +5t -2t")
    shown = tight.look()
    assert shown.is_wrong
    assert shown.text.startswith("a stop to SELL belongs below the bid 0.45")
    fallen = Typist("buy 10 cross bracket +5t -3t")
    assert not fallen.look().is_wrong
    assert fallen.look(after_ms=400, frame=painted(bid=44)).is_wrong, "its stop stands at 0.44 for a while"


@pytest.mark.parametrize(
    ("line", "meets"),
    [
        ("sell 10 @ 0.45", True),
        ("sell 10 @ 0.46", False),
        ("buy 10 @ 0.44", False),
        ("oco take -1t stop -5t", True),
        ("oco take +5t stop -5t", False),
        ("scale sell 20 from 0.45 to 0.50 n 4", True),
        ("stop sell 10 @ 0.44", False),
    ],
)
def test_what_would_meet_an_own_order_is_not_said_to_be_sent(line, meets):
    resting = Order(
        request=OrderRequest(
            client_order_id="o1",
            instrument="1001",
            venue="sim",
            side=Side.BUY,
            size=Decimal(10),
            price=Decimal("0.45"),
        ),
        status=OrderStatus.ACCEPTED,
    )
    typist = Typist(line, position=Decimal(30), orders=(resting,))
    around = structs.replace(typist.around(), entry=Decimal("0.46"))
    shown = typist.entry.preview(line, typist.frame, typist.facts, around, BOOK, typist.now_ns)
    assert shown.is_wrong is meets, shown
    assert shown.text.startswith("it would meet your own order at 0.45: cancel that first") is meets
    assert isinstance(typist.enter(), Refused) is meets


def test_an_order_carries_the_frame_that_was_painted():
    typist = Typist("buy 10 join")
    typist.look()
    [command] = typist.enter().commands
    assert isinstance(command, PlaceOrder)
    assert command.request.frame.frame_id == 7
    assert command.request.frame.price == command.request.price == Decimal("0.45")


def test_the_price_that_was_shown_is_sent_while_the_touch_runs_away():
    typist = Typist("buy 10 join")
    typist.look()
    for bid in (46, 44, 46):
        shown = typist.look(after_ms=100, frame=painted(bid=bid))
    assert "BUY 10 YES @ 0.45 GTC" in shown.text
    assert shown.text.endswith(" · now 0.46/0.47"), "where the market went"
    [command] = typist.enter(after_ms=20).commands
    assert command.request.price == command.request.frame.price == Decimal("0.45")
    assert command.request.frame.best_bid == Decimal("0.45"), "the frame in which it was resolved"


def test_what_stood_its_time_follows_the_market_and_is_looked_at_again():
    typist = Typist("buy 10 join")
    typist.look()
    shown = typist.look(after_ms=HOLD_NS // MS + 1, frame=painted(bid=46))
    assert "BUY 10 YES @ 0.46" in shown.text
    refused = typist.enter(after_ms=50)
    assert (refused.code, "just changed" in refused.text) == ("BEAT", True)
    [command] = typist.enter(after_ms=120).commands
    assert command.request.price == Decimal("0.46"), "what the strip shows now"


def test_a_price_whose_time_ran_out_unseen_is_not_sent():
    typist = Typist("buy 10 join")
    typist.look()
    assert typist.enter(after_ms=HOLD_NS // MS + 1).code == "OLD_PRICE"


def test_what_was_shown_as_resting_never_takes():
    typist = Typist("buy 10 @ $ask-1t")
    typist.look()
    fallen = replace(BOOK, asks=(PriceLevel(Decimal("0.46"), Decimal(6)),))
    read_ns = typist.now_ns + 200 * MS
    assert typist.entry.enter(typist.line, typist.facts, fallen, read_ns, read_ns=read_ns).code == "TAKES_NOW"
    typist.frame = painted(bid=45, ask=46)
    shown = typist.entry.preview(
        typist.line, typist.frame, typist.facts, typist.around(), fallen, typist.now_ns + 20 * MS
    )
    assert "BUY 10 YES @ 0.45 GTC · rests" in shown.text, "resolved anew at once, not when its time is over"


def test_what_the_account_has_is_never_held():
    typist = Typist("close 50%", position=Decimal(20))
    typist.look()
    typist.facts = structs.replace(typist.facts, position=Decimal(10))
    assert "SELL 5 YES" in typist.look(after_ms=20).text


def test_a_price_that_stays_does_not_ask_again():
    typist = Typist("buy 10 @ 0.44")
    typist.look()
    typist.look(after_ms=500, frame=painted(bid=46))
    assert isinstance(typist.enter(after_ms=20), Send), "the order is the same one"


REFUSALS = {
    "a paste: Enter with the last letter": (lambda one: one.look(), {"after_ms": 1}, "BEAT"),
    "Enter before the first preview": (str, {}, "NOT_SHOWN"),
    "a backlog: the key waited": (lambda one: one.look(), {"after_ms": 2_000, "waited_ms": 900}, "LATE_KEY"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_line_that_nobody_read_is_not_sent(name):
    before, pressed, code = REFUSALS[name]
    typist = Typist("buy 10 join")
    before(typist)
    assert typist.enter(**pressed).code == code


def test_a_held_enter_sends_once():
    typist = Typist("buy 10 join")
    typist.look()
    assert isinstance(typist.enter(), Send)
    assert all(typist.enter(after_ms=33).code == "NOT_SHOWN" for _ in range(30))


LOCKS = {
    "disarmed": {"mode": TradingMode.DISARMED},
    "killed": {"mode": TradingMode.HALTED},
    "stale": {"data": DataStatus(DataState.STALE, None)},
    "resync": {"data": DataStatus(DataState.RESYNC, None)},
    "down": {"data": DataStatus(DataState.DOWN, None)},
    "a replay": {"is_replay": True},
    "too small": {"too_small": True},
}


@pytest.mark.parametrize("state", LOCKS)
@pytest.mark.parametrize(
    "line", ["buy 10 join", "scale buy 20 from 0.44 to 0.41 n 4", "chase buy 10 to 0.46"]
)
def test_what_opens_is_locked_and_says_so_before_enter(state, line):
    typist = Typist(line, **LOCKS[state])
    assert typist.look().is_wrong
    refused = typist.enter()
    assert isinstance(refused, Refused)
    assert refused.code == "LOCKED"


@pytest.mark.parametrize("state", [DataState.QUIET, DataState.LAG])
def test_what_takes_needs_live_data(state):
    typist = Typist("buy 10 cross", data=DataStatus(state, None))
    assert typist.look().is_wrong
    assert typist.enter().code == "LOCKED"
    resting = Typist("buy 10 join", data=DataStatus(state, None))
    resting.look()
    assert isinstance(resting.enter(), Send)


def test_what_only_closes_needs_no_arming_but_no_kill_either():
    typist = Typist("close 50%", position=Decimal(20), mode=TradingMode.DISARMED)
    assert not typist.look().is_wrong
    [command] = typist.enter().commands
    assert (command.request.size, command.request.reduce_only) == (Decimal(10), True)
    killed = Typist("close", position=Decimal(20), mode=TradingMode.HALTED)
    assert killed.look().is_wrong


@pytest.mark.parametrize("line", ["stop sell 10 @ 0.46", "oco take +10t stop -1t"])
def test_a_stop_that_would_go_off_at_once_says_so_before_enter(line):
    typist = Typist(line, frame=painted(bid=44), position=Decimal(20))
    around = typist.around
    typist.around = lambda: structs.replace(around(), entry=Decimal("0.47"))
    shown = typist.look()
    assert shown.is_wrong
    assert "a stop to SELL belongs below the bid 0.44" in shown.text
    assert typist.enter().code == "FIRES_NOW"


def test_a_typed_cross_stops_short_of_an_own_order_as_the_key_does():
    def shown(*prices):
        orders = tuple(
            Order(
                request=OrderRequest(
                    client_order_id=price,
                    instrument="1001",
                    venue="sim",
                    side=Side.SELL,
                    size=Decimal(5),
                    price=Decimal(price),
                ),
                status=OrderStatus.ACCEPTED,
            )
            for price in prices
        )
        typist = Typist("buy 10 cross", orders=orders)
        around = typist.around
        typist.around = lambda: structs.replace(around(), orders=orders)
        return typist.look().text

    assert "BUY 10 YES @ 0.50 IOC" in shown("0.60")
    assert "BUY 10 YES @ 0.48 IOC" in shown("0.50", "0.49")
    assert "BUY 10 YES @ 0.50 IOC" in shown("0.47"), "at the touch it is met: the gate says so"


@pytest.mark.parametrize("line", ["buy 3 @ 0.44", "scale buy 20 from 0.44 to 0.41 n 4 rising"])
def test_an_order_that_is_too_small_is_refused_before_enter(line):
    typist = Typist(line)
    looked = typist.look()
    assert looked.is_wrong
    assert " is less than the smallest order, 5: order more · " in looked.text
    refused = typist.enter()
    assert isinstance(refused, Refused)
    assert refused.code == "MIN_SIZE"
    assert not Typist("close 3", position=Decimal(20)).look().is_wrong, "it takes"


def test_a_typed_close_makes_room_as_the_key_does():
    take = OrderRequest(
        client_order_id="t",
        instrument="1001",
        venue="sim",
        side=Side.SELL,
        size=Decimal(20),
        price=Decimal("0.60"),
        reduce_only=True,
        program="p1",
        role="take",
    )
    working = (Order(request=take, status=OrderStatus.ACCEPTED),)
    typist = Typist("close 50%", position=Decimal(20), orders=working)
    shown = typist.look().text
    assert "SELL 10 YES @ 0.42 IOC RO · 50 % of the 20 held · ways out shrink to 10 first" in shown
    [command] = typist.enter().commands
    assert isinstance(command, StartProgram)
    assert (command.spec.order.size, command.spec.clears) == (Decimal(10), False)
    typist = Typist("close", position=Decimal(20), orders=working)
    assert "cancel SELL 20 in the way first" in typist.look().text
    assert typist.enter().commands[0].spec.whole
    resting = Typist("close 50% @ 0.60", position=Decimal(20), orders=working)
    resting.look()
    assert isinstance(resting.enter().commands[0], PlaceOrder), "what rests waits for nobody"


def test_a_book_that_moved_unpainted_is_refused():
    typist = Typist("buy 10 join")
    typist.look()
    typist.facts = structs.replace(typist.facts, book_sequence=9)
    assert typist.enter(after_ms=400).code == "STALE_FRAME"


def test_a_line_that_means_nothing_points_at_the_word():
    shown = Typist("buy 10 @ $bitt").look()
    assert (shown.is_wrong, shown.at) == (True, 9)
    assert "there is no $bitt: $bid" in shown.text


# ---------------------------------------------------------------------------- the trader's own commands

OWN = """
[commands]
half = "close 50%"
rungs = "scale buy $1 from $bid to $bid-$2t n 5 po"
night = "theme omega-dark"
"""


def test_own_commands_stand_for_lines(tmp_path):
    path = tmp_path / "commands.toml"
    path.write_text(OWN)
    commands = load_commands(path)
    assert expand("half", commands) == "close 50%"
    assert expand("rungs 0.5 40", commands) == "scale buy 0.5 from $bid to $bid-40t n 5 po"
    assert expand("rungs 0.5 40 ro", commands).endswith("n 5 po ro"), "what is left over is added"
    assert expand("buy 1 join", commands) == "buy 1 join"
    with pytest.raises(ValueError, match="wants 2 words"):
        expand("rungs 1", commands)
    assert load_commands(None) == {}


WRONG = {
    'half = "close 50%"': ("half", "unknown key"),
    '[commands]\nbuy = "close"': ("commands.buy", "a name that is taken"),
    '[commands]\nHalf = "close"': ("commands.Half", "a name of small letters"),
    '[commands]\nhalf = "buy 1 att 5"': ("commands.half", "'att' means nothing here"),
    '[commands]\nhalf = "nonsense"': ("commands.half", "begins with a command"),
    "[commands]\nhalf = 5": ("commands.half", "found 5"),
    '[commands]\nhalf = ""': ("commands.half", "empty text"),
    "commands = 3": ("commands", "a table of names"),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_in_the_file_names_file_line_and_key(tmp_path, text):
    path = tmp_path / "commands.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as wrong:
        load_commands(path)
    key, words = WRONG[text]
    assert wrong.value.key == key
    assert str(path) in str(wrong.value)
    assert words in str(wrong.value)
    assert wrong.value.line


# ---------------------------------------------------------------------------- history


def test_history_is_walked_and_comes_back_to_what_was_being_typed():
    history = History(["buy 1 join", "close"])
    assert history.browse(-1, "sel") == "close"
    assert history.browse(-1, "close") == "buy 1 join"
    assert history.browse(-1, "buy 1 join") == "buy 1 join"
    assert history.browse(1, "") == "close"
    assert history.browse(1, "") == "sel"


def test_history_is_bounded_without_repetitions_and_without_secrets(tmp_path):
    history = History(redact=lambda text: text.replace("hunter2", "***"))
    for number in range(MOST + 20):
        history.add(f"buy {number} join")
    history.add("close")
    history.add("close")
    history.add("keys hunter2")
    history.add("bad \x1b[31m")
    history.add("x" * 1_000)
    assert len(history.lines) == MOST
    assert history.lines[-2:] == ("close", "keys ***")
    write_history(tmp_path, history.lines)
    assert (tmp_path / "command_history").stat().st_mode & 0o777 == 0o600
    assert tuple(read_history(tmp_path)) == history.lines
    assert read_history(tmp_path / "nowhere") == []
    write_history(tmp_path / "nowhere", ["close"])


def test_the_beat_is_that_of_the_strip():
    assert BEAT_NS == 150 * MS


def test_a_sentence_that_is_too_long_takes_both_lines_of_the_strip():
    text = (
        "Enter sends: BUY 10 Yes @ 0.52 GTC then take 0.55, stop 0.49 · rests · stop held here: gone with it"
    )
    assert two_lines("short", "", 80) is None
    for width in (60, 80, 97):
        lines = two_lines(text, "warn", width)
        assert [cells_of(line) for line in lines] == [width, width]
        shown = [line[0].text.strip() for line in lines]
        assert " ".join(shown) == text
    lines = two_lines(text, "", 40)
    assert lines[1][0].text.endswith("…"), "three lines of text are too much"
    assert cells_of(two_lines("x" * 100, "", 80)[0]) == 80, "one long word"
