import base64
import copy
import json
import os
import pickle
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from omega_tui.errors import ConfigError
from omega_tui.secret import (
    BUS_VARIABLES,
    CREDENTIAL_VARIABLES,
    MAX_TEXT,
    Redactor,
    Secret,
    forget_secrets,
    read_secret_file,
    take_secrets,
)
from omega_tui.venues.credentials import variables_of

KEY = "0x" + "5eCr3t00".replace("r", "a").replace("t", "b").replace("C", "c") * 8
API_SECRET = base64.urlsafe_b64encode(bytes(range(200, 232))).decode()
PASSPHRASE = 'pa"ss+ph/ra&se%'


@dataclass(frozen=True, slots=True)
class Holder:
    name: str
    secret: Secret


def test_a_secret_shows_itself_nowhere():
    secret = Secret("canary-value")
    holder = Holder("x", secret)
    shown = (
        repr(secret),
        str(secret),
        f"{secret:>20}",
        f"{secret!s} {secret!r}",
        repr(holder),
        str([secret]),
    )
    assert "canary" not in "".join(shown)
    assert "canary" not in str(asdict(holder))
    assert list(secret.__rich_repr__()) == ["***"]
    assert not hasattr(secret, "__dict__")
    assert secret.reveal() == "canary-value"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_cannot_be_pickled(protocol):
    with pytest.raises(TypeError, match="cannot be serialised"):
        pickle.dumps(Secret("canary"), protocol)


def test_a_secret_cannot_become_json():
    with pytest.raises(TypeError):
        json.dumps({"s": Secret("canary")})
    with pytest.raises(TypeError, match="cannot be serialised"):
        Secret("canary").__getstate__()


def test_secrets_compare_by_value_and_only_with_each_other():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert copy.deepcopy(Secret("a")) == Secret("a")
    with pytest.raises(TypeError):
        hash(Secret("a"))
    with pytest.raises(ValueError, match="empty"):
        Secret("")


@pytest.fixture
def secret_file(tmp_path):
    def write(content: bytes, mode: int = 0o600, folder: Path = tmp_path) -> Path:
        path = folder / "secret"
        path.write_bytes(content)
        path.chmod(mode)
        return path

    return write


@pytest.mark.parametrize("content", [b"canary", b"canary\n", b"canary\r\n", b"canary\n\n"])
def test_a_private_file_is_read(secret_file, content):
    assert read_secret_file(secret_file(content)).reveal() == "canary"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o644])
def test_a_file_that_others_can_touch_is_refused(secret_file, mode):
    with pytest.raises(ConfigError, match=f"mode 0{mode:o}.*chmod 600 secret"):
        read_secret_file(secret_file(b"canary", mode))


@pytest.mark.parametrize(
    "content",
    [b"canary ", b" canary", b"can\nary", b"can\x00ary", b"can\x1bary", "canäry".encode(), b"", b"\n"],
)
def test_a_file_with_anything_but_one_visible_line_is_refused_unquoted(secret_file, content):
    with pytest.raises(ConfigError) as caught:
        read_secret_file(secret_file(content))
    assert "can" not in str(caught.value).partition(": ")[2]


def test_links_folders_and_fifos_are_refused(secret_file, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(secret_file(b"canary"))
    with pytest.raises(ConfigError, match="symbolic link"):
        read_secret_file(link)
    with pytest.raises(ConfigError, match="a folder"):
        read_secret_file(tmp_path)
    os.mkfifo(tmp_path / "fifo", 0o600)
    with pytest.raises(ConfigError, match="a FIFO"):
        read_secret_file(tmp_path / "fifo")
    with pytest.raises(ConfigError, match="no such file"):
        read_secret_file(tmp_path / "none")


def test_a_file_in_a_git_work_tree_is_refused_also_through_a_linked_folder(secret_file, tmp_path):
    inside = tmp_path / "tree" / "deep"
    inside.mkdir(parents=True)
    (tmp_path / "tree" / ".git").write_text("gitdir: elsewhere")
    secret_file(b"canary", folder=inside)
    (tmp_path / "linked").symlink_to(inside)
    for folder in (inside, tmp_path / "linked"):
        with pytest.raises(ConfigError, match="git work tree"):
            read_secret_file(folder / "secret")


def test_credentials_leave_the_environment(secret_file):
    environ = {"OMEGA_POLYMARKET_PRIVATE_KEY": KEY, "OMEGA_POLYMARKET_API_KEY": "from-env", "HOME": "/x"}
    file = secret_file(b'api_key = "from-file"\npassphrase = "from-file"\n')
    credentials = take_secrets(environ, file=file, variables=CREDENTIAL_VARIABLES)
    assert environ == {"HOME": "/x"}
    assert credentials == {
        "private_key": Secret(KEY),
        "api_key": Secret("from-env"),
        "passphrase": Secret("from-file"),
    }
    assert "from" not in repr(credentials)


def test_no_credentials_are_fine():
    assert take_secrets({}, file=None, variables=CREDENTIAL_VARIABLES) == {}


@pytest.mark.parametrize(
    ("environ", "content", "said"),
    [
        ({"OMEGA_POLYMARKET_PRIVATE_KEY": KEY + "canary"}, b"", "72 characters .*64 hex digits"),
        ({"OMEGA_POLYMARKET_API_KEY": ""}, b"", "OMEGA_POLYMARKET_API_KEY: found an empty text"),
        ({"OMEGA_POLYMARKET_API_KEY": "canary\r\nX: y"}, b"", "one line"),
        ({}, b"canary canary", "valid TOML"),
        ({}, b'api_kye = "canary"', "api_kye: found an unknown key"),
        ({}, b'"canary canary" = "x"', "unknown key"),
        ({}, b"api_key = 12345", "text in quotes"),
    ],
)
def test_malformed_credentials_are_refused_and_not_quoted(secret_file, environ, content, said):
    with pytest.raises(ConfigError, match=said) as caught:
        take_secrets(environ, file=secret_file(content), variables=CREDENTIAL_VARIABLES)
    assert "canary" not in str(caught.value).partition(": ")[2]


def spellings(secret: str) -> list[str]:
    raw = secret.encode()
    return [
        secret,
        secret.upper(),
        json.dumps({"x": secret}),
        repr({"x": secret}),
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        raw.hex(),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        base64.b64encode(b"user:" + raw + b"!").decode(),
        base64.b64encode(b"u:" + raw + b"tail").decode(),
        base64.b64encode(b"abc" + raw).decode(),
    ]


@pytest.mark.parametrize("secret", [KEY, API_SECRET, PASSPHRASE, "hunter2"])
def test_known_values_are_found_in_every_spelling(secret):
    redactor = Redactor([Secret("another one"), Secret(secret)])
    for form in spellings(secret):
        text = f"error near {form} of it"
        redacted = redactor.redact(text)
        assert "***" in redacted
        assert form not in redacted
        assert secret not in redacted


def test_a_private_key_is_found_as_digits_bytes_and_number():
    redactor = Redactor()
    redactor.add(Secret(KEY))
    digits = KEY[2:]
    number = bytes.fromhex(digits)
    for form in (digits, digits.upper(), str(int(digits, 16)), base64.b64encode(number).decode()):
        assert redactor.redact(f"x {form} y") == "x *** y"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("GET /x?timestamp=1&signature=canary12&z=1 HTTP", "GET /x?timestamp=1&signature=***&z=1 HTTP"),
        ("url%3Fsignature%3Dcanary12", "url%3Fsignature%3D***"),
        ('{"apiKey": "canary12", "a": 1}', '{"apiKey": "***", "a": 1}'),
        ("{'apiKey': 'canary12'}", "{'apiKey': '***'}"),
        ('{\\"secret\\":\\"canary12\\"}', '{\\"secret\\":\\"***\\"}'),
        ("clientSecret=canary12", "clientSecret=***"),
        ("POLY_API_KEY: canary12", "POLY_API_KEY: ***"),
        ("('POLY_PASSPHRASE', 'canary12')", "('POLY_PASSPHRASE', '***')"),
        ("(b'POLY_SIGNATURE', b'canary12')", "(b'POLY_SIGNATURE', b'***')"),
        ("Authorization: Bearer canary12.x", "Authorization: ***"),
        ("'Authorization': 'Basic canary12=='", "'Authorization': '***'"),
        ("sent bearer canary12canary", "sent bearer ***"),
        ("jwt eyJhbGciOi.eyJjYW5hcnk.canary12-_ end", "jwt *** end"),
        ("private key " + "ab" * 32, "private key ***"),
        ("key=0x" + "AB" * 32, "key=***"),
        ("market 0x" + "ab" * 32 + " moved", "market 0xabab*** moved"),
        ("signed 0x" + "ab" * 65, "signed 0xabab***"),
        ("-----BEGIN EC PRIVATE KEY-----\ncanary12\n-----END EC PRIVATE KEY-----", "***"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text, kept):
    assert Redactor().redact(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "streaming.ping_interval_s: found 0; allowed: a number from 1 to 60 (s)",
        "token 71321045679252212594626385532706912750332728571942532289631379312455583992563",
        "hash 0458ea5755c9f73d64a14636fa5c36ed460ec394 of 0xE111180000d2663C0091e4f400237545B87B996B",
        "design=1 signed=2 secrets kept: none, keys: b s",
        "",
    ],
)
def test_harmless_text_stays(text):
    assert Redactor([Secret("a"), Secret("xyz")]).redact(text) == text


def test_a_huge_text_is_cut_and_no_half_secret_is_left():
    redactor = Redactor([Secret(KEY)])
    for shift in range(0, 70, 7):
        text = "." * shift + KEY * 20_000
        redacted = redactor.redact(text)
        assert len(redacted) < MAX_TEXT
        assert KEY[2:12] not in redacted
        assert redacted.endswith("more characters)")


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "part", ["-eyJ", "POLY_", "secret ", "key", "0x", "authorization:'", "-----BEGIN ", " "]
)
def test_hostile_text_costs_no_more_than_its_length(part):
    Redactor().redact(part * (MAX_TEXT // len(part)) + " private key----- eyj")


def test_a_process_that_does_not_sign_forgets_every_credential():
    environ = {
        variable: "x" for venue in ("bitget", "my-second") for variable in variables_of(venue).values()
    }
    environ |= dict.fromkeys((*CREDENTIAL_VARIABLES.values(), *BUS_VARIABLES), "x")
    rest = {"PATH": "/bin", "OMEGA_UI__FPS": "30", "OMEGA_CONFIG": "file"}
    environ |= rest
    forget_secrets(environ)
    assert environ == rest
