"""Text is data: nothing in the package hands a bare string to what reads markup (security, C2 and C4).

Textual reads markup in the strings that it is given; `Text`, `Content` and lines of pieces are never read so.
The test reads the source: it needs no screen, and it finds what no test happens to draw.
"""

import ast

import pytest
from sources import trees_with
from textual.dom import DOMNode

from omega_tui.ui.app import OmegaApp
from omega_tui.ui.console.engine import ACTIONS
from omega_tui.ui.screens.base import ConsoleScreen
from omega_tui.ui.screens.trading import TradingScreen

READS_MARKUP = {
    "Static", "Label", "Button", "Checkbox", "RadioButton", "Collapsible", "Markdown", "MarkdownViewer",
    "Tab", "TabPane", "Tree", "RichLog", "Option", "OptionList", "Select", "SelectionList", "Digits",
    "Placeholder", "Link", "Toast", "Tooltip",
}  # fmt: skip
"""Widgets whose strings are markup; none of them is needed here."""

TAKES_TEXT = {"add_row", "add_column", "add_columns", "add_rows", "update_cell", "update_cell_at"}
"""Methods of a DataTable that read a string as markup."""

ATTRIBUTES = {"tooltip", "border_title", "border_subtitle", "placeholder"}
"""Attributes that are read as markup when they are assigned."""


def problems(tree: ast.AST) -> list[str]:  # noqa: C901 - one case per way
    """Return what a module does that could turn text into markup."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in READS_MARKUP:
                found.append(f"{node.lineno}: {name} reads markup")
            case ast.Call(func=ast.Attribute(attr="from_markup" | "print_markup")):
                found.append(f"{node.lineno}: markup is parsed")
            case ast.Call(func=ast.Attribute(attr=name)) if name in TAKES_TEXT:
                found += [
                    f"{node.lineno}: {name} is given a bare string"
                    for value in node.args[: 1 if name == "add_column" else None]
                    if isinstance(value, ast.JoinedStr | ast.Constant | ast.BinOp | ast.Attribute | ast.Name)
                    and name != "update_cell"
                ]
                if name == "update_cell" and not isinstance(node.args[-1], ast.Call):
                    found.append(f"{node.lineno}: {name} is given a bare value")
            case ast.Call(func=ast.Attribute(attr="notify"), keywords=keywords):
                off = [word for word in keywords if word.arg == "markup"]
                if not (off and isinstance(off[0].value, ast.Constant) and off[0].value.value is False):
                    found.append(f"{node.lineno}: notify without markup=False")
            case ast.Assign(targets=[ast.Attribute(attr=name)]) if name in ATTRIBUTES:
                found.append(f"{node.lineno}: {name} is read as markup")
            case ast.keyword(arg="markup", value=ast.Constant(value=True)):
                found.append(f"{node.value.lineno}: markup=True")
            case ast.Constant(value=str(text)) if "[@click" in text or "[link=" in text:
                found.append(f"{node.lineno}: markup in a string")
            case _:
                pass
    return found


def test_no_text_can_become_markup():
    words = READS_MARKUP | TAKES_TEXT | ATTRIBUTES | {"markup", "notify", "[@click", "[link="}
    assert {name: found for name, tree in trees_with(words) if (found := problems(tree))} == {}


@pytest.mark.parametrize(
    "source",
    [
        "Static(title)",
        "Text.from_markup(title)",
        "Content.from_markup('[b]x')",
        "table.add_row(f'{title}')",
        "table.add_row(title)",
        "table.add_column(column.title)",
        "table.update_cell(key, column, title)",
        "self.notify(title)",
        "self.notify(title, markup=True)",
        "widget.tooltip = title",
        "x = '[@click=app.quit]x[/]'",
    ],
)
def test_the_test_can_fail(source):
    assert problems(ast.parse(source))


def test_no_action_of_the_app_or_its_screens_trades():
    """C4: an action string can reach only what is listed here; orders go through no action at all."""
    ours = {
        name.removeprefix("action_")
        for owner in (OmegaApp, ConsoleScreen, TradingScreen)
        for base in owner.__mro__
        if base.__module__.startswith("omega_tui") and issubclass(base, DOMNode)
        for name in vars(base)
        if name.startswith(("action_", "_action_"))
    }
    assert ours == {"quit", "help_quit", "command_palette"}
    assert ours <= ACTIONS


def test_bindings_of_textual_name_no_trading_action():
    for owner in (OmegaApp, ConsoleScreen, TradingScreen):
        for binding in owner.BINDINGS:
            action = str(getattr(binding, "action", binding))
            assert action.split("(", maxsplit=1)[0].rpartition(".")[2] in ACTIONS
