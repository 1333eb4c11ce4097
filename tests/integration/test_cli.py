"""Every headless command as a stranger types it: what it prints, how it ends, what it says of mistakes."""

import json
import os
import re
import signal
import socket
from decimal import Decimal
from pathlib import Path

import pytest

from omega_tui import __version__
from omega_tui.secret import CREDENTIAL_VARIABLES
from omega_tui.services.recorder import read_recording
from tests.command import Sim, omega, omega_here, started
from tests.driving import HEADER, leave, live
from tests.terminal import Terminal

pytestmark = [pytest.mark.timeout(120)]

KINDS = {"book", "price_change", "trade", "tick_size_change", "best_bid_ask", "market_resolved"}
SECRET = "0x" + "5e" * 32
CREDENTIALS = {
    CREDENTIAL_VARIABLES["private_key"]: SECRET,
    CREDENTIAL_VARIABLES["api_key"]: "8b6f2f1e-1111-4222-8333-444455556666",
    CREDENTIAL_VARIABLES["api_secret"]: "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=",
    CREDENTIAL_VARIABLES["passphrase"]: "5c" * 32,
}


@pytest.fixture(scope="module")
def sim(tmp_path_factory):
    with Sim(tmp_path_factory.mktemp("sim")) as sim:
        yield sim


def json_lines(done):
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def refused(done, *words, code=2):
    """One sentence on standard error, nothing on standard output, and the exit code."""
    assert done.returncode == code, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert done.stderr.startswith("omega-tui")
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr
    return done.stderr


# ---------------------------------------------------------------------------- the program itself


def test_version_and_help(tmp_path):
    assert omega("--version", home=tmp_path).stdout == f"omega-tui {__version__}\n"
    told = omega("--help", home=tmp_path)
    assert told.returncode == 0
    for command in ("sim", "replay", "stream", "book", "markets", "config", "screenshot"):
        assert re.search(rf"^  {command} ", told.stdout, re.MULTILINE)
    for option in ("--record", "--sim", "--live", "--theme", "--set"):
        assert option in told.stdout


@pytest.mark.parametrize("command", ["sim", "replay", "stream", "book", "markets", "config"])
def test_every_command_explains_itself(here, command):
    told = here(command, "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert f"usage: omega-tui {command}" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nope"], "there is no command 'nope'; there are: sim, replay, engine, status, schema, stream"),
        ([""], "there is no command ''"),
        (["\x1b[31m"], "there is no command '\\x1b[31m'"),
        (["--nope"], "unrecognized arguments: --nope"),
        (["--live", "krakne"], "did you mean 'kraken'?"),
        (["--live", "sim"], "a venue with real money"),
        (["--venue", "bitget", "--venue", "bitget"], "each venue once"),
        (["--venue", "nowhere"], "an exchange of the ccxt library"),
        (["--set", "venues.sim.exchange=okx"], "sim is built in"),
        (["--venue", "x", "--set", "venues.x.exchange=okx", "--set", "venues.x.sandbox=embedded"], "bitget"),
        (["--record", "no/such/folder"], "there is no such folder"),
        ([], "the console needs a terminal; without one there is markets, book, stream"),
        (["replay", "x"], "the console needs a terminal; without one there is replay --headless"),
        (["replay", "x", "--json"], "--json goes with --headless"),
        (["replay", "x", "--headless"], "cannot read x: No such file"),
        (["replay", "x", "--speed", "0"], "'0' is no speed; allowed: a number up to 4096, or max"),
        (["replay", "x", "--speed", "nan"], "'nan' is no speed"),
        (["replay"], "the following arguments are required: file"),
        (["book"], "the following arguments are required: asset"),
        (["book", "x", "--levels", "0"], "'0' is out of range; allowed: a whole number from 1"),
        (["markets", "--extra"], "unrecognized arguments: --extra"),
        (["stream", "--kind", "ticker"], "sim has no ticker events; it has book, price_change, trade"),
        (["candles", "telescope"], "sim has no candles of 1m"),
        (["stream", "--for", "5"], "'5' is no time; allowed: a number above 0 and ms, s, m or h, as 5s"),
        (["stream", "--for", "0s"], "'0s' is no time"),
        (["stream", "--for", "-1s"], "expected one argument"),
        (["stream", "--record", "/"], "'/' is no ordinary file"),
        (["sim", "--port", "99999"], "a port is within 0 and 65535, not '99999'"),
        (["sim", "--port", "x"], "a port is within 0 and 65535, not 'x'"),
        (["sim", "--rate", "0"], "the rate of the exchange must be within 1 and 5000, not 0"),
        (["sim", "--rate", "nan"], "must be within 1 and 5000, not nan"),
        (["sim", "--state", "no/such/folder"], "cannot be kept in no/such/folder: No such file"),
        (["sim", "extra"], "unrecognized arguments: extra"),
    ],
    ids=" ".join,
)
def test_what_is_typed_wrong_is_answered_in_one_sentence(tmp_path, monkeypatch, capsys, arguments, words):
    refused(omega_here(arguments, home=tmp_path, monkeypatch=monkeypatch, capsys=capsys), words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "found No such file or directory"),
        (b"", "found Input data was truncated"),
        (b"\xff\xfe\x00", "JSON is malformed"),
        (b"{}", "missing required field `rest`"),
        (b'{"rest": 1}', "Expected `str`, got `int` - at `$.rest`"),
        (b"[" * 100_000, "found"),
    ],
    ids=["none", "empty", "binary", "another", "wrong type", "deep"],
)
def test_a_file_that_no_sim_wrote_is_refused(here, tmp_path, content, words):
    if content is not None:
        (tmp_path / "sim.json").write_bytes(content)
    command = {None: "book x", b"": "stream"}.get(content, "markets")
    said = refused(here(*command.split(), "--sim", "sim.json"), words)
    assert "allowed: the line that `omega-tui sim --json` printed" in said


def test_an_exchange_elsewhere_is_refused(here, tmp_path, sim):
    told = sim.announcement.read_text().replace(sim.told["rest"], "http://example.com:80")
    (tmp_path / "sim.json").write_text(told)
    refused(here("markets", "--sim", "sim.json"), "addresses on this machine")


def test_an_exchange_that_is_gone_is_said_to_be(here, tmp_path, sim):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    told = {key: re.sub(r":\d+", f":{port}", text) for key, text in sim.told.items() if isinstance(text, str)}
    (tmp_path / "sim.json").write_text(json.dumps(sim.told | told))
    refused(here("markets", "--sim", "sim.json"), "connection refused", str(port), code=5)


def test_a_picture_that_cannot_be_written_says_where(tmp_path):
    done = omega("screenshot", str(tmp_path / "absent" / "x.svg"), "--size", "60x20", home=tmp_path)
    refused(done, f"cannot write {tmp_path}/absent/x.svg: No such file or directory", code=1)
    (tmp_path / "file").write_text("")
    done = omega("screenshot", "--all", str(tmp_path / "file"), home=tmp_path)
    refused(done, f"cannot write {tmp_path}/file: File exists", code=1)


def test_a_named_exchange_is_no_other_venue(here, tmp_path, sim):
    said = refused(here("markets", "--sim", sim.announcement, "--venue", "polymarket"))
    assert "flag --sim: venue: found polymarket" in said
    config = tmp_path / "config" / "omega-tui"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('venue = "polymarket"\n')
    assert len(json_lines(here("markets", "--sim", sim.announcement, "--json"))) == 12


def test_the_console_finds_out_before_it_draws(tmp_path):
    """In a terminal the same mistakes end it with the same code, and the screen is given back."""
    for arguments, env, words in (
        (["--sim", "nothing.json"], {}, b"nothing.json: --sim: found No such file"),
        (["--theme", "pink"], {}, b"flag --ui.theme: ui.theme: found pink"),
        ([], {"XDG_STATE_HOME": "/dev/null"}, b"storage.state_dir: found /dev/null/omega-tui, which cannot"),
        (["replay", "nothing"], {}, b"cannot read nothing: No such file"),
    ):
        with Terminal.omega(*arguments, columns=200, home=tmp_path, env=env) as console:
            assert console.wait_exit() == 2, arguments
        assert words in console.raw[console.raw.rindex(b"\x1b[?1049l") :], console.raw


# ---------------------------------------------------------------------------- markets and book


def test_markets_are_listed(here, sim):
    listed = json_lines(here("markets", "--json", "--sim", sim.announcement))
    told = {token["token_id"]: token["outcome"] for each in sim.told["markets"] for token in each["tokens"]}
    assert {each["id"]: each["base"] for each in listed} == told
    assert all(each["complement_id"] in told and Decimal(each["tick_size"]) > 0 for each in listed)
    table = here("markets", "--sim", sim.announcement).stdout.splitlines()
    assert table[0].split() == ["market", "outcome", "tick", "min", "id"]
    assert len(table) == 1 + len(told)
    assert len({line.rfind("  ") for line in table[1:]}) == 1, "columns stand below each other"


def test_without_anything_the_embedded_exchange_answers_and_leaves_no_trace(tmp_path):
    assert len(json_lines(omega("markets", "--json", home=tmp_path))) == 12
    assert list(tmp_path.rglob("*.jsonl")) == []


def test_a_book_is_printed_with_its_check(here, sim):
    token = sim.told["markets"][0]["tokens"][0]["token_id"]
    done = here("book", token, "--json", "--levels", "3", "--sim", sim.announcement)
    [book] = json_lines(done)
    assert (book["instrument"], book["outcome"], book["state"]) == (token, "Yes", "VERIFIED")
    bids, asks = ([Decimal(price) for price, _ in book[side]] for side in ("bids", "asks"))
    assert len(bids) == len(asks) == 3
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]
    table = here("book", "telescope", "no", "--sim", sim.announcement)
    assert table.returncode == 2, "words of a name are one argument"
    table = here("book", "telescope no", "--levels", "2", "--sim", sim.announcement)
    lines = table.stdout.splitlines()
    assert re.fullmatch(r"Will the Meridian telescope .*: No  tick 0\.01  VERIFIED \(hash\)", lines[0])
    assert lines[1].split() == ["bid", "price", "ask"]
    assert len(lines) == 6


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("nosuch", "no instrument is called 'nosuch'; `omega-tui markets` lists them"),
        ("", "name an instrument"),
        (" ", "name an instrument"),
        ("regatta", "could be more than one market: Will Northwind"),
        ("\x1b]0;x\x07", "no instrument is called"),
        ("9" * 4_000, "no instrument is called"),
    ],
)
def test_a_name_that_fits_nothing_or_too_much(here, sim, words, said):
    error = refused(here("book", words, "--sim", sim.announcement), said)
    assert error.strip().isprintable()
    assert len(error) < 600


# ---------------------------------------------------------------------------- stream and its recording


def books_in(frames, token):
    """The bids of every book of a token in recorded frames, oldest first."""
    for frame in frames:
        told = json.loads(frame.text) if frame.text.startswith(("[", "{")) else []
        for one in told if isinstance(told, list) else [told]:
            if one["event_type"] == "book" and one["asset_id"] == token:
                yield [(level["price"], level["size"]) for level in one["bids"]]


def levels_of(bids):
    return {Decimal(price): Decimal(size) for price, size in bids}


def test_a_stream_is_recorded_and_its_recording_says_the_same(here, tmp_path, sim):
    recording = tmp_path / "session.feedlog.gz"
    done = here(*("stream", "--json", "--for", "2s", "--record", recording, "--sim", sim.announcement))
    events = json_lines(done)
    tokens = {token["token_id"] for each in sim.told["markets"] for token in each["tokens"]}
    assert {event["kind"] for event in events} <= KINDS
    assert {event["instrument"] for event in events if event["kind"] == "book"} == tokens

    [report] = json_lines(here("replay", recording, "--headless", "--json"))
    assert report["hashes"]["opening"] == [12, 12]
    assert report["hashes"]["groups"]["at_once"] > 10
    equal, total = report["rebuilt_equals_later_book"]
    assert equal > total / 2, (
        "a fill that empties a level is told by the later book alone, as at the real venue"
    )
    assert (report["errors"], report["resyncs"]) == (0, 0)
    assert set(report["books"]) == tokens
    frames = [frame for frame in read_recording(recording) if frame.channel == "market"]
    for token in tokens:
        streamed = [levels_of(e["bids"]) for e in events if e["kind"] == "book" and e["instrument"] == token]
        assert streamed == [levels_of(bids) for bids in books_in(frames, token)][: len(streamed)]

    table = here("replay", recording, "--headless")
    assert "opening hashes        12 of 12" in table.stdout


def test_a_recording_can_be_gone_on_with_and_nothing_else_is_written_to(here, tmp_path, sim):
    recording = tmp_path / "session.feedlog"
    frames = []
    for _ in range(2):
        here("stream", "--for", "300ms", "--record", recording, "--sim", sim.announcement)
        [report] = json_lines(here("replay", recording, "--headless", "--json"))
        frames.append(report["frames"])
    assert 0 < frames[0] < frames[1]
    (tmp_path / "notes").write_text("do not touch\n")
    refused(here("stream", "--record", "notes"), "holds something else already")
    assert (tmp_path / "notes").read_text() == "do not touch\n"


def test_kinds_and_assets_are_chosen(here, sim):
    token = sim.told["markets"][0]["tokens"][0]["token_id"]
    options = ["--asset", token, "--kind", "book", "--kind", "best_bid_ask", "--for", "1s"]
    events = json_lines(here("stream", "--json", *options, "--sim", sim.announcement))
    assert {event["instrument"] for event in events} == {token}
    assert {event["kind"] for event in events} <= {"book", "best_bid_ask"}
    assert events[0]["kind"] == "book"
    told = here("stream", *options, "--sim", sim.announcement)
    assert re.match(r"\d\d:\d\d:\d\d\.\d{3}  book +\d{8}  bids \d+ levels", told.stdout)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("named", [True, False], ids=["at an exchange", "at its own"])
def test_a_signal_ends_a_stream_and_its_recording(here, tmp_path, sim, number, named):
    recording = tmp_path / "session.feedlog"
    where = ["--sim", sim.announcement] if named else []
    with started("stream", "--json", "--record", recording, *where, home=tmp_path) as process:
        assert json.loads(process.stdout.readline())["kind"] == "book"
        process.send_signal(number)
        _, error = process.communicate(timeout=20)
    assert (process.returncode, error) == (0, "")
    [report] = json_lines(here("replay", recording, "--headless", "--json"))
    assert report["errors"] == 0
    assert report["hashes"]["opening"][0] == report["hashes"]["opening"][1] > 0


def test_a_reader_that_leaves_ends_a_stream(tmp_path, sim):
    with started("stream", "--json", "--sim", sim.announcement, home=tmp_path) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=20) == 0
        assert process.stderr.read() == ""
        process.stdout = None


@pytest.mark.parametrize("command", ["--version", "config", "markets", "stream", "sim --json"])
def test_a_disk_that_is_full_is_named(tmp_path, command):
    with Path("/dev/full").open("w") as full:
        done = omega(*command.split(), home=tmp_path, stdout=full)
    assert done.returncode == 1
    assert re.fullmatch(r"omega-tui.*: cannot write the output: No space left on device\n", done.stderr)


@pytest.mark.parametrize("command", ["--version", "config", "markets"])
def test_closed_standard_streams_hurt_nobody(tmp_path, command):
    done = omega(*command.split(), home=tmp_path, stdout=None, preexec_fn=lambda: os.closerange(0, 2))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_terminal_of_ascii_is_no_reason_to_fail(tmp_path, sim):
    plain = {"LANG": "C", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    table = omega("markets", "--sim", sim.announcement, home=tmp_path, env=plain)
    assert (table.returncode, table.stderr) == (0, "")
    assert "\\xb0C" in table.stdout
    names = {
        each["name"]
        for each in json_lines(
            omega("markets", "--json", "--sim", sim.announcement, home=tmp_path, env=plain)
        )
    }
    assert any("°C" in name for name in names), "JSON is UTF-8 everywhere"


# ---------------------------------------------------------------------------- config


def configure(home, text):
    folder = home / "config" / "omega-tui"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(text)
    return folder / "config.toml"


def test_flags_beat_the_environment_and_that_the_file(here, tmp_path):
    configure(tmp_path, "[sim]\nseed = 11\nrate = 12\n\n[ui]\nfps = 13\n")
    env = {"OMEGA_SIM__RATE": "22", "OMEGA_UI__FPS": "23"}
    [shown] = json_lines(here("config", "--json", "--set", "ui.fps=33", env=env))
    assert shown["sim.seed"] == {"value": "11", "source": "file:2"}
    assert shown["sim.rate"] == {"value": "22.0", "source": "env OMEGA_SIM__RATE"}
    assert shown["ui.fps"] == {"value": "33", "source": "flag --ui.fps"}
    assert shown["venue"] == {"value": '"sim"', "source": "default"}
    changed = here("config", "--changed", "--set", "ui.fps=33", env=env).stdout.splitlines()
    assert [line.split()[0] for line in changed] == ["setting", "sim.seed", "sim.rate", "ui.fps"]


def test_a_secret_is_named_and_never_shown(here, tmp_path):
    done = here("config", env=CREDENTIALS)
    assert done.returncode == 0
    assert "polymarket.private_key" in done.stdout
    assert f"env {CREDENTIAL_VARIABLES['private_key']}" in done.stdout
    for secret in CREDENTIALS.values():
        assert secret not in done.stdout
    for arguments in (["--set", f"polymarket.funder={SECRET}"], ["--theme", SECRET]):
        assert SECRET not in refused(here("config", *arguments), "looks like a secret")
    configure(tmp_path, f'[polymarket]\nprivate_key = "{SECRET}"\n')
    assert SECRET not in refused(here("config"), "line 2", "no secrets here")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[ui]\nfsp = 1\n", ("line 2: ui.fsp: found an unknown name", "did you mean 'ui.fps'?")),
        ("[ui]\n\nfps = '30'\n", ("line 3: ui.fps: found the text '30'", "a whole number from 1 to 60 (Hz)")),
        ("[ui]\nfps = 61\n", ("line 2: ui.fps: found 61", "allowed: a whole number from 1 to 60 (Hz)")),
        ("venue = 'nasdaq'\n", ("line 1: venue: found the text 'nasdaq'; allowed: sim or polymarket",)),
        ("[ui]\ntheme = 'pink'\n", ("line 2: ui.theme: found pink; allowed: omega-dark",)),
        ("[ui\n", ("line 1", "allowed: valid TOML")),
    ],
    ids=["unknown key", "wrong type", "bad value", "bad word", "no such theme", "no TOML"],
)
def test_a_wrong_file_is_refused_with_line_key_found_and_allowed(here, tmp_path, text, words):
    path = configure(tmp_path, text)
    refused(here("config"), str(path), *words)
    if "theme" not in text:
        refused(here("markets"), str(path), *words)


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"OMEGA_UI__FSP": "1"}, ("OMEGA_UI__FSP", "did you mean 'OMEGA_UI__FPS'?")),
        ({"OMEGA_SIM__RATE": "fast"}, ("env OMEGA_SIM__RATE: sim.rate: found the text 'fast'", "1 to 5000")),
    ],
)
def test_a_wrong_variable_is_refused(here, env, words):
    refused(here("config", env=env), *words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "ui.fps"], "--set: ui.fps: found no value; allowed: KEY=VALUE"),
        (["--set", "="], "found an unknown name"),
        (["--set", "ui.fps="], "ui.fps: found an empty text; allowed: a whole number"),
        (["--rate", "x"], "flag --sim.rate: sim.rate: found the text 'x'"),
        (["--config", "nothing.toml"], "nothing.toml: (whole file): found no such file"),
        (["--config", "/"], "found a folder; allowed: an ordinary file"),
    ],
)
def test_a_wrong_flag_is_refused(here, arguments, words):
    refused(here("config", *arguments), words)


# ---------------------------------------------------------------------------- sim


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_exchange_says_in_one_line_where_it_is_and_ends_on_a_signal(tmp_path, number):
    with started("sim", "--json", "--seed", "5", home=tmp_path) as process:
        told = json.loads(process.stdout.readline())
        assert {"rest", "ws_market", "ws_user", "chain_id", "markets", "credentials"} <= set(told)
        assert {"private_key", "api_key", "secret", "passphrase"} <= set(told["credentials"])
        process.send_signal(number)
        output, error = process.communicate(timeout=20)
    assert (process.returncode, output, error) == (0, "", "")


def test_a_port_in_use_is_said_to_be(here):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused(here("sim", "--port", port), f"port {port} on 127.0.0.1 is in use")
        refused(here("markets", "--set", f"sim.port={port}"), f"port {port}", code=1)


def test_an_exchange_that_nobody_listens_to_ends(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = omega("sim", "--json", home=tmp_path, stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


# ---------------------------------------------------------------------------- the console's own options


def test_what_the_console_records_can_be_replayed(here, tmp_path, sim):
    recording = tmp_path / "session.feedlog"
    options = ("--record", str(recording), "--sim", str(sim.announcement))
    with Terminal.omega(*options, home=tmp_path) as console:
        console.wait_for(live)
        leave(console)
        assert console.wait_exit() == 0
    [report] = json_lines(here("replay", recording, "--headless", "--json"))
    assert report["hashes"]["opening"] == [12, 12]
    assert report["errors"] == 0


@pytest.mark.parametrize("is_live", [False, True], ids=["without --live", "with --live"])
def test_a_real_venue_is_view_only_without_live(tmp_path, sim, is_live):
    """Credentials alone let no order out: the exchange service does not even start."""
    who = sim.told["credentials"]
    env = {
        "OMEGA_POLYMARKET__REST_URL": sim.told["rest"],
        "OMEGA_POLYMARKET__DATA_URL": sim.told["rest"],
        "OMEGA_POLYMARKET__WS_MARKET_URL": sim.told["ws_market"],
        "OMEGA_POLYMARKET__WS_USER_URL": sim.told["ws_user"],
        "OMEGA_POLYMARKET__CHAIN_ID": str(sim.told["chain_id"]),
        CREDENTIAL_VARIABLES["private_key"]: who["private_key"],
        CREDENTIAL_VARIABLES["api_key"]: who["api_key"],
        CREDENTIAL_VARIABLES["api_secret"]: who["secret"],
        CREDENTIAL_VARIABLES["passphrase"]: who["passphrase"],
    }
    venue = ["--live", "polymarket"] if is_live else ["--venue", "polymarket"]
    with Terminal.omega(*venue, home=tmp_path, env=env) as console:
        console.wait_for(live)
        if is_live:
            console.wait_for(lambda text: "acct OK" in text.splitlines()[HEADER])
        header = console.text.splitlines()[HEADER]
        leave(console)
        assert console.wait_exit() == 0
    assert ("LIVE DISARMED" in header, "acct none" in header) == (is_live, not is_live)
    assert bool(list(tmp_path.rglob("journal.sqlite3"))) == is_live
