import base64
import tomllib
from urllib.parse import quote

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from omega_tui.errors import ConfigError
from omega_tui.secret import MASK, Redactor, Secret
from omega_tui.text import is_safe
from omega_tui.toml_source import key_lines, parse_toml

NAMES = st.sampled_from(["a", "b", "seed", "x-1", '"q.u"', "'l = # ['", '"\\u0041\\n"', "1"])
KEYS = st.lists(NAMES, min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from([".", " . "]).map(lambda dot: dot.join(parts))
)
SCALARS = st.sampled_from(
    [
        *("1", "-2.5", "true", "1979-05-27 07:32:00Z", "nan", '"a # = [ ] { } , b"', "'[x]'", '"\\"]"', "''"),
        *('"""\nk = 1\n[t]\n"" \\""""', "'''\nk = 2\n'''", '"""x"""""', "'''y'''''"),
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[ # c = ]\n" + ", # ]\n".join(items) + "\n]")
        | st.lists(st.tuples(KEYS, inner), max_size=2).map(
            lambda pairs: "{ " + ", ".join(f"{key} = {value}" for key, value in pairs) + " }"
        )
    ),
    max_leaves=5,
)
LINES = st.one_of(
    st.tuples(KEYS, VALUES).map(" = ".join),
    st.tuples(KEYS, VALUES).map(lambda pair: f"\t{pair[0]}={pair[1]} # [x] = 1"),
    KEYS.map("[{}]".format),
    KEYS.map("[[ {} ]] # y = 2".format),
    st.sampled_from(["", "# k = 1", "  "]),
)


def paths(value: object, before: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    if isinstance(value, list):
        return set().union(*(paths(entry, before) for entry in value))
    if not isinstance(value, dict):
        return set()
    return {(*before, key) for key in value} | set().union(
        *(paths(inner, (*before, key)) for key, inner in value.items())
    )


@settings(max_examples=400)
@given(st.lists(LINES, max_size=7).map("\n".join))
def test_every_key_of_valid_toml_has_a_line_and_no_other_has(text):
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assume(False)
    lines = key_lines(text)
    assert set(lines) == paths(content)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


@settings(max_examples=300)
@given(st.binary(max_size=60) | st.text(alphabet="a1.=[]{}\"'#\n\\ ,", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path_factory, raw):
    path = tmp_path_factory.getbasetemp() / "config.toml"
    try:
        content, text = parse_toml(raw, path)
    except ConfigError as error:
        said, lines, known = str(error), {}, {}
    else:
        said, lines, known = "", key_lines(text), paths(content)
    assert is_safe(said)
    assert set(lines) == set(known)


@settings(max_examples=300)
@given(
    secret=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=40),
    before=st.text(max_size=20),
    after=st.text(max_size=20),
)
def test_a_known_secret_never_gets_through(secret, before, after):
    assume("*" not in secret)
    redactor = Redactor([Secret(secret)])
    raw = secret.encode()
    for form in (
        secret,
        quote(secret, safe=""),
        raw.hex(),
        base64.b64encode(raw).decode(),
        repr(secret)[1:-1],
    ):
        redacted = redactor.redact(before + form + after)
        assert MASK in redacted
        assert secret.lower() not in redacted.lower()
        assert form.lower() not in redacted.lower()
