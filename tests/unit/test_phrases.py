"""The order language: what lines mean, what is wrong with others and where, what may follow."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.domain.commands import AmendOrder, AmendProgram, PlaceOrder, StartProgram
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus, OrderType, TimeInForce
from omega_tui.domain.phrase_amounts import Surroundings
from omega_tui.domain.phrase_grammar import VERBS, is_phrase, may_follow, read_phrase
from omega_tui.domain.phrase_orders import mean
from omega_tui.domain.programs import Bracket, Chase, Oco, Scale, Twap
from omega_tui.domain.side import Side
from omega_tui.errors import PhraseError

BTC = Instrument(
    "x:BTC/USDT", "x", "BTC/USDT", Decimal("0.5"), lot_size=Decimal("0.001"), base="BTC", quote="USDT"
)
YES = Instrument(
    "token",
    "sim",
    "Rain?",
    Decimal("0.01"),
    lot_size=Decimal("0.01"),
    min_size=Decimal(5),
    base="YES",
    quote="pUSD",
    price_min=Decimal(0),
    price_max=Decimal(1),
)


def around(**changes):
    facts = {
        "instrument": BTC,
        "best_bid": Decimal("64250.0"),
        "best_ask": Decimal("64251.0"),
        "last": Decimal("64250.5"),
        "cursor": Decimal("64200.0"),
        "size": Decimal("0.2"),
        "free": Decimal(10_000),
    }
    return Surroundings(**(facts | changes))


LONG = {"position": Decimal("0.4"), "entry": Decimal("64000.0")}
SHORT = {"position": Decimal("-0.4"), "entry": Decimal("64000.0")}


def meaning(line, **changes):
    return mean(read_phrase(line), around(**changes))


def order(line, **changes):
    """The one order of a line."""
    [command] = meaning(line, **changes).commands
    assert isinstance(command, PlaceOrder)
    return command.request


def spec(line, **changes):
    [command] = meaning(line, **changes).commands
    assert isinstance(command, StartProgram)
    return command.spec


PLAIN = {
    "buy 0.1 @ 64250 po": ("BUY", "0.1", "64250.0", "GTC"),
    "BUY 0.1 @64250": ("BUY", "0.1", "64250.0", "GTC"),
    "buy 0.1 at 64250 ioc": ("BUY", "0.1", "64250.0", "IOC"),
    "buy @ $bid-2t": ("BUY", "0.2", "64249.0", "GTC"),
    "sell $size*2 @ $ask+0.1%": ("SELL", "0.4", "64315.5", "GTC"),
    "buy 0.1 @ ($bid+$ask)/2": ("BUY", "0.1", "64250.5", "GTC"),
    "buy 0.1 @ $mid - 1k": ("BUY", "0.1", "63250.5", "GTC"),
    "buy 1k$ @ 50k": ("BUY", "0.02", "50000", "GTC"),
    "buy 50% @ 50000": ("BUY", "0.1", "50000", "GTC"),
    "buy 0.1 join": ("BUY", "0.1", "64250.0", "GTC"),
    "sell 0.1 join": ("SELL", "0.1", "64251.0", "GTC"),
    "buy 0.1 improve": ("BUY", "0.1", "64250.5", "GTC"),
    "sell 0.1 improve": ("SELL", "0.1", "64250.5", "GTC"),
    "buy 0.1 cross": ("BUY", "0.1", "64252.5", "IOC"),
    "sell 0.1 market": ("SELL", "0.1", "64248.5", "IOC"),
    "buy 0.1 cursor": ("BUY", "0.1", "64200.0", "GTC"),
}


@pytest.mark.parametrize("line", PLAIN)
def test_a_line_is_one_exact_order(line):
    side, size, price, force = PLAIN[line]
    found = order(line)
    assert (found.side.value, found.size, found.price, found.time_in_force.value) == (
        side,
        Decimal(size),
        Decimal(price),
        force,
    )
    assert found.post_only == line.endswith(" po")
    assert (found.order_type is OrderType.MARKET) == line.endswith(" market")


def test_prices_of_a_bounded_market_may_be_cents():
    assert order("buy 10 @ 51c", instrument=YES).price == Decimal("0.51")


def test_what_is_rounded_is_said_and_never_worse_for_the_trader():
    buying = meaning("buy 0.1234 @ 64250.3")
    assert (buying.orders[0].size, buying.orders[0].price) == (Decimal("0.123"), Decimal("64250.0"))
    assert buying.changes == ("price 64250.3 → 64250.0", "size 0.1234 → 0.123")
    assert order("sell 0.1 @ 64250.3").price == Decimal("64250.5")


def test_of_what_a_percentage_is_taken_is_said():
    buying = meaning("buy 10% @ 64250", free=Decimal(1_000))
    assert buying.orders[0].size == Decimal("0.001")
    assert buying.changes == ("10 % of the 1000 USDT free",), "nobody typed a size that was rounded"
    assert meaning("sell 50% join", **LONG).changes == ("50 % of the 0.4 held",)
    assert meaning("buy 100$ @ 64250").changes == ()


def test_half_of_a_position_is_closed_by_its_percentage():
    found = order("sell 50% join", **LONG)
    assert (found.size, found.price) == (Decimal("0.2"), Decimal("64251.0"))
    closing = order("close 50%", **LONG)
    assert (closing.side, closing.size, closing.reduce_only) == (Side.SELL, Decimal("0.2"), True)
    assert closing.time_in_force is TimeInForce.IOC
    assert order("close", **SHORT).side is Side.BUY
    assert order("close 0.1 @ $entry", **LONG).price == Decimal("64000.0")


def test_a_stop_closes_by_itself_where_it_stands():
    selling = order("stop 0.1 @ 64100", **LONG)
    assert (selling.side, selling.trigger_price, selling.reduce_only) == (Side.SELL, Decimal(64100), True)
    assert selling.order_type is OrderType.MARKET
    assert order("stop @ 64100", **LONG).size == Decimal("0.4"), "the whole position"
    breakout = order("stop buy 0.1 @ 64300 limit 64310")
    assert (breakout.order_type, breakout.price) == (OrderType.LIMIT, Decimal(64310))
    assert not breakout.reduce_only
    assert order("stop sell 0.1 @ 64100", **LONG).reduce_only
    assert not order("stop sell 0.5 @ 64100", **LONG).reduce_only, "more than is held"
    assert not order("stop sell 0.1 @ 64100", **SHORT).reduce_only
    assert order("stop 0.1 @ 64300").side is Side.BUY, "above the market a stop buys"


def test_a_scale_adds_up_and_every_price_is_on_the_tick():
    found = spec("scale buy 1 from 64000 to 63000 n 10 po")
    assert isinstance(found, Scale)
    assert len(found.orders) == 10
    assert (found.orders[0].price, found.orders[-1].price) == (Decimal("64000.0"), Decimal("63000.0"))
    assert sum(one.size for one in found.orders) == 1
    assert all(one.post_only and BTC.is_on_tick(one.price) for one in found.orders)
    rising = spec("scale buy 0.01 from 64000 to 63000 n 4 rising").orders
    assert [one.size for one in rising] == [Decimal(n) / 1000 for n in (1, 2, 3, 4)]


@given(st.integers(2, 50), st.integers(50, 100_000), st.sampled_from(["", " rising", " falling"]))
@settings(max_examples=60, deadline=None)
def test_no_lot_of_a_scale_is_lost(count, lots, weight):
    size = lots * BTC.lot_size
    found, error = told(f"scale sell {size} from 65000 to 70000 n {count}{weight}")
    if found is None:
        assert "too little" in str(error)
    else:
        assert sum(one.size for one in found.orders) == size


def test_chase_and_twap_say_their_limit_their_time_and_their_parts():
    chase = spec("chase buy 0.1 to 64300 for 10m ro")
    assert chase == Chase(
        instrument=BTC.id,
        venue="x",
        side=Side.BUY,
        size=Decimal("0.1"),
        limit_price=Decimal("64300.0"),
        seconds=600,
        reduce_only=True,
    )
    twap = spec("twap sell 1 to 64000 in 1h n 12")
    assert isinstance(twap, Twap)
    assert (twap.seconds, twap.slices, twap.limit_price) == (3600, 12, Decimal("64000.0"))


def test_an_oco_closes_the_position_by_distances_from_its_entry():
    found = spec("oco take +1% stop -100t", **LONG)
    assert isinstance(found, Oco)
    assert (found.take.price, found.stop.trigger_price) == (Decimal("64640.0"), Decimal("63950.0"))
    assert found.take.size == Decimal("0.4")
    assert found.take.reduce_only
    assert spec("bracket +1% -100t", **LONG) == found
    short = spec("bracket +20t -10t", **SHORT)
    assert (short.take.price, short.stop.trigger_price) == (Decimal("63990.0"), Decimal("64005.0"))


def test_a_bracket_goes_with_its_entry():
    found = spec("buy 0.1 join bracket +20t -10t")
    assert isinstance(found, Bracket)
    assert (found.take.price, found.stop.trigger_price) == (Decimal("64260.0"), Decimal("64245.0"))
    crossing = spec("buy 0.1 cross bracket 64300 64200")
    assert crossing.entry.time_in_force is TimeInForce.IOC
    assert (crossing.take.price, crossing.stop.trigger_price) == (Decimal(64300), Decimal(64200))
    near = spec("buy 0.1 cross bracket +2t -2t")
    assert (near.take.price, near.stop.trigger_price) == (Decimal("64252.0"), Decimal("64250.0"))
    assert spec("sell 0.1 join bracket +20t -10t").take.price == Decimal("64241.0")


def test_an_order_is_moved_from_price_to_price():
    request = OrderRequest(
        client_order_id="o1",
        instrument=BTC.id,
        venue="x",
        side=Side.BUY,
        size=Decimal(1),
        price=Decimal(64200),
    )
    mine = Order(request=request, status=OrderStatus.ACCEPTED)
    [command] = meaning("move @ 64200 to $bid", orders=(mine,)).commands
    assert command == AmendOrder("x", "o1", price=Decimal("64250.0"))
    held = OrderRequest(
        client_order_id="",
        instrument=BTC.id,
        venue="x",
        side=Side.SELL,
        size=Decimal(1),
        price=Decimal(64000),
        trigger_price=Decimal(64000),
        program="p1",
        role="stop",
    )
    [command] = meaning("move @ 64000 to 64100", held=(held,)).commands
    assert command == AmendProgram("x", "p1", "stop", Decimal("64100.0"))


WRONG = {
    "": (0, "an order begins with a verb"),
    "by 0.1 @ 5": (0, "'by' means nothing here: buy"),
    "buy 0.1": (7, "where to is missing: @, join"),
    "buy 0.1 @": (9, "a number is missing"),
    "buy 0.1 @ 64250 pp": (16, "'pp' means nothing here: po, post-only"),
    "buy 0.1 @ 64250x": (10, "'x' after a number means nothing: k, m, %"),
    "buy 0.1 @ $bit": (10, "there is no $bit: $bid, $ask"),
    "buy 0.1 @ $entry": (10, "there is no $entry now"),
    "buy 0.1 @ 2t": (10, "a number of ticks is no price"),
    "buy 0.1 @ $bid/0": (10, "divided by zero"),
    "buy 0.1 @ 64,250": (12, "',' means nothing here"),
    "buy 1t @ 64250": (4, "ticks are no size"),
    "sell 50% @ 70000": (5, "no position to take a part of"),
    "buy 0.0001 @ 64250": (4, "less than the lot"),
    "scale buy 1 from 64000 to 63000": (31, "how many orders: n"),
    "scale buy 1 from 64000 to 63000 n ten": (34, "'ten' is no number"),
    "scale buy 1 from 64000 to 64000 n 3": (0, "have one price"),
    "chase 0.1 to 5": (6, "'0.1' means nothing here: buy, sell"),
    "twap buy 1 to 64300 in 10x n 3": (23, "'10x' is no time: 90s"),
    "oco take +1% stop -1%": (9, "there is no position to close"),
    "bracket +20t": (12, "a bracket has a take and a stop"),
    "close": (0, "there is no position here to close"),
    "buy 0.1 cross po": (0, "post-only rests"),
    "move @ 64000 to 64100": (7, "no order of yours is at 64000"),
    "buy 0.1 @ \x1b[31m": (10, "means nothing here"),
    "buy 1234567890123456789 @ 5": (4, "at most 18 digits"),
    "buy 0.1 @ ((((((((((((((((((((((1))))))": (30, "nested too deep"),
}


@pytest.mark.parametrize("line", WRONG)
def test_an_error_points_at_the_word_and_says_what_is_allowed(line):
    start, words = WRONG[line]
    with pytest.raises(PhraseError) as wrong:
        meaning(line)
    assert wrong.value.start == start
    assert words in str(wrong.value)


FOLLOWING = {
    "": set(VERBS),
    "buy ": {"@", "join", "$size"},
    "buy 0.1 ": {"@", "join", "improve", "cross", "market", "cursor"},
    "buy 0.1 join ": {"po", "ro", "ioc", "bracket"},
    "scale ": {"buy", "sell"},
    "scale buy 1 ": {"from"},
    "scale buy 1 from 2 ": {"to"},
    "scale buy 1 from 2 to 3 n 4 ": {"rising", "po"},
    "chase buy 1 to 5 ": {"for", "ro"},
    "twap buy 1 to 5 in 10m ": {"n"},
    "oco ": {"take", "buy"},
    "stop 1 @ 5 ": {"limit", "ro"},
    "close ": {"@", "join", "cross"},
}


@pytest.mark.parametrize("line", FOLLOWING)
def test_what_may_follow_is_offered(line):
    assert FOLLOWING[line] <= set(may_follow(line))


def test_nothing_follows_what_is_wrong():
    assert may_follow("buy nonsense here ") == ()


def test_verbs_are_told_from_other_commands():
    assert is_phrase("BUY 1")
    assert not is_phrase("theme omega-dark")
    assert not is_phrase("  ")


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_line_does_anything_but_mean_something_or_be_refused(line):
    for text in (line, f"buy {line}", f"scale buy 1 from {line}"):
        found, error = told(text)
        if found is None:
            assert 0 <= error.start <= error.end <= len(text) + 1
        else:
            assert all(BTC.is_on_tick(one.price) and BTC.is_on_lot(one.size) for one in found.orders)
        may_follow(text)


def told(line):
    """What a line means, or its error."""
    try:
        return meaning(line), None
    except PhraseError as error:
        return None, error
