"""Outcomes, deliveries and holdouts over HTTP: the real service, a small rulebook, and a clock that a test sets."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from api.settings import ApiSettings
from engine.domain.times import DAY, format_rfc3339
from service.change import ATTEMPTS
from service.ports import GRACE
from storage.memory import MemoryStore
from tests.support.books import action, made, on, rule, says
from tests.support.description import describe
from tests.support.publishing import app_of
from tests.support.requests import event, order, outcome, request
from tests.support.services import LosingStore, Shop

UNKNOWN = "r-00" + "0" * 20 + "-" + "0" * 6
ACTIONS = [
    action("gift", value="20 EUR", treatments=says("A gift"), stock=1, expires="2 days"),
    action("plain"),
    action("mail", treatments=[on("email")]),
]
RULES = [
    rule("r-gift", "gift", trigger=["requested"]),
    rule("r-plain", "plain", trigger=["requested"]),
    rule("r-mail", "mail", trigger=["visited"]),
]


class Till:
    """A shop whose calls go over HTTP. Customers are named by a word; every event has an id of its own."""

    def __init__(self, store: MemoryStore | None = None, **book: Any) -> None:
        self.shop = Shop(made(ACTIONS, RULES, **book), store)
        settings = ApiSettings(clock=lambda: self.shop.now)
        self.client: FlaskClient = app_of(self.shop.service, settings).test_client()
        self.sent = 0

    def post(self, path: str, body: object) -> Any:
        return self.client.post(path, json=body)

    def ask_for(self, customer: str) -> Any:
        self.sent += 1
        return self.post("/v1/decisions", request(request_id=f"q-{self.sent}", customer={"id": customer}))

    def ask(self, customer: str) -> Any:
        return self.ask_for(customer).json

    def given_to(self, customer: str) -> str:
        """The recommendation that a customer gets now."""
        (result,) = self.ask(customer)["results"]
        return str(result["recommendations"][0]["recommendation_id"])

    def tell(self, recommendation_id: str, what: str, **more: Any) -> Any:
        return self.post("/v1/outcomes", outcome(recommendation_id=recommendation_id, outcome=what, **more))

    def happened(self, customer: str, **changed: Any) -> Any:
        self.sent += 1
        usual = {"id": f"e-{self.sent}", "customer": {"id": customer}, "time": format_rfc3339(self.shop.now)}
        return self.post("/v1/events", event(**usual | changed))

    def contacts(self, customer: str) -> Any:
        return self.client.get(f"/v1/customers/{customer}").json["contacts"]


@pytest.fixture
def till() -> Till:
    return Till()


def told(recommendation_id: str) -> dict[str, Any]:
    """An acceptance as an event."""
    said = outcome(recommendation_id=recommendation_id, outcome="accept")
    return {"type": "outcome", "decide": "none", "properties": said}


def test_an_outcome_of_what_was_never_recommended_is_not_found(till):
    answer = till.tell(UNKNOWN, "accept")
    assert (answer.status_code, answer.json["type"]) == (404, "urn:patron:problem:not-found")
    assert till.happened("mei", **told(UNKNOWN)).status_code == 404
    assert till.client.get("/v1/customers/mei").status_code == 404


def test_in_a_list_it_fails_for_its_line_and_the_rest_is_recorded(till):
    both = [outcome(recommendation_id=one, outcome="accept") for one in (UNKNOWN, till.given_to("mei"))]
    answer = till.post("/v1/outcomes", both).json
    assert [(line["line"], line["status"]) for line in answer["results"]] == [(1, "refused"), (2, "recorded")]
    assert (answer["recorded"], answer["refused"], answer["results"][0]["problem"]["status"]) == (1, 1, 404)


def test_an_outcome_event_for_another_customers_recommendation_is_refused_with_its_place(till):
    foreign = till.given_to("mei")
    answer = till.happened("ida", **told(foreign))
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == ["/properties/recommendation_id"]
    assert till.contacts("mei") == {}
    assert till.client.get("/v1/customers/ida").status_code == 404


def test_an_order_that_names_another_customers_recommendation_is_stored_and_the_name_left_aside(till):
    foreign = till.given_to("mei")
    paid = order(recommendation_ids=[foreign])
    answer = till.happened("ida", type="order_completed", properties=paid["properties"])
    assert answer.status_code == 200
    assert till.client.get("/v1/customers/ida").json["facts"]["customer.orders"] == 1
    assert till.contacts("mei") == {}


def test_an_outcome_after_the_expiry_is_stored_and_says_so(till):
    given = till.given_to("mei")
    till.shop.now += 2 * DAY
    assert till.tell(given, "impression").json == {
        "recommendation_id": given,
        "outcome": "impression",
        "stored": True,
        "expired": True,
    }
    assert till.contacts("mei")["gift"]["times"] == 1


def test_what_happened_in_time_and_is_shown_late_has_not_expired(till):
    given, seen = till.given_to("mei"), format_rfc3339(till.shop.now + 1)
    till.shop.now += 2 * DAY
    assert "expired" not in till.tell(given, "impression", at=seen).json


def test_an_acceptance_whose_unit_has_gone_to_somebody_else_says_so(till):
    given = till.given_to("mei")
    till.shop.now += 2 * DAY + GRACE
    assert till.ask("ida")["results"][0]["recommendations"][0]["action"] == "gift"
    answer = till.tell(given, "accept").json
    assert (answer["stored"], answer["expired"], answer["late"]) == (True, True, True)


def test_the_same_outcome_again_gets_the_same_answer_and_counts_once(till):
    given = till.given_to("mei")
    first, *others = [till.tell(given, "impression", outcome_id=f"o-{n % 2}") for n in range(5)]
    assert {answer.data for answer in others} == {first.data}
    assert till.contacts("mei")["gift"]["times"] == 1


def linked(till: Till, customer: str) -> None:
    said = {"channel": "email", "purposes": ["marketing"], "granted": True}
    till.happened(customer, type="channel_address_added", decide="none", properties={"channel": "email"})
    till.happened(customer, type="consent_changed", decide="none", properties=said)


def as_described(name: str, answer: Any) -> bool:
    """Whether an answer is what /openapi.json says of it."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": describe()["components"]}
    return bool(Draft202012Validator(schema).is_valid(answer))


def test_what_may_no_longer_be_sent_is_withdrawn_in_the_feed(till):
    linked(till, "mei")
    (sent,) = till.happened("mei").json["results"][0]["recommendations"]
    gone = {"channel": "email", "purposes": ["marketing"], "granted": False}
    till.shop.now += 1000
    till.happened("mei", type="consent_changed", decide="none", properties=gone)
    feed = till.client.get("/v1/deliveries").json
    assert as_described("Deliveries", feed)
    deliver, withdraw = feed["items"]
    assert (deliver["type"], deliver["recommendation_id"]) == ("deliver", sent["recommendation_id"])
    assert {name: withdraw[name] for name in ("type", "customer", "recommendation_id", "reason")} == {
        "type": "withdraw",
        "customer": {"id": "mei"},
        "recommendation_id": sent["recommendation_id"],
        "reason": "NO_CONSENT",
    }


def test_the_record_of_a_decision_names_what_it_withdrew(till):
    linked(till, "mei")
    (sent,) = till.happened("mei").json["results"][0]["recommendations"]
    gone = {"channel": "email"}
    till.shop.now += 1000
    decided = till.happened("mei", type="channel_address_removed", properties=gone).json
    assert "withdrawn" not in decided
    record = till.client.get(f"/v1/decisions/{decided['decision_id']}").json
    assert as_described("DecisionRecord", record)
    (withdrawn,) = record["withdrawn"]
    assert (withdrawn["recommendation_id"], withdrawn["reason"]) == (sent["recommendation_id"], "NO_REACHABLE_CHANNEL")


def test_in_quiet_hours_a_delivery_says_until_when_it_must_wait():
    mondays = "{channels: [email], from: '00:00', until: '24:00', days: [mon], then: hold}"
    policy = f"{{consent: {{marketing: marketing}}, quiet_hours: [{mondays}], default_zone: shop}}"
    till = Till(contact_policy=policy)
    linked(till, "mei")
    till.happened("mei")
    feed = till.client.get("/v1/deliveries").json
    assert as_described("Deliveries", feed)
    (item,) = feed["items"]
    assert item["deliver_after"] == "2026-03-02T23:00:00Z"  # midnight in Berlin


def test_what_a_holdout_kept_back_is_in_the_record_and_not_in_the_answer():
    till = Till(measurement="{salt: s, holdout: {share: 50 %}}")
    asked = [till.ask(f"customer {number}") for number in range(20)]
    held = next(answer for answer in asked if answer["results"][0].get("reason") == "HOLDOUT")
    assert "fallback" in held["results"][0] and "withheld" not in held
    record = till.client.get(f"/v1/decisions/{held['decision_id']}").json
    assert as_described("DecisionRecord", record)
    (kept,) = record["withheld"]
    assert kept["action"] in {"gift", "plain"}
    assert not {"scope", "reserved"} & set(kept)


@pytest.mark.parametrize("verb", ["happened", "ask_for"])
def test_who_loses_every_race_gets_a_retry_time(verb):
    till = Till(LosingStore(ATTEMPTS))
    answer = getattr(till, verb)("mei")
    assert (answer.status_code, answer.json["type"]) == (503, "urn:patron:problem:contended")
    assert int(answer.headers["Retry-After"]) >= 1
    assert getattr(till, verb)("mei").status_code == 200
