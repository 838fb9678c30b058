"""A repeated id with the same content gets the first answer, with other content an error at its place."""

from dataclasses import replace

import pytest

from engine.domain.errors import InvalidInput
from engine.domain.events import DecisionRequest, Event, Placed
from engine.domain.profile.state import SEEN_KEPT
from engine.schemas import load_event
from service import decision_json
from service.replies import Acknowledged, Decided
from tests.support.books import CUSTOMER, NOW, order
from tests.support.services import Shop, decided

VISIT = {
    "id": "v-1",
    "type": "visited",
    "time": "2026-03-01T10:00:00Z",
    "customer": {"id": CUSTOMER[2:]},
    "properties": {"surface": "web"},
    "decide": "none",
}


def sent(shop: Shop, **changes: object) -> Event:
    return load_event({**VISIT, **changes}, shop.live.shop)


def code_of(error: pytest.ExceptionInfo[InvalidInput]) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in error.value.problems]


def test_the_same_event_again_is_answered_as_a_duplicate() -> None:
    shop = Shop()
    shop.service.handle_event(sent(shop))
    reply = shop.service.handle_event(sent(shop))
    assert isinstance(reply, Acknowledged)
    assert decision_json.acknowledged(reply) == {"event_id": "v-1", "stored": True, "duplicate": True}


@pytest.mark.parametrize(
    "other", [{"time": "2026-03-01T10:00:01Z"}, {"properties": {"surface": "app"}}, {"channel": "web"}]
)
def test_a_known_id_with_other_content_is_refused(other: dict[str, object]) -> None:
    shop = Shop()
    shop.service.handle_event(sent(shop))
    before = shop.profile()
    with pytest.raises(InvalidInput) as error:
        shop.service.handle_event(sent(shop, **other))
    assert code_of(error) == [("/id", "id-reused")]
    assert shop.profile() == before


def test_a_known_id_of_another_type_is_refused() -> None:
    shop = Shop()
    shop.service.handle_event(sent(shop))
    with pytest.raises(InvalidInput) as error:
        shop.service.handle_event(sent(shop, type="searched", properties={"query": "tea"}))
    assert code_of(error) == [("/id", "id-reused")]


def test_the_order_of_keys_and_what_is_to_be_decided_are_no_content() -> None:
    shop = Shop()
    shop.service.handle_event(sent(shop))
    again = load_event(dict(reversed({**VISIT, "decide": ["home.banner"]}.items())), shop.live.shop)
    assert shop.service.handle_event(again) == Acknowledged("v-1", duplicate=True)


def test_an_event_without_a_known_fingerprint_is_taken_for_a_repetition() -> None:
    shop = Shop()
    shop.service.handle_event(replace(sent(shop), fingerprint=0))
    assert shop.service.handle_event(sent(shop)) == Acknowledged("v-1", duplicate=True)


def test_in_a_batch_other_content_is_an_error_of_its_line_alone() -> None:
    shop = Shop()
    lines = [sent(shop), sent(shop), sent(shop, properties={"surface": "app"}), sent(shop, id="v-2")]
    stored, again, refused, new = shop.service.handle_events(lines)
    assert (stored, again, new) == (Acknowledged("v-1"), Acknowledged("v-1", duplicate=True), Acknowledged("v-2"))
    assert isinstance(refused, InvalidInput)


def test_a_decided_event_with_other_content_is_refused() -> None:
    shop = Shop()
    shop.service.handle_event(sent(shop, decide="outbound"))
    with pytest.raises(InvalidInput) as error:
        shop.service.handle_event(sent(shop, decide="outbound", properties={"surface": "app"}))
    assert code_of(error) == [("/id", "id-reused")]


def test_an_event_never_gets_the_answer_to_other_placements() -> None:
    shop = Shop()
    first = shop.service.handle_event(sent(shop, decide=["home.banner"]))
    again = shop.service.handle_event(sent(shop, decide=["home.banner"]))
    assert again == Decided(replace(decided(first), facts={}), duplicate=True)
    with pytest.raises(InvalidInput) as error:
        shop.service.handle_event(sent(shop, decide=["home.side"]))
    assert code_of(error) == [("/id", "id-reused")]


@pytest.mark.parametrize("other", [(Placed("home.side"),), (Placed("home.banner", 2),), ()])
def test_a_request_never_gets_the_answer_to_other_placements(other: tuple[Placed, ...]) -> None:
    shop = Shop()
    request = DecisionRequest("r-1", CUSTOMER, (Placed("home.banner"),))
    shop.service.handle_request(request)
    assert shop.service.handle_request(request).duplicate
    with pytest.raises(InvalidInput) as error:
        shop.service.handle_request(replace(request, placements=other))
    assert code_of(error) == [("/request_id", "id-reused")]


def test_an_id_is_forgotten_after_64_newer_ones() -> None:
    shop = Shop()
    shop.service.handle_event(sent(shop))
    shop.service.handle_events([sent(shop, id=f"n-{n}") for n in range(SEEN_KEPT)])
    assert shop.service.handle_event(sent(shop, properties={"surface": "app"})) == Acknowledged("v-1")


def test_an_order_under_another_event_id_is_stored_without_effect() -> None:
    shop = Shop()
    shop.service.handle_event(order("o1", NOW))
    reply = shop.service.handle_event(replace(order("o1", NOW), id="other"))
    assert isinstance(reply, Acknowledged)
    assert decision_json.acknowledged(reply) == {
        "event_id": "other",
        "stored": True,
        "applied": False,
        "reason": "order-known",
    }
