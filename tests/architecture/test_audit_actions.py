"""Every action that any module writes to the audit trail has words, in both languages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from config.translations import ROOT
from mcn.accounts.audit import ACTIONS, action_label

SOURCES = [path for path in sorted((ROOT / "mcn").rglob("*.py")) if "migrations" not in path.parts]
RECORDING = ("audit.record", "audit.record_all")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def recorded(source: str) -> Iterator[str]:
    """The actions that a module passes to the audit trail; AssertionError where one cannot be read."""
    if not any(f"{name}(" in source for name in RECORDING):
        return
    tree = ast.parse(source)
    for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            if ast.unparse(call.func) in RECORDING:
                (action,) = (keyword.value for keyword in call.keywords if keyword.arg == "action")
                yield from texts(action, function, tree)


def texts(value: ast.expr, function: Function, tree: ast.Module) -> set[str]:
    """What an expression may be: texts, one of two, or a name that is given texts here or by the callers."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return {value.value}
    if isinstance(value, ast.IfExp):
        return texts(value.body, function, tree) | texts(value.orelse, function, tree)
    assert isinstance(value, ast.Name), ast.unparse(value)
    parameters = [argument.arg for argument in function.args.args]
    if value.id in parameters:
        place = parameters.index(value.id)
        calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
        given = [call.args[place] for call in calls if ast.unparse(call.func) == function.name]
    else:
        assigned = (node for node in ast.walk(function) if isinstance(node, ast.Assign))
        given = [node.value for node in assigned if ast.unparse(node.targets[0]) == value.id]
    assert given, f"no text is given to {value.id}"
    return set().union(*(texts(one, function, tree) for one in given))


FOUND = {path: set(recorded(path.read_text("utf-8"))) for path in SOURCES}


@pytest.mark.parametrize(
    "path", [path for path, actions in FOUND.items() if actions], ids=lambda path: str(path.relative_to(ROOT))
)
def test_every_recorded_action_has_words(path: Path) -> None:
    assert FOUND[path] <= ACTIONS.keys()


def test_no_words_are_kept_for_what_nothing_records() -> None:
    assert set().union(*FOUND.values()) == ACTIONS.keys()


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_has_chinese_words(action: str) -> None:
    with translation.override("en"):
        english = action_label(action)
    with translation.override("zh-hans"):
        assert action_label(action) not in {english, action}


def test_actions_are_found_however_they_are_given() -> None:
    source = """
def plain():
    audit.record(actor=None, action="one", target=row)

def either(new):
    action = "two" if new else "three"
    audit.record(action=action, target=row)

def passed_on(row, action):
    audit.record(action=action, target=row)

passed_on(row, "four")
"""
    assert set(recorded(source)) == {"one", "two", "three", "four"}
    with pytest.raises(AssertionError, match="ACTION"):
        list(recorded("def f():\n    audit.record(action=names.ACTION, target=row)"))
