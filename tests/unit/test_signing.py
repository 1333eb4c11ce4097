"""Signing against the fact sheet's vectors, EIP test vectors, and the official client as oracle."""

import dataclasses
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omega_tui.domain.side import Side
from omega_tui.errors import LocalProtocolError, RemoteProtocolError
from omega_tui.protocol import ethereum
from omega_tui.protocol.ethereum import (
    CURVE_ORDER,
    Domain,
    SigningKey,
    Struct,
    checksum_address,
    domain_separator,
    is_address,
    keccak_256,
    recover_address,
    typed_data_digest,
)
from omega_tui.protocol.polymarket.auth import (
    ApiCredentials,
    address_of,
    l1_headers,
    l2_headers,
    l2_signature,
    user_channel_auth,
    verify_l1_headers,
    verify_l2_headers,
)
from omega_tui.protocol.polymarket.request import RestRequest
from omega_tui.protocol.polymarket.signing import (
    AMOY,
    COLLATERAL,
    CONTRACTS,
    POLYGON,
    Exchange,
    OrderStruct,
    SignatureType,
    order_domain,
    order_id,
    recover_order_signer,
    sign_order,
)
from omega_tui.secret import Secret

KEY_TEXT = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
KEY = Secret(KEY_TEXT)
SIGNING_KEY = SigningKey(KEY)
ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
WALLET = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
TOKEN = "71321045679252212594626385532706912750332728571942532289631379312455583992563"

CREDENTIALS = ApiCredentials(
    "00000000-0000-0000-0000-000000000001", Secret("A" * 43 + "="), Secret("open sesame")
)

ORDER = OrderStruct(
    salt=479249096354,
    maker=ADDRESS,
    signer=ADDRESS,
    token_id=TOKEN,
    maker_amount=50_000_000,
    taker_amount=100_000_000,
    side=Side.BUY,
    timestamp_ms=1780449126930,
)


def _order_of(kind: SignatureType) -> OrderStruct:
    """The order as an account of that kind sends it."""
    maker = ADDRESS if kind is SignatureType.EOA else WALLET
    signer = WALLET if kind is SignatureType.DEPOSIT_WALLET else ADDRESS
    return dataclasses.replace(ORDER, maker=maker, signer=signer, signature_type=kind)


# --- primitives


def test_keccak_is_ethereums_and_not_sha3() -> None:
    assert keccak_256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@pytest.mark.parametrize(
    "address",
    [  # EIP-55, test cases
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77",
        "0x27b1fdb04752bbc536007a920d24acb045561c26",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ],
)
def test_checksum_of_an_address(address: str) -> None:
    assert checksum_address(address.lower()) == address


def test_typed_data_of_the_standards_own_example() -> None:
    """EIP-712, example `Mail`: nested structs, domain with a contract, digest and signature."""
    person = Struct("Person", (("string", "name"), ("address", "wallet")))
    mail = Struct("Mail", (("Person", "from"), ("Person", "to"), ("string", "contents")), nested=(person,))
    domain = Domain("Ether Mail", "1", 1, "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC")
    values = {
        "from": {"name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
        "to": {"name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
        "contents": "Hello, Bob!",
    }
    assert mail.type_string == "Mail(Person from,Person to,string contents)Person(string name,address wallet)"
    assert (
        domain_separator(domain).hex() == "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f"
    )
    digest = typed_data_digest(domain, mail.hash(values))
    assert digest.hex() == "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"
    signature = SigningKey(Secret(keccak_256(b"cow").hex())).sign(digest)
    assert signature.endswith("1c")
    assert recover_address(digest, signature) == "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint8", 256),
        ("uint256", -1),
        ("uint256", 2**256),
        ("uint256", "1"),
        ("uint256", True),
        ("address", "0x12"),
        ("address", ADDRESS[:-1] + " "),
        ("address", ADDRESS[2:] + "00"),
        ("bytes32", b"short"),
        ("string", b"bytes"),
        ("Nothing", {"a": 1}),
    ],
)
def test_a_value_that_does_not_fit_its_type_is_refused(kind: str, value: object) -> None:
    with pytest.raises(LocalProtocolError):
        Struct("S", ((kind, "field"),)).hash({"field": value})


def test_missing_and_surplus_fields_are_refused() -> None:
    struct = Struct("S", (("bool", "a"),))
    assert struct.hash({"a": True}) != struct.hash({"a": False})
    with pytest.raises(LocalProtocolError):
        struct.hash({})
    with pytest.raises(LocalProtocolError):
        struct.hash({"a": True, "b": True})


def test_the_malleable_twin_of_a_signature_is_refused() -> None:
    digest = keccak_256(b"anything")
    good = SIGNING_KEY.sign(digest)
    r, s, v = good[2:66], int(good[66:130], 16), int(good[130:], 16)
    assert s <= CURVE_ORDER // 2
    twin = f"0x{r}{CURVE_ORDER - s:064x}{55 - v:02x}"
    with pytest.raises(RemoteProtocolError, match="upper half"):
        recover_address(digest, twin)


@pytest.mark.parametrize(
    "signature", ["", "0x", "0x" + "zz" * 65, "0x" + "00" * 64, "0x" + "00" * 64 + "1b", "0x" + "11" * 65]
)
def test_a_malformed_signature_is_the_other_sides_fault(signature: str) -> None:
    with pytest.raises(RemoteProtocolError):
        recover_address(bytes(32), signature)


# --- keys


def test_address_of_a_key() -> None:
    assert address_of(KEY) == ADDRESS
    assert address_of(Secret(KEY_TEXT[2:])) == ADDRESS
    assert is_address(ADDRESS)
    assert not is_address(TOKEN)


@pytest.mark.parametrize(
    "text", ["0x", "0x00", "0x" + "00" * 32, f"0x{CURVE_ORDER:064x}", KEY_TEXT + "0", "x" * 66]
)
def test_a_bad_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(LocalProtocolError) as refusal:
        address_of(Secret(text))
    assert not text or text not in str(refusal.value)


# --- L1


def test_l1_vector() -> None:
    headers = l1_headers(SIGNING_KEY, chain_id=AMOY, timestamp_s=10_000_000, nonce=23)
    assert headers == {
        "POLY_ADDRESS": ADDRESS,
        "POLY_SIGNATURE": (
            "0xf62319a987514da40e57e2f4d7529f7bac38f0355bd88bb5adbb3768d80de6c1"
            "682518e0af677d5260366425f4361e7b70c25ae232aff0ab2331e2b164a1aedc1b"
        ),
        "POLY_TIMESTAMP": "10000000",
        "POLY_NONCE": "23",
    }
    proof = verify_l1_headers(headers, chain_id=AMOY)
    assert (proof.address, proof.timestamp_s, proof.nonce) == (ADDRESS, 10_000_000, 23)


@pytest.mark.parametrize(
    "change",
    [
        {"POLY_ADDRESS": WALLET},
        {"POLY_ADDRESS": "me"},
        {"POLY_TIMESTAMP": "10000001"},
        {"POLY_TIMESTAMP": "-1"},
        {"POLY_NONCE": "24"},
        {"POLY_NONCE": "9" * 99},
        {"POLY_SIGNATURE": "0x"},
        {"POLY_SIGNATURE": ""},
    ],
)
def test_wrong_l1_headers_are_refused(change: dict[str, str]) -> None:
    headers = l1_headers(SIGNING_KEY, chain_id=AMOY, timestamp_s=10_000_000, nonce=23)
    with pytest.raises(RemoteProtocolError):
        verify_l1_headers(headers | change, chain_id=AMOY)


def test_l1_headers_of_another_chain_are_refused() -> None:
    headers = l1_headers(SIGNING_KEY, chain_id=AMOY, timestamp_s=10_000_000)
    with pytest.raises(RemoteProtocolError):
        verify_l1_headers(headers, chain_id=POLYGON)


# --- L2


def test_l2_vector() -> None:
    secret = Secret("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    request = RestRequest("test-sign", "/orders", body=b'{"hash": "0x123"}')
    assert (
        l2_signature(secret, request, timestamp_s=1_000_000) == "ZwAdJKvoYRlEKDkNMwd5BuwNNtg93kNaR_oU2HrfVvc="
    )


def test_l2_headers_are_verified_over_the_exact_bytes_without_the_query() -> None:
    sent = RestRequest("DELETE", "/order", (("a", "b"),), b'{"orderID":"0x12"}')
    headers = l2_headers(CREDENTIALS, ADDRESS, sent, timestamp_s=1_780_000_000)
    received = dataclasses.replace(sent, query=())
    assert verify_l2_headers(headers, CREDENTIALS, ADDRESS.lower(), received) == 1_780_000_000
    for change in [{"body": b'{"orderID": "0x12"}'}, {"method": "POST"}, {"path": "/orders"}, {"body": b""}]:
        with pytest.raises(RemoteProtocolError):
            verify_l2_headers(headers, CREDENTIALS, ADDRESS, dataclasses.replace(sent, **change))


@pytest.mark.parametrize(
    "name", ["POLY_ADDRESS", "POLY_SIGNATURE", "POLY_TIMESTAMP", "POLY_API_KEY", "POLY_PASSPHRASE"]
)
@pytest.mark.parametrize("value", ["", "1780000001", "wrong", "schlüssel"])
def test_wrong_l2_headers_are_refused(name: str, value: str) -> None:
    request = RestRequest("GET", "/data/orders")
    headers = l2_headers(CREDENTIALS, ADDRESS, request, timestamp_s=1_780_000_000)
    with pytest.raises(RemoteProtocolError):
        verify_l2_headers(headers | {name: value}, CREDENTIALS, ADDRESS, request)


@pytest.mark.parametrize("secret", ["not base64!", "AAA", "ü"])
def test_a_bad_api_secret_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(LocalProtocolError) as refusal:
        l2_signature(Secret(secret), RestRequest("GET", "/ok"), timestamp_s=1)
    assert secret not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_credentials_show_no_secret() -> None:
    assert "sesame" not in repr(CREDENTIALS)
    assert user_channel_auth(CREDENTIALS) == {
        "apiKey": CREDENTIALS.api_key,
        "secret": "A" * 43 + "=",
        "passphrase": "open sesame",
    }


# --- orders


@pytest.mark.parametrize(
    ("exchange", "expected_id", "signature"),
    [
        (
            Exchange.CTF,
            "0xc667cca204efe1d9cf376d775e52199f5f32be7e2fddee5d6da31e7d95f98094",
            (
                "0x8c17aa200623998b635420c2b415b807060cbce2c04142aa1e527a24205206c4"
                "0d0437c40e81ad4265e399c202b6e8a7d55194c4aa887c7293b0ab8724e757641c"
            ),
        ),
        (
            Exchange.NEG_RISK,
            "0xb0828609dee64ef3ae651f224d671f36fe4429f7eb18411f506aba38a04b8e08",
            (
                "0x4b0a29f332b6e5d4ad2086e38e8b24d5d6a0eeaf3a267cd52b66153fea562bf3"
                "29b9014ed01ca9114d8abbecee09992987c3dffe64429a6d40bcd05efdf97d121c"
            ),
        ),
    ],
)
def test_order_vectors(exchange: Exchange, expected_id: str, signature: str) -> None:
    domain = order_domain(POLYGON, exchange)
    assert order_id(ORDER, domain) == expected_id
    assert sign_order(ORDER, domain, SIGNING_KEY) == signature
    assert recover_order_signer(ORDER, domain, signature) == ADDRESS


@pytest.mark.parametrize(
    "change",
    [
        {"salt": 1},
        {"maker_amount": 50_000_001},
        {"side": Side.SELL},
        {"timestamp_ms": 1},
        {"metadata": "0x" + "01" * 32},
        {"signature_type": SignatureType.PROXY},
    ],
)
def test_every_signed_field_changes_id_and_signer(change: dict[str, object]) -> None:
    domain = order_domain(POLYGON, Exchange.CTF)
    other = dataclasses.replace(ORDER, **change)
    assert order_id(other, domain) != order_id(ORDER, domain)
    assert recover_order_signer(other, domain, sign_order(ORDER, domain, SIGNING_KEY)) != ADDRESS


@pytest.mark.parametrize("kind", list(SignatureType))
@pytest.mark.parametrize("exchange", list(Exchange))
def test_the_venue_recovers_the_signer_of_every_type(kind: SignatureType, exchange: Exchange) -> None:
    order = _order_of(kind)
    domain = order_domain(AMOY, exchange)
    assert recover_order_signer(order, domain, sign_order(order, domain, SIGNING_KEY)) == ADDRESS


def test_a_wallets_signature_of_another_order_is_refused() -> None:
    order = _order_of(SignatureType.DEPOSIT_WALLET)
    domain = order_domain(POLYGON, Exchange.CTF)
    signature = sign_order(order, domain, SIGNING_KEY)
    with pytest.raises(RemoteProtocolError):
        recover_order_signer(dataclasses.replace(order, salt=2), domain, signature)
    with pytest.raises(RemoteProtocolError):
        recover_order_signer(order, order_domain(POLYGON, Exchange.NEG_RISK), signature)
    with pytest.raises(RemoteProtocolError):
        recover_order_signer(order, domain, signature[:132])


def test_signing_for_somebody_else_is_refused() -> None:
    domain = order_domain(POLYGON, Exchange.CTF)
    for order in [
        dataclasses.replace(ORDER, maker=WALLET, signer=WALLET),
        dataclasses.replace(ORDER, maker=WALLET),
        dataclasses.replace(_order_of(SignatureType.PROXY), signer=WALLET),
        dataclasses.replace(_order_of(SignatureType.DEPOSIT_WALLET), signer=ADDRESS),
        dataclasses.replace(ORDER, token_id="0x12"),
        dataclasses.replace(ORDER, token_id="9" * 78),
        dataclasses.replace(ORDER, builder="0x12"),
        dataclasses.replace(ORDER, maker_amount=-1),
    ]:
        with pytest.raises(LocalProtocolError):
            sign_order(order, domain, SIGNING_KEY)


def test_an_unknown_chain_is_refused_by_name() -> None:
    with pytest.raises(LocalProtocolError, match="chain 1;"):
        order_domain(1, Exchange.CTF)


def test_neg_risk_markets_settle_elsewhere() -> None:
    assert Exchange.of_market(neg_risk=True) is Exchange.NEG_RISK
    assert Exchange.of_market(neg_risk=False) is Exchange.CTF


# --- the official client as oracle


@pytest.mark.usefixtures("official_client")
@pytest.mark.parametrize("chain_id", [POLYGON, AMOY])
def test_contracts_are_the_official_ones(chain_id: int) -> None:
    from py_clob_client_v2.config import get_contract_config

    config = get_contract_config(chain_id)
    assert CONTRACTS[chain_id] == {
        Exchange.CTF: config.exchange_v2,
        Exchange.NEG_RISK: config.neg_risk_exchange_v2,
        Exchange.COMBO: config.exchange_v3,
    }
    assert config.collateral == COLLATERAL


@pytest.mark.usefixtures("official_client")
@pytest.mark.parametrize("chain_id", [POLYGON, AMOY])
@pytest.mark.parametrize("kind", list(SignatureType))
@pytest.mark.parametrize(
    "case",
    [  # tick, price, size, side, exchange
        ("0.1", 0.4, 21.04, "BUY", Exchange.CTF),
        ("0.01", 0.56, 100.0, "SELL", Exchange.NEG_RISK),
        ("0.005", 0.505, 12.0, "BUY", Exchange.NEG_RISK),
        ("0.0025", 0.5025, 7.5, "SELL", Exchange.CTF),
        ("0.001", 0.056, 21.04, "BUY", Exchange.COMBO),
        ("0.0001", 0.0056, 1000.12, "SELL", Exchange.CTF),
    ],
)
def test_hash_and_signature_equal_the_official_clients(
    chain_id: int, kind: SignatureType, case: tuple[str, float, float, str, Exchange]
) -> None:
    tick, price, size, side, exchange = case
    from py_clob_client_v2.clob_types import CreateOrderOptions, OrderArgsV2
    from py_clob_client_v2.order_builder.builder import OrderBuilder
    from py_clob_client_v2.order_utils import ExchangeOrderBuilderV2, SignatureTypeV2
    from py_clob_client_v2.signer import Signer

    signer = Signer(KEY_TEXT, chain_id)
    funder = ADDRESS if kind is SignatureType.EOA else WALLET
    asset = {"position_id": TOKEN} if exchange is Exchange.COMBO else {"token_id": TOKEN}
    signed = OrderBuilder(signer, SignatureTypeV2(int(kind)), funder).build_order(
        OrderArgsV2(price=price, size=size, side=side, metadata="0x" + "ab" * 32, **asset),
        CreateOrderOptions(tick_size=tick, neg_risk=exchange is Exchange.NEG_RISK),
    )
    domain = order_domain(chain_id, exchange)
    ours = OrderStruct(
        salt=int(signed.salt),
        maker=signed.maker,
        signer=signed.signer,
        token_id=signed.tokenId,
        maker_amount=int(signed.makerAmount),
        taker_amount=int(signed.takerAmount),
        side=Side.BUY if int(signed.side) == 0 else Side.SELL,
        signature_type=SignatureType(int(signed.signatureType)),
        timestamp_ms=int(signed.timestamp),
        metadata=signed.metadata,
        builder=signed.builder,
    )
    theirs = ExchangeOrderBuilderV2(
        domain.verifying_contract, chain_id, signer, domain_version=domain.version
    )
    assert order_id(ours, domain) == theirs.build_order_hash(theirs.build_order_typed_data(signed))
    assert sign_order(ours, domain, SIGNING_KEY) == signed.signature
    assert recover_order_signer(ours, domain, signed.signature) == ADDRESS


@pytest.mark.usefixtures("official_client")
@pytest.mark.parametrize("chain_id", [POLYGON, AMOY])
def test_headers_equal_the_official_clients(chain_id: int) -> None:
    from py_clob_client_v2.clob_types import ApiCreds, RequestArgs
    from py_clob_client_v2.headers import create_level_1_headers, create_level_2_headers
    from py_clob_client_v2.signer import Signer

    signer = Signer(KEY_TEXT, chain_id)
    assert create_level_1_headers(signer, nonce=7, timestamp=1_780_000_000) == l1_headers(
        SIGNING_KEY, chain_id=chain_id, timestamp_s=1_780_000_000, nonce=7
    )
    request = RestRequest("DELETE", "/cancel-market-orders", body=b'{"market":"0x12","asset_id":"34"}')
    theirs = create_level_2_headers(
        signer,
        ApiCreds(CREDENTIALS.api_key, "A" * 43 + "=", "open sesame"),
        RequestArgs(request.method, request.path, serialized_body=request.body.decode()),
        timestamp=1_780_000_000,
    )
    assert theirs == l2_headers(CREDENTIALS, ADDRESS, request, timestamp_s=1_780_000_000)


@given(st.binary(max_size=600))
def test_both_libraries_make_the_same_keccak(data: bytes) -> None:
    known = keccak_256(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "sha3", None)  # As where it has no wheel.
        ethereum._keccak.cache_clear()
        try:
            assert keccak_256(data) == known
        finally:
            ethereum._keccak.cache_clear()


# --- cost


def test_importing_the_module_loads_no_native_library() -> None:
    program = (
        "import sys, omega_tui.protocol.polymarket.signing;"
        "print([name for name in ('coincurve', 'Crypto', 'sha3', 'cffi') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )
    assert run.stdout.strip() == "[]"
