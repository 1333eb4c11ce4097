"""What makes four hundred consoles in a row cheaper than one after the other."""

import pytest
from textual.css.stylesheet import Stylesheet


@pytest.fixture(scope="session", autouse=True)
def _sheets_are_parsed_once():
    """Parse a style sheet once for each set of colours, not once for each console."""
    parse_rules, known = Stylesheet._parse_rules, {}

    def remembered(sheet, css, read_from, is_default_rules=False, tie_breaker=0, scope=""):  # noqa: FBT002, PLR0913, PLR0917
        key = (frozenset(sheet._variables.items()), css, read_from, is_default_rules, tie_breaker, scope)
        if key not in known:
            known[key] = parse_rules(sheet, *key[1:])
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", remembered)
        yield
