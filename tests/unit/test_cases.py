"""The cases in tests/cases: all are listed in the README, all rulebooks load, and every JSON file parses."""

import json
import re
from pathlib import Path
from typing import Final

import pytest

from authoring.checking import check
from engine.rulebook.findings import Severity

CASES: Final = Path(__file__).resolve().parents[1] / "cases"
ROWS: Final = re.findall(r"^\| `.*$", (CASES / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
FOLDERS: Final = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())
RULEBOOKS: Final = sorted(shop.parent for shop in CASES.rglob("shop.yaml"))
JSON_FILES: Final = sorted(path for path in CASES.rglob("*") if path.suffix in {".json", ".jsonl"})


def named(path: Path) -> str:
    return path.relative_to(CASES).as_posix()


def test_the_readme_lists_every_case_once() -> None:
    assert sorted(row.split("`")[1] for row in ROWS) == FOLDERS


def test_every_case_of_the_readme_has_an_expected_result() -> None:
    assert [row for row in ROWS if len([cell for cell in row.split("|") if cell.strip()]) != 3] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_case_has_an_input(folder: str) -> None:
    assert any(path.suffix in {".csv", ".json", ".jsonl", ".yaml"} for path in (CASES / folder).rglob("*"))


@pytest.mark.parametrize("folder", RULEBOOKS, ids=named)
def test_a_rulebook_loads_without_errors(folder: Path) -> None:
    book, findings = check(folder)
    assert [finding for finding in findings if finding.severity is Severity.ERROR] == []
    assert book is not None


def test_every_rule_file_belongs_to_a_rulebook() -> None:
    assert [named(path) for path in CASES.rglob("*.yaml") if not {*path.parents} & {*RULEBOOKS}] == []


@pytest.mark.parametrize("path", JSON_FILES, ids=named)
def test_a_json_file_parses(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines() if path.suffix == ".jsonl" else [text]
    assert lines
    assert [line for line in lines if not isinstance(json.loads(line), dict | list)] == []
