"""A decision is made again from the inputs in its record: the same bytes, whatever happened to the customer since."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from cli.log_file import read_items
from engine.decisioning.controls import Controls, Pause, Target
from engine.domain.errors import NotFound
from engine.domain.reasons import Reason
from engine.rulebook.bundle import digest_of
from engine.value.tiers import Snapshot
from explain.speaker import Speaker, setting_of
from runtime.replay import Replay
from runtime.rule_folder import read_bundle
from service import controls, publications, records
from service.decision_json import INCLUDES, answer, trace
from service.live import Live
from service.ports import UNNAMED, Head
from service.publications import Publication
from service.reading import reproduce
from storage.memory import MemoryStore
from tests.support.books import NOW, RULES, action, made, rule, shipped
from tests.support.services import Shop, request

BANNER = request("home.banner")


def test_every_decision_of_a_shop_is_reproduced_byte_for_byte(log: Path) -> None:
    replayer = Replay(shipped(), with_inputs=True)
    decided = [decision.decision_id for decision in replayer.run(read_items(log, shipped().rulebook.shop))]
    assert len(decided) > 500
    former = replayer.service.former
    assert [one for one in decided if not reproduce(one, former, replayer.work).same] == []


def test_what_was_used_up_then_is_used_up_in_the_reproduction_though_it_is_back() -> None:
    actions = [action("gift", stock=1, value="50 EUR"), action("a")]
    shop = Shop(made(actions, [rule("r1", "gift"), rule("r2", "a")]))
    shop.service.handle_request(request("home.banner", customer="c/first"))
    second = shop.service.handle_request(BANNER).decision
    assert [one.action for one in second.given] == ["a"]
    shop.service.erase("c/first")
    assert shop.service.reproduce(second.decision_id).same


def test_a_decision_under_former_rules_is_reproduced_where_those_were_published(tmp_path: Path) -> None:
    shop = Shop(shipped())
    decision_id = shop.service.handle_request(BANNER).decision.decision_id
    files = read_bundle(RULES)
    published = Publication(1, shipped().rulebook.revision, digest_of(files), NOW, "mei", "")
    publications.put(shop.store.revisions, Head(), published, files)
    shop.live = Live(made([action("a")], [rule("r", "a")]), Snapshot())
    assert shop.service.reproduce(decision_id).same
    assert shop.service.decision(decision_id).explanation.get("note") is None


def test_a_decision_under_rules_that_nobody_kept_says_so() -> None:
    shop = Shop()
    decision_id = shop.service.handle_request(BANNER).decision.decision_id
    shop.live = Live(made([action("a")], [rule("r", "a")]), Snapshot())
    with pytest.raises(NotFound, match="neither active nor among the stored publications"):
        shop.service.reproduce(decision_id)


def test_a_snapshot_that_is_no_longer_kept_is_named() -> None:
    shop = Shop()
    shop.live = replace(shop.live, snapshot=Snapshot(number=7))
    decision_id = shop.service.handle_request(BANNER).decision.decision_id
    with pytest.raises(NotFound, match="snapshot 7"):
        shop.service.reproduce(decision_id)


def test_a_decision_under_a_pause_is_reproduced_byte_for_byte_after_the_pause_was_lifted() -> None:
    shop, target = Shop(), Target("action", "banner")
    paused = controls.pause(shop.store, Pause(target, why="wrong price"), shop.live.compiled.rulebook, NOW)
    shop.live = replace(shop.live, controls=paused)
    decision = shop.service.handle_request(BANNER).decision
    assert (decision.controls, [one.reason for one in decision.rejected]) == (1, [Reason.PAUSED])
    shop.live = replace(shop.live, controls=controls.resume(shop.store, target, NOW))
    assert shop.service.handle_request(request("home.banner", id="2")).decision.given
    found = shop.service.reproduce(decision.decision_id)
    assert (found.same, found.decision.controls) == (True, 1)


def test_controls_that_are_no_longer_kept_or_cannot_be_read_are_named() -> None:
    shop = Shop()
    shop.live = replace(shop.live, controls=Controls(number=1))
    decision_id = shop.service.handle_request(BANNER).decision.decision_id
    with pytest.raises(NotFound, match="controls 1, which are no longer stored"):
        shop.service.reproduce(decision_id)
    assert shop.store.put_controls(b'{"paused": [{"what": "of a newer version"}]}', 0)
    with pytest.raises(NotFound, match="controls 1, which cannot be read here: /paused/0/what"):
        shop.service.reproduce(decision_id)


def test_a_record_of_before_there_were_controls_is_reproduced() -> None:
    class Former(MemoryStore):
        def record(self, decision_id: str) -> bytes | None:
            stored = super().record(decision_id)
            if stored is None:
                return None
            body: dict[str, Any] = orjson.loads(stored)
            assert body.pop("controls") == 0
            return orjson.dumps(body)

    shop = Shop(store=Former())
    shop.live = replace(shop.live, named=UNNAMED)
    decision_id = shop.service.handle_request(BANNER).decision.decision_id
    shop.live = replace(shop.live, controls=Controls(9, (Pause(Target("everything")),)))
    found = shop.service.reproduce(decision_id)
    assert (found.same, found.decision.controls) == (True, 0)


def test_a_record_that_was_changed_is_not_the_same_and_the_part_is_named() -> None:
    class Altered(MemoryStore):
        def record(self, decision_id: str) -> bytes | None:
            stored = super().record(decision_id)
            if stored is None:
                return None
            kept = records.decode(stored)
            return records.encode(replace(kept.decision, warnings=("something else",)), kept.inputs, shop.live)

    shop = Shop(store=Altered())
    decision_id = shop.service.handle_request(BANNER).decision.decision_id
    told = shop.service.reproduce(decision_id)
    assert not told.same
    assert told.differences == (("warnings", ["something else"], []),)


def test_inputs_are_in_no_answer() -> None:
    shop = Shop()
    for _ in range(2):
        reply = shop.service.handle_request(BANNER)
        assert "inputs" not in answer(reply, INCLUDES, shop.live.compiled.rulebook.shop.currency)
    speaker = Speaker("en", setting_of(shop.live.compiled.rulebook, NOW))
    assert "inputs" not in trace(shop.service.decision(reply.decision.decision_id).decision, speaker)
