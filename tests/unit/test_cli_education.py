"""`fib`, `patterns` and `size`: the engines on the command line, and every mistake in a sentence."""

import gzip
import json
from decimal import Decimal
from random import Random

import pytest

from omega_tui.cli import fib, patterns, size
from omega_tui.education.ohlcv import read_ohlcv, unbroken
from omega_tui.education.planting import noise_bars


@pytest.fixture
def said(capsysbinary):
    """Runs a command and returns its exit code, what it printed, and what it complained of."""

    def run(command, *arguments):
        try:
            code = command.run(list(arguments))
        except SystemExit as end:
            code = end.code
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


def csv_of(bars):
    rows = (f"{60 * number},{bar.open},{bar.high},{bar.low},{bar.close}" for number, bar in enumerate(bars))
    return "\n".join(["time,open,high,low,close", *rows]) + "\n"


def test_levels_of_a_leg_as_a_table_and_as_json(said):
    code, out, _ = said(fib, "100", "200", "--third", "150")
    assert code == 0
    assert "retracement  0.618  138.20" in out
    assert "projection       1  250.00" in out
    assert "Golden pocket 138.20 to 135.00" in out
    code, out, _ = said(fib, "6000", "60000", "--log", "--tick", "5", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["scale"] == "log"
    level = next(level for level in told["levels"] if level["ratio"] == "0.618")
    assert level["price"] == "14455"
    assert level["exact"].startswith("14459.4")


def test_a_size_with_everything_that_follows_from_it(said):
    code, out, _ = said(
        size, "64250", "63950", "--equity", "10000", "--risk", "1%", "--target", "65000", "--lot", "0.001",
        "--leverage", "400", "--maintenance", "0.1%", "--atr", "700", "--json",
    )  # fmt: skip
    told = json.loads(out)
    assert code == 0
    assert (told["side"], told["size"], told["risk"], told["reward_in_r"]) == (
        "long",
        "0.333",
        "99.900",
        "2.5",
    )
    assert [warning.split(":")[0] for warning in told["warnings"]] == [
        "the position is 2.14 times the equity",
        "the stop is less than half an ATR away",
        "the position is liquidated before its stop",
    ]
    code, out, _ = said(size, "100", "101", "--equity", "1000", "--fee", "0.1%")
    assert code == 0
    assert "short" in out
    assert "cost in r" in out


def test_patterns_of_a_file_packed_or_not(said, tmp_path):
    text = csv_of(noise_bars(Random(3), 300))
    plain, packed = tmp_path / "bars.csv", tmp_path / "bars.csv.gz"
    plain.write_text(text)
    packed.write_bytes(gzip.compress(text.encode()))
    code, out, _ = said(patterns, str(plain), "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert {row["kind"] for row in rows} == {"candlestick", "chart"}
    assert [row["bar"] for row in rows] == sorted(row["bar"] for row in rows)
    assert said(patterns, str(packed), "--json") == (0, out, "")
    code, out, _ = said(patterns, str(plain), "--only", "candlesticks", "--all")
    assert code == 0
    assert "not forecasts" in out
    assert "double" not in out


@pytest.mark.parametrize(
    ("command", "arguments", "code", "words"),
    [
        (fib, ["1e5", "3"], 2, "argument START: not a plain decimal number"),
        (fib, ["3", "3"], 2, "no length"),
        (fib, ["-1", "3", "--log"], 2, "prices above zero"),
        (fib, ["1", "3", "--tick", "0"], 2, "allowed: a number above 0"),
        (size, ["1", "1", "--equity", "5"], 2, "the stop is at the entry"),
        (size, ["1", "2", "--equity", "5", "--risk", "200%"], 2, "0% to 100%"),
        (size, ["2", "1", "--equity", "5", "--target", "1.5"], 2, "on the side of the stop"),
        (size, ["2", "1", "--equity", "5", "--leverage", "500"], 2, "below the maintenance"),
        (patterns, ["/nowhere.csv"], 2, "No such file"),
    ],
)
def test_mistakes_are_told_in_a_sentence(said, command, arguments, code, words):
    ended, out, err = said(command, *arguments)
    assert (ended, out) == (code, "")
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("time,open,high,low\n", "line 1: there is no column 'close'"),
        ("open,high,low,close\n1,2,0.5\n", "line 2: 3 values, and 4 are needed"),
        ("open,high,low,close\n1,2,x,1\n", "line 2: low: not a plain decimal number"),
        ("open,high,low,close\n1,2,1.5,1\n", "bar 1: the high is not highest or the low not lowest"),
        ("time,open,high,low,close\n5,1,1,1,1\n5,1,1,1,1\n", "line 3: the time is not after"),
        ("time,open,high,low,close\nsoon,1,1,1,1\n", "line 2: time: 'soon' is neither"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_line(said, tmp_path, text, words):
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        read_ohlcv(text.splitlines())
    path = tmp_path / "bars.csv"
    path.write_text(text)
    code, _, err = said(patterns, str(path))
    assert code == 2
    assert words in err


@pytest.mark.parametrize("spoil", [lambda data: data[:-9], lambda data: data[:40] + b"\xff" * 9 + data[49:]])
def test_a_packed_file_that_is_damaged_is_refused(said, tmp_path, spoil):
    path = tmp_path / "bars.csv.gz"
    path.write_bytes(spoil(gzip.compress(csv_of(noise_bars(Random(3), 300)).encode())))
    code, out, err = said(patterns, str(path))
    assert (code, out) == (2, "")
    assert "bars.csv.gz" in err


@pytest.mark.parametrize(
    "moment",
    ["1514764860", "1514764860000", "1514764860000000", "2018-01-01 00:01", "2018-01-01T01:01:00+01:00"],
)
def test_times_are_read_in_every_usual_form(moment):
    (bar,) = read_ohlcv(["Date,Open,High,Low,Close,Volume", f"{moment},1,2,0.5,1.5,7e-06"])
    assert (bar.start_ns, bar.volume) == (1_514_764_860_000_000_000, Decimal("0.000007"))


def test_a_hole_cuts_a_series():
    times = [0, 60, 120, 180, 10_000, 10_060]
    bars = read_ohlcv(["time,open,high,low,close", *(f"{at},1,1,1,1" for at in times)])
    assert [len(piece) for piece in unbroken(bars)] == [4, 2]
    assert bars[0].timeframe_s == 60
