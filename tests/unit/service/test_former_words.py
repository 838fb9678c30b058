"""What was stored with former words is read with the words of today: records, logs, published rulebooks."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authoring.proof import prove_here
from benchmarks.versions import version
from cli.log_file import read_items
from engine.domain.errors import InvalidInput
from engine.domain.events import EVENT_TYPES, Event
from engine.domain.former_words import former_trigger_key, trigger_key
from engine.domain.profile import Profile, Retry, Wait, decode, encode
from engine.domain.refusal import NoReachableChannel, NotLive, OnceAlready, Params, refusal_of_json
from engine.domain.trigger import of_due
from engine.schemas import load_event
from service import records
from service.publishing import Publishing, Said
from service.records import DecisionRecord
from storage import record_chain
from storage.memory import MemoryRevisions
from tests.support.books import NOW
from tests.support.publishing import GREEN, SERVED
from tests.support.services import small

FORMATS = Path(__file__).parents[2] / "formats"


def stored(format: int) -> Iterator[DecisionRecord]:
    """The records that the code of then wrote; the first bytes of each are its link to the one before."""
    values = json.loads((FORMATS / f"format-{format}" / "records.json").read_text(encoding="utf-8"))
    for value in values.values():
        data = base64.b64decode(value)
        yield records.decode(record_chain.without_heads(data))


@pytest.mark.parametrize("format", [1, 2, 3])
def test_a_stored_record_names_its_trigger_and_factors_in_words_of_today(format: int) -> None:
    found = list(stored(format))
    assert found
    for record in found:
        decision = record.decision
        assert decision.trigger in (*EVENT_TYPES, "requested", "inactive") or decision.trigger.startswith("after:")
        assert all("lever" not in one.score_parts for one in decision.given)
        if record.inputs is not None:
            assert record.inputs.on.key == decision.trigger


@pytest.mark.parametrize(
    ("key", "today"),
    [
        ("asked", "requested"),
        ("overdue", "inactive"),
        ("link_added", "channel_address_added"),
        ("after:link_removed:14", "after:channel_address_removed:14"),
        ("after:delivery_completed:14", "after:delivery_completed:14"),
        ("order_completed", "order_completed"),
    ],
)
def test_a_trigger_key_of_before_is_that_of_today(key: str, today: str) -> None:
    assert trigger_key(key) == today


@pytest.mark.parametrize("key", ["requested", "inactive", "after:channel_address_removed:14", "after:rated:3", "rated"])
def test_a_trigger_key_goes_to_its_former_one_and_back(key: str) -> None:
    assert trigger_key(former_trigger_key(key)) == key


def test_a_timer_keeps_the_id_that_it_had_under_its_former_name() -> None:
    assert of_due("c/mei", "inactive", 5).id == "due/overdue/5"
    assert of_due("c/mei", "after:channel_address_added:14", 5).id == "due/after:link_added:14/5"


@pytest.mark.parametrize(
    ("body", "params"),
    [
        (["NO_REACHABLE_CHANNEL", {"channel": "sms", "link": "phone"}, None], NoReachableChannel("sms", "phone")),
        (["ONCE_ALREADY", {"per": "silence"}, None], OnceAlready("inactivity spell")),
        (["NOT_LIVE", {"status": "test"}, None], NotLive("shadow")),
    ],
)
def test_a_stored_refusal_has_the_words_of_today(body: list[Any], params: Params) -> None:
    assert refusal_of_json(body).params == params


def test_a_profile_in_a_former_format_has_the_trigger_keys_that_older_versions_know() -> None:
    profile = Profile("c/mei", retries=(Retry(5, "inactive", 9),), waits=(Wait(7, "after:channel_address_added:14"),))
    data = encode(profile, 2)
    assert b'[5,"overdue",9]' in data and b'[7,"after:link_added:14"]' in data
    assert (decode(data).retries, decode(data).waits) == (profile.retries, profile.waits)


EVENT = {
    "id": "e-1",
    "type": "link_added",
    "time": "2026-03-02T10:00:00Z",
    "customer": {"id": "mei"},
    "properties": {"channel": "email"},
}


def test_an_event_of_a_log_may_have_its_former_name(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(json.dumps(EVENT) + "\n", encoding="utf-8")
    (event,) = read_items(log, small().rulebook.shop)
    assert isinstance(event, Event)
    assert event.type == "channel_address_added"


def test_an_event_that_is_sent_with_its_former_name_is_refused_with_the_name_of_today() -> None:
    with pytest.raises(InvalidInput, match='it is called "channel_address_added" now'):
        load_event(EVENT, small().rulebook.shop, None)


def test_going_back_passes_over_the_same_rulebook_in_former_words() -> None:
    revisions = MemoryRevisions(5)
    publishing = Publishing(revisions, lambda: SERVED, lambda: NOW, prove_here, dict)
    old = {**version("old")}
    old["operation.yaml"] = old["operation.yaml"].replace(b'"requested"', b'"asked"')
    trusting = Publishing(
        revisions, lambda: SERVED, lambda: NOW, lambda files, tests=True: prove_here(version("old")), dict
    )
    publishing.publish(GREEN, Said("marta"))
    trusting.publish(old, Said("marta"))
    publishing.publish(version("old"), Said("marta"))
    publishing.rollback(None, Said("marta"))
    assert publishing.revision(str(publishing.history()[0].number))[1] == GREEN


def test_going_back_to_a_rulebook_with_former_words_publishes_it_with_the_words_of_today() -> None:
    revisions = MemoryRevisions(5)
    publishing = Publishing(revisions, lambda: SERVED, lambda: NOW, prove_here, dict)
    old = {**version("old")}
    old["operation.yaml"] = old["operation.yaml"].replace(b'"requested"', b'"asked"')
    assert old != version("old")
    Publishing(
        revisions, lambda: SERVED, lambda: NOW, lambda files, tests=True: prove_here(version("old")), dict
    ).publish(old, Said("marta"))
    publishing.publish(GREEN, Said("marta"))
    publishing.rollback(None, Said("marta"))
    assert publishing.revision(str(publishing.history()[0].number))[1] == version("old")
