import re
import unicodedata
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import get_character_cell_size

from omega_tui import text as module
from omega_tui.text import cell_width, is_safe, parse_decimal, safe_text, sanitize_line

UNSAFE = st.characters(categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])
MARKS = st.characters(categories=["Mn", "Mc", "Me"])
JAMO = st.characters(min_codepoint=0x1100, max_codepoint=0x11FF)
FILLERS = st.sampled_from("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800\ufe0f\u200d")
ESCAPES = st.sampled_from(["\x1b[2J", "\x1b]52;c;QQ==\x1b\\", "\x9b2J", "\x1bP$qm\x1b\\", "\x1b", "  ", "\t"])
TEXT = st.lists(
    st.one_of(st.characters(), UNSAFE, MARKS, JAMO, FILLERS, ESCAPES, st.sampled_from("ab 中")), max_size=60
).map("".join)


@settings(max_examples=400)
@given(raw=TEXT, max_cells=st.integers(1, 40))
def test_safe_text_keeps_all_its_promises(raw, max_cells):
    text = safe_text(raw, max_cells=max_cells)
    assert is_safe(text)
    assert 0 < cell_width(text) <= max_cells
    assert unicodedata.is_normalized("NFC", text)
    assert safe_text(text, max_cells=max_cells) == text
    assert not re.search(r"\s\s|^\s|\s$|[^\S ]", text)
    widths = [cell_width(character) for character in text]
    assert widths[0] > 0
    assert not any(widths[i : i + 3] == [0, 0, 0] for i in range(len(widths)))


@settings(max_examples=300)
@given(line=TEXT)
def test_the_line_filter_makes_safe_and_moves_no_column(line):
    filtered = sanitize_line(line)
    assert is_safe(filtered.replace("\u2800", " "))
    assert cell_width(filtered) == cell_width(line)
    assert sanitize_line(filtered) == filtered


@settings(max_examples=300)
@given(text=TEXT)
def test_the_quick_answer_equals_the_slow_one(text):
    assert is_safe(text) == (not any(map(module._is_unsafe, text)))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**14), max_value=10**14, places=6))
def test_numbers_come_back_as_they_were_written(number):
    text = f"{number:f}"
    parsed = parse_decimal(text)
    assert parsed == number
    assert str(parsed) == text or number == 0


@settings(max_examples=300)
@given(st.text(alphabet="0123456789.-+eE_ xNaIn\u0661\n", max_size=24))
def test_a_number_is_accepted_or_refused_by_the_pattern_alone(text):
    plain = re.fullmatch(r"-?([0-9]{1,15}(\.[0-9]{1,18})?|\.[0-9]{1,18})", text)
    try:
        value = parse_decimal(text)
    except ValueError:
        assert plain is None
    else:
        assert plain is not None
        assert value == Decimal(text)


def test_every_known_character_is_as_wide_as_the_layout_thinks():
    """Code points that this Python's tables lack may differ: there are a few hundred."""
    differ = [
        character
        for character in map(chr, range(0x110000))
        if cell_width(character) != get_character_cell_size(character)
    ]
    assert not [character for character in differ if unicodedata.category(character) != "Cn"]
    assert len(differ) < 500
