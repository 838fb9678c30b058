"""A replay in which every message counts as sent: what was sent once is known to be sent, and counts once."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.compiled.rulebook import Compiled
from engine.domain.decision import Recommendation
from engine.domain.events import DecisionRequest, Event, Outcome, Placed
from engine.domain.times import DAY, HOUR, format_rfc3339
from runtime.replay import ASSUMED, Item, Replay, without_learning
from service import reading
from tests.support.books import CUSTOMER, NOW, action, made, on, order, reachable, rule, shipped
from tests.support.commands import folder_of, patron
from tests.support.small_book import BOOK

LETTER = action("letter", treatments=[on("email")], expires="3 days")
QUIET = '{quiet_hours: [{channels: [email], from: "21:00", until: "08:00", then: hold}], default_zone: shop}'


def rules(**files: str) -> Compiled:
    """A letter once per customer, at every order."""
    return made([LETTER], [rule("write", "letter", trigger=["order_completed"], once="per customer")], **files)


def bought(day: int, hours: int = 0) -> Event:
    at = NOW + day * DAY + hours * HOUR
    return replace(order(f"o-{day}-{hours}", at), decide="outbound", customer=CUSTOMER)


def stored(item: Event) -> Event:
    return replace(item, decide="none")


def letters(replay: Replay, items: list[Item]) -> list[Recommendation]:
    """The recommendations of a log of a customer who can be written to."""
    return [one for decision in replay.run([*reachable("email"), *items]) for one in decision.given]


def exported(replay: Replay) -> Any:
    """The customer's profile."""
    return reading.export(CUSTOMER, replay.service.begin())["profile"]


def contacts(replay: Replay) -> list[str]:
    """When the customer heard of the letter."""
    told = exported(replay)["contacts"].get("letter", {"touches": {}})
    return [at for times in told["touches"].values() for at in times]


def test_what_comes_once_per_customer_is_recommended_once_where_messages_count_as_sent() -> None:
    log: list[Item] = [bought(day) for day in range(0, 60, 5)]
    assert len(letters(Replay(rules()), log)) == 12
    assert len(letters(Replay(rules(), sent=True), log)) == 1


def test_what_rules_say_of_a_customer_who_does_nothing_is_sent_too() -> None:
    weeks_after = [{"after": "order_completed", "wait": "7 days"}]
    replay = Replay(made([LETTER], [rule("write", "letter", trigger=weeks_after)]), sent=True)
    assert len(letters(replay, [stored(bought(0)), stored(bought(20))])) == 1
    assert contacts(replay) == [format_rfc3339(NOW + 7 * DAY)]


def test_what_quiet_hours_hold_is_sent_when_they_end() -> None:
    replay = Replay(rules(contact_policy=QUIET), sent=True)
    (letter,) = letters(replay, [bought(0, 12)])
    end = letter.deliver_after
    assert end is not None
    assert list(replay.due_until(end - 1)) == [] and contacts(replay) == []
    assert list(replay.due_until(end)) == [] and contacts(replay) == [format_rfc3339(end)]


def test_what_is_withdrawn_while_quiet_hours_hold_it_is_not_sent() -> None:
    again = rule("stop", trigger=["order_completed"], when={"customer.orders": {"at_least": 2}})
    again["forbid"] = {"action": "letter"}
    write = rule("write", "letter", trigger=["order_completed"])
    replay = Replay(made([LETTER], [write, again], contact_policy=QUIET), sent=True)
    assert len(letters(replay, [bought(0, 12), bought(0, 13), stored(bought(9))])) == 1
    assert contacts(replay) == []


def test_an_outcome_of_the_log_does_not_make_a_second_contact() -> None:
    name = letters(Replay(rules()), [bought(0)])[0].recommendation_id
    told: list[Item] = [Outcome(name, what, NOW + HOUR) for what in ("sent", "sent", "impression", "click")]
    replay = Replay(rules(), sent=True)
    assert len(letters(replay, [bought(0), *told])) == 1
    assert contacts(replay) == [format_rfc3339(NOW)]
    assert replay.strays == 0
    assert [n for key, n in replay.store.histogram().items() if "contacts" in key] == [1]
    assert exported(replay)["contacts"]["letter"]["outcome"] == "click"


def test_what_nobody_answers_is_ignored_when_it_expires() -> None:
    replay = Replay(rules(), sent=True)
    letters(replay, [bought(0), bought(40)])
    assert exported(replay)["contacts"]["letter"]["outcome"] == "ignore"


def test_what_is_asked_for_a_placement_or_only_tried_is_not_sent() -> None:
    banner = action("letter", treatments=[on("email"), on("web", placements=["home.banner"])])
    compiled = made([banner], [rule("write", "letter")])
    for more in ({"placements": (Placed("home.banner"),)}, {"dry_run": True}):
        replay = Replay(compiled, sent=True)
        assert len(letters(replay, [DecisionRequest("q", CUSTOMER, now=NOW, **more)])) == 1
        assert contacts(replay) == []


def test_nothing_is_learned() -> None:
    assert without_learning(shipped().rulebook).arbitration.learning is None
    assert without_learning(shipped().rulebook).revision == shipped().rulebook.revision


def test_patron_replay_sends_on_request_and_says_so(tmp_path: Path) -> None:
    folder, log = folder_of(tmp_path / "rules", BOOK), tmp_path / "events.jsonl"
    line = {"id": "e-1", "type": "visited", "time": "2026-03-01T10:00:00Z", "customer": {"id": "mei"}}
    log.write_text(json.dumps({**line, "channel": "web", "properties": {"surface": "web"}}), encoding="utf-8")
    assert ASSUMED not in patron("replay", log, "--rules", folder).stdout
    assert ASSUMED in patron("replay", log, "--rules", folder, "--sent").stdout
    assert json.loads(patron("replay", log, "--rules", folder, "--sent", "--json").stdout)["sent"] is True
