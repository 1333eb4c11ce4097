"""What `order` and `cancel` tell a program: each exit code, from the fault that brings it about."""

import json

import pytest

from tests.command import Sim, refused, said

pytestmark = [pytest.mark.timeout(120)]

LOST = {"kind": "accept_then_reset", "times": 1, "path": "POST /order"}
HIDDEN = [
    {"kind": "stale_read", "seconds": 600},
    {"kind": "status", "status": 503, "path": "GET /data/order/*"},
]
"""Neither the lists of the venue show a new order, nor does it answer for one."""


@pytest.fixture(scope="module")
def sim(tmp_path_factory):
    with Sim(tmp_path_factory.mktemp("sim"), rate=10) as sim:
        yield sim


@pytest.fixture
def call(sim, here):
    sim.heal()
    yield lambda *arguments: here(*arguments, "--sim", sim.announcement)
    sim.heal()


@pytest.fixture(scope="module")
def token(sim):
    return sim.told["markets"][0]["tokens"][0]["token_id"]


def orders_at(sim):
    """Return the truth about every order that the venue ever took."""
    return json.loads(sim.admin("GET", "/history"))["orders"]


def place(call, token, *options):
    return call("order", "buy", token, "10", "@0.10", "--yes", "--json", *options)


def test_0_an_order_and_its_cancel_that_are_done(call, token):
    [order] = said(place(call, token))
    [gone] = said(call("cancel", order["client_order_id"], "--yes", "--json"))
    assert (order["status"], gone["status"]) == ("ACCEPTED", "CANCELED")


def test_2_what_is_refused_here_never_reaches_the_venue(call, sim, token):
    before = orders_at(sim)
    refused(call("order", "buy", token, "10", "@0.99", "--yes"), "more than 0.05 above")
    refused(call("cancel", "nothing-like-it", "--yes"), "no open order is called")
    refused(call("order", "buy", token, "10", "@0.10"), "no terminal to ask on")
    assert orders_at(sim) == before


def test_3_what_the_venue_refuses_says_why(call, sim, token):
    sim.inject(
        {"kind": "status", "status": 400, "body": '{"error":"market is closed"}', "path": "POST /order"}
    )
    refused(place(call, token), "market is closed", code=3)
    sim.heal()
    assert said(call("orders", "--json")) == []


def test_3_a_cancel_that_the_venue_refuses_leaves_the_order(call, sim, token):
    [order] = said(place(call, token))
    sim.inject({"kind": "status", "status": 400, "body": '{"error":"not now"}', "path": "DELETE *"})
    done = call("cancel", order["client_order_id"], "--yes", "--json", "--wait", "2")
    assert (done.returncode, "does not cancel" in done.stderr) == (3, True), done
    sim.heal()
    assert said(call("cancel", "--all", "--yes", "--json"))[0]["status"] == "CANCELED"


def test_4_an_order_of_which_nobody_knows_is_there_and_is_not_sent_twice(call, sim, token):
    for fault in (LOST, *HIDDEN):
        sim.inject(fault)
    done = place(call, token, "--client-id", "lost-1", "--wait", "1")
    [order] = said(done, 4)
    assert order["status"] in {"UNKNOWN", "SUBMITTED"}
    assert "look with `omega-tui orders`" in done.stderr
    sim.heal()
    [found] = said(call("orders", "--json"))
    assert (found["side"], found["size"], found["price"]) == ("BUY", "10", "0.1")
    refused(place(call, token, "--client-id", "lost-1"), "sent before")
    assert len(said(call("orders", "--json"))) == 1
    said(call("cancel", "--all", "--yes", "--json"))


def test_4_a_cancel_that_is_not_confirmed_is_unknown(call, sim, token):
    [order] = said(place(call, token))
    sim.inject({"kind": "status", "status": 503, "path": "DELETE *"})
    [pending] = said(call("cancel", order["client_order_id"], "--yes", "--json", "--wait", "1"), 4)
    assert pending["status"] == "PENDING_CANCEL"
    sim.heal()
    said(call("cancel", "--all", "--yes", "--json"))  # What was asked for before is taken up again by itself.
    assert said(call("orders", "--json")) == []


def test_5_a_venue_that_is_away_got_nothing(here, tmp_path):
    with Sim(tmp_path) as gone:
        token = gone.told["markets"][0]["tokens"][0]["token_id"]
    for words in (["order", "buy", token, "10", "@0.10"], ["cancel", "--all"]):
        refused(here(*words, "--yes", "--sim", gone.announcement), "connection refused", code=5)
