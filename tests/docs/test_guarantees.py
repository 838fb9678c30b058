"""docs/guarantees.md: every promise names tests that prove it, and those tests exist."""

import ast
import re

import pytest

from tests.support.papers import ROOT

PAGE = (ROOT / "docs" / "guarantees.md").read_text()
PROMISES = dict(re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", PAGE, flags=re.MULTILINE | re.DOTALL))
BAD_INPUT = [line for line in PAGE.partition("## Invalid input")[2].partition("\n## ")[0].splitlines()[4:] if line]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", PAGE)))


def named_in(text: str) -> list[str]:
    return re.findall(r"`(tests/[\w/]+\.py::test_\w+)`", text)


@pytest.mark.parametrize("promise", PROMISES)
def test_every_promise_is_proved(promise: str) -> None:
    assert named_in(PROMISES[promise])


@pytest.mark.parametrize("row", BAD_INPUT)
def test_every_kind_of_bad_input_is_tried(row: str) -> None:
    assert named_in(row)


@pytest.mark.parametrize("name", NAMED)
def test_what_is_named_exists(name: str) -> None:
    path, _, test = name.partition("::")
    tree = ast.parse((ROOT / path).read_text())
    assert not test or test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_page_says_something() -> None:
    assert (len(PROMISES) > 10, len(BAD_INPUT) > 8) == (True, True)
