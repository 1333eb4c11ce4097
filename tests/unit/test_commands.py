"""The `:` command line: parsing, completion, and the search for markets."""

from decimal import Decimal

import pytest
from hand import INSTRUMENT

from omega_tui.domain.instrument import Instrument
from omega_tui.domain.phrase_amounts import Surroundings
from omega_tui.ui.commands.commands import COMMANDS, Call, Choices, complete, hint, parse
from omega_tui.ui.commands.tab_key import TabKey
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.panes.market_pane import fuzzy, market_rows

CHOICES = Choices(
    themes=("omega-dark", "omega-light"),
    markets=("Will it rain? NO", "Will it rain? YES", "Will it snow? YES"),
    services=("exchange", "streaming"),
)


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("q", Call("q")),
        ("theme omega-light", Call("theme", "omega-light")),
        ("th light", Call("theme", "omega-light")),
        ("cancel all", Call("cancel", "all")),
        ("cancel b", Call("cancel", "buys")),
        ("  restart   str ", Call("restart", "streaming")),
        ("market snow", Call("market", "Will it snow? YES")),
        ("size 1.5k", Call("size", "1.5k")),
        ("unk", Call("unkill")),
        ("seek -30", Call("seek", "-30")),
    ],
)
def test_a_line_means_a_call(line, call):
    assert parse(line, CHOICES) == call


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "nothing was typed"),
        ("bogus", "there is no :bogus"),
        ("re", ":re may be reconcile, restart, resume, resync"),
        ("theme", ":theme wants omega-dark, omega-light"),
        ("theme blue", "knows no 'blue'; there is omega-dark, omega-light"),
        ("arm now", ":arm takes nothing after it, not 'now'"),
        ("market rain", ":market rain may be"),
        ("size", ":size wants 1500, 1.5k"),
        ("buy 100", "there is no :buy"),
    ],
)
def test_what_means_nothing_says_what_may_stand_there(line, words):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the words are compared below
        parse(line, CHOICES)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("", "alert "),
        ("th", "theme "),
        ("theme ", "theme omega-dark"),
        ("theme l", "theme omega-light"),
        ("restart e", "restart exchange"),
        ("market sn", "market Will it snow? YES"),
        ("zzz", None),
        ("zzz a", None),
    ],
)
def test_tab_completes(line, first):
    found = complete(line, CHOICES)
    assert (found[0] if found else None) == first


def test_every_completion_with_its_argument_parses():
    for spec in COMMANDS:
        for line in complete(f"{spec.name} ", CHOICES):
            assert parse(line, CHOICES).name == spec.name


def test_the_hint_says_what_a_line_would_do():
    assert hint("", CHOICES).startswith("a command")
    assert hint("re", CHOICES) == "reconcile restart resume resync"
    assert hint("theme", CHOICES) == "colours: omega-dark, omega-light"
    assert hint("zzz", CHOICES) == "there is no :zzz"


def markets(*names):
    return [
        Instrument(id=str(n), venue="sim", name=name, tick_size=1, base="YES") for n, name in enumerate(names)
    ]


def test_search_finds_by_words_in_any_order_and_by_letters():
    known = markets("Will the rate be cut?", "Will it rain in the city?", "Bitcoin above 100k?")
    assert [one.name for one in fuzzy("rain", known)] == ["Will it rain in the city?"]
    assert [one.name for one in fuzzy("cut rate", known)] == ["Will the rate be cut?"]
    assert [one.name for one in fuzzy("btc", known)] == ["Bitcoin above 100k?"]
    assert len(fuzzy("", known)) == 3
    assert fuzzy("xyzzy", known) == []


def test_search_ranks_a_whole_word_first():
    known = markets("Will the train be late?", "Will it rain?")
    assert fuzzy("rain", known)[0].name == "Will it rain?"


@pytest.mark.parametrize("width", [25, 40, 55, 65, 110])
def test_a_list_of_markets_never_cuts_a_short_outcome(width):
    known = [
        Instrument(
            id=base, venue="sim", name="A market with a name " * 9, tick_size=Decimal("0.01"), base=base
        )
        for base in ("YES", "NO", "Down", "Northwind United")
    ]
    lines = market_rows(known, Desk(), width=width, rows=4, selected=0)
    texts = ["".join(piece.text for piece in line) for line in lines]
    assert [len(text) for text in texts] == [width] * 4
    assert [" YES" in texts[0], " NO" in texts[1], " Down" in texts[2], " Northwi…" in texts[3]] == [True] * 4


def test_tab_goes_as_far_as_all_agree_and_then_through_them():
    tab = TabKey()
    assert tab.press("unk", CHOICES) == "unkill"
    assert tab.press("li", CHOICES) == "limit "
    first = tab.press("re", CHOICES)
    assert first == "reconcile"
    assert tab.others(first) == "Tab: restart, resume, resync"
    lines = [first]
    for _ in range(4):
        lines.append(tab.press(lines[-1], CHOICES))
    assert [one.strip() for one in lines] == ["reconcile", "restart", "resume", "resync", "reconcile"]
    assert tab.others("reconcile now") == "", "typed on"
    assert tab.press("nothing of that", CHOICES) == "nothing of that"


def test_tab_offers_every_name_of_an_order_the_prices_first_where_a_price_is_wanted():
    tab = TabKey()
    line = "buy 1 @ $"
    found = []
    for _ in range(8):
        line = tab.press(line, CHOICES)
        found.append(line.split()[-1])
    assert found == ["$bid", "$ask", "$mid", "$last", "$cursor", "$entry", "$size", "$position"]
    assert {f"${name}" for name in Surroundings(instrument=INSTRUMENT).names().values} == set(found)
