"""Customers replayed apart are decided on as in the whole log, and a comparison is the same however it is spread."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from authoring.replay_diff.daily import daily_of
from authoring.replay_diff.partitions import read_part
from authoring.replay_diff.replayer import Replayer
from authoring.replay_diff.report import report
from authoring.replay_diff.run import IN_MEMORY, compare_rulebooks, is_whole
from engine.domain.decision import Decision
from engine.rulebook.model import Rulebook
from runtime.replay import Replay
from service.decision_json import full, without
from tests.support.compared import as_bytes, book_a, book_b, items, planned, ready, task_of

PARTS = 13


def without_number(decision: Decision) -> dict[str, Any]:
    """Snapshots are numbered by the day when customers are replayed apart; what is in them is the same."""
    return without(full(decision, book_a().shop.currency), ("snapshot",))


def in_order(decisions: list[Decision]) -> list[bytes]:
    return sorted(map(as_bytes, map(without_number, decisions)))


@pytest.mark.parametrize("sent", [False, True], ids=["as-logged", "sent"])
@pytest.mark.parametrize("book", [book_a(), book_b()], ids=["A", "B"])
def test_parts_of_the_customers_give_the_decisions_of_the_whole_log(book: Rulebook, sent: bool, tmp_path: Path) -> None:
    replay = Replay(ready(book), sent=sent)
    expected = list(replay.run(items()))
    plan = planned(tmp_path, PARTS, book, book)
    daily, got, strays = daily_of(book, read_part(plan.whole)), [], -plan.counted.repeats
    for part in plan.parts:
        replayer = Replayer(ready(book), plan.identities, daily, sent=sent)
        got += list(replayer.decisions(read_part(part), plan.began))
        strays += replayer.replay.strays
    assert in_order(got) == in_order(expected)
    assert strays == replay.strays
    triggers = Counter(decision.trigger.partition(":")[0] for decision in expected)
    assert triggers["inactive"] and triggers["after"] and triggers["requested"] and triggers["order_completed"]
    assert any(one.deliver_after is not None for decision in expected for one in decision.given)


@pytest.mark.parametrize("sent", [False, True], ids=["as-logged", "sent"])
def test_one_process_two_processes_and_the_whole_log_give_the_same_bytes(sent: bool, tmp_path: Path) -> None:
    told = []
    for name, parts, processes in (("whole", 5, 1), ("apart", IN_MEMORY + 20, 1), ("two", IN_MEMORY + 20, 2)):
        (tmp_path / name).mkdir()
        plan = planned(tmp_path / name, parts, book_a(), book_b())
        assert is_whole(plan, processes) == (name == "whole")
        result = compare_rulebooks(task_of(plan, sent), processes)
        told.append(as_bytes(report(result, plan, book_a().shop.currency)))
    assert told[0] == told[1] == told[2]


def test_each_rulebook_in_a_process_of_its_own_gives_what_one_process_gives(tmp_path: Path) -> None:
    plan = planned(tmp_path, 5, book_a(), book_b())
    told = [report(compare_rulebooks(task_of(plan), n), plan, book_a().shop.currency) for n in (1, 2)]
    assert as_bytes(told[0]) == as_bytes(told[1])
    assert {what for what, number in told[0]["treated"].items() if number} >= {"gained", "lost", "moved", "tier"}
    assert told[0]["strays"]["b"] > told[0]["strays"]["a"] >= 1
    assert all(one["moment"]["a"]["why"] and one["moment"]["b"]["why"] for one in told[0]["examples"] if one["changes"])
