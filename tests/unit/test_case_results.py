"""The cases in tests/cases come out right: events loaded into a service, and what it then knows of the customer.

The cases of imports are tested with the importers.
"""

from pathlib import Path
from typing import Any

import orjson
import pytest

from authoring.checking import load
from engine.domain.errors import InvalidInput, PatronError
from engine.domain.events import DecisionRequest, Placed
from engine.domain.times import DAY, parse_rfc3339
from engine.schemas import load_event
from service import reading
from service.replies import Reply
from tests.support.books import ready, shipped
from tests.support.services import Shop, recommendations

CASES = Path(__file__).resolve().parents[1] / "cases"
LATER = parse_rfc3339("2026-04-01T10:00:00Z")


def lines(case: str, name: str = "events.jsonl") -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in (CASES / case / name).read_bytes().splitlines()]


def loaded(case: str) -> tuple[Shop, list[Reply | PatronError]]:
    """The service after the events of a case, and its answers."""
    shop = Shop(shipped())
    shop.now = LATER
    return shop, [_handled(shop, raw) for raw in lines(case)]


def _handled(shop: Shop, raw: dict[str, Any]) -> Reply | PatronError:
    try:
        return shop.service.handle_event(load_event({**raw, "decide": "none"}, shop.live.shop))
    except PatronError as error:
        return error


def customer(shop: Shop, id: str) -> Any:
    return reading.customer(f"c/{id}", shop.service.begin())


def test_an_order_is_never_refunded_above_what_was_paid() -> None:
    shop, _ = loaded("refund-above-total")
    facts = customer(shop, "c01")["facts"]
    assert (facts["customer.spend"], facts["customer.returns"]) == (10_000, 1)


def test_withdrawals_in_other_letters_are_obeyed_and_unknown_words_fail_closed() -> None:
    shop, answers = loaded("opt-out-in-other-letters")
    known = customer(shop, "c03")
    assert known["facts"]["customer.consents"] == []
    assert known["consent_unclear"]
    warned = [answer for answer in answers if not isinstance(answer, PatronError) and answer.warnings]
    assert 'did you mean "email"?' in warned[0].warnings[0]


def test_a_complaint_that_is_opened_again_is_open() -> None:
    shop, _ = loaded("complaint-reopened")
    assert customer(shop, "c04")["facts"]["customer.open_complaints"] == 1


def test_ids_of_programs_that_have_none_are_refused() -> None:
    _, answers = loaded("broken-ids")
    assert [type(answer) for answer in answers if isinstance(answer, InvalidInput)] != []


def test_whole_numbers_are_amounts() -> None:
    shop, answers = loaded("whole-number-amounts")
    assert [answer for answer in answers if isinstance(answer, PatronError)] == []
    (who,) = {raw["customer"]["id"] for raw in lines("whole-number-amounts")}
    assert customer(shop, who)["facts"]["customer.spend"] == 9_990


def test_an_id_of_a_known_customer_cannot_be_taken_for_an_anonymous_one() -> None:
    _, answers = loaded("two-accounts")
    assert isinstance(answers[-1], InvalidInput)
    assert [problem.code for problem in answers[-1].problems] == ["id-taken"]
    assert "merged" in str(answers[-1])


def test_two_accounts_of_one_person_are_joined() -> None:
    shop, _ = loaded("two-accounts")
    raw = {"id": "j", "type": "merged", "time": "2026-03-07T10:00:00Z", "customer": {"id": "c15-new"}}
    shop.service.handle_event(load_event(raw | {"properties": {"merged": {"id": "c15-old"}}}, shop.live.shop))
    assert customer(shop, "c15-new")["facts"]["customer.spend"] == 10_000
    assert customer(shop, "c15-old")["facts"]["customer.spend"] == 10_000


def test_a_cancelled_order_gives_the_coupon_back() -> None:
    shop = Shop(ready(load(CASES / "cancelled-order-keeps-coupon" / "rules")))
    shop.now = LATER

    def coupon(request: str) -> str | None:
        shop.now += 1_000
        asked = DecisionRequest(request, "c/mei", (Placed("home.banner"),))
        given = recommendations(shop.service.handle_request(asked))
        return given[0].recommendation_id if given else None

    first = coupon("r-1")
    assert first is not None
    tell(shop, "seen", "outcome", {"recommendation_id": first, "outcome": "impression"})
    tell(shop, "b", "order_completed", {"order_id": "o", "total": "50.00", "recommendation_ids": [first]})
    before = used(shop)
    assert coupon("r-2") is None  # one in 365 days
    tell(shop, "x", "order_cancelled", {"order_id": "o"})
    assert (before, used(shop)) == (1, 0)
    again = coupon("r-3")
    assert again is not None and again != first


def tell(shop: Shop, id: str, type: str, properties: dict[str, Any]) -> None:
    raw = {"id": id, "type": type, "time": "2026-04-01T11:00:00Z", "customer": {"id": "mei"}, "properties": properties}
    shop.service.handle_event(load_event({**raw, "decide": "none"}, shop.live.shop))


def used(shop: Shop) -> int:
    return shop.store.ledger.used("ten-off", "", "", shop.now + 8 * DAY).total


@pytest.mark.parametrize("case", ["large-cart"])
def test_an_order_with_too_many_lines_counts_with_its_total(case: str) -> None:
    shop, (answer, *_) = loaded(case)
    assert not isinstance(answer, PatronError) and "lines" in answer.warnings[0]
    assert customer(shop, "c14")["facts"]["customer.spend"] == 20_100
