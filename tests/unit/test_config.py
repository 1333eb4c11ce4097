import os
import re
import tomllib
from dataclasses import FrozenInstanceError, fields, is_dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from omega_tui.config.folders import config_path, state_folder
from omega_tui.config.layers import env_name
from omega_tui.config.loading import LoadedConfig, describe, known_settings, load_config
from omega_tui.config.model import OmegaConfig
from omega_tui.config.risk import LIVE_RISK
from omega_tui.errors import ConfigError
from omega_tui.settings import allowed, from_file
from omega_tui.toml_source import key_lines

KEY = "0x" + "5e" * 32


@pytest.fixture
def load(tmp_path):
    def load(text: str | bytes = "", *, environ=None, **flags: str) -> LoadedConfig:
        path = tmp_path / "omega.toml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(0o600)
        environ = {"HOME": "/home/t"} | (environ or {})
        return load_config(
            path=path, environ=environ, flags={k.replace("__", "."): v for k, v in flags.items()}
        )

    return load


def refused(load, *args, **kwargs) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(*args, **kwargs)
    return caught.value


def test_nothing_configured_gives_the_defaults(tmp_path):
    loaded = load_config(path=None, environ={"HOME": str(tmp_path)}, flags={})
    assert loaded.config == OmegaConfig()
    assert loaded.config.risk_live == LIVE_RISK
    assert loaded.config.risk_live != loaded.config.risk
    assert loaded.path is None
    assert set(loaded.sources.values()) == {"default"}


def test_flags_override_the_environment_and_that_the_file(load):
    text = '# mine\nvenue = "polymarket"\n\n[streaming]\nping_interval_s = 5\nopen_timeout_s = 2.5'
    environ = {"OMEGA_STREAMING__OPEN_TIMEOUT_S": "3", "OMEGA_SIM__SEED": "2"}
    loaded = load(text, environ=environ, sim__seed="3")
    config = loaded.config
    assert config.venue == "polymarket"
    assert (config.streaming.ping_interval_s, config.streaming.open_timeout_s) == (5.0, 3.0)
    assert type(config.streaming.ping_interval_s) is float
    assert config.sim.seed == 3
    assert loaded.sources["venue"] == "file:2"
    assert loaded.sources["streaming.ping_interval_s"] == "file:5"
    assert loaded.sources["streaming.open_timeout_s"] == "env OMEGA_STREAMING__OPEN_TIMEOUT_S"
    assert loaded.sources["sim.seed"] == "flag --sim.seed"
    assert loaded.sources["sim.rate"] == "default"


def test_every_type_can_be_set_in_the_file_and_in_the_environment(load):
    text = """
    streaming.auto_sync_on_hash_mismatch = false
    [risk]
    price_collar = 0.1
    max_order_notional = 50
    [ui]
    size_presets = [1, 2.5, 0.1]
    glyphs = "ascii"
    """
    environ = {
        "OMEGA_STREAMING__AUTO_SYNC_ON_HASH_MISMATCH": "false",
        "OMEGA_RISK__PRICE_COLLAR": "0.1",
        "OMEGA_RISK__MAX_ORDER_NOTIONAL": "50",
        "OMEGA_UI__SIZE_PRESETS": "1, 2.5,0.1",
        "OMEGA_UI__GLYPHS": "ascii",
    }
    one, two = load(text).config, load(environ=environ).config
    assert one == two
    assert one.risk.price_collar == Decimal("0.1")
    assert isinstance(one.risk.max_order_notional, Decimal)
    assert one.ui.size_presets == (Decimal(1), Decimal("2.5"), Decimal("0.1"))
    assert one.streaming.auto_sync_on_hash_mismatch is False


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("\n[streaming]\nping_intervall_s = 5", 3, "streaming.ping_intervall_s", ("unknown", "did you mean")),
        ("[streeming]\nx = 5", 1, "streeming", ("unknown", "did you mean 'streaming'?")),
        ("zzz = 1", 1, "zzz", ("unknown", "venue, bus, data_state, integrity")),
        ("streaming = 5", 1, "streaming", ("5", "a table, [streaming]")),
        ("[[streaming]]\nping_interval_s=1", 1, "streaming", ("a list of 1", "a table")),
        ('sim.seed = "7"', 1, "sim.seed", ("the text '7'", "a whole number from 0")),
        ("sim.seed = 7.0", 1, "sim.seed", ("7.0", "a whole number")),
        ("sim.seed = true", 1, "sim.seed", ("true", "a whole number")),
        ("sim.seed = -1", 1, "sim.seed", ("-1", "from 0 to")),
        (f"sim.seed = {'9' * 400}", 1, "sim.seed", ("far too large", "from 0")),
        ("[sim]\nrate = nan", 2, "sim.rate", ("NaN", "from 1 to 5000 (updates/s)")),
        ("[sim]\nrate = 1e999999", 2, "sim.rate", ("1E+999999", "from 1 to 5000")),
        ("[ui]\ndisarm_on_blur = 1", 2, "ui.disarm_on_blur", ("1", "true or false")),
        ("[ui]\ndisarm_on_blur = { a = 1 }", 2, "ui.disarm_on_blur", ("a table", "true or false")),
        ("[sim]\ncash = 2024-01-01", 2, "sim.cash", ("a date", "a number")),
        ("venue = 'kraken'", 1, "venue", ("the text 'kraken'", "sim or polymarket")),
        ("venue = ''", 1, "venue", ("an empty text", "sim or polymarket")),
        ("[ui]\nsize_presets = []", 2, "ui.size_presets", ("a list of 0", "a list of 1 to 9 numbers")),
        ("[ui]\nsize_presets = [1,2,3,4,5,6,7,8,9,10]", 2, "ui.size_presets", ("a list of 10", "1 to 9")),
        ('[ui]\nsize_presets = [\n 1,\n "2"]', 2, "ui.size_presets", ("'2'", "1 to 9 numbers")),
        ('[ui]\ntheme = "\\u001b[2J"', 2, "ui.theme", ("'·[2J'", "name of a theme")),
        ("[risk]\nmax_order_notional = 10001", 2, "risk.max_order_notional", ("10001", "to 10000 (USD)")),
        ("[storage]\nstate_dir = '../x'", 2, "storage.state_dir", ("'../x'", "absolute path")),
        ("[storage]\nstate_dir = '/a/../x'", 2, "storage.state_dir", ("'/a/../x'", "without '..'")),
        ("[storage]\nstate_dir = '~bob/x'", 2, "storage.state_dir", ("~bob", "~/")),
        ("[polymarket]\nfunder = '0x12'", 2, "polymarket.funder", ("'0x12'", "40 hex digits")),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(load, text, line, key, words):
    error = refused(load, text)
    assert (error.line, error.key) == (line, key)
    assert words[0] in error.found
    assert words[1] in error.allowed
    assert error.source.endswith("omega.toml")


@pytest.mark.parametrize(
    ("name", "value", "found", "allowed_words"),
    [
        (
            "OMEGA_STREAMING__PING_INTERVALL_S",
            "5",
            "unknown",
            "did you mean 'OMEGA_STREAMING__PING_INTERVAL_S'?",
        ),
        ("OMEGA_streaming__ping_interval_s", "5", "unknown", "OMEGA_"),
        ("OMEGA_VENEU", "sim", "unknown", "did you mean 'OMEGA_VENUE'?"),
        ("OMEGA_SIM__SEED", "0x10", "'0x10'", "whole number"),
        ("OMEGA_SIM__SEED", "1_000", "'1_000'", "whole number"),
        ("OMEGA_SIM__SEED", " 1", "'1' with spaces around it", "whole number"),
        ("OMEGA_SIM__SEED", "", "empty", "whole number"),
        ("OMEGA_SIM__SEED", "\u0661", "text", "whole number"),
        ("OMEGA_SIM__RATE", "1e2", "'1e2'", "a number from 1"),
        ("OMEGA_SIM__RATE", "inf", "'inf'", "a number from 1"),
        ("OMEGA_UI__DISARM_ON_BLUR", "yes", "'yes'", "true or false"),
        ("OMEGA_UI__SIZE_PRESETS", "1,,2", "empty", "list of 1 to 9"),
        ("OMEGA_UI__THEME", "a\nb", "'a b'", "name of a theme"),
    ],
)
def test_a_mistake_in_the_environment_is_named_with_its_variable(load, name, value, found, allowed_words):
    error = refused(load, environ={name: value})
    assert error.line is None
    assert name in (error.key, error.source.removeprefix("env "))
    assert found in error.found
    assert allowed_words in error.allowed


def test_a_mistake_in_a_flag_is_named(load):
    error = refused(load, sim__seed="x")
    assert (error.source, error.key, error.found) == ("flag --sim.seed", "sim.seed", "the text 'x'")
    assert "did you mean 'sim.seed'?" in refused(load, sim__sed="1").allowed


def test_variables_that_are_no_settings_are_left_alone(load):
    environ = {"OMEGA_CRASH_AT": "x", "OMEGA_POLYMARKET_PRIVATE_KEY": KEY, "OMEGANESS": "1", "PATH": "/bin"}
    loaded = load(environ=environ)
    assert loaded.config == OmegaConfig()
    assert loaded.credentials == ("OMEGA_POLYMARKET_PRIVATE_KEY",)
    rows = describe(loaded)
    assert ("polymarket.private_key", "***", "env OMEGA_POLYMARKET_PRIVATE_KEY") in rows
    assert KEY[2:] not in repr((loaded, rows))


@pytest.mark.parametrize(
    "text",
    [
        f'private_key = "{KEY}"',
        f'[polymarket]\nprivate_key = "{KEY}"',
        f'[polymarket]\napi_secret = "{KEY}"',
        f'[polymarket]\nfunder = "{KEY}"',
        f'[polymarket]\nrest_url = "https://polymarket.com/{KEY}"',
        f'[ui]\ntheme = "{KEY}"',
    ],
)
def test_secrets_in_the_file_are_refused_and_not_quoted(load, text):
    error = refused(load, text)
    assert "secret" in error.found
    assert KEY[2:] not in str(error) + repr(error)


def test_a_secret_name_says_where_secrets_belong(load):
    error = refused(load, '[polymarket]\napi_key = "x"')
    assert "OMEGA_POLYMARKET_API_KEY" in error.allowed
    assert "credentials_file" in error.allowed
    error = refused(load, environ={"OMEGA_POLYMARKET__PRIVATE_KEY": KEY})
    assert "OMEGA_POLYMARKET_PRIVATE_KEY" in error.allowed
    assert KEY[2:] not in str(error)


@pytest.mark.parametrize(
    "address",
    [
        "http://clob.polymarket.com",
        "https://clob.polymarket.com.evil.io",
        "https://evilpolymarket.com",
        "https://clob.polymarket.com:8443",
        "https://user@clob.polymarket.com",
        "https://clob.polymarket.com?x=1",
        "wss://clob.polymarket.com",
        "file:///etc/passwd",
        "https://clob.polymarket.com:99999",
        "https://[::1",
        "https://127.0.0.1.evil.io",
        "",
    ],
)
def test_an_address_elsewhere_or_without_tls_is_refused(load, address):
    assert "on 127.0.0.1" in refused(load, f'polymarket.rest_url = "{address}"').allowed


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8080", "http://localhost:1", "https://clob.polymarket.com:443"]
)
def test_loopback_and_the_venue_are_allowed(load, address):
    assert load(f'polymarket.rest_url = "{address}"').config.polymarket.rest_url == address


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        (b"\xef\xbb\xbfvenue='sim'", 1, "byte-order mark"),
        ("venue='sim'".encode("utf-16"), 1, "byte-order mark"),
        (b"\n\nvenue='\xff'", 3, "not UTF-8"),
        (b"\nvenue='a\0'", 2, "NUL"),
        (b"venue='sim'\nvenue='sim'", 2, "cannot overwrite a value"),
        (b"[sim]\nseed=1\n[sim]\nport=1", 3, "cannot declare"),
        (b"venue=", 1, "invalid value"),
        (b"\nsim.seed=" + b"9" * 5000, None, "limit"),
        (b"x=" + b"[" * 100_000, None, "nested too deep"),
    ],
)
def test_a_file_that_is_no_toml_is_named_with_its_line(load, text, line, found):
    error = refused(load, text)
    assert found in error.found
    if line is not None:
        assert error.line == line


def test_what_is_no_ordinary_small_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(1 << 30)
    (tmp_path / "loose").touch()
    (tmp_path / "loose").chmod(0o666)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name, found in {
        "fifo": "a FIFO",
        "big": "1073741824 bytes",
        ".": "a folder",
        "none": "no such file",
        "loose": "mode 0666",
        "dangling": "no such file",
    }.items():
        with pytest.raises(ConfigError, match=found):
            load_config(path=tmp_path / name, environ={}, flags={})


def test_the_usual_file_is_read_also_through_a_link(tmp_path):
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg"), "HOME": str(tmp_path)}
    assert config_path(environ) == tmp_path / "xdg" / "omega-tui" / "config.toml"
    real = tmp_path / "dotfiles.toml"
    real.write_text("sim.seed = 11")
    real.chmod(0o644)
    config_path(environ).parent.mkdir(parents=True)
    config_path(environ).symlink_to(real)
    loaded = load_config(path=None, environ=environ, flags={})
    assert loaded.config.sim.seed == 11
    assert loaded.path == config_path(environ)
    real.unlink()
    with pytest.raises(ConfigError, match="no such file"):
        load_config(path=None, environ=environ, flags={})


def test_folders_follow_the_xdg_rules(load):
    home = {"HOME": "/home/t"}
    storage = OmegaConfig().storage
    assert state_folder(storage, home) == Path("/home/t/.local/state/omega-tui")
    assert state_folder(storage, home | {"XDG_STATE_HOME": "relative"}) == state_folder(storage, home)
    assert state_folder(storage, home | {"XDG_STATE_HOME": "/s"}) == Path("/s/omega-tui")
    set_by_hand = load("storage.state_dir = '~/omega'").config.storage
    assert state_folder(set_by_hand, home) == Path("/home/t/omega")


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        (
            "streaming.silence_timeout_s = 5",
            "streaming.silence_timeout_s",
            "at least streaming.ping_interval_s",
        ),
        (
            "streaming.ping_interval_s = 40",
            "streaming.ping_interval_s",
            "at most streaming.silence_timeout_s",
        ),
        ("risk_live.max_order_notional = 501", "risk_live.max_order_notional", "which is 500 (default)"),
        ("data_state.stale_s = 0.5", "data_state.stale_s", "at least data_state.live_s"),
    ],
)
def test_settings_must_agree_with_each_other(load, text, key, said):
    error = refused(load, text)
    assert error.key == key
    assert said in error.allowed
    assert error.line == 1


def test_the_description_can_be_read_back(load):
    changed = load('ui.size_presets = [1, 2.50]\nstorage.state_dir = "/a\\"b"\nvenue = "polymarket"')
    rows = describe(changed)
    assert [row[0] for row in rows] == list(known_settings())
    again = load("\n".join(f"{key} = {value}" for key, value, _ in rows))
    assert again.config == changed.config
    assert {source.partition(":")[0] for _, _, source in describe(again)} == {"file"}


def test_tables_of_venues_are_named_by_the_trader(load):
    loaded = load(
        'ui.venues = ["sim", "okx-swap"]\n[venues.okx-swap]\nexchange = "okx"\naccount_type = "swap"\n'
        '[venues.kraken]\nsandbox = "venue"'
    )
    okx, kraken = loaded.config.venues
    assert (okx.name, okx.exchange, okx.account_type, okx.sandbox) == ("okx-swap", "okx", "swap", "")
    assert (kraken.name, kraken.exchange, kraken.account_type, kraken.sandbox) == (
        "kraken",
        "",
        "spot",
        "venue",
    )
    assert loaded.config.ui.venues == ("sim", "okx-swap")
    assert ("venues.okx-swap.exchange", '"okx"', "file:3") in describe(loaded)
    assert load("", environ={"OMEGA_UI__VENUES": "sim, okx"}).config.ui.venues == ("sim", "okx")


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("venues = 5", "venues", "tables, as [venues.NAME]"),
        ("[venues]\nokx = 5", "venues.okx", "a table, [venues.okx]"),
        ("[venues.OKX]\n", "venues.OKX", "up to 24 small letters, digits and -, a letter first"),
        (
            '[venues.okx]\nacount_type = "swap"',
            "venues.okx.acount_type",
            "did you mean 'venues.okx.account_type'?",
        ),
        ('[venues.okx]\naccount_type = "margin"', "venues.okx.account_type", "spot or swap"),
        (
            '[venues.okx]\nsandbox = "http://10.0.0.1:80"',
            "venues.okx.sandbox",
            "the address of one on 127.0.0.1",
        ),
        ('[venues.okx]\napi_key = "x"', "venues.okx.api_key", "no secrets here"),
        ('ui.venues = ["sim", "sim"]', "ui.venues", "names as of --venue"),
        ("ui.venues = []", "ui.venues", "names as of --venue"),
    ],
)
def test_a_mistake_in_a_table_of_a_venue_is_named(load, text, key, words):
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert caught.value.key == key
    assert words in caught.value.allowed


def test_every_setting_explains_itself_and_accepts_its_own_default():
    known = known_settings()
    assert len(known) > 80
    for key, (spec, default) in known.items():
        assert re.fullmatch(r"[A-Z0-9].*\.", spec.doc), key
        assert allowed(spec, default)
        assert re.fullmatch(r"OMEGA_[A-Z0-9_]+", env_name(key))
        raw = list(default) if isinstance(default, tuple) else default
        raw = Decimal(repr(raw)) if isinstance(raw, float) else raw
        assert from_file(spec, default, raw, home="/h") == default
        if type(default) in {int, float, Decimal}:
            assert spec.low is not None, key
            assert spec.high is not None, key
    assert len({env_name(key) for key in known}) == len(known)


def test_the_configuration_is_frozen_and_hashable():
    config = OmegaConfig()
    hash(config)
    for entry in fields(config):
        section = getattr(config, entry.name)
        if is_dataclass(section):
            assert not hasattr(section, "__dict__")
    with pytest.raises(FrozenInstanceError):
        config.venue = "x"


TOML = '''\
# comment = 1
title = "a # b = [c"   # x = 1
a.b.c = 1
"quoted key" = 'lit # = '
multi = """
inside = 1
[no.table] ""\\"
"""
lit = \'\'\'
x = 2'\'\'\'
arr = [ 1, # c = ]
  [2, "]"], { k = 3 },
]
[table]
  inner = { one = 1.5, two = { three = "}" }, list = [1] }
date = 1979-05-27 07:32:00Z
[ "dotted.quoted" . sub ]
k = 1
["escape\\nd"]
[[many]]
v = 1
[[many]]
v = 2
'''


def test_lines_are_found_for_every_key():
    assert tomllib.loads(TOML)
    lines = {".".join(path): line for path, line in key_lines(TOML).items()}
    assert lines == {
        "title": 2,
        "a": 3,
        "a.b": 3,
        "a.b.c": 3,
        "quoted key": 4,
        "multi": 5,
        "lit": 9,
        "arr": 11,
        "arr.k": 12,
        "table": 14,
        "table.inner": 15,
        "table.inner.one": 15,
        "table.inner.two": 15,
        "table.inner.two.three": 15,
        "table.inner.list": 15,
        "table.date": 16,
        "dotted.quoted": 17,
        "dotted.quoted.sub": 17,
        "dotted.quoted.sub.k": 18,
        "escape\nd": 19,
        "many": 20,
        "many.v": 21,
    }
