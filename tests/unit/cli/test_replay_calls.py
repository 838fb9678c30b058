"""`patron replay`: what it says about files that it cannot take. What it decides is proved in tests/replay."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.domain.errors import InvalidInput
from engine.schemas import load_request
from tests.support.books import shipped
from tests.support.commands import folder_of, patron
from tests.support.small_book import BOOK

VISIT: dict[str, Any] = {
    "id": "v1",
    "type": "visited",
    "time": "2026-03-02T10:00:00+01:00",
    "customer": {"id": "mei"},
    "properties": {"surface": "web"},
}
REQUEST: dict[str, Any] = {
    "request_id": "q1",
    "customer": {"id": "mei"},
    "placements": [{"id": "home.banner"}],
    "now": "2026-03-03T10:00:00Z",
}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "rules", BOOK)


def log(folder: Path, *lines: object) -> Path:
    path = folder / "log.jsonl"
    path.write_bytes(b"".join((line if isinstance(line, bytes) else orjson.dumps(line)) + b"\n" for line in lines))
    return path


def replayed(folder: Path, rules: Path, *lines: object) -> list[dict[str, Any]]:
    told = patron("replay", log(folder, *lines), "--rules", rules, "--out", folder / "out.jsonl")
    assert told.exit_code == 0, told.output
    return [orjson.loads(line) for line in (folder / "out.jsonl").read_bytes().splitlines()]


def test_a_request_says_itself_when_it_was_made(tmp_path: Path, rules: Path) -> None:
    visited, asked = replayed(tmp_path, rules, VISIT, REQUEST)
    assert (visited["decided_at"], asked["decided_at"]) == ("2026-03-02T09:00:00Z", "2026-03-03T10:00:00Z")


def test_a_request_that_says_when_it_was_made_is_stored_as_any_other(tmp_path: Path, rules: Path) -> None:
    first, again = replayed(tmp_path, rules, REQUEST, {**REQUEST, "now": "2026-03-04T10:00:00Z"})
    assert again == first


def test_only_a_replay_lets_a_request_say_when_it_was_made() -> None:
    shop = shipped().rulebook.shop
    assert load_request(REQUEST, shop, logged=True).now == load_request({**REQUEST, "dry_run": True}, shop).now
    with pytest.raises(InvalidInput, match="/now: is only allowed with dry_run"):
        load_request(REQUEST, shop)


def test_what_was_decided_is_counted_though_nobody_asked_for_a_file(tmp_path: Path, rules: Path) -> None:
    told = patron("replay", log(tmp_path, VISIT), "--rules", rules)
    assert (told.exit_code, told.stdout) == (0, "1 decisions, 0 recommendations\n")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "log.jsonl:3: not JSON: "),
        (b"\xff\xfe", "log.jsonl:3: not JSON: "),
        (b"[1]", "log.jsonl:3: /: must be a JSON object"),
        (b'{"id": "x"}', "log.jsonl:3: /"),
        (b'{"request_id": "q", "customer": {}}', "log.jsonl:3: /customer"),
        (b'{"outcome": "loved", "recommendation_id": "r-1"}', "log.jsonl:3: /"),
    ],
)
def test_a_line_that_cannot_be_taken_is_named(tmp_path: Path, rules: Path, line: bytes, said: str) -> None:
    told = patron("replay", log(tmp_path, VISIT, b"", line), "--rules", rules)
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr.startswith(f"patron: {tmp_path}/{said}")


@pytest.mark.parametrize(
    "arguments",
    [("nowhere.jsonl",), ("log.jsonl", "--expect", "nowhere.jsonl"), ("log.jsonl", "--rules", "nowhere")],
)
def test_a_file_or_folder_that_is_not_there_is_a_wrong_call(
    tmp_path: Path, rules: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    log(tmp_path, VISIT)
    monkeypatch.chdir(tmp_path)
    told = patron("replay", *arguments)
    assert (told.exit_code, told.stdout) == (2, "")
    assert "nowhere" in told.stderr and "does not exist" in told.stderr


def test_wrong_rules_are_shown(tmp_path: Path, rules: Path) -> None:
    (rules / "operation.yaml").write_text(BOOK["operation.yaml"].replace("at_least", "gte"))
    told = patron("replay", log(tmp_path, VISIT), "--rules", rules)
    assert (told.exit_code, told.stdout) == (1, "")
    assert "unknown-operator: gte is not an operator" in told.stderr


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path, rules: Path) -> None:
    told = patron("replay", log(tmp_path, VISIT), "--rules", rules, "--out", tmp_path / "nowhere" / "out.jsonl")
    assert told.exit_code == 2
    assert told.stderr == f"patron: {tmp_path}/nowhere/out.jsonl: No such file or directory\n"


@pytest.mark.parametrize("line", [b"{", b"[]", b"{}", b""])
def test_an_expected_file_that_holds_no_decisions_is_named(tmp_path: Path, rules: Path, line: bytes) -> None:
    (tmp_path / "expected.jsonl").write_bytes(line + b"\n")
    told = patron("replay", log(tmp_path, VISIT), "--rules", rules, "--expect", tmp_path / "expected.jsonl")
    assert told.exit_code == 2
    assert told.stderr.startswith(f"patron: {tmp_path}/expected.jsonl:1: not a decision")


def test_the_expected_file_is_not_overwritten_before_it_is_compared(tmp_path: Path, rules: Path) -> None:
    (tmp_path / "out.jsonl").write_text("kept")
    told = patron(
        "replay",
        log(tmp_path, VISIT),
        "--rules",
        rules,
        *("--expect", tmp_path / "out.jsonl"),
        *("--out", tmp_path / "out.jsonl"),
    )
    assert told.exit_code == 2
    assert (tmp_path / "out.jsonl").read_text() == "kept"
