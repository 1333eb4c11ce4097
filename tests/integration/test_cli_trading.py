"""The commands about an account, as a stranger types them, against exchanges that run elsewhere."""

import fcntl
import json
import os
import pty
import re

import pytest

from tests.command import Bitget, Sim, argv_of, environment, omega, refused, said

pytestmark = [pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def sim(tmp_path_factory):
    with Sim(tmp_path_factory.mktemp("sim"), rate=10) as sim:
        yield sim


@pytest.fixture(scope="module")
def token(sim, tmp_path_factory):
    done = omega("markets", "--sim", sim.announcement, "--json", home=tmp_path_factory.mktemp("home"))
    return json.loads(done.stdout.splitlines()[0])["id"]


@pytest.fixture
def call(sim, here):
    """Run a command on the exchange that runs elsewhere."""
    return lambda *arguments: here(*arguments, "--sim", sim.announcement)


@pytest.fixture(scope="module")
def bitget():
    with Bitget() as venue:
        yield venue


# ----------------------------------------------------------------------- Polymarket's dialect


def test_an_order_from_the_first_look_to_its_end(call, token):
    [ticker] = said(call("ticker", token, "--json"))
    assert 0 < float(ticker["bid"]) < float(ticker["ask"]) < 1

    [shown] = said(call("order", "buy", token, "10.005", "@", "0.10", "--dry-run", "--json"))
    assert shown["changes"] == ["the size 10.005 becomes 10.00"]
    assert '"signature":"***"' in shown["payload"]
    assert said(call("orders", "--json")) == []

    [order] = said(call("order", "buy", token, "10", "--client-id", "mine-1", "@0.10", "--yes", "--json"))
    assert (order["status"], order["client_order_id"], order["price"]) == ("ACCEPTED", "mine-1", "0.10")
    refused(call("order", "buy", token, "11", "@0.10", "--client-id", "mine-1", "--yes"), "sent before")
    [listed] = said(call("orders", "--json"))
    assert listed["venue_order_id"] == order["venue_order_id"]
    table = call("orders").stdout.splitlines()
    assert table[0].split() == ["id", "market", "side", "size", "price", "filled", "status"]
    assert table[1].endswith("ACCEPTED")

    [planned] = said(call("cancel", "mine-1", "--dry-run", "--json"))
    assert planned["status"] == "ACCEPTED"
    [gone] = said(call("cancel", "mine-1", "--yes", "--json"))
    assert gone["status"] == "CANCELED"
    assert call("orders").stdout == "No open orders.\n"
    refused(call("cancel", "mine-1", "--yes"), "no open order is called 'mine-1'")


def test_size_and_price_may_be_words(call, token):
    [order] = said(call("order", "buy", token, "100$", "@", "$bid-2t", "--dry-run", "--json"))
    assert float(order["best_bid"]) - float(order["request"]["price"]) == pytest.approx(0.02)
    assert float(order["notional"]) == pytest.approx(100, rel=0.01)
    [joined] = said(call("order", "buy", token, "10", "join", "--dry-run", "--json"))
    assert joined["request"]["price"] == joined["best_bid"]
    refused(call("order", "buy", token, "100", "@", "$bit", "--dry-run"), "there is no $bit")
    refused(call("order", "buy", token, "10", "@", "0.2x", "--dry-run"), "means nothing")


def test_a_market_order_fills_and_is_found_in_every_list(call, token):
    held = {one["instrument"]: float(one["quantity"]) for one in said(call("positions", "--json"))}
    [order] = said(call("order", "buy", token, "5", "--yes", "--json"))
    assert (order["status"], float(order["filled"])) == ("FILLED", 5), order
    after = {one["instrument"]: float(one["quantity"]) for one in said(call("positions", "--json"))}
    assert after[token] == held.get(token, 0) + 5
    fills = said(call("trades", token, "--json"))
    assert order["venue_order_id"] in {fill["venue_order_id"] for fill in fills}
    [money] = said(call("balances", "--json"))
    assert (money["asset"], float(money["total"]) < 10_000) == ("pUSD", True)
    for command in ("positions", "trades", "balances"):
        assert len(call(command).stdout.splitlines()) >= 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["order", "buy", "{token}", "10", "@", "0.99", "--yes"], 2, "more than 0.05 above"),
        (["order", "buy", "{token}", "0.001", "@", "0.10", "--yes"], 2, "less than the smallest size"),
        (["order", "buy", "{token}", "ten", "@", "0.10", "--yes"], 2, "'ten' is no number"),
        (["order", "buy", "{token}", "10", "0.10", "--yes"], 2, "The price is written @ PRICE"),
        (["order", "buy", "{token}", "10", "@0.1"], 2, "no terminal to ask on: say --yes"),
        (["order", "buy", "{token}", "10", "--type", "stop", "--yes"], 2, "needs a trigger price"),
        (["order", "buy", "nothing like that", "10", "@0.1", "--yes"], 2, "no instrument is called"),
        (
            ["order", "sell", "{token}", "10", "@0.5", "--reduce-only", "--client-id", "a b", "--yes"],
            2,
            "letters",
        ),
        (
            ["order", "buy", "{token}", "10", "@0.82", "--type", "stop-limit", "--trigger", "0.8", "--yes"],
            2,
            "no stop",
        ),
        (["order", "buy", "{token}", "10", "{cross}", "--post-only", "--yes"], 3, "post-only"),
        (["cancel", "0x123456", "--yes"], 2, "no open order is called"),
        (["cancel"], 2, "name orders by id, or say --all"),
        (["orders", "--venue", "bitget"], 2, "found bitget; allowed: sim with --sim FILE"),
        (["orders", "--sandbox", "nowhere", "--venue", "okx"], 2, "allowed: sim with --sim FILE"),
        (
            ["order", "buy", "{token}", "10", "@0.1", "--yes", "--live", "polymarket"],
            2,
            "--live with the real venue",
        ),
    ],
    ids=lambda value: " ".join(value[3:]) if isinstance(value, list) else "",
)
def test_what_does_not_leave_says_why_in_one_sentence(call, token, arguments, code, words):
    ask = said(call("ticker", token, "--json"))[0]["ask"] if "{cross}" in arguments else ""
    typed = [word.format(token=token, cross=f"@{float(ask) + 0.02:.2f}" if ask else "") for word in arguments]
    refused(call(*typed), words, code=code)


def test_a_person_is_asked_and_may_say_no(call, sim, token, tmp_path):
    answers = {}
    for word in ("n", "y"):
        ours, terminal = pty.openpty()
        pid = os.fork()
        if pid == 0:
            os.close(ours)
            _take_terminal(terminal)
            os.chdir(tmp_path)
            argv = argv_of(["order", "buy", token, "10", "@0.11", "--sim", sim.announcement])
            os.execve(argv[0], argv, environment(tmp_path))
        os.close(terminal)
        text = ""
        while "[y/N]" not in text:
            text += os.read(ours, 4096).decode()
        assert re.search(r"BUY 10 .* at 0.11 \(limit, GTC\)", text)
        os.write(ours, f"{word}\n".encode())
        try:
            while more := os.read(ours, 4096).decode():
                text += more
        except OSError:
            pass  # The terminal ends with its program.
        answers[word] = (os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text)
        os.close(ours)
    assert answers["n"][0] == 2
    assert "Nothing was sent." in answers["n"][1]
    assert answers["y"][0] == 0
    assert "ACCEPTED" in answers["y"][1]
    said(call("cancel", "--all", "--yes", "--json"))


def _take_terminal(terminal):
    os.setsid()
    for number in range(3):
        os.dup2(terminal, number)


def test_a_venue_that_is_away_is_no_empty_account(here, tmp_path):
    with Sim(tmp_path) as sim:
        pass
    for command in ("orders", "positions", "balances", "trades"):
        refused(here(command, "--sim", sim.announcement), "connection refused", code=5)
    done = here("doctor", "--sim", sim.announcement, "--json")
    assert done.returncode == 5
    [bad] = [one for one in said(done, 5) if one["what"] == "reachable"]
    assert (bad["verdict"], "check the network" in bad["remedy"]) == ("bad", True)


def test_while_a_console_has_the_journal_no_order_leaves_but_cancels_do(call, token, tmp_path):
    [resting] = said(call("order", "buy", token, "10", "@0.12", "--yes", "--json"))
    [folder] = (tmp_path / "state" / "omega-tui" / "sim").iterdir()

    with (folder / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused(call("order", "buy", token, "10", "@0.13", "--yes"), "another console uses")
        assert said(call("orders", "--json"))
        [gone] = said(call("cancel", resting["venue_order_id"], "--yes", "--json"))
        assert gone["status"] == "CANCELED"


# ----------------------------------------------------------------------- through the library


@pytest.fixture
def at_bitget(bitget, here):
    """Run a command at the Bitget that runs elsewhere, with its keys unless others are given."""

    def call(*arguments, env=bitget.keys):
        return here(*arguments, "--venue", "bitget", "--sandbox", bitget.url, env=env)

    return call


def test_bitget_through_the_library(at_bitget):
    [ticker] = said(at_bitget("ticker", "BTC/USDT", "--json"))
    assert float(ticker["bid"]) > 1_000
    refused(at_bitget("orders", env={}), "omega-tui keys add bitget")
    low = int(float(ticker["bid"]) * 0.97)
    arguments = ["order", "buy", "BTC/USDT", "0.01", f"@{low}", "--post-only", "--client-id", "mine-7"]
    [order] = said(at_bitget(*arguments, "--yes", "--json"))
    assert (order["status"], order["venue"]) == ("ACCEPTED", "bitget")
    [listed] = said(at_bitget("orders", "--json"))
    assert listed["client_order_id"] == "mine-7"
    [gone] = said(at_bitget("cancel", "--side", "buy", "--yes", "--json"))
    assert gone["status"] == "CANCELED"
    refused(at_bitget("trades"), "one market at a time: name it")


def test_doctor_tells_what_a_key_may_do_and_what_a_wrong_one_means(bitget, at_bitget):
    told = {one["what"]: one for one in said(at_bitget("doctor", "--json"))}
    for what in ("reachable", "clock", "markets", "keys", "rights", "book check", "orders, spot", "sandbox"):
        assert told[what]["verdict"] == "ok", told[what]
    assert told["broker ids"]["found"].startswith("off")
    assert "embedded" in told["sandbox"]["found"]
    assert "orders, linear" not in told
    reader = at_bitget("doctor", "--json", env=bitget.reader)
    [rights] = [one for one in said(reader) if one["what"] == "rights"]
    assert rights["found"] == "read only"
    wrong = bitget.keys | {"OMEGA_BITGET_API_SECRET": "5e" * 32}
    done = at_bitget("doctor", env=wrong)
    assert done.returncode == 2
    assert re.search(r"^bad +keys ", done.stdout, re.MULTILINE)
    assert "check the key" in done.stdout
    assert "5e5e" not in done.stdout + done.stderr


# ----------------------------------------------------------------------- keys


def test_keys_come_from_a_private_file_too(bitget, at_bitget, tmp_path):
    keys = tmp_path / "keys.toml"
    names = ("api_key", "api_secret", "passphrase")
    keys.write_text(
        "".join(f'{name} = "{value}"\n' for name, value in zip(names, bitget.keys.values(), strict=True))
    )
    keys.chmod(0o644)
    done = at_bitget("balances", "--keys", keys, env={})
    refused(done, "mode 0600")
    keys.chmod(0o600)
    assert said(at_bitget("balances", "--keys", keys, "--json", env={}))


@pytest.mark.parametrize(
    "command", ["ticker", "orders", "positions", "balances", "trades", "order", "cancel", "doctor", "keys"]
)
def test_every_command_explains_itself(here, command):
    told = here(command, "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert f"usage: omega-tui {command}" in told.stdout
    if command != "keys":
        assert "4  unknown" in told.stdout
