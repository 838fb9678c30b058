"""`patron fmt`: what it writes, what it only shows, and what it leaves alone."""

import json
import os
from pathlib import Path

import pytest

from authoring.checking import load
from tests.support.commands import folder_of, patron, rules_copied
from tests.support.small_book import BOOK

UNTIDY = (
    BOOK["operation.yaml"]
    .replace("    title: No price cuts for gold\n    serves: [S4]\n", "")
    .replace("    status: draft\n", "    status: draft   \n    serves: [S4]\n    title: No price cuts for gold\n")
)


@pytest.fixture
def untidy(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "rules", {**BOOK, "operation.yaml": UNTIDY})


def test_the_shipped_rules_are_in_order() -> None:
    shown = patron("fmt", "--check")
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout.startswith("0 files would change, ")


def test_a_folder_is_put_in_order_and_stays_the_same_rulebook(untidy: Path) -> None:
    before = load(untidy).revision
    shown = patron("fmt", untidy)
    assert shown.exit_code == 0
    assert f"{untidy / 'operation.yaml'}\n" in shown.stdout
    assert "status: draft   " not in (untidy / "operation.yaml").read_text()
    assert load(untidy).revision == before
    assert "0 files changed" in patron("fmt", untidy).stdout


def test_check_names_the_files_and_writes_nothing(untidy: Path) -> None:
    shown = patron("fmt", "--check", untidy)
    assert shown.exit_code == 1
    assert str(untidy / "operation.yaml") in shown.stdout.splitlines()
    assert (untidy / "operation.yaml").read_text() == UNTIDY


def test_diff_shows_the_lines_and_writes_nothing(untidy: Path) -> None:
    shown = patron("fmt", "--diff", untidy / "operation.yaml")
    assert shown.exit_code == 1
    assert "-    status: draft   \n" in shown.stdout
    assert "+    status: draft\n" in shown.stdout
    assert (untidy / "operation.yaml").read_text() == UNTIDY


def test_machines_get_the_names(untidy: Path) -> None:
    told = json.loads(patron("fmt", "--check", "--json", untidy / "operation.yaml", untidy / "shop.yaml").stdout)
    assert told == {"files": 2, "changed": [str(untidy / "operation.yaml")], "unreadable": []}


def test_a_file_that_cannot_be_read_is_left_alone_and_named(untidy: Path) -> None:
    (untidy / "shop.yaml").write_text("currency: [EUR\n")
    shown = patron("fmt", untidy)
    assert shown.exit_code == 1
    assert "shop.yaml:2:1: error yaml-syntax: " in shown.stderr
    assert (untidy / "shop.yaml").read_text() == "currency: [EUR\n"
    assert "1 file not read" in shown.stdout


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "operation.yaml")
    for path in (tmp_path, tmp_path / "operation.yaml"):
        shown = patron("fmt", path)
        assert (shown.exit_code, "unreadable-file" in shown.stderr) == (1, True)


def test_a_link_stays_a_link_and_the_mode_stays(tmp_path: Path) -> None:
    target = tmp_path / "target.yaml"
    target.write_text("a: 1   \n")
    target.chmod(0o640)
    (tmp_path / "link.yaml").symlink_to(target)
    patron("fmt", tmp_path / "link.yaml")
    assert (tmp_path / "link.yaml").is_symlink()
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("a: 1\n", 0o640)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yaml", "target.yaml"]


def test_a_file_in_order_is_not_written(tmp_path: Path) -> None:
    rules = rules_copied(tmp_path / "rules")
    before = {path: path.stat().st_mtime_ns for path in rules.rglob("*.yaml")}
    assert patron("fmt", rules).exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in rules.rglob("*.yaml")} == before


def test_a_folder_that_cannot_be_written_is_told(untidy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("cli.files.tempfile.mkstemp", refuse)
    shown = patron("fmt", untidy)
    assert (shown.exit_code, " cannot be written: Permission denied" in shown.stderr) == (2, True)
    assert (untidy / "operation.yaml").read_text() == UNTIDY
