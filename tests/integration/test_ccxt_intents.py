"""Every row of the conformance table, seen in the request that leaves the real library."""

import importlib
from dataclasses import replace
from decimal import Decimal
from functools import partial

import msgspec
import pytest
from ccxt_lab import LOTS, Recorder, make, open_session, served

from omega_tui.domain.instrument import InstrumentKind, StopSupport
from omega_tui.domain.orders import OrderRequest, OrderType, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.errors import OrderRefused, VenueRefused
from omega_tui.protocol.ccxt.client_id import encode_client_id
from omega_tui.protocol.ccxt.instruments import TICK_SIZE, instrument_of
from omega_tui.venues.base import Accepted, Unknown
from omega_tui.venues.ccxt_broker import CcxtBroker
from omega_tui.venues.ccxt_edits import EDITS, EditCall, edit_call_of, edits_in_place
from omega_tui.venues.ccxt_intents import Call, call_of, intent_of
from omega_tui.venues.ccxt_loader import UNASKED, ExchangeAccount
from omega_tui.venues.ccxt_modes import (
    HEDGED,
    ISOLATED,
    LEVERAGE,
    MARGIN_MODE,
    MODES,
    TOGETHER,
    AccountModes,
    check_setting,
    check_together,
)
from omega_tui.venues.ccxt_outcome import outcome_of_edit
from omega_tui.venues.ccxt_session import instruments_in
from omega_tui.venues.ccxt_shapes import Intent
from omega_tui.venues.ccxt_table import (
    CANCEL_ALL_OF_SYMBOL,
    CANCEL_BY_CLIENT_ID,
    FETCH_BY_CLIENT_ID,
    TABLE,
)

CLIENT_ID = "oc1a2b0001xy"
SYMBOLS = {InstrumentKind.SPOT: "BTC/USDT", InstrumentKind.LINEAR: "BTC/USDT:USDT"}
ANSWERS = {"bybit": '{"retCode":0,"result":{"unified":1,"uta":1,"unifiedMarginStatus":5}}'}
BROKER_PLACES = {
    "bitget": ("x-channel-api-code",),
    "bybit": ("referer",),
    "gate": ("x-gate-channel-id",),
    "kucoin": ("kc-api-partner", "kc-api-partner-sign", "kc-api-partner-verify"),
    "okx": ("tag",),
    "hyperliquid": ("builder",),
    "mexc": ("source",),
    "bingx": ("x-source-key",),
}
"""Headers and fields in which the library names its authors; at binance their code begins the order's id.

Of the whole request a signature is a part, and that may say anything by chance.
"""


@pytest.fixture(scope="module")
def library():
    return importlib.import_module("ccxt.pro")


def request_of(intent, *, reduce_only=False, side=Side.SELL):
    kinds = {Intent.MARKET: OrderType.MARKET, Intent.STOP: OrderType.MARKET}
    forces = {Intent.IOC: TimeInForce.IOC, Intent.FOK: TimeInForce.FOK}
    return OrderRequest(
        client_order_id=CLIENT_ID,
        instrument="v:BTC/USDT",
        venue="v",
        side=side,
        size=Decimal("0.02"),
        price=Decimal(0) if intent is Intent.MARKET else Decimal("100.5"),
        order_type=kinds.get(intent, OrderType.LIMIT),
        time_in_force=forces.get(intent, TimeInForce.GTC),
        post_only=intent is Intent.POST_ONLY,
        reduce_only=reduce_only,
        trigger_price=Decimal("90.5") if intent in {Intent.STOP, Intent.STOP_LIMIT} else None,
    )


async def run(library, exchange_id, call):
    """Call the real library against a recorder; return the last request. Its answer is not looked at."""
    recorder = Recorder(ANSWERS.get(exchange_id, "{}"))
    async with served(recorder.handle) as base:
        exchange = make(library, exchange_id, base)
        try:
            await call(exchange)
        except (library.ExchangeError, TypeError):
            assert recorder.calls, "nothing left the library"
        finally:
            await exchange.close()
    return recorder.sent()


def field_of(fields, name):
    """The field of a request, deeper ones by a name with dots."""
    value = fields
    for part in name.split("."):
        value = value[int(part) if part.isdigit() else part]
    return value


def names_in(*values):
    """The names of all headers and fields, nested ones too, in small letters."""
    names = set()
    for value in values:
        if isinstance(value, dict):
            names |= {name.lower() for name in value} | names_in(*value.values())
        elif isinstance(value, list):
            names |= names_in(*value)
    return names


def assert_has(fields, wire):
    for name, value in wire.items():
        try:
            found = field_of(fields, name)
        except (KeyError, IndexError):
            raise AssertionError(f"{name} is missing in {fields}") from None
        assert value is None or found == value, f"{name} is {found!r}, not {value!r}"


def side_of(exchange_id, fields):
    """The side that a request says, each venue in its own way."""
    if exchange_id == "hyperliquid":
        return Side.BUY if field_of(fields, "action.orders.0.b") else Side.SELL
    if "side" not in fields and isinstance(fields.get("size"), int):
        return Side.BUY if fields["size"] > 0 else Side.SELL
    return Side(fields.get("side", fields.get("type")).upper())


SIDED = [
    (key, side) for key, shape in TABLE.items() for side in Side if side is Side.SELL or not shape.sell_only
]


@pytest.mark.parametrize(
    ("key", "side"), SIDED, ids=lambda one: "-".join(map(str, one)) if isinstance(one, tuple) else one.value
)
async def test_what_is_in_the_table_leaves_as_it_says(library, key, side):
    exchange_id, kind, intent, reduce_only = key
    shape = TABLE[key]

    async def place(exchange):
        instrument = instrument_of(
            exchange.market(SYMBOLS[kind]), venue=exchange_id, precision_mode=TICK_SIZE
        )
        call = call_of(request_of(intent, reduce_only=reduce_only, side=side), instrument, exchange_id)
        journaled = msgspec.json.decode(msgspec.json.encode(call), type=Call)
        assert journaled == call, "the journaled bytes are the call"
        await exchange.create_order(*msgspec.structs.astuple(journaled))

    (method, path, fields, headers), *more = await run(library, exchange_id, place)
    assert not more, "one request, whatever happens"
    assert (method, path) == ("POST", shape.path)
    assert_has(fields, shape.wire)
    assert field_of(fields, shape.client_id_field) == encode_client_id(CLIENT_ID, exchange_id)
    assert side_of(exchange_id, fields) is side
    names = ("size", "quantity", "sz", "qty", "volume", "amount", "action.orders.0.s")
    amounts = {str(field_of(fields, name)) for name in names if name.partition(".")[0] in fields}
    _, contract_size = LOTS.get(exchange_id, (1.0, 1.0)) if kind is InstrumentKind.LINEAR else (1.0, 1.0)
    assert amounts & {"0.02"} if contract_size == 1 else amounts & {"20", "-20"}, "20 contracts of 0.001"
    assert not names_in(fields, headers) & {*BROKER_PLACES.get(exchange_id, ())}, "nobody's broker code"
    if intent in {Intent.STOP, Intent.STOP_LIMIT}:
        assert "90.5" in str(fields), "a trigger never gets lost"


@pytest.mark.parametrize("key", EDITS, ids=lambda key: f"{key[0]}-{key[1]}")
async def test_a_change_of_an_order_leaves_as_it_says(library, key):
    exchange_id, kind = key
    edit = EDITS[key]

    async def change(exchange):
        instrument = instrument_of(
            exchange.market(SYMBOLS[kind]), venue=exchange_id, precision_mode=TICK_SIZE
        )
        call = edit_call_of("77", request_of(Intent.LIMIT), instrument, exchange_id)
        journaled = msgspec.json.decode(msgspec.json.encode(call), type=EditCall)
        await exchange.edit_order(*msgspec.structs.astuple(journaled))

    (method, path, fields, _), *more = await run(library, exchange_id, change)
    assert not more
    assert (method, path) == ("POST", edit.path)
    assert (fields[edit.order_id], fields[edit.price], fields[edit.size]) == ("77", "100.5", "0.02")
    if edit.new_id:
        assert fields[edit.new_id] == CLIENT_ID


async def test_the_library_gives_a_changed_order_a_random_id_unless_told(library):
    """At bitget's futures; the order would not be found again by an id of ours."""
    (_, _, fields, _), *_ = await run(
        library,
        "bitget",
        lambda exchange: exchange.edit_order("77", "BTC/USDT:USDT", "limit", "sell", 0.02, 100.5),
    )
    assert len(fields["newClientOid"]) == 36


def test_only_a_plain_limit_order_is_changed_in_one_step(library):
    exchange = make(library, "bitget")
    instrument = instrument_of(exchange.market("BTC/USDT"), venue="bitget", precision_mode=TICK_SIZE)
    with pytest.raises(OrderRefused, match="plain limit"):
        edit_call_of("77", request_of(Intent.POST_ONLY), instrument, "bitget")
    with pytest.raises(OrderRefused, match="cannot change"):
        edit_call_of("77", request_of(Intent.LIMIT), instrument, "gate")


@pytest.mark.parametrize(
    ("exchange_id", "kind", "intent", "reduce_only", "in_place"),
    [
        ("bybit", InstrumentKind.LINEAR, Intent.LIMIT, False, True),
        ("bybit", InstrumentKind.LINEAR, Intent.POST_ONLY, True, True),
        ("okx", InstrumentKind.SPOT, Intent.POST_ONLY, False, True),
        ("okx", InstrumentKind.LINEAR, Intent.STOP, False, False),
        ("kraken", InstrumentKind.SPOT, Intent.LIMIT, False, True),
        ("kraken", InstrumentKind.SPOT, Intent.POST_ONLY, False, False),
        ("bitget", InstrumentKind.SPOT, Intent.LIMIT, False, False),
        ("binance", InstrumentKind.SPOT, Intent.LIMIT, False, False),
        ("gate", InstrumentKind.SPOT, Intent.LIMIT, False, False),
    ],
)
def test_in_place_is_what_keeps_its_id_and_stays_what_it_is(exchange_id, kind, intent, reduce_only, in_place):
    request = replace(request_of(intent), reduce_only=reduce_only)
    assert edits_in_place(request, kind, exchange_id) is in_place


async def test_a_way_out_at_spot_is_a_plain_order_that_sells(library):
    instrument = instrument_of(
        make(library, "binance").market("BTC/USDT"), venue="v", precision_mode=TICK_SIZE
    )
    for intent in (Intent.LIMIT, Intent.IOC, Intent.STOP):
        plain, only = (
            call_of(request_of(intent, reduce_only=reduces), instrument, "binance")
            for reduces in (False, True)
        )
        assert only == plain, "spot has no word for it, and sells nothing that is not held"
    with pytest.raises(OrderRefused, match="never short"):
        call_of(request_of(Intent.LIMIT, reduce_only=True, side=Side.BUY), instrument, "binance")


@pytest.mark.parametrize(
    ("exchange_id", "kind", "support"),
    [
        ("binance", InstrumentKind.SPOT, StopSupport.SAME_ORDER),
        ("binance", InstrumentKind.LINEAR, StopSupport.AT_VENUE),
        ("bybit", InstrumentKind.LINEAR, StopSupport.SAME_ORDER),
        ("bybit", InstrumentKind.SPOT, StopSupport.AT_VENUE),
        ("kraken", InstrumentKind.SPOT, StopSupport.SAME_ORDER),
        ("bitget", InstrumentKind.LINEAR, StopSupport.AT_VENUE),
        ("okx", InstrumentKind.LINEAR, StopSupport.AT_VENUE),
        ("kucoin", InstrumentKind.SPOT, StopSupport.HERE),
        ("gate", InstrumentKind.LINEAR, StopSupport.HERE),
        ("hyperliquid", InstrumentKind.LINEAR, StopSupport.HERE),
    ],
)
def test_where_a_stop_waits_is_told_by_the_instrument(library, exchange_id, kind, support):
    exchange = make(library, exchange_id)
    account = ExchangeAccount(
        venue="v", exchange_id=exchange_id, account_type="spot" if kind is InstrumentKind.SPOT else "swap"
    )
    listed = instruments_in(account, exchange.markets, TICK_SIZE)
    assert listed[f"v:{SYMBOLS[kind]}"].stops is support


@pytest.mark.parametrize("key", [key for key in EDITS if EDITS[key].keeps_all], ids=str)
async def test_where_an_order_keeps_all_else_the_change_names_price_and_size_alone(library, key):
    exchange_id, kind = key
    edit = EDITS[key]

    async def change(exchange):
        instrument = instrument_of(
            exchange.market(SYMBOLS[kind]), venue=exchange_id, precision_mode=TICK_SIZE
        )
        call = edit_call_of("77", request_of(Intent.POST_ONLY), instrument, exchange_id)
        await exchange.edit_order(*msgspec.structs.astuple(call))

    ((_, _, fields, _),) = await run(library, exchange_id, change)
    assert set(fields) - {"symbol", "category", "instId"} == {edit.order_id, edit.price, edit.size}


def test_an_answer_proves_that_a_change_was_taken_only_if_it_names_the_order():
    judge = partial(outcome_of_edit, order_id="77", receipt="")
    assert isinstance(judge({"id": "77"}), Accepted)
    for answer in ({"id": "78"}, {"id": None}, {}, None, "<html>"):
        assert isinstance(judge(answer), Unknown), answer
    kraken = partial(outcome_of_edit, order_id="77", receipt="amend_id")
    assert isinstance(kraken({"id": None, "info": {"amend_id": "T1"}}), Accepted)
    assert isinstance(kraken({"id": None, "info": {}}), Unknown)


@pytest.mark.parametrize("side", Side)
async def test_a_stop_at_bybit_says_on_which_side_of_the_market_it_waits(library, side):
    async def place(exchange):
        instrument = instrument_of(exchange.market("BTC/USDT:USDT"), venue="bybit", precision_mode=TICK_SIZE)
        call = call_of(request_of(Intent.STOP, side=side), instrument, "bybit")
        await exchange.create_order(*msgspec.structs.astuple(call))

    (_, _, fields, _), *_ = await run(library, "bybit", place)
    assert fields["triggerDirection"] == (1 if side is Side.BUY else 2)


@pytest.mark.parametrize("exchange_id", ["kraken", "mexc", "bitstamp"])
async def test_market_with_a_trigger_is_a_plain_market_order_in_the_library_and_never_here(
    library, exchange_id
):
    """The trap itself, and that nothing of ours walks into it."""

    async def place(exchange):
        await exchange.create_order("BTC/USDT", "market", "sell", 0.02, None, {"triggerPrice": 90.5})

    requests = await run(library, exchange_id, place)
    plain = {"kraken": ("ordertype", "market"), "mexc": ("type", "MARKET"), "bitstamp": None}[exchange_id]
    _, path, fields, _ = requests[-1]
    if plain is None:
        assert "/market/" in path
    else:
        assert fields[plain[0]] == plain[1]
    if exchange_id == "kraken":
        shape = TABLE[exchange_id, InstrumentKind.SPOT, Intent.STOP, False]
        assert shape.wire["ordertype"] == "stop-loss"
    else:
        assert not any(key[0] == exchange_id for key in TABLE)


@pytest.mark.parametrize("exchange_id", CANCEL_BY_CLIENT_ID)
async def test_a_cancel_by_our_id_carries_our_id(library, exchange_id):
    parameter, field = CANCEL_BY_CLIENT_ID[exchange_id]
    symbol, encoded = symbol_at(exchange_id), encode_client_id(CLIENT_ID, exchange_id)
    (_, path, fields, _), *more = await run(
        library, exchange_id, lambda exchange: exchange.cancel_order(None, symbol, {parameter: encoded})
    )
    assert (field_of(fields, field) if field else path.rpartition("/")[2]) == encoded
    assert not more


def symbol_at(exchange_id):
    return "BTC/USDT:USDT" if exchange_id in {"binanceusdm", "hyperliquid"} else "BTC/USDT"


async def test_a_cancel_by_our_id_at_gate_would_leave_without_any(library):
    """So a cancel there waits for the venue's id."""
    (_, path, _, _), *_ = await run(
        library,
        "gate",
        lambda exchange: exchange.cancel_order(None, "BTC/USDT", {"clientOrderId": f"t-{CLIENT_ID}"}),
    )
    assert path.endswith("/None")
    assert "gate" not in CANCEL_BY_CLIENT_ID


def instrument_at(exchange, kind=InstrumentKind.LINEAR):
    return instrument_of(exchange.market(SYMBOLS[kind]), venue=exchange.id, precision_mode=TICK_SIZE)


@pytest.mark.parametrize(("side", "reduce_only"), [(side, only) for side in Side for only in (False, True)])
@pytest.mark.parametrize("exchange_id", HEDGED)
async def test_in_hedge_mode_an_order_says_what_it_opens_or_closes(library, exchange_id, side, reduce_only):
    modes = AccountModes(hedged=True)

    async def place(exchange):
        request = request_of(Intent.LIMIT, reduce_only=reduce_only, side=side)
        call = call_of(request, instrument_at(exchange), exchange_id, modes)
        await exchange.create_order(*msgspec.structs.astuple(call))

    (_, _, fields, _), *more = await run(library, exchange_id, place)
    assert not more
    assert_has(fields, HEDGED[exchange_id][side, reduce_only])


@pytest.mark.parametrize(("exchange_id", "intent"), [("bybit", Intent.LIMIT), ("okx", Intent.STOP)])
def test_in_hedge_mode_what_was_not_seen_is_refused_by_name(library, exchange_id, intent):
    instrument = instrument_at(make(library, exchange_id))
    with pytest.raises(
        OrderRefused, match=f"Not sent to {exchange_id}: {intent} orders of an account in hedge"
    ):
        call_of(request_of(intent), instrument, exchange_id, AccountModes(hedged=True))


@pytest.mark.parametrize("exchange_id", ISOLATED)
async def test_an_order_with_an_isolated_margin_says_so(library, exchange_id):
    async def place(exchange):
        call = call_of(
            request_of(Intent.LIMIT), instrument_at(exchange), exchange_id, AccountModes(isolated=True)
        )
        await exchange.create_order(*msgspec.structs.astuple(call))

    (_, _, fields, _), *_ = await run(library, exchange_id, place)
    name, word = ISOLATED[exchange_id]
    assert fields[name] == word


MODE_ANSWERS = {
    "bitget": '{"code":"00000","data":{"posMode":"%s","marginMode":"isolated"}}',
    "binanceusdm": '{"dualSidePosition":%s}',
    "okx": '{"code":"0","data":[{"posMode":"%s"}]}',
}


@pytest.mark.parametrize("exchange_id", MODE_ANSWERS)
async def test_the_mode_of_an_account_is_asked_for(library, exchange_id):
    words = {"binanceusdm": ("true", "false"), "okx": ("long_short_mode", "net_mode")}
    for word, hedged in zip(
        words.get(exchange_id, ("hedge_mode", "one_way_mode")), (True, False), strict=True
    ):
        recorder = Recorder(MODE_ANSWERS[exchange_id] % word)
        async with served(recorder.handle) as base:
            exchange = make(library, exchange_id, base, account_type="swap")
            question = MODES[exchange_id]
            modes = question.read(await question.ask(exchange, SYMBOLS[InstrumentKind.LINEAR]))
            await exchange.close()
        assert modes == AccountModes(hedged, isolated=exchange_id == "bitget")


SETTINGS = [("leverage", name, value) for name, row in LEVERAGE.items() for value in row.wire]
SETTINGS += [("margin_mode", name, value) for name, row in MARGIN_MODE.items() for value in row.wire]


@pytest.mark.parametrize(("what", "exchange_id", "value"), SETTINGS)
async def test_leverage_and_margin_mode_leave_as_they_say(library, what, exchange_id, value):
    row = (LEVERAGE if what == "leverage" else MARGIN_MODE)[exchange_id]
    symbol, given = SYMBOLS[InstrumentKind.LINEAR], int(value) if value.isdigit() else value
    (_, path, fields, _), *more = await run(
        library, exchange_id, lambda exchange: getattr(exchange, f"set_{what}")(given, symbol)
    )
    assert not more
    assert path == row.path
    assert_has(fields, row.wire[value])


@pytest.mark.parametrize(
    ("exchange_id", "mode"), [(name, mode) for name in TOGETHER for mode in TOGETHER[name].wire]
)
async def test_leverage_and_margin_mode_leave_together_where_they_are_one(library, exchange_id, mode):
    symbol, row = SYMBOLS[InstrumentKind.LINEAR], TOGETHER[exchange_id]
    (_, path, fields, _), *more = await run(
        library, exchange_id, lambda exchange: exchange.set_leverage(5, symbol, {"marginMode": mode})
    )
    assert not more
    assert path == row.path
    assert_has(fields, row.wire[mode])
    assert mode == "cross" or "cross_leverage_limit" not in fields


@pytest.mark.parametrize(
    ("table", "exchange_id", "what", "why"),
    [
        (LEVERAGE, "kraken", "leverage", "not been seen leaving"),
        (MARGIN_MODE, "bybit", "margin mode", "the whole account"),
        (MARGIN_MODE, "okx", "margin mode", "with each order"),
    ],
)
def test_a_setting_that_was_not_seen_is_refused_by_name(table, exchange_id, what, why):
    with pytest.raises(
        VenueRefused, match=f"The {what} of one instrument is not set at {exchange_id}: .*{why}"
    ):
        check_setting(table, exchange_id, what)


def test_half_of_what_goes_in_one_request_is_refused():
    for leverage, mode in ((Decimal(5), ""), (None, "cross")):
        with pytest.raises(VenueRefused, match="gate sets leverage and margin mode in one request"):
            check_together("gate", leverage, mode)
        assert not check_together("bitget", leverage, mode)
    with pytest.raises(VenueRefused, match="one by one"):
        check_together("bitget", Decimal(5), "cross")


async def test_bybits_margin_mode_would_change_the_whole_account(library):
    (_, path, fields, _), *_ = await run(
        library, "bybit", lambda exchange: exchange.set_margin_mode("cross", SYMBOLS[InstrumentKind.LINEAR])
    )
    assert path == "/v5/account/set-margin-mode"
    assert "symbol" not in fields


async def test_bybit_would_send_our_id_under_a_name_that_means_nothing_there(library):
    (_, _, fields, _), *_ = await run(
        library,
        "bybit",
        lambda exchange: exchange.cancel_order(None, "BTC/USDT", {"clientOrderId": CLIENT_ID}),
    )
    assert "orderLinkId" not in fields
    assert "orderId" not in fields


@pytest.mark.parametrize("exchange_id", FETCH_BY_CLIENT_ID)
async def test_a_question_by_our_id_carries_our_id(library, exchange_id):
    parameter, field = FETCH_BY_CLIENT_ID[exchange_id]
    symbol, encoded = symbol_at(exchange_id), encode_client_id(CLIENT_ID, exchange_id)
    (method, path, fields, _), *_ = await run(
        library, exchange_id, lambda exchange: exchange.fetch_order(encoded, symbol, {parameter: encoded})
    )
    assert method == "GET" or fields["type"] == "orderStatus"
    assert (fields[field] if field else path.rpartition("/")[2]) == encoded
    assert not {"orderId", "ordId"} & set(fields), "it is not asked for as the venue's"


@pytest.mark.parametrize("exchange_id", sorted(CANCEL_ALL_OF_SYMBOL))
async def test_a_cancel_of_everything_names_the_one_instrument(library, exchange_id):
    symbol = symbol_at(exchange_id)
    (_, _, fields, _), *_ = await run(
        library, exchange_id, lambda exchange: exchange.cancel_all_orders(symbol)
    )
    assert fields.get("symbol", fields.get("currency_pair")).replace("-", "").replace("_", "") == "BTCUSDT"


async def test_krakens_cancel_of_one_instrument_would_cancel_all_of_them(library):
    (_, path, fields, _), *_ = await run(
        library, "kraken", lambda exchange: exchange.cancel_all_orders("BTC/USDT")
    )
    assert path.endswith("CancelAll")
    assert set(fields) == {"nonce"}
    assert "kraken" not in CANCEL_ALL_OF_SYMBOL


@pytest.mark.parametrize("exchange_id", ["binance", *BROKER_PLACES])
async def test_what_the_library_adds_for_its_authors_is_off_unless_wanted(library, exchange_id):
    """No header and no field of a broker; with `keep_unasked` they are there, so the test can fail.

    okx puts its tag on orders without an id of their own, whatever its option says; ours always have one.
    """
    seen = {}
    for keep in (False, True):
        given = {"clientOrderId": CLIENT_ID} if exchange_id == "okx" and not keep else {}
        recorder = Recorder(ANSWERS.get(exchange_id, "{}"))
        async with served(recorder.handle) as base:
            exchange = make(library, exchange_id, base, keep_unasked=keep)
            try:
                await exchange.create_order(symbol_at(exchange_id), "limit", "sell", 0.02, 100.5, given)
            except (library.ExchangeError, TypeError):
                pass
            finally:
                await exchange.close()
        *_, (_, _, fields, headers) = recorder.calls
        seen[keep] = names_in(fields, headers)
        if exchange_id == "binance":
            assert fields["newClientOrderId"].startswith("x-TKT5PX2F") is keep
    places = {*BROKER_PLACES.get(exchange_id, ())}
    assert not seen[False] & places
    assert seen[True] >= places
    assert {name.lower() for name in UNASKED[exchange_id].headers} <= places, (
        "what is taken off is looked for"
    )


async def test_hyperliquid_signs_no_approval_of_a_fee_and_no_referrer(library):
    recorder = Recorder('{"status":"ok","response":{"type":"default"}}')
    keys = {"privateKey": "0x" + "11" * 32, "walletAddress": "0x" + "22" * 20}
    async with served(recorder.handle) as base:
        exchange = make(library, "hyperliquid", base)
        exchange.privateKey, exchange.walletAddress = keys.values()
        await exchange.initialize_client()
        await exchange.close()
    actions = [fields.get("action", {}).get("type") for _, _, fields, _ in recorder.calls]
    assert "approveBuilderFee" not in actions
    assert "setReferrer" not in actions


# ------------------------------------------------------------------------------------- refused, by name


async def test_a_price_that_the_library_would_move_is_refused(library, tmp_path):
    """hyperliquid takes five digits: 100.501 is on the tick of this market, and would leave as 100.5."""
    async with served(Recorder().handle) as base:
        session = await open_session(library, tmp_path, base, "hyperliquid", account_type="swap")
        name = "hyperliquid:BTC/USDT:USDT"
        session.instruments[name] = replace(session.instruments[name], tick_size=Decimal("0.001"))
        broker = CcxtBroker(session, is_live=False)
        request = replace(request_of(Intent.LIMIT), instrument=name, venue="hyperliquid")
        await broker.prepare(request)
        with pytest.raises(OrderRefused, match=r"would leave as 100\.5, and not as 100\.501") as refused:
            await broker.prepare(replace(request, price=Decimal("100.501")))
        assert refused.value.code == "TICK"
        await session.close()


def test_an_exchange_without_a_row_is_refused_by_name(library):
    exchange = make(library, "bitstamp")
    instrument = instrument_of(exchange.market("BTC/USDT"), venue="bitstamp", precision_mode=TICK_SIZE)
    with pytest.raises(OrderRefused, match="no order at bitstamp has been seen") as refused:
        call_of(request_of(Intent.LIMIT), instrument, "bitstamp")
    assert refused.value.code == "INTENT"


def test_an_intent_without_a_row_is_refused_by_name(library):
    exchange = make(library, "kucoin")
    instrument = instrument_of(exchange.market("BTC/USDT"), venue="kucoin", precision_mode=TICK_SIZE)
    with pytest.raises(OrderRefused, match="Not sent to kucoin: stop orders for spot"):
        call_of(request_of(Intent.STOP), instrument, "kucoin")


def test_a_way_out_at_spot_is_an_order_like_any_other_and_none_that_buys(library):
    """There is no word for it at spot, where a sale only reduces."""
    exchange = make(library, "kraken")
    instrument = instrument_of(exchange.market("BTC/USDT"), venue="kraken", precision_mode=TICK_SIZE)
    out = call_of(request_of(Intent.STOP, reduce_only=True), instrument, "kraken")
    assert out == call_of(request_of(Intent.STOP), instrument, "kraken")
    with pytest.raises(OrderRefused, match="buying it reduces nothing"):
        call_of(request_of(Intent.STOP, reduce_only=True, side=Side.BUY), instrument, "kraken")


@pytest.mark.parametrize(
    "change",
    [
        {"post_only": True, "trigger_price": Decimal(1)},
        {"post_only": True, "time_in_force": TimeInForce.IOC},
        {"trigger_price": Decimal(1), "time_in_force": TimeInForce.FOK},
        {"time_in_force": TimeInForce.GTD},
    ],
)
def test_wishes_that_contradict_each_other_are_refused(change):
    with pytest.raises(OrderRefused):
        intent_of(replace(request_of(Intent.LIMIT), **change))


def test_a_buy_that_the_venue_would_count_in_quote_units_is_refused(library):
    exchange = make(library, "bitget")
    instrument = instrument_of(exchange.market("BTC/USDT"), venue="bitget", precision_mode=TICK_SIZE)
    with pytest.raises(OrderRefused, match="counted in USDT"):
        call_of(request_of(Intent.STOP, side=Side.BUY), instrument, "bitget")


def test_a_market_order_with_a_worst_price_leaves_as_a_limit_at_that_price(library):
    exchange = make(library, "bitget")
    instrument = instrument_of(exchange.market("BTC/USDT"), venue="bitget", precision_mode=TICK_SIZE)
    call = call_of(replace(request_of(Intent.LIMIT), order_type=OrderType.MARKET), instrument, "bitget")
    assert (call.type, call.price, call.params["timeInForce"]) == ("limit", 100.5, "IOC")
