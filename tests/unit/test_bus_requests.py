"""What may be carried out over a bus: sealed, dated, for us, and once."""

from decimal import Decimal

import msgspec
import pytest

from omega_tui.bus.codec import decode_event, encode_event, seal, unseal
from omega_tui.bus.requests import (
    MOST_DEADLINE_NS,
    RequestCheck,
    answer_done,
    answer_refused,
    make_request,
    read_answer,
    refusal,
)
from omega_tui.domain.commands import CancelOrder, Command, Kill
from omega_tui.domain.events.status import Alert, Severity
from omega_tui.errors import (
    NoHandler,
    OmegaError,
    OrderRefused,
    OrderRejected,
    OutcomeUnknown,
    RemoteProtocolError,
    RequestRefused,
)

KEY, OTHER = b"k" * 32, b"o" * 32
T0 = 1_700_000_000_000_000_000
S = 1_000_000_000
CANCEL = CancelOrder("sim", client_order_id="a1")


def request(command: Command = CANCEL, *, at=T0, good_for=5 * S, key=KEY, to="engine") -> bytes:
    return make_request(command, origin="screen", to=to, now_ns=at, good_for_ns=good_for, key=key)[1]


def check(began=T0 - S) -> RequestCheck:
    return RequestCheck("engine", KEY, began)


def code(text: bytes, now=T0, checker: RequestCheck | None = None) -> str:
    with pytest.raises(RequestRefused) as refused:
        (checker or check()).admit(text, now_ns=now)
    return refused.value.code


def test_a_fresh_request_is_admitted_with_its_command():
    asked, command = check().admit(request(), now_ns=T0 + S)
    assert command == CANCEL
    assert (asked.origin, asked.to) == ("screen", "engine")


def test_the_same_bytes_are_admitted_once():
    checker, text = check(), request()
    checker.admit(text, now_ns=T0)
    assert code(text, checker=checker) == "REPLAYED"


def test_after_its_deadline_nothing_is_carried_out():
    assert code(request(good_for=S), now=T0 + S + 1) == "EXPIRED"


def test_what_was_written_for_a_run_before_is_not_carried_out_by_this_one():
    assert code(request(), checker=check(began=T0 + 1)) == "EXPIRED"


def test_a_request_from_the_future_is_refused():
    assert code(request(at=T0 + 3 * S)) == "EXPIRED"


def test_no_request_is_good_for_longer_than_its_nonce_is_remembered():
    asked, _ = check().admit(request(good_for=10 * MOST_DEADLINE_NS), now_ns=T0)
    assert asked.deadline_ns == T0 + MOST_DEADLINE_NS


def test_a_request_for_another_process_is_refused():
    assert code(request(to="other")) == "MISDIRECTED"


@pytest.mark.parametrize("key", [OTHER, b""])
def test_without_our_key_nothing_is_read(key):
    assert code(request(key=key)) == "FORGED"


def test_an_unsealed_request_is_forged():
    assert code(request().partition(b" ")[2]) == "FORGED"


def test_one_changed_byte_is_a_forgery():
    text = request()
    for place in (3, len(text) // 2, len(text) - 2):
        changed = bytearray(text)
        changed[place] ^= 1
        assert code(bytes(changed)) == "FORGED"


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b"null",
        b'{"v":9}',
        b"{" * 100_000,
        b'{"v":1,"nonce":1}',
        b"\xff\xfe",
        b"",
        b"x" * 70_000,
    ],
)
def test_sealed_nonsense_is_malformed(body):
    assert code(seal(body, KEY)) == "MALFORMED"


def test_a_command_that_nobody_knows_is_malformed_and_still_has_a_sender():
    text = request()
    body = unseal(text, KEY).replace(b'"type":"CancelOrder"', b'"type":"Withdraw"')
    with pytest.raises(RequestRefused) as refused:
        check().admit(seal(body, KEY), now_ns=T0)
    assert refused.value.code == "MALFORMED"
    assert refused.value.origin == "screen"


def test_a_flood_is_refused_and_forgotten_with_its_deadlines():
    checker = check()
    template = msgspec.json.decode(unseal(request(good_for=S), KEY))
    for number in range(20_000):
        template["nonce"] = str(number)
        checker.admit(seal(msgspec.json.encode(template), KEY), now_ns=T0)
    assert code(request(), checker=checker) == "FLOODED"
    checker.admit(request(at=T0 + 2 * S), now_ns=T0 + 2 * S)


@pytest.mark.parametrize(
    "error",
    [
        OrderRefused("NOT_ARMED", "arm first"),
        OrderRejected("BALANCE", "not enough"),
        NoHandler("nobody"),
        OutcomeUnknown("who knows"),
        RequestRefused("EXPIRED", "late"),
    ],
)
def test_a_refusal_arrives_as_what_it_was(error):
    answer = read_answer(answer_refused("n", error, KEY), KEY)
    got = refusal(answer)
    assert (type(got), str(got)) == (type(error), str(error))
    assert getattr(got, "code", "") == getattr(error, "code", "")


def test_any_other_refusal_keeps_its_words_and_no_escape_sequence():
    got = refusal(read_answer(answer_refused("n", OmegaError("no \x1b[2J"), KEY), KEY))
    assert str(got) == "no ·[2J"


def test_an_answer_is_read_only_with_the_key():
    text = answer_done("n", {"size": Decimal("0.10")}, KEY)
    assert msgspec.json.decode(read_answer(text, KEY).result) == {"size": "0.10"}
    with pytest.raises(RemoteProtocolError):
        read_answer(text, OTHER)
    with pytest.raises(RemoteProtocolError):
        read_answer(answer_done("n", None, OTHER), KEY)


# ---------------------------------------------------------------------------------- events


def test_text_of_an_event_is_harmless_again_after_the_bus():
    alert = Alert(1, Severity.ALARM, "X", "A\x1b[2J\u202e\ud800B")
    got = decode_event(encode_event(alert))
    assert isinstance(got, Alert)
    assert "\x1b" not in got.text
    assert "\u202e" not in got.text
    assert got.text.isprintable()


@pytest.mark.parametrize("number", ["NaN", "sNaN1", "-Infinity", "1E+900000000", "1e99"])
def test_a_number_that_is_none_is_no_event(number):
    text = (
        b'{"kind":"balance","balance":{"venue":"v","asset":"a","total":"%s","available":"1"}}'
        % number.encode()
    )
    with pytest.raises(RemoteProtocolError):
        decode_event(text)


def test_a_kind_of_a_newer_program_is_nothing_and_its_fields_are_ignored():
    assert decode_event(b'{"kind":"from_next_year","x":1}') is None
    kill = b'{"kind":"alert","ts_ns":1,"severity":"INFO","code":"X","text":"a","new":[1]}'
    assert decode_event(kill) == Alert(1, Severity.INFO, "X", "a")


def test_kill_has_its_reason_over_the_bus():
    _, command = check().admit(request(Kill("from elsewhere")), now_ns=T0)
    assert command == Kill("from elsewhere")
