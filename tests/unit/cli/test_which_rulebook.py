"""Commands that read a rulebook agree on its folder, and name folder, revision and shop."""

import json
from pathlib import Path

import pytest

from authoring.checking import load
from runtime.default_rules import SHIPPED
from runtime.settings import Settings
from tests.support.commands import folder_of, patron_whole
from tests.support.small_book import BOOK

TEST = """\
tests:
  - test: A newcomer is asked nothing
    given: {customer.orders: 0}
    at: 2026-03-02T10:00:00+01:00
    expect: {first: none}
"""
CALLS = {
    "check": ("check",),
    "test": ("test",),
    "schema": ("schema",),
    "fmt": ("fmt", "--check"),
    "replay": ("replay", "log.jsonl"),
    "explain": ("explain", "mei", "--events", "log.jsonl"),
    "new": ("new", "segment", "--id", "regulars", "--print"),
    "table export": ("table", "export", "churn_risk"),
    "publish": ("publish", "--url", "http://127.0.0.1:9"),
}
EVENT = {"id": "e-1", "type": "visited", "time": "2026-03-01T10:00:00Z", "customer": {"id": "mei"}}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and no setting."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PATRON_RULES", raising=False)
    monkeypatch.setattr("cli.client.FIRST_ATTEMPTS", 1)
    (tmp_path / "log.jsonl").write_text(json.dumps(EVENT) + "\n")
    return tmp_path


def line(name: str, folder: Path) -> str:
    return f"Rulebook: {name} ({load(folder).revision[:15]}, Small)"


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_command_without_a_folder_uses_rules_and_names_it(here: Path, call: tuple[str, ...]) -> None:
    folder_of(here / "rules", BOOK | {"tests/a.yaml": TEST})
    assert line("rules", here / "rules") in patron_whole(*call).stderr.splitlines()


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_command_without_a_folder_uses_patron_rules_before_rules(
    here: Path, monkeypatch: pytest.MonkeyPatch, call: tuple[str, ...]
) -> None:
    folder_of(here / "rules", BOOK)
    folder_of(here / "other", BOOK | {"tests/a.yaml": TEST})
    monkeypatch.setenv("PATRON_RULES", str(here / "other"))
    assert line("other", here / "other") in patron_whole(*call).stderr.splitlines()


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_command_without_any_folder_names_the_remedy(call: tuple[str, ...]) -> None:
    shown = patron_whole(*call)
    assert shown.exit_code == 2
    assert "there is no folder rules here; name the folder of the rulebook, or set PATRON_RULES" in shown.stderr


def test_a_setting_that_names_no_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATRON_RULES", "/no/such/folder")
    shown = patron_whole("check")
    assert (shown.exit_code, "PATRON_RULES: expected a folder that exists" in shown.stderr) == (2, True)


def test_the_service_uses_the_same_folder(here: Path) -> None:
    folder_of(here / "rules", BOOK)
    assert Settings.from_environment().rules == here / "rules"


def test_without_any_folder_the_service_uses_the_shipped_rulebook() -> None:
    assert Settings.from_environment().rules == SHIPPED


def test_diff_names_both_rulebooks(here: Path) -> None:
    for name in ("a", "b"):
        folder_of(here / name, BOOK)
    shown = patron_whole("diff", "a", "b", "--rules-only")
    assert shown.stderr.splitlines() == [line(name, here / name) for name in ("a", "b")]


def test_stdout_stays_data(here: Path) -> None:
    folder_of(here / "rules", BOOK)
    assert json.loads(patron_whole("check", "--json").stdout)["errors"] == 0


def test_a_rulebook_with_errors_is_named_without_a_revision(here: Path) -> None:
    folder_of(here / "rules", BOOK | {"shop.yaml": "name: ["})
    assert "Rulebook: rules (has errors)" in patron_whole("check").stderr.splitlines()
