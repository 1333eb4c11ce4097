"""Which venues a console has, by what was asked, configured or left alone."""

import pytest

from omega_tui.config.loading import load_config
from omega_tui.errors import ConfigError
from omega_tui.runtime.lineup import library_exchanges, lineup


@pytest.fixture
def loaded(tmp_path):
    def load(**flags):
        flags = {key.replace("__", "."): value for key, value in flags.items()}
        return load_config(path=None, environ={"HOME": str(tmp_path)}, flags=flags)

    return load


def names(specs):
    return [spec.name for spec in specs]


def test_with_nothing_both_embedded_exchanges_are_there(loaded):
    specs = lineup(loaded())
    assert [(one.name, one.exchange, one.account_type) for one in specs] == [
        ("sim", "polymarket", ""),
        ("sim-spot", "bitget", "spot"),
        ("sim-swap", "bitget", "swap"),
    ]
    assert all(one.is_embedded and one.trades and not one.is_live for one in specs)


def test_what_was_asked_comes_before_what_is_configured(loaded):
    assert names(lineup(loaded(venue="polymarket"))) == ["polymarket"]
    assert names(lineup(loaded(venue="polymarket", ui__venues="sim,okx"))) == ["sim", "okx"]
    assert names(lineup(loaded(ui__venues="sim,okx"), ["kraken", "sim"])) == ["kraken", "sim"]
    assert names(lineup(loaded(), is_announced=True)) == ["sim"]
    assert names(lineup(loaded(), ["bitget", "sim"], is_announced=True)) == ["sim", "bitget"]


def test_real_money_is_at_stake_only_where_it_was_said(loaded):
    okx, bitget = lineup(loaded(), ["okx"], ["bitget-swap"])
    assert (okx.is_real, okx.trades, okx.is_live) == (True, False, False)
    assert "--live okx" in okx.why_view_only
    assert (bitget.exchange, bitget.account_type) == ("bitget", "swap")
    assert bitget.is_real
    assert bitget.trades
    assert bitget.is_live
    assert names(lineup(loaded(), [], ["polymarket"])) == ["polymarket"], "as it was with one venue"


def test_a_table_gives_an_account_a_name_of_its_own(loaded):
    (spec,) = lineup(
        loaded(
            venues__mine__exchange="okx", venues__mine__account_type="swap", venues__mine__sandbox="venue"
        ),
        ["mine"],
    )
    assert (spec.name, spec.exchange, spec.account_type, spec.sandbox) == ("mine", "okx", "swap", "venue")
    assert spec.trades
    assert not spec.is_live
    (bare,) = lineup(loaded(venues__kraken__sandbox="venue"), ["kraken"])
    assert bare.exchange == "kraken", "the name of the table says which"


@pytest.mark.parametrize(
    ("asked", "live", "words"),
    [
        (["bitgte"], [], "did you mean 'bitget'"),
        (["nowhere-at-all"], [], "or an exchange of the ccxt library"),
        (["sim", "sim"], [], "each venue once"),
        ([], ["sim"], "a venue with real money"),
        (["polymarket-swap"], [], "did you mean 'polymarket'"),
    ],
)
def test_a_name_that_means_nothing_is_answered_with_those_that_do(loaded, asked, live, words):
    with pytest.raises(ConfigError) as caught:
        lineup(loaded(), asked, live)
    assert words in caught.value.allowed


def test_the_library_is_asked_without_being_imported():
    assert {"bitget", "binance", "kraken", "okx"} <= set(library_exchanges())
