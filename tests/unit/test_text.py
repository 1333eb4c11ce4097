from decimal import Decimal

import pytest

from omega_tui.text import (
    cell_width,
    has_mixed_script,
    is_safe,
    is_venue_id,
    number_text,
    parse_decimal,
    safe_text,
    sanitize_line,
)

ESC = "\x1b"

NASTY_TEXT = {
    "clear the screen": f"AA {ESC}[31m {ESC}[2J BB",
    "set the title": f"{ESC}]0;PWNED\x07",
    "clipboard, ST": f"{ESC}]52;c;cm0gLXJmIH4={ESC}\\",
    "clipboard, BEL": f"{ESC}]52;c;cm0gLXJmIH4=\x07",
    "clipboard, unterminated": f"{ESC}]52;c;cm0gLXJmIH4=",
    "hyperlink": f"{ESC}]8;;http://evil{ESC}\\click{ESC}]8;;{ESC}\\",
    "DECRQSS": f'{ESC}P$q"p{ESC}\\',
    "reports": f"{ESC}[6n{ESC}[c{ESC}[21t",
    "C1 CSI": "\x9b2J",
    "C1 OSC": "\x9d52;c;QQ==\x9c",
    "C1 strings": "\x90\x98\x9e\x9f",
    "split attack": f"name{ESC}",
    "cursor": "\x07" + "\x08" * 20 + "\x0b\x0c",
    "overwrite": "REAL\rFAKE",
    "line feed": "one\ntwo",
    "tab": "a\tb",
    "NUL, DEL, SO, SI": "\x00\x7f\x0e\x0f",
    "line ends": "a\x85b\u2028c\u2029d",
    "right to left": "\u202e0.1$ ETH",
    "isolates": "\u2066\u2067\u2069\u2069a",
    "marks of direction": "\u061c\u200e\u200f",
    "zero width in a number": "0.\u200b5\u200d\u2060\ufeff",
    "soft hyphen": "a\u00adb",
    "tags": "a\U000e0041\U000e007f",
    "variation selectors": "a" + "\ufe0f" * 1000,
    "Zalgo": "a" + "\u0334" * 1000,
    "marks alone": "\u0334" * 50,
    "jamo flood": "\u1161" * 50,
    "emoji": "👨\u200d👩\u200d👧 🇩🇪 ❤\ufe0f 👍🏽",
    "wide": "中文" * 200,
    "fillers": "\u115f\u3164\u2800\uffa0\u034f\u1160\u17b4",
    "lone surrogate": "\ud800",
    "noncharacter and private": "\uffff\ue000\U0010fffd",
    "megabyte": "x" * 1_000_000,
    "megabyte of spaces": " " * 1_000_000 + "x",
    "spaces": "    ",
    "empty": "",
}


@pytest.mark.parametrize("raw", NASTY_TEXT.values(), ids=NASTY_TEXT)
def test_nasty_text_becomes_one_visible_harmless_line(raw):
    text = safe_text(raw, max_cells=60)
    assert is_safe(text)
    assert 0 < cell_width(text) <= 60
    assert text == text.strip()
    assert "  " not in text
    assert safe_text(text, max_cells=60) == text
    text.encode()


@pytest.mark.parametrize("raw", [None, 7, 0.5, True, b"bytes", [], {"a": 1}])
def test_what_is_no_text_says_so(raw):
    assert safe_text(raw) == "(not text)"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Will BTC hit 100k?", "Will BTC hit 100k?"),
        ("", "(empty)"),
        (" \t \n", "(empty)"),
        ("  a   b ", "a b"),
        ("a\u00a0\u3000b", "a b"),
        ("REAL\rFAKE", "REAL FAKE"),
        ("a\r\nb", "a b"),
        (f"{ESC}[2Jx", "·[2Jx"),
        ("0.\u200b5", "0.·5"),
        ("\u202eabc", "·abc"),
        ("e\u0301", "é"),
        ("e" + "\u0323" * 9, "\u1eb9\u0323\u0323"),
        ("\u0301x", "·x"),
        ("❤\ufe0f", "❤"),
        ("ㅤ", "·"),
        ("[red]x[/red] [/1-0] :smile: {0} %s", "[red]x[/red] [/1-0] :smile: {0} %s"),
    ],
)
def test_what_is_shown(raw, shown):
    assert safe_text(raw) == shown


@pytest.mark.parametrize(
    ("raw", "cells", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("abc def", 5, "abc…"),
        ("中文字", 6, "中文字"),
        ("中文字", 5, "中文…"),
        ("中文字", 4, "中…"),
        ("a中", 2, "a…"),
        ("", 3, "(e…"),
        (None, 1, "…"),
        ("x", 1, "x"),
    ],
)
def test_text_is_cut_by_cells(raw, cells, shown):
    assert safe_text(raw, max_cells=cells) == shown


def test_no_room_at_all_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="at least one cell"):
        safe_text("", max_cells=0)


@pytest.mark.parametrize("text", ["plain", "│ 0.53 ▌▐█", "中文", "é", "👍"])
def test_lines_of_our_own_pass_the_filter_untouched(text):
    assert sanitize_line(text) is text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"a{ESC}[2Jb", "a[2Jb"),  # The layout gave the escape no cell.
        ("a\ud800b", "a·b"),
        ("a\u00adb", "a·b"),
        ("a\u115fb", "a··b"),
        ("a\u00a0b", "a\u00a0b"),
        ("\u2801\u2800\u2802", "\u2801\u2800\u2802"),
    ],
)
def test_the_line_filter_keeps_the_columns(text, shown):
    assert sanitize_line(text) == shown
    assert cell_width(shown) == cell_width(text)


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("Biden", False),
        ("\u0412iden", True),
        ("Will \u0412\u0422\u0421 hit 100k", True),
        ("BTC вырастет", False),
        ("Кто победит?", False),
        ("Δ variant", False),
        ("\u0391pple", True),
        ("naïve café", False),
        ("中文 BTC", False),
    ],
)
def test_look_alikes_are_found(text, mixed):
    assert has_mixed_script(text) is mixed


@pytest.mark.parametrize("text", ["0x" + "ab" * 32, "a", "A-b_c:d.e", "1" * 128])
def test_venue_ids(text):
    assert is_venue_id(text)


@pytest.mark.parametrize("text", ["", "a\n", "a b", "a/b", "1" * 129, f"{ESC}[2J", "\u0661", None, 7, b"a"])
def test_what_cannot_be_a_venue_id(text):
    assert not is_venue_id(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [("0.50", "0.50"), (".48", "0.48"), ("-3", "-3"), ("-0", "0"), ("-0.00", "0.00"), ("1" * 15, "1" * 15)],
)
def test_numbers_keep_their_digits(text, written):
    assert str(parse_decimal(text)) == written
    assert isinstance(parse_decimal(text), Decimal)


@pytest.mark.parametrize(
    "text",
    [
        *("NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1E+999999", "1E-999999", "1e3"),
        *(
            "\u0660\u066b\u0665",
            "\uff11\uff12",
            "\u0661\u0662",
            " 1_000 ",
            "1_000",
            "0x10",
            "+5",
            "5.",
            ".",
            "-",
            "",
            " 1",
            "1\n",
            "--1",
        ),
        *("1,000.5", "0,5", "1" * 16, "1" * 5000, "0." + "1" * 19, "1.2.3", f"{ESC}[2J"),
        *(None, True, 5, 0.5, [], b"1"),
    ],
)
def test_anything_else_is_no_number(text):
    with pytest.raises(ValueError, match=r"not a plain decimal|must come as text") as caught:
        parse_decimal(text)
    assert is_safe(str(caught.value))
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("6.4211300000", "6.42113"),
        ("0E-8", "0"),
        ("5E+1", "50"),
        ("-1.0", "-1"),
        ("0.3333333333", "0.33333333"),
    ],
)
def test_a_number_for_people_is_written_in_digits_and_no_more_of_them_than_it_needs(number, text):
    assert number_text(Decimal(number)) == text
