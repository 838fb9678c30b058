"""The same log under the same rules gives the same bytes; under other rules it says what is different."""

import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.rulebook.matcher import available
from tests.replay.conftest import play, write_lines
from tests.support.books import RULES


def records(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def given_in(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [given for result in record["results"] for given in result.get("recommendations", ())]


def rules_with(folder: Path, file: str, old: str, new: str) -> Path:
    """A copy of the shipped rules with one change."""
    shutil.copytree(RULES, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) >= 1
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_the_log_leads_to_recommendations_of_many_kinds(decisions: Path) -> None:
    actions = Counter(given["action"] for record in records(decisions) for given in given_in(record))
    assert len(actions) >= 10
    assert {record["trigger"] for record in records(decisions)} >= {"requested", "order_completed", "visited"}


def test_two_runs_give_the_same_bytes(log: Path, decisions: Path, tmp_path: Path) -> None:
    play(log, "--rules", RULES, "--out", tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == decisions.read_bytes()


def test_as_expected_exits_0(short_log: Path, short_decisions: Path) -> None:
    result = play(short_log, "--rules", RULES, "--expect", short_decisions)
    assert result.exit_code == 0
    assert re.fullmatch(r"\d+ decisions, \d+ recommendations\n", result.stdout)


@pytest.mark.skipif(not available(), reason="durable_rules cannot be imported")
def test_both_matchers_decide_alike(log: Path, decisions: Path, tmp_path: Path) -> None:
    result = play(log, "--rules", RULES, "--matcher", "reference", "--out", tmp_path / "reference.jsonl", "--json")
    assert orjson.loads(result.stdout)["matcher"] == "reference"
    assert (tmp_path / "reference.jsonl").read_bytes() == decisions.read_bytes()


def test_a_changed_rule_shows_its_differences_and_exits_1(
    short_log: Path, short_decisions: Path, tmp_path: Path
) -> None:
    frequent, _ = Counter(g["action"] for r in records(short_decisions) for g in given_in(r)).most_common(1)[0]
    file = next(path.name for path in RULES.glob("*.yaml") if f"action: {frequent}\n" in path.read_text())
    changed = rules_with(tmp_path / "rules", file, f"action: {frequent}\n", "action: nothing-of-the-kind\n")
    other = next(g["action"] for r in records(short_decisions) for g in given_in(r) if g["action"] != frequent)
    text = (changed / file).read_text().replace("action: nothing-of-the-kind\n", f"action: {other}\n")
    (changed / file).write_text(text)
    result = play(short_log, "--rules", changed, "--expect", short_decisions)
    assert result.exit_code == 1
    assert "decisions differ from" in result.stderr
    assert re.search(r"line \d+: d-[0-9a-f]{22} \S+ at 20\d\d-", result.stdout)
    assert f'expected: [["{frequent}"' in result.stdout
    assert "got:  " in result.stdout


def test_a_change_that_changes_no_decision_is_none(short_log: Path, short_decisions: Path, tmp_path: Path) -> None:
    changed = rules_with(tmp_path / "rules", "operation.yaml", "owner: key-customers", "owner: somebody-else")
    result = play(short_log, "--rules", changed, "--expect", short_decisions)
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_missing_and_a_surplus_decision_are_differences(
    short_log: Path, short_decisions: Path, tmp_path: Path
) -> None:
    lines = short_decisions.read_bytes().splitlines(keepends=True)
    (tmp_path / "fewer.jsonl").write_bytes(b"".join(lines[:-1]))
    (tmp_path / "more.jsonl").write_bytes(b"".join([*lines, lines[-1]]))
    fewer = play(short_log, "--rules", RULES, "--expect", tmp_path / "fewer.jsonl")
    more = play(short_log, "--rules", RULES, "--expect", tmp_path / "more.jsonl")
    assert (fewer.exit_code, more.exit_code) == (1, 1)
    assert f"line {len(lines)}: unexpected: d-" in fewer.stdout
    assert f"line {len(lines) + 1}: missing: d-" in more.stdout


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_what_comes_later_changes_nothing_before(
    items: list[dict[str, Any]], decisions: Path, tmp_path: Path, share: float
) -> None:
    part = write_lines(tmp_path / "part.jsonl", items[: int(len(items) * share)])
    play(part, "--rules", RULES, "--out", tmp_path / "part-decisions.jsonl")
    decided = (tmp_path / "part-decisions.jsonl").read_bytes()
    assert decided
    assert decisions.read_bytes().startswith(decided)


def test_snapshots_are_taken_day_by_day(decisions: Path) -> None:
    numbers = [record["snapshot"] for record in records(decisions)]
    assert numbers == sorted(numbers)
    days = {record["decided_at"][:10] for record in records(decisions)}
    assert numbers[-1] >= len(days) - 1


def test_a_log_sent_twice_decides_the_same_once_more(items: list[dict[str, Any]], tmp_path: Path) -> None:
    some = items[:600]
    once, twice = write_lines(tmp_path / "once.jsonl", some), write_lines(tmp_path / "twice.jsonl", [*some, *some])
    play(once, "--rules", RULES, "--no-due", "--out", tmp_path / "once.out")
    play(twice, "--rules", RULES, "--no-due", "--out", tmp_path / "twice.out")
    assert (tmp_path / "twice.out").read_bytes() == (tmp_path / "once.out").read_bytes() * 2


# ---- small logs ----

VISIT: dict[str, Any] = {
    "id": "v1",
    "type": "visited",
    "time": "2026-03-02T10:00:00+01:00",
    "customer": {"id": "mei"},
    "properties": {"surface": "web"},
}
STRAY: dict[str, Any] = {
    **VISIT,
    "id": "x1",
    "type": "outcome",
    "properties": {"recommendation_id": "r-f3b2fc2ebe12c112208320-d21172", "outcome": "sent"},
}
OUTCOME = {"recommendation_id": "r-f3b2fc2ebe12c112208320-d21172", "outcome": "click", "at": "2026-03-02T10:00:00Z"}


def replayed(tmp_path: Path, *items: dict[str, Any]) -> list[dict[str, Any]]:
    log = write_lines(tmp_path / "log.jsonl", list(items))
    result = play(log, "--rules", RULES, "--matcher", "reference", "--out", tmp_path / "out.jsonl")
    assert result.exit_code == 0, result.output
    return records(tmp_path / "out.jsonl")


def test_outcomes_of_recommendations_that_these_rules_did_not_make_are_passed_over(tmp_path: Path) -> None:
    unknown_action = {**STRAY, "properties": {**STRAY["properties"], "action": "of-last-year"}}
    log = write_lines(tmp_path / "log.jsonl", [STRAY, OUTCOME, unknown_action, VISIT])
    result = play(log, "--rules", RULES, "--matcher", "reference", "--out", tmp_path / "out.jsonl")
    assert result.exit_code == 0
    assert result.stdout == (
        "1 decisions, 0 recommendations (3 outcomes of recommendations that this replay did not make)\n"
    )


def test_the_clock_never_runs_back(tmp_path: Path) -> None:
    late = {**VISIT, "id": "v2", "time": "2026-01-01T00:00:00Z"}
    assert [r["decided_at"] for r in replayed(tmp_path, VISIT, late)] == ["2026-03-02T09:00:00Z"] * 2


def test_a_request_is_decided_at_the_time_of_what_came_before_it(tmp_path: Path) -> None:
    request = {"request_id": "q1", "customer": {"id": "mei"}, "placements": [{"id": "home.banner"}]}
    assert [(r["trigger"], r["decided_at"]) for r in replayed(tmp_path, VISIT, request)] == [
        ("visited", "2026-03-02T09:00:00Z"),
        ("requested", "2026-03-02T09:00:00Z"),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [(b"{", "log.jsonl:2: not JSON"), (b'{"id": "x"}', "log.jsonl:2: /type"), (b"[]", "log.jsonl:2: ")],
)
def test_a_wrong_line_is_named_and_exits_2(tmp_path: Path, line: bytes, said: str) -> None:
    (tmp_path / "log.jsonl").write_bytes(orjson.dumps(VISIT) + b"\n" + line + b"\n")
    result = play(tmp_path / "log.jsonl", "--rules", RULES, "--matcher", "reference")
    assert result.exit_code == 2
    assert said in result.stderr


def test_decide_can_be_told_for_all_events(log: Path, tmp_path: Path) -> None:
    quiet = write_lines(tmp_path / "log.jsonl", [{**VISIT, "decide": "none"}])
    told = [
        orjson.loads(play(quiet, "--rules", RULES, "--matcher", "reference", "--decide", decide, "--json").stdout)
        for decide in ("keep", "outbound", "none")
    ]
    assert [result["decisions"] for result in told] == [0, 1, 0]
