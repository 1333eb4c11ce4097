"""API keys in real keychains: the Secret Service of a desktop over D-Bus, and a file.

Everything goes through the unmodified package `keyring`. Whoever has neither message bus nor keyring daemon
has the Secret Service tests skipped with the names of the packages.
"""

import json
import os
import re
import subprocess
import sys

import pytest

from omega_tui.errors import ConfigError
from omega_tui.secret import CREDENTIAL_VARIABLES, Secret
from omega_tui.venues.credentials import (
    INDEX,
    SERVICE,
    find_credentials,
    forget,
    is_plain,
    keep,
    kept,
    kept_venues,
    keychain_name,
)
from tests.command import Sim, environment, omega
from tests.keychain import file_keychain, secret_service, why_no_secret_service
from tests.terminal import Terminal

pytestmark = [pytest.mark.timeout(120)]

PARTS = {"api_key": "canary-key-1", "api_secret": "canary-secret-22", "passphrase": "canary-pass-333"}
BACKENDS = {"Secret Service": secret_service, "file": file_keychain}


@pytest.fixture(params=BACKENDS)
def keychain(request, tmp_path):
    """The variables of a process that has a keychain of its own."""
    if request.param == "Secret Service" and (missing := why_no_secret_service()):
        pytest.skip(missing)
    with BACKENDS[request.param](tmp_path) as env:
        yield env


@pytest.fixture
def in_file(tmp_path):
    """A keychain in a file for this process."""
    keyring = pytest.importorskip("keyring")
    from keyrings.alt.file import PlaintextKeyring

    before, backend = keyring.get_keyring(), PlaintextKeyring()
    backend.file_path = str(tmp_path / "keychain.cfg")
    keyring.set_keyring(backend)
    yield keyring
    keyring.set_keyring(before)


def typed(tmp_path, parts):
    path = tmp_path / "typed"
    path.write_text("".join(f'{name} = "{value}"\n' for name, value in parts.items()))
    return path.open()


def test_keys_are_kept_listed_told_by_the_doctor_and_forgotten_and_never_shown(keychain, tmp_path):
    with typed(tmp_path, PARTS) as stdin:
        added = omega("keys", "add", "bitget", home=tmp_path, env=keychain, stdin=stdin)
    assert added.returncode == 0, added.stderr
    assert re.match(r"Kept for bitget in .+: api_key, api_secret, passphrase\.", added.stdout)
    is_file = "alt" in keychain["PYTHON_KEYRING_BACKEND"]
    assert ("plain file" in added.stderr) is is_file

    listed = omega("keys", "list", "--json", home=tmp_path, env=keychain)
    assert json.loads(listed.stdout) == {"venue": "bitget", "parts": list(PARTS)}
    doctor = omega("doctor", "--json", home=tmp_path, env=keychain)
    told = {one["what"]: one for one in map(json.loads, doctor.stdout.splitlines())}["keychain"]
    assert told["verdict"] == ("note" if is_file else "ok")
    assert is_file or "bitget" in told["found"]

    removed = omega("keys", "remove", "bitget", home=tmp_path, env=keychain)
    assert removed.returncode == 0
    assert omega("keys", "list", home=tmp_path, env=keychain).stdout.startswith("No keys are kept.")
    assert omega("keys", "remove", "bitget", home=tmp_path, env=keychain).returncode == 2
    for done in (added, listed, doctor, removed):
        for secret in PARTS.values():
            assert secret not in done.stdout + done.stderr


def test_what_a_keychain_keeps_is_read_by_another_process(keychain, tmp_path):
    code = (
        "import asyncio\n"
        "from omega_tui.venues.credentials import find_credentials\n"
        "found = asyncio.run(find_credentials('bitget', {}, file=None))\n"
        "print({name: secret.reveal() for name, secret in found.items()})\n"
    )
    with typed(tmp_path, PARTS) as stdin:
        omega("keys", "add", "bitget", home=tmp_path, env=keychain, stdin=stdin)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path, keychain),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(PARTS)


def test_the_console_trades_live_with_keys_of_the_keychain_alone(tmp_path):
    with file_keychain(tmp_path) as keychain, Sim(tmp_path) as sim:
        who = sim.told["credentials"]
        parts = {
            "private_key": who["private_key"],
            "api_key": who["api_key"],
            "api_secret": who["secret"],
            "passphrase": who["passphrase"],
        }
        settings = {
            "polymarket.rest_url": sim.told["rest"],
            "polymarket.data_url": sim.told["rest"],
            "polymarket.ws_market_url": sim.told["ws_market"],
            "polymarket.ws_user_url": sim.told["ws_user"],
            "polymarket.chain_id": sim.told["chain_id"],
        }
        options = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        with typed(tmp_path, parts) as stdin:
            done = omega("keys", "add", "polymarket", home=tmp_path, env=keychain, stdin=stdin)
        assert done.returncode == 0, done.stderr
        with Terminal.omega("--live", "polymarket", *options, home=tmp_path, env=keychain) as console:
            console.wait_for("acct OK")
        for part in parts.values():
            assert part.encode() not in console.raw


def test_keys_without_a_keychain_name_the_other_ways(tmp_path):
    (tmp_path / "keyring.py").write_text("raise ImportError")
    env = {"PYTHONPATH": os.pathsep.join((str(tmp_path), environment(tmp_path)["PYTHONPATH"]))}
    for arguments in (["add", "bitget"], ["list"], ["remove", "bitget"]):
        done = omega("keys", *arguments, home=tmp_path, env=env)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        for words in ("keyring is not installed", "pip install 'omega-tui[keys]'", "mode 0600"):
            assert words in done.stderr


# ----------------------------------------------------------------------- in this process, in a file


async def test_each_of_two_accounts_of_one_exchange_has_keys_of_its_own(in_file, tmp_path):
    keep("bitget", {"api_key": Secret("of-all")})
    keep("second", {"api_key": Secret("of-second")})

    async def found(account, environ, file=None):
        return (await find_credentials("bitget", dict(environ), file=file, account=account)).get("api_key")

    everybody = {"OMEGA_BITGET_API_KEY": "env-of-all"}
    assert await found("main", {}) == Secret("of-all")
    assert await found("main", everybody) == Secret("env-of-all")
    assert await found("second", everybody) == Secret("of-second"), "its own before what is everybody's"
    assert await found("my-own", everybody | {"OMEGA_MY_OWN_API_KEY": "mine"}) == Secret("mine")
    file = tmp_path / "keys.toml"
    file.touch(0o600)
    file.write_text('api_key = "of-file"')
    assert await found("main", everybody, file) == Secret("of-file"), "never those of another account"
    assert json.loads(in_file.get_password(SERVICE, INDEX)) == ["bitget", "second"]


async def test_environment_and_file_come_before_the_keychain(in_file, tmp_path):
    keep("bitget", {"api_key": Secret("kept")})
    assert (await find_credentials("bitget", {}, file=None)) == {"api_key": Secret("kept")}
    environ = {"OMEGA_BITGET_API_KEY": "given"}
    assert (await find_credentials("bitget", environ, file=None)) == {"api_key": Secret("given")}
    assert environ == {}
    file = tmp_path / "keys.toml"
    file.touch(0o600)
    assert (await find_credentials("bitget", {}, file=file)) == {}
    assert in_file.get_password(SERVICE, INDEX) == '["bitget"]'
    assert is_plain()
    assert keychain_name()


def test_several_venues_have_entries_of_their_own(in_file):
    for venue in ("okx", "bitget"):
        keep(venue, {"api_key": Secret(f"of-{venue}")})
    keep("okx", {"api_key": Secret("of-okx-again")})
    assert kept_venues() == ["bitget", "okx"]
    assert forget("bitget")
    assert not forget("bitget")
    assert kept_venues() == ["okx"]
    assert kept("okx") == {"api_key": Secret("of-okx-again")}
    assert in_file.get_password(SERVICE, "bitget") is None


@pytest.mark.parametrize("text", ["no json", "[1]", '{"api_key": 1}', '{"api_key": "two\\nlines"}'])
async def test_an_entry_that_is_not_ours_is_refused_unquoted_and_taken_from_nowhere(in_file, text, caplog):
    keep("bitget", {"api_key": Secret("x")})
    in_file.set_password(SERVICE, "bitget", text)
    with pytest.raises(ConfigError) as caught:
        kept("bitget")
    assert "two" not in str(caught.value)
    assert (await find_credentials("bitget", {}, file=None)) == {}
    assert "No keys of bitget were taken" in caplog.text


@pytest.mark.usefixtures("in_file")
def test_polymarket_has_the_parts_that_its_variables_name():
    keep("polymarket", {name: Secret("ab" * 32) for name in CREDENTIAL_VARIABLES})
    assert kept("polymarket").keys() == CREDENTIAL_VARIABLES.keys()
