"""Order programs against a venue that fills, refuses, loses answers and reports late, at random.

Whatever it does: never more is filled than was asked for, never two orders work where one is allowed, and
nothing is sent while any order of the program is in doubt. The view that the program gets is the real fold.
"""

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.order_facts import (
    Acknowledged,
    CancelRequested,
    Filled,
    Intent,
    NotFound,
    OutcomeLost,
    Rejected,
    Sent,
    VenueSaid,
)
from omega_tui.domain.order_fold import fold
from omega_tui.domain.orders import Fill, OrderRequest, OrderStatus, OrderType, TimeInForce
from omega_tui.domain.program_rules import decide, wind_up
from omega_tui.domain.program_scene import IN_FLIGHT, Cancel, End, Scene, Send, Stick, traded
from omega_tui.domain.programs import Amend, Bracket, Chase, Oco, Scale, Stop, Twap
from omega_tui.domain.side import Side

TICK = Decimal("0.5")
SPOT = Instrument(
    "x:COIN", "x", "COIN", TICK, lot_size=Decimal("0.1"), min_size=Decimal("0.2"), base="COIN", quote="USD"
)
LINEAR = replace(SPOT, kind=InstrumentKind.LINEAR)
STEPS = 90
DOUBTFUL = {
    OrderStatus.INTENT,
    OrderStatus.SUBMITTED,
    OrderStatus.UNKNOWN,
    OrderStatus.PENDING_CANCEL,
}


def order(side, size, price, **changes):
    return OrderRequest(
        client_order_id="",
        instrument=SPOT.id,
        venue="x",
        side=side,
        size=Decimal(size),
        price=Decimal(price),
        **changes,
    )


SELL_TAKE = order(Side.SELL, 10, 104, reduce_only=True)
SELL_STOP = order(Side.SELL, 10, 96, reduce_only=True, trigger_price=Decimal(96), order_type=OrderType.MARKET)
STOP_LIMIT = replace(SELL_STOP, order_type=OrderType.LIMIT, price=Decimal(95))
PLACE = {"instrument": SPOT.id, "venue": "x"}

SPECS = {
    "amend": Amend(client_order_id="old", order=order(Side.BUY, 8, 99), **PLACE),
    "stop": Stop(order=SELL_STOP, cap_ticks=4, **PLACE),
    "stop-limit": Stop(order=STOP_LIMIT, cap_ticks=4, **PLACE),
    "scale": Scale(orders=tuple(order(Side.BUY, 2, 99 - at) for at in range(5)), **PLACE),
    "oco": Oco(take=SELL_TAKE, stop=SELL_STOP, cap_ticks=4, **PLACE),
    "bracket": Bracket(entry=order(Side.BUY, 10, 100), take=SELL_TAKE, stop=SELL_STOP, cap_ticks=4, **PLACE),
    "chase": Chase(side=Side.BUY, size=Decimal(10), limit_price=Decimal(103), seconds=50, **PLACE),
    "twap": Twap(
        side=Side.SELL, size=Decimal(10), limit_price=Decimal(90), slices=7, seconds=50, cap_ticks=3, **PLACE
    ),
}
ONE_AT_A_TIME = {"amend", "stop", "stop-limit", "chase", "twap", "oco"}


class Venue:
    """The truth, and what is told of it: some of it late, some never unless asked."""

    def __init__(self, seed, spec, *, kind=InstrumentKind.SPOT, native=False):
        self.rng = random.Random(seed)
        self.spec = spec
        self.instrument = replace(SPOT, kind=kind)
        self.native = native
        self.facts = {}
        self.left = {}
        self.filled = {}
        self.untold = {}
        self.asked = set()
        self.folded = {}
        self.settled = set()
        self.ns = 0
        self.trades = 0
        self.price = Decimal(100)
        self.low = self.high = None
        self.sent_ns = -(10**9)
        self.over = None
        self.is_fair = True
        if isinstance(spec, Amend):
            old = order(Side.BUY, 10, 98)
            self.take_in("old", old)
            self.accept("old")

    # --- what the program does

    def take_in(self, name, request):
        request = replace(request, client_order_id=name)
        self.facts[name] = {Intent(ts_ns=self.ns, request=request), Sent(ts_ns=self.ns, mono_ns=self.ns)}
        self.filled[name] = Decimal(0)
        self.left[name] = Decimal(0)
        self.untold[name] = []

    def accept(self, name, *, told=True):
        self.left[name] = self.request(name).size
        if told:
            self.facts[name].add(Acknowledged(ts_ns=self.ns, venue_order_id=f"v{name}"))

    def request(self, name):
        return next(fact.request for fact in self.facts[name] if isinstance(fact, Intent))

    def send(self, request):
        name = f"o{len(self.facts)}"
        self.take_in(name, request)
        self.sent_ns = self.ns
        match self.rng.random():
            case dice if dice < 0.03:
                self.facts[name].add(Rejected(ts_ns=self.ns, code="NO", reason="no"))
            case dice if dice < 0.15:  # The answer is lost, and it may be there or not.
                if self.rng.random() < 0.6:
                    self.accept(name, told=False)
                self.facts[name].add(OutcomeLost(ts_ns=self.ns, reason="time-out"))
            case dice if dice < 0.25:  # The answer is slow.
                self.accept(name, told=False)
            case _:
                self.accept(name)
        if request.time_in_force is TimeInForce.IOC and self.left[name]:
            self.fill(name)
            self.end(name)

    def fill(self, name):
        if not self.left[name]:
            return
        lots = int(self.left[name] / SPOT.lot_size)
        size = SPOT.lot_size * self.rng.choice([lots, self.rng.randint(1, lots)])
        self.left[name] -= size
        self.filled[name] += size
        self.trades += 1
        request = self.request(name)
        fill = Fill(
            trade_id=f"t{self.trades}",
            venue_order_id=f"v{name}",
            instrument=SPOT.id,
            side=request.side,
            price=request.price,
            size=size,
        )
        self.untold[name].append(Filled(ts_ns=self.ns, fill=fill))
        if self.rng.random() < 0.6:
            self.tell(name)

    def tell(self, name):
        self.facts[name].update(self.untold[name])
        self.untold[name].clear()

    def end(self, name):
        """It is gone at the venue, and the venue says so; of its fills it may not have told yet."""
        self.left[name] = Decimal(0)
        knows = self.rng.random() < 0.5
        said = self.filled[name] if knows else None
        self.facts[name].add(
            VenueSaid(ts_ns=self.ns, venue_order_id=f"v{name}", status="CANCELED", filled=said)
        )

    # --- what happens by itself

    def happen(self):
        self.ns += self.rng.choice([1, 10**8, 10**9])
        self.price += TICK * self.rng.randint(-2, 2)
        if self.rng.random() < 0.5:
            self.low = min(self.low or self.price, self.price)
            self.high = max(self.high or self.price, self.price)
        for name in list(self.facts):
            dice = self.rng.random()
            now = self.view(name)
            if dice < 0.12:
                self.fill(name)
            elif dice < 0.3:
                self.tell(name)
            elif dice < 0.5 and now.cancel_requested and now.status not in IN_FLIGHT:
                self.end(name)
            elif dice < 0.6 and now.status in IN_FLIGHT:
                self.look_up(name)
            elif dice < 0.9 and now.is_done:
                self.tell(name)
                self.settled.add(name)

    def look_up(self, name):
        """The venue was asked about an order whose answer was lost."""
        if self.left[name] or self.filled[name]:
            status = "LIVE" if self.left[name] else "CANCELED"
            said = VenueSaid(
                ts_ns=self.ns, venue_order_id=f"v{name}", status=status, filled=self.filled[name]
            )
            self.facts[name].add(said)
        elif OutcomeLost in map(type, self.facts[name]):
            self.facts[name].add(NotFound(ts_ns=self.ns, reason="asked three times"))

    # --- what the program sees

    def view(self, name):
        """Facts are only added: a fold holds as long as their number does."""
        facts = self.facts[name]
        if self.folded.get(name, (0, None))[0] != len(facts):
            self.folded[name] = (len(facts), fold(facts))
        return self.folded[name][1]

    def scene(self):
        orders = {name: self.view(name) for name in self.facts}
        old = orders.pop("old", None)
        done = {name for name, one in [*orders.items(), *([("old", old)] if old else [])] if one.is_done}
        stale = self.rng.random() < 0.1
        return Scene(
            program="p1",
            instrument=self.instrument,
            elapsed_ns=self.ns,
            since_sent_ns=self.ns - self.sent_ns,
            orders=tuple(orders.values()),
            unsettled=frozenset(done - self.settled),
            asked=frozenset(self.asked),
            best_bid=None if stale else self.price - TICK,
            best_ask=None if stale else self.price + TICK,
            lowest=self.low,
            highest=self.high,
            native_stops=self.native,
            amended=old,
        )

    def act(self, scene, decision):
        for step in decision.steps:
            match step:
                case Send(request=request):
                    doubtful = {one.status for one in scene.orders} & DOUBTFUL
                    assert not doubtful, "sent while in doubt"
                    assert self.instrument.is_on_lot(request.size)
                    self.send(request)
                case Cancel(client_order_id=name):
                    self.asked.add(name)
                    number = sum(isinstance(fact, CancelRequested) for fact in self.facts[name]) + 1
                    self.facts[name].add(CancelRequested(ts_ns=self.ns, number=number))
                case End() | Stick():
                    self.over = step
        if not decision.is_watching:
            self.low = self.high = None

    def run(self):
        for _ in range(STEPS):
            if self.over is not None:
                break
            scene = self.scene()
            decision = decide(self.spec, scene)
            assert sum(isinstance(step, Send) for step in decision.steps) <= 1
            self.act(scene, decision)
            yield
            self.happen()

    def quiesce(self):
        """Cancel everything, tell everything: what is then known is the truth."""
        for name in self.facts:
            if self.left[name]:
                self.end(name)
            if self.view(name).status in IN_FLIGHT:
                self.look_up(name)
            self.tell(name)
            self.settled.add(name)

    def total(self, role=""):
        return sum(
            (size for name, size in self.filled.items() if role in self.request(name).role), Decimal(0)
        )

    def resting(self):
        return [name for name, left in self.left.items() if left]


@pytest.mark.parametrize("name", SPECS)
def test_never_more_than_asked_and_never_two_where_one_is_allowed(name):
    spec = SPECS[name]
    sent = 0
    for seed in range(60):
        venue = Venue(seed, spec)
        for _ in venue.run():
            if name in ONE_AT_A_TIME:
                assert len(venue.resting()) <= 1, seed
        if name == "bracket":
            assert venue.total("take") + venue.total("stop") <= venue.total("entry") <= 10, seed
        else:
            assert venue.total() <= 10, seed
        sent += len(venue.facts)
    assert sent >= 30, "the venue let it trade"


@pytest.mark.parametrize("name", ["oco", "bracket"])
@pytest.mark.parametrize("kind", [InstrumentKind.SPOT, InstrumentKind.LINEAR])
def test_ways_out_at_the_venue_fill_too_much_only_in_a_race_and_then_say_so(name, kind):
    spec, races = SPECS[name], 0
    for seed in range(60):
        venue = Venue(seed, spec, kind=kind, native=True)
        for _ in venue.run():
            roles = [venue.request(one).role for one in venue.resting()]
            if kind is InstrumentKind.SPOT:
                assert not {"take", "stop"} <= set(roles), "the venue locks what is sold twice"
        asked = venue.total("entry") if name == "bracket" else Decimal(10)
        exits = venue.total("take") + venue.total("stop")
        if exits > asked:
            races += 1
            assert kind is InstrumentKind.LINEAR, "a race needs two orders"
            venue.quiesce()
            scene = venue.scene()
            told = decide(spec, scene).steps[-1]
            assert isinstance(told, Stick), seed
            assert told.code == "OVERFILL"
            assert str(exits - asked) in told.reason
    assert kind is InstrumentKind.SPOT or races, "the race was seen"


@pytest.mark.parametrize("name", SPECS)
def test_a_program_that_is_canceled_ends_with_nothing_at_the_venue(name):
    for seed in range(25):
        venue = Venue(seed, SPECS[name])
        for step, _ in enumerate(venue.run()):
            if step == seed:
                break
        for _ in range(400):
            scene = venue.scene()
            decision = wind_up(scene.orders)
            assert not any(isinstance(step, Send) for step in decision.steps)
            if any(isinstance(step, End) for step in decision.steps):
                break
            venue.act(scene, decision)
            venue.happen()
        else:
            pytest.fail(f"seed {seed}: it never ended")
        assert [one for one in venue.resting() if one != "old"] == []


@pytest.mark.parametrize("name", SPECS)
def test_what_is_decided_depends_on_the_scene_alone(name):
    venue = Venue(7, SPECS[name])
    for _ in venue.run():
        scene = venue.scene()
        assert decide(SPECS[name], scene) == decide(SPECS[name], scene)


def test_the_view_knows_what_was_traded_before_we_do():
    facts = {
        Intent(ts_ns=1, request=SELL_TAKE),
        VenueSaid(ts_ns=2, venue_order_id="v", status="LIVE", filled=Decimal(3)),
    }
    assert traded(fold(facts)) == 3
