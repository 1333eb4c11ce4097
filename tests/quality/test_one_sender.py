"""There is one function that can send an order: `gate.Gate.send` (promise P7)."""

import ast

import pytest
from sources import sources, trees_with

SENDERS = {
    "place": ("services/gate.py", "Gate.send"),
    "prepare_edit": ("services/gate.py", "Gate._write_down_change"),
}

NO_BROKER_HERE = ("domain/", "protocol/", "venues/ccxt")
"""Pure parts, which can send nothing, and the broker itself."""

NOT_BROKERS = {"sim"}
"""The venue's own side places orders too, into its matching engine."""


def calls_of(tree: ast.AST, attribute: str) -> list[tuple[str, int]]:
    """Every call of a method of that name: the qualified name of the function around it, and the line."""
    found = []

    def walk(node, names):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names = [*names, node.name]
        if isinstance(node, ast.Attribute) and node.attr == attribute:
            found.append((".".join(names), node.lineno))
        for child in ast.iter_child_nodes(node):
            walk(child, names)

    walk(tree, [])
    return found


def modules(*words):
    return ((name, tree) for name, tree in trees_with(words) if name.split("/")[0] not in NOT_BROKERS)


@pytest.mark.parametrize("attribute", SENDERS)
def test_only_the_gate_places_and_changes_orders(attribute):
    uses = {
        (name, function) for name, tree in modules(attribute) for function, _ in calls_of(tree, attribute)
    }
    sender = SENDERS[attribute]
    assert {use for use in uses if not use[0].startswith(NO_BROKER_HERE)} == {sender}


def test_only_the_broker_makes_the_request_of_an_order():
    makers = {"place_request", "place_many_request"}
    users = {
        name
        for name, tree in modules(*makers)
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in makers)
        or (isinstance(node, ast.Name) and node.id in makers)
    }
    assert users == {"venues/polymarket_broker.py"}


def test_the_gate_writes_down_before_it_sends():
    """In `send` the way to the broker leads past `_write_down`, and in that past a commit of the journal."""
    tree = ast.parse(sources()["services/gate.py"])
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)}

    def lines(function, attribute):
        return [
            node.lineno
            for node in ast.walk(functions[function])
            if isinstance(node, ast.Attribute) and node.attr == attribute
        ]

    assert max(lines("send", "_write_down")) < min(lines("send", "place"))
    assert len(lines("send", "place")) == 1
    assert max(lines("_write_down", "_make_durable")) < min(lines("_write_down", "begin"))
    assert max(lines("amend", "_write_down_change")) < min(lines("amend", "edit"))
    assert len(lines("amend", "edit")) == 1
    assert max(lines("_write_down_change", "_make_durable")) < min(lines("_write_down_change", "begin_amend"))
    assert len(lines("_make_durable", "commit")) == 1
    assert not any(
        isinstance(node, ast.While | ast.For | ast.AsyncFor) for node in ast.walk(functions["send"])
    ), "nothing is sent in a loop"


def test_the_search_finds_what_it_looks_for():
    tree = ast.parse("class A:\n    async def b(self):\n        await self._broker.place(1)\n")
    assert calls_of(tree, "place") == [("A.b", 3)]
