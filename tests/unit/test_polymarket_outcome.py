"""Every row of order safety, section 4, and of the REST faults R1 to R14, as one table each."""

import json

import pytest

from omega_tui.protocol.polymarket.outcome import (
    Canceled,
    DefiniteFailure,
    Exists,
    HttpAnswer,
    Transport,
    Unknown,
    classify_cancel,
    classify_cancels,
    classify_place,
    classify_places,
)
from omega_tui.protocol.polymarket.refusals import Code, code_of, error_sentence

OURS = "0xc667cca204efe1d9cf376d775e52199f5f32be7e2fddee5d6da31e7d95f98094"
OTHER = "0xb0828609dee64ef3ae651f224d671f36fe4429f7eb18411f506aba38a04b8e08"

FOK_KILLED = "order couldn't be fully filled. FOK orders are fully filled or killed."
DUPLICATED = "order is invalid. Duplicated. Same order has already been placed, can't be placed again"
LOST = "order can't be found - already canceled or matched"
HTML = b"<html><head><title>502 Bad Gateway</title></head></html>"


def answer(status: int, body: object, **headers: str) -> HttpAnswer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpAnswer(status, raw, {name.replace("_", "-"): value for name, value in headers.items()})


def placed(**change: object) -> dict[str, object]:
    """The answer to an order that rests."""
    base = {
        "success": True,
        "errorMsg": "",
        "orderID": OURS,
        "status": "live",
        "makingAmount": "",
        "takingAmount": "",
    }
    return base | change


FAIL = DefiniteFailure


def said(status: int, sentence: str) -> HttpAnswer:
    """The venue's plain error."""
    return answer(status, {"error": sentence})


def refused(sentence: str) -> HttpAnswer:
    """A refusal with a status of 200."""
    return answer(200, placed(success=False, orderID="", status="", errorMsg=sentence))


def odd(sentence: str) -> HttpAnswer:
    """A refusal that says success."""
    return answer(200, placed(orderID="", status="", errorMsg=sentence))


PLACE = [
    # R1: never connected
    (Transport.NOT_CONNECTED, FAIL, Code.NOT_SENT),
    # R2 to R4, bytes may be out
    (Transport.TIMEOUT, Unknown, Code.TIMEOUT),
    (Transport.RESET, Unknown, Code.RESET),
    (Transport.CUT, Unknown, Code.CUT),
    (Transport.INTERRUPTED, Unknown, Code.INTERRUPTED),
    # The id is the one that was computed before sending
    (answer(200, placed()), Exists, "live"),
    (answer(200, placed(orderID=OURS.upper().replace("X", "x"))), Exists, "live"),
    (answer(200, placed(status="matched", makingAmount="5.2", takingAmount="10")), Exists, "matched"),
    (answer(200, placed(status="delayed")), Exists, "delayed"),
    (answer(200, placed(status="unmatched")), Exists, "unmatched"),
    (answer(200, placed(status="")), Exists, ""),
    (answer(200, placed(status="LIVE", unheard_of={"a": [1]})), Exists, "live"),
    (answer(200, placed(transactionsHashes=None, tradeIDs=None)), Exists, "live"),
    (answer(200, {"success": True, "orderID": OURS}), Exists, ""),
    # R5: 200 with something else
    (answer(200, HTML), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, b""), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, b"null"), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, b"[]"), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, b"{}"), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, b'{"success":NaN}'), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, b'{"success":true,"orderID":"' + OURS.encode()), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, b"\xff\xfe"), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, b"[" * 100_000), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, placed(orderID=17)), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, placed(orderID="[@click=app.quit]x")), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, placed(success="true")), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, placed(success=None)), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, placed(takingAmount="1e3")), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, placed(status="perhaps")), Unknown, Code.NOT_UNDERSTOOD),
    (said(200, "invalid signature"), Unknown, Code.NOT_UNDERSTOOD),
    (answer(201, placed()), Unknown, Code.NOT_UNDERSTOOD),
    (answer(302, b""), Unknown, Code.NOT_UNDERSTOOD),
    # R6, servers
    (said(408, "timeout"), Unknown, Code.TIMEOUT),
    (said(500, "Internal server error"), Unknown, Code.SERVER_ERROR),
    (said(500, "not enough balance / allowance"), Unknown, Code.SERVER_ERROR),
    (answer(502, HTML), Unknown, Code.SERVER_ERROR),
    (answer(504, b""), Unknown, Code.SERVER_ERROR),
    (answer(520, HTML), Unknown, Code.SERVER_ERROR),
    (answer(526, HTML), Unknown, Code.SERVER_ERROR),
    # R7: 503 by its words
    (said(503, "Trading is currently disabled. Check polymarket.com"), FAIL, Code.TRADING_DISABLED),
    (said(503, "Trading is currently cancel-only. New orders are not accepted"), FAIL, Code.CANCEL_ONLY),
    (said(503, "try again"), Unknown, Code.SERVER_ERROR),
    (answer(503, b"Trading is currently disabled"), Unknown, Code.SERVER_ERROR),
    (answer(503, HTML), Unknown, Code.SERVER_ERROR),
    # R8: the matching engine restarts
    (said(425, "the matching engine is restarting"), Unknown, Code.RESTARTING),
    # R9, too much
    (said(429, "Too many requests"), Unknown, Code.RATE_LIMIT),
    (answer(418, b""), Unknown, Code.RATE_LIMIT),
    (said(400, "too many requests"), Unknown, Code.RATE_LIMIT),
    (answer(403, HTML), Unknown, Code.NOT_UNDERSTOOD),
    # R10, credentials
    (said(401, "Unauthorized/Invalid api key"), FAIL, Code.AUTH),
    (said(401, "Invalid L1 Request headers"), FAIL, Code.AUTH),
    (said(401, "no"), FAIL, Code.AUTH),
    (said(403, "address banned"), FAIL, Code.BANNED),
    (said(403, "Trading restricted in your region"), FAIL, Code.BANNED),
    (answer(401, b"Unauthorized"), Unknown, Code.NOT_UNDERSTOOD),
    # R11: the venue's words
    (said(400, "not enough balance / allowance"), FAIL, Code.BALANCE),
    (said(400, "Price (0.503) breaks minimum tick size rule: 0.01"), FAIL, Code.TICK),
    (said(400, "Size (3) lower than the minimum: 5"), FAIL, Code.MIN_SIZE),
    (said(400, "invalid amounts, the market buy orders maker amount …"), FAIL, Code.AMOUNTS),
    (said(400, "invalid nonce"), FAIL, Code.NONCE),
    (said(400, "invalid expiration"), FAIL, Code.EXPIRATION),
    (said(400, "invalid signature"), FAIL, Code.SIGNATURE),
    (said(400, "invalid post-only order: order crosses book"), FAIL, Code.POST_ONLY),
    (said(400, FOK_KILLED), FAIL, Code.FOK),
    (said(400, "no orders found to match with FAK order. FAK orders are …"), FAIL, Code.FAK_NO_MATCH),
    (said(400, "the market is not yet ready to process new orders"), FAIL, Code.MARKET_NOT_READY),
    (said(400, "the orderbook 123 does not exist"), FAIL, Code.CLOSED),
    (said(400, "order_version_mismatch"), FAIL, Code.VERSION),
    (said(400, "Invalid order payload"), FAIL, Code.PAYLOAD),
    (answer(400, {"error": {"code": 7, "message": "words of tomorrow"}}), FAIL, Code.REFUSED),
    (answer(400, {"success": False, "errorMsg": "not enough balance / allowance"}), FAIL, Code.BALANCE),
    (said(400, DUPLICATED), Exists, ""),
    (said(400, "could not insert order"), Unknown, Code.EXECUTION),
    (said(400, ""), Unknown, Code.NOT_UNDERSTOOD),
    (answer(400, {"message": "bad"}), Unknown, Code.NOT_UNDERSTOOD),
    (answer(400, HTML), Unknown, Code.NOT_UNDERSTOOD),
    (said(404, "No orderbook exists for the requested token id"), Unknown, Code.NOT_UNDERSTOOD),
    # R12: 200 with an error inside
    (said(200, "order_version_mismatch"), FAIL, Code.VERSION),
    (refused("not enough balance / allowance"), FAIL, Code.BALANCE),
    (refused("words of tomorrow"), FAIL, Code.REFUSED),
    (refused(""), FAIL, Code.REFUSED),
    (odd("order is invalid. Price breaks minimum tick size rules"), FAIL, Code.TICK),
    (odd("INVALID_ORDER_MIN_TICK_SIZE"), FAIL, Code.TICK),
    (odd("order is invalid. Size lower than the minimum"), FAIL, Code.MIN_SIZE),
    (odd(FOK_KILLED), FAIL, Code.FOK),
    (answer(200, placed(status="", errorMsg=FOK_KILLED)), FAIL, Code.FOK),
    (odd(DUPLICATED), Exists, ""),
    (refused(DUPLICATED), Exists, ""),
    (answer(200, placed(orderID="", status="")), Unknown, Code.MISSING),
    (answer(200, placed(orderID=None)), Unknown, Code.MISSING),
    (odd("words of tomorrow"), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, placed(errorMsg="words of tomorrow", status="")), Unknown, Code.NOT_UNDERSTOOD),
    (refused("could not insert order"), Unknown, Code.EXECUTION),
    (odd("could not run the execution"), Unknown, Code.EXECUTION),
    (answer(200, placed(status="", errorMsg="order match delayed due to …")), Unknown, Code.DELAYED),
    (answer(200, placed(status="", errorMsg="error delaying the order")), Unknown, Code.DELAYED),
    (answer(200, placed(errorMsg=FOK_KILLED, status="matched")), Unknown, Code.CONTRADICTION),
    (answer(200, placed(errorMsg=FOK_KILLED, status="", tradeIDs=["t1"])), Unknown, Code.CONTRADICTION),
    (answer(200, placed(success=False, errorMsg="nonce", takingAmount="1")), Unknown, Code.CONTRADICTION),
    # R14: somebody else's answer
    (answer(200, placed(orderID=OTHER)), Unknown, Code.OTHER_ORDER),
    (answer(200, placed(orderID=OTHER, success=False, errorMsg="invalid nonce")), Unknown, Code.OTHER_ORDER),
]  # fmt: skip


@pytest.mark.parametrize(("happened", "kind", "code"), PLACE)
def test_what_an_answer_to_a_place_proves(happened: Transport | HttpAnswer, kind: type, code: str) -> None:
    outcome = classify_place(happened, OURS)
    assert type(outcome) is kind, outcome
    if isinstance(outcome, Exists):
        assert (outcome.venue_order_id, outcome.status) == (OURS, code)
    else:
        assert outcome.code == code
        assert outcome.reason


def test_executions_of_a_matched_order_are_handed_on() -> None:
    body = placed(
        status="matched",
        makingAmount="5.2",
        takingAmount="10",
        tradeIDs=["a", "b"],
        transactionsHashes=["0x1"],
    )
    outcome = classify_place(answer(200, body), OURS)
    assert isinstance(outcome, Exists)
    assert (f"{outcome.making_amount}", f"{outcome.taking_amount}") == ("5.2", "10")
    assert outcome.trade_ids == ("a", "b")
    assert outcome.transaction_hashes == ("0x1",)


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), ("", 0), ("-1", 0), ("soon", 0), ("\u0667", 0), ("9" * 30, 0)]
)
def test_the_venues_wish_to_be_left_alone(header: str, seconds: int) -> None:
    outcome = classify_place(answer(429, {"error": "Too many requests"}, Retry_After=header), OURS)
    assert isinstance(outcome, Unknown)
    assert outcome.retry_after_s == seconds


def test_the_venues_words_cannot_move_the_terminal() -> None:
    outcome = classify_place(answer(400, {"error": "invalid nonce \x1b]0;pwned\x07 \u202e"}), OURS)
    assert isinstance(outcome, DefiniteFailure)
    assert outcome.reason.isprintable()
    html = classify_place(answer(500, b"\x1b[2J" * 200), OURS)
    assert isinstance(html, Unknown)
    assert html.reason.isprintable()


def test_a_batch_is_read_by_id() -> None:
    third = "0x" + "3" * 64
    fourth = "0x" + "4" * 64
    body = [
        placed(orderID=OTHER, status="matched"),
        placed(orderID=fourth),
        {"success": False, "errorMsg": "invalid nonce", "orderID": ""},
        placed(orderID=OURS, success=False, errorMsg="not enough balance / allowance"),
        placed(orderID=fourth, success=False, errorMsg="invalid nonce"),
    ]
    outcomes = classify_places(answer(200, body), [OURS, OTHER, third, fourth])
    assert outcomes[OURS] == DefiniteFailure(Code.BALANCE, "not enough balance / allowance")
    assert outcomes[OTHER] == Exists(OTHER, "matched")
    assert isinstance(outcomes[third], Unknown)
    assert isinstance(outcomes[fourth], Unknown)


@pytest.mark.parametrize(
    "happened", [Transport.RESET, answer(502, HTML), answer(200, b"{}"), answer(200, b"[]")]
)
def test_a_batch_without_a_usable_answer_is_unknown(happened: Transport | HttpAnswer) -> None:
    outcomes = classify_places(happened, [OURS, OTHER])
    assert {type(outcome) for outcome in outcomes.values()} == {Unknown}


CANCEL = [
    (Transport.NOT_CONNECTED, FAIL, Code.NOT_SENT),
    (Transport.TIMEOUT, Unknown, Code.TIMEOUT),
    (Transport.CUT, Unknown, Code.CUT),
    (answer(200, {"canceled": [OURS], "not_canceled": {}}), Canceled, None),
    (answer(200, {"canceled": [OURS.upper().replace("X", "x")], "not_canceled": None}), Canceled, None),
    (answer(200, {"canceled": [OURS]}), Canceled, None),
    (answer(200, {"canceled": [], "not_canceled": {OURS: LOST}}), FAIL, Code.ALREADY_DONE),
    (answer(200, {"canceled": None, "not_canceled": {OURS: "order not found"}}), FAIL, Code.ALREADY_DONE),
    (answer(200, {"canceled": [], "not_canceled": {OURS: None}}), FAIL, Code.REFUSED),
    (answer(200, {"canceled": [OURS], "not_canceled": {OURS: "?"}}), Unknown, Code.CONTRADICTION),
    (answer(200, {"canceled": [OTHER], "not_canceled": {}}), Unknown, Code.MISSING),
    (answer(200, {"canceled": [], "not_canceled": {}}), Unknown, Code.MISSING),
    (answer(200, b"{}"), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, HTML), Unknown, Code.NOT_UNDERSTOOD),
    (answer(200, b'"ok"'), Unknown, Code.NOT_UNDERSTOOD),
    (said(400, "Invalid order payload"), FAIL, Code.PAYLOAD),
    (said(400, "order already matched"), FAIL, Code.ALREADY_DONE),
    (said(401, "Unauthorized/Invalid api key"), FAIL, Code.AUTH),
    (said(403, "no"), FAIL, Code.AUTH),
    (answer(403, HTML), Unknown, Code.NOT_UNDERSTOOD),
    (said(404, "not found"), Unknown, Code.NOT_UNDERSTOOD),
    (said(425, "restarting"), Unknown, Code.RESTARTING),
    (answer(429, b""), Unknown, Code.RATE_LIMIT),
    (said(400, "rate limit"), Unknown, Code.RATE_LIMIT),
    (answer(500, b""), Unknown, Code.SERVER_ERROR),
    (said(503, "Trading is currently cancel-only"), Unknown, Code.SERVER_ERROR),
]  # fmt: skip


@pytest.mark.parametrize(("happened", "kind", "code"), CANCEL)
def test_what_an_answer_to_a_cancel_proves(
    happened: Transport | HttpAnswer, kind: type, code: Code | None
) -> None:
    outcome = classify_cancel(happened, OURS)
    assert type(outcome) is kind, outcome
    if isinstance(outcome, Canceled):
        assert outcome.venue_order_id == OURS
    else:
        assert outcome.code is code


def test_a_cancel_of_many_is_read_by_id() -> None:
    third = "0x" + "3" * 64
    happened = answer(200, {"canceled": [OTHER], "not_canceled": {OURS: "order already matched"}})
    outcomes = classify_cancels(happened, [OURS, OTHER, third])
    assert outcomes[OURS] == DefiniteFailure(Code.ALREADY_DONE, "order already matched")
    assert outcomes[OTHER] == Canceled(OTHER)
    assert isinstance(outcomes[third], Unknown)


def test_every_transport_failure_but_one_leaves_the_order_unknown() -> None:
    proven = {kind for kind in Transport if not isinstance(classify_place(kind, OURS), Unknown)}
    assert proven == {Transport.NOT_CONNECTED}


def test_sentences_and_codes() -> None:
    assert code_of("") is Code.REFUSED
    assert code_of("NOT ENOUGH BALANCE / ALLOWANCE") is Code.BALANCE
    assert error_sentence(b'{"error":null}') is None
    assert error_sentence(b'{"success":true,"error":"x"}') is None
    assert error_sentence(b'["error"]') is None
