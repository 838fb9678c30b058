"""The reports of mail services over HTTP: what they do to outcomes, channel addresses, consents, and decisions."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from structlog.testing import capture_logs

from api.settings import ApiSettings
from engine.domain.times import DAY, format_rfc3339, parse_rfc3339
from runtime.api_keys import parse_api_keys
from service.feedback.read import read_tables, shipped_tables
from storage.memory import MemoryStore
from tests.support.books import CHANNELS, action, made, on, rule
from tests.support.description import describe
from tests.support.mail_reports import AT, mailgun, postmark, sendgrid, ses, through_sns
from tests.support.publishing import app_of
from tests.support.requests import event, outcome
from tests.support.services import GoneStore, Shop

UNKNOWN = "r-00" + "0" * 20 + "-" + "0" * 6
ACTIONS = [action("mail", treatments=[on("email")]), action("note", kind="service", treatments=[on("email")])]
RULES = [rule("r-mail", "mail", trigger=["visited"]), rule("r-note", "note", trigger=["searched"])]
OUTBOUND = "outbound: {at_most: 2}"
Json = dict[str, Any]


class Sender:
    """A shop that sends a message to Mei, and the calls of its mail service."""

    def __init__(self, store: MemoryStore | None = None, settings: ApiSettings | None = None, **book: Any) -> None:
        self.shop = Shop(made(ACTIONS, RULES, arbitration=OUTBOUND, **book), store)
        self.shop.now = parse_rfc3339("2026-03-02T08:00:00Z")
        self.settings = settings or ApiSettings(clock=lambda: self.shop.now)
        self.client: FlaskClient = app_of(self.shop.service, self.settings).test_client()
        self.sent = 0

    def happened(self, customer: str, kind: str, properties: Json, decide: str = "none") -> Any:
        self.sent += 1
        usual = {"id": f"e-{self.sent}", "type": kind, "time": format_rfc3339(self.shop.now), "decide": decide}
        return self.client.post("/v1/events", json=event(**usual, customer={"id": customer}, properties=properties))

    def reachable(self, customer: str = "mei") -> None:
        consent = {"channel": "email", "purposes": ["marketing"], "granted": True}
        self.happened(customer, "channel_address_added", {"channel": "email"})
        self.happened(customer, "consent_changed", consent)

    def given(self, customer: str = "mei", kind: str = "visited") -> list[Any]:
        """What the customer would be sent now."""
        properties = {"query": "pan"} if kind == "searched" else {"surface": "web"}
        (result,) = self.happened(customer, kind, properties, "outbound").json["results"]
        return [one["recommendation_id"] for one in result["recommendations"]]

    def message(self, customer: str = "mei") -> str:
        """The recommendation of a message that was sent, an hour before the reports about it."""
        self.reachable(customer)
        (given,) = self.given(customer)
        self.client.post("/v1/outcomes", json=outcome(recommendation_id=given, outcome="sent"))
        self.shop.now = parse_rfc3339("2026-03-02T09:00:00Z")
        return str(given)

    def reports(self, service: str, body: object, query: str = "", **more: Any) -> Any:
        return self.client.post(f"/v1/feedback/{service}{query}", json=body, **more)

    def line(self, service: str, body: object) -> Json:
        """The answer to a single report."""
        answer = self.reports(service, body)
        assert answer.status_code == 200, answer.json
        (line,) = answer.json["results"]
        return dict(line)

    def last_outcome(self, customer: str = "mei") -> str:
        return str(self.client.get(f"/v1/customers/{customer}").json["contacts"]["mail"]["last_outcome"])


@pytest.fixture
def sender() -> Sender:
    return Sender()


HARD = {"outcome": "undo", "address_removed": "email"}
SOFT = {"outcome": "undo"}
UNSUBSCRIBED = {"outcome": "reject", "withdrawn": {"channel": "email", "purposes": ["marketing"]}}
COMPLAINED = {"outcome": "reject", "withdrawn": {"channel": "email", "purposes": ["all"]}}
SEEN, CLICKED, SENT = {"outcome": "impression"}, {"outcome": "click"}, {"outcome": "sent"}
FOUND: Mapping[str, Any] = {
    "mailgun": [
        (mailgun, "delivered", {}, SENT),
        (mailgun, "failed", {"severity": "permanent", "reason": "bounce"}, HARD),
        (mailgun, "failed", {"severity": "permanent", "reason": "generic"}, HARD),
        (mailgun, "failed", {"severity": "permanent", "reason": "old"}, SOFT),
        (mailgun, "failed", {"severity": "permanent", "reason": "suppress-complaint"}, COMPLAINED),
        (mailgun, "failed", {"severity": "permanent", "reason": "suppress-unsubscribe"}, UNSUBSCRIBED),
        (mailgun, "opened", {"client_info": {"client-type": "mobile browser", "bot": ""}}, SEEN),
        (mailgun, "clicked", {"url": "https://shop.example/app"}, CLICKED),
        (mailgun, "unsubscribed", {}, UNSUBSCRIBED),
        (mailgun, "complained", {}, COMPLAINED),
    ],
    "sendgrid": [
        (sendgrid, "delivered", {"response": "250 OK"}, SENT),
        (sendgrid, "bounce", {"type": "bounce", "status": "5.1.1"}, HARD),
        (sendgrid, "bounce", {"type": "blocked", "status": "4.7.0"}, SOFT),
        (sendgrid, "dropped", {"reason": "Bounced Address"}, HARD),
        (sendgrid, "dropped", {"reason": "Spam Content"}, SOFT),
        (sendgrid, "dropped", {"reason": "Unsubscribed Address"}, UNSUBSCRIBED),
        (sendgrid, "dropped", {"reason": "Spam Reporting Address"}, COMPLAINED),
        (sendgrid, "open", {"sg_machine_open": False}, SEEN),
        (sendgrid, "click", {"url": "https://shop.example/app"}, CLICKED),
        (sendgrid, "unsubscribe", {}, UNSUBSCRIBED),
        (sendgrid, "group_unsubscribe", {"asm_group_id": 10}, UNSUBSCRIBED),
        (sendgrid, "spamreport", {}, COMPLAINED),
    ],
    "amazon-ses": [
        (ses, "Delivery", {"delivery": {"timestamp": AT, "recipients": ["mei@example.com"]}}, SENT),
        (ses, "Bounce", {"bounce": {"bounceType": "Permanent", "bounceSubType": "General", "timestamp": AT}}, HARD),
        (ses, "Bounce", {"bounce": {"bounceType": "Transient", "timestamp": AT}}, SOFT),
        (ses, "Reject", {"reject": {"reason": "Bad content"}}, SOFT),
        (ses, "Complaint", {"complaint": {"complaintFeedbackType": "abuse", "timestamp": AT}}, COMPLAINED),
        (ses, "Open", {"open": {"ipAddress": "192.0.2.1", "timestamp": AT}}, SEEN),
        (ses, "Click", {"click": {"link": "https://shop.example/app", "timestamp": AT}}, CLICKED),
        (
            ses,
            "Subscription",
            {"subscription": {"timestamp": AT, "newTopicPreferences": {"unsubscribeAll": True}}},
            UNSUBSCRIBED,
        ),
        (
            ses,
            "Subscription",
            {
                "subscription": {
                    "timestamp": AT,
                    "newTopicPreferences": {
                        "unsubscribeAll": False,
                        "topicSubscriptionStatus": [
                            {"topicName": "care", "subscriptionStatus": "OptIn"},
                            {"topicName": "news", "subscriptionStatus": "OptOut"},
                        ],
                    },
                }
            },
            UNSUBSCRIBED,
        ),
    ],
    "postmark": [
        (postmark, "Delivery", {"Recipient": "mei@example.com"}, SENT),
        (postmark, "Bounce", {"Type": "HardBounce", "TypeCode": 1, "ID": 42, "Inactive": True}, HARD),
        (postmark, "Bounce", {"Type": "BadEmailAddress", "ID": 43}, HARD),
        (postmark, "Bounce", {"Type": "SoftBounce", "TypeCode": 4096, "ID": 44, "Inactive": False}, SOFT),
        (postmark, "SpamComplaint", {"Type": "SpamComplaint", "ID": 45}, COMPLAINED),
        (postmark, "Open", {"FirstOpen": True}, SEEN),
        (postmark, "Click", {"OriginalLink": "https://shop.example/app"}, CLICKED),
        (postmark, "SubscriptionChange", {"SuppressSending": True, "SuppressionReason": "HardBounce"}, HARD),
        (postmark, "SubscriptionChange", {"SuppressSending": True, "SuppressionReason": "SpamComplaint"}, COMPLAINED),
        (
            postmark,
            "SubscriptionChange",
            {"SuppressSending": True, "SuppressionReason": "ManualSuppression", "Origin": "Recipient"},
            UNSUBSCRIBED,
        ),
    ],
}
CASES = [(service, *case) for service, cases in FOUND.items() for case in cases]


def name_of(value: object) -> str:
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize(("service", "form", "what", "details", "effects"), CASES, ids=name_of)
def test_a_report_has_the_effects_of_its_kind(sender, service, form, what, details, effects) -> None:
    given = sender.message()
    line = sender.line(service, form(what, {"customer_id": "mei", "recommendation_id": given}, **details))
    assert line == {"line": 1, "applied": True, "event": what, **effects}
    assert sender.last_outcome() == effects["outcome"]


@pytest.mark.parametrize(
    ("service", "form", "what", "details", "reason"),
    [
        ("mailgun", mailgun, "accepted", {}, "not-final"),
        ("mailgun", mailgun, "failed", {"severity": "temporary", "reason": "generic"}, "not-final"),
        ("mailgun", mailgun, "opened", {"client_info": {"bot": "apple"}}, "machine"),
        ("mailgun", mailgun, "clicked", {"client_info": {"bot": "generic"}}, "machine"),
        ("sendgrid", sendgrid, "processed", {}, "not-final"),
        ("sendgrid", sendgrid, "deferred", {"attempt": "5"}, "not-final"),
        ("sendgrid", sendgrid, "open", {"sg_machine_open": True}, "machine"),
        ("sendgrid", sendgrid, "group_resubscribe", {"asm_group_id": 10}, "no-grant"),
        ("amazon-ses", ses, "Send", {"send": {}}, "not-final"),
        ("amazon-ses", ses, "DeliveryDelay", {"deliveryDelay": {"timestamp": AT}}, "not-final"),
        ("amazon-ses", ses, "Complaint", {"complaint": {"complaintFeedbackType": "not-spam"}}, "no-effect"),
        (
            "amazon-ses",
            ses,
            "Subscription",
            {"subscription": {"newTopicPreferences": {"unsubscribeAll": False}}},
            "no-grant",
        ),
        ("postmark", postmark, "Bounce", {"Type": "Transient"}, "not-final"),
        ("postmark", postmark, "Bounce", {"Type": "AutoResponder"}, "no-effect"),
        ("postmark", postmark, "SubscriptionChange", {"SuppressSending": False}, "no-grant"),
    ],
    ids=name_of,
)
def test_a_report_that_changes_nothing_says_why(sender, service, form, what, details, reason) -> None:
    given = sender.message()
    line = sender.line(service, form(what, {"customer_id": "mei", "recommendation_id": given}, **details))
    assert line == {"line": 1, "applied": False, "event": what, "reason": reason}
    assert sender.last_outcome() == "sent"


# ---- what decisions make of it ----


def test_after_a_hard_bounce_the_channel_is_no_longer_used(sender) -> None:
    given = sender.message()
    assert sender.given(kind="searched")
    sender.line("sendgrid", sendgrid("bounce", {"recommendation_id": given}, type="bounce"))
    answer = sender.happened("mei", "searched", {"query": "pan"}, "outbound").json
    record = sender.client.get(f"/v1/decisions/{answer['decision_id']}").json
    assert record["results"][0]["recommendations"] == []
    assert {refused["action"]: refused["reason"] for refused in record["rejected"]}["note"] == "NO_REACHABLE_CHANNEL"


def test_a_pending_message_is_withdrawn_after_an_unsubscription(sender) -> None:
    sender.reachable()
    (pending,) = sender.given()
    sender.shop.now = parse_rfc3339("2026-03-02T09:00:00Z")
    sender.line("mailgun", mailgun("unsubscribed", {"customer_id": "mei"}))
    *_, withdraw = sender.client.get("/v1/deliveries").json["items"]
    assert (withdraw["type"], withdraw["recommendation_id"], withdraw["reason"]) == ("withdraw", pending, "NO_CONSENT")


def test_a_spam_complaint_also_withdraws_consents_to_other_purposes() -> None:
    sender = Sender(contact_policy="{consent: {marketing: marketing, service: service}}")
    sender.reachable()
    sender.happened("mei", "consent_changed", {"channel": "email", "purposes": ["service"], "granted": True})
    assert sender.given(kind="searched")
    sender.shop.now = parse_rfc3339("2026-03-02T09:00:00Z")
    sender.line("postmark", postmark("SpamComplaint", {"customer_id": "mei"}))
    sender.shop.now += 11 * DAY
    assert sender.given(kind="searched") == []


def test_a_message_that_did_not_arrive_is_never_taken_for_ignored(sender) -> None:
    given = sender.message()
    sender.line("sendgrid", sendgrid("bounce", {"recommendation_id": given}, type="blocked"))
    sender.shop.now += 30 * DAY
    sender.given(kind="searched")
    assert sender.last_outcome() == "undo"


def test_an_address_given_after_the_bounce_counts(sender) -> None:
    sender.message()
    sender.happened("mei", "channel_address_added", {"channel": "email"})
    line = sender.line("sendgrid", sendgrid("bounce", {"customer_id": "mei"}, type="bounce"))
    assert (line["applied"], line["reason"]) == (False, "superseded")
    assert sender.given(kind="searched")


# ---- who and what a report is about ----


def test_a_recommendation_alone_leads_to_its_customer(sender) -> None:
    given = sender.message()
    assert sender.line("mailgun", mailgun("complained", {"recommendation_id": given}))["applied"]
    assert sender.given(kind="searched")
    assert sender.last_outcome() == "reject"


def test_a_customer_alone_can_unsubscribe(sender) -> None:
    sender.reachable()
    sender.shop.now = parse_rfc3339("2026-03-02T09:00:00Z")
    line = sender.line("mailgun", mailgun("unsubscribed", {"customer_id": "mei"}))
    assert "outcome" not in line and line["withdrawn"]["purposes"] == ["marketing"]
    assert sender.given() == []


@pytest.mark.parametrize("about", [{}, {"recommendation_id": UNKNOWN}, {"customer_id": "undefined"}])
def test_a_report_about_nobody_known_is_not_applied(sender, about) -> None:
    line = sender.line("mailgun", mailgun("unsubscribed", about))
    assert (line["applied"], line["reason"]) == (False, "customer-unknown")


def test_an_opened_message_without_a_recommendation_is_not_applied(sender) -> None:
    line = sender.line("mailgun", mailgun("opened", {"customer_id": "mei"}))
    assert (line["applied"], line["reason"]) == (False, "recommendation-unknown")


def test_a_wrong_recommendation_id_does_not_keep_a_customer_from_unsubscribing(sender) -> None:
    sender.message()
    line = sender.line("mailgun", mailgun("unsubscribed", {"customer_id": "mei", "recommendation_id": "nonsense"}))
    assert line["applied"] and "outcome" not in line
    assert line["warnings"][0].startswith("/event-data/user-variables/recommendation_id: must be a recommendation_id")


def test_a_recommendation_of_another_customer_gets_no_outcome(sender) -> None:
    given = sender.message()
    line = sender.line("mailgun", mailgun("unsubscribed", {"customer_id": "ida", "recommendation_id": given}))
    assert line["withdrawn"] and "outcome" not in line
    assert line["warnings"] == [f"{given} belongs to another customer, so it gets no outcome"]
    assert sender.last_outcome() == "sent"


def test_a_number_is_a_customer_id(sender) -> None:
    assert sender.line("postmark", postmark("SpamComplaint", {"customer_id": 1234}))["applied"]
    assert sender.client.get("/v1/customers/1234").status_code == 200


def test_a_report_without_a_readable_time_counts_as_of_its_arrival(sender) -> None:
    sender.message()
    line = sender.line("mailgun", mailgun("unsubscribed", {"customer_id": "mei"}, timestamp="yesterday"))
    assert line["applied"]
    assert line["warnings"] == ["/event-data/timestamp: must be a number of seconds since 1970"]
    assert sender.given() == []


def test_a_report_from_the_future_counts_as_of_its_arrival(sender) -> None:
    sender.message()
    sender.line("mailgun", mailgun("unsubscribed", {"customer_id": "mei"}, timestamp=1_900_000_000))
    sender.shop.now += 1000
    sender.reachable()
    sender.shop.now += 11 * DAY
    assert sender.given()


def test_the_channel_is_that_of_the_recommendation() -> None:
    news = CHANNELS[CHANNELS.index("  - channel: email") : CHANNELS.index("  - channel: desk")]
    both = CHANNELS + news.replace("channel: email", "channel: news")
    sender = Sender(channels=both)
    given = sender.message()
    body = mailgun("unsubscribed", {"recommendation_id": given})
    line = sender.reports("mailgun", body, "?channel=news").json["results"][0]
    assert line["withdrawn"]["channel"] == "email"
    body = mailgun("unsubscribed", {"customer_id": "ida"})
    line = sender.reports("mailgun", body, "?channel=news").json["results"][0]
    assert line["withdrawn"]["channel"] == "news"


# ---- repeats ----


def test_the_same_report_again_counts_once_and_is_marked(sender) -> None:
    given = sender.message()
    body = [sendgrid("bounce", {"customer_id": "mei", "recommendation_id": given}, type="bounce")]
    first, again = sender.reports("sendgrid", body).json, sender.reports("sendgrid", body).json
    assert (first["applied"], first["duplicate"]) == (1, 0)
    assert (again["applied"], again["duplicate"]) == (1, 1)
    assert sender.client.get("/v1/customers/mei").json["contacts"]["mail"]["times"] == 1


def test_reports_without_an_id_are_told_apart_by_their_content(sender) -> None:
    table = shipped_tables()["sendgrid"]
    settings = ApiSettings(clock=lambda: sender.shop.now, feedback={"plain": replace(table, id=())})
    sender.client = app_of(sender.shop.service, settings).test_client()
    bounce = sendgrid("bounce", {"customer_id": "mei"}, type="bounce")
    later = {**bounce, "timestamp": bounce["timestamp"] - 60}
    sender.reachable()
    sender.shop.now = parse_rfc3339("2026-03-02T09:00:00Z")
    lines = sender.reports("plain", [bounce, bounce, later]).json["results"]
    assert ["duplicate" in line for line in lines] == [False, True, False]


# ---- the envelope of Amazon SNS ----


@pytest.mark.parametrize("kind", ["application/json", "text/plain; charset=UTF-8"])
def test_a_report_of_ses_may_come_in_the_envelope_of_sns(sender, kind) -> None:
    given = sender.message()
    details = {"bounceType": "Permanent", "timestamp": AT, "feedbackId": "f-1"}
    body = through_sns(ses("Bounce", {"recommendation_id": given}, bounce=details))
    answer = sender.client.post("/v1/feedback/amazon-ses", data=json.dumps(body), content_type=kind)
    assert answer.json["results"] == [{"line": 1, "applied": True, "event": "Bounce", **HARD}]


def test_the_address_that_confirms_a_subscription_is_logged(sender) -> None:
    address = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
    body = {"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe.", "SubscribeURL": address}
    with capture_logs() as logged:
        line = sender.line("amazon-ses", body)
    assert line["reason"] == "no-effect"
    assert [(entry["event"], entry["open"]) for entry in logged] == [("feedback-needs-confirmation", address)]


def test_a_text_of_ses_about_its_topic_has_no_effect(sender) -> None:
    body = {**through_sns({}), "Message": "Successfully validated SNS topic for Amazon SES event publishing."}
    assert sender.line("amazon-ses", body)["reason"] == "no-effect"


# ---- what is not understood ----


def test_unknown_events_are_counted_named_and_logged(sender) -> None:
    body = [sendgrid(what, {}) for what in ("teleported", "teleported", "delivered", "vanished")]
    with capture_logs() as logged:
        answer = sender.reports("sendgrid", body).json
    assert answer["unknown"] == {"teleported": 2, "vanished": 1}
    assert (answer["applied"], answer["unapplied"], answer["refused"]) == (0, 4, 0)
    assert answer["results"][3] == {"line": 4, "applied": False, "event": "vanished", "reason": "event-unknown"}
    assert logged[0]["unknown"] == {"teleported": 2, "vanished": 1}


def test_metrics_count_reports_by_their_result(sender) -> None:
    sender.reports("sendgrid", [sendgrid("vanished", {}), sendgrid("spamreport", {"customer_id": "mei"}), 1])
    text = sender.client.get("/metrics").text
    for result in ("unknown", "applied", "refused"):
        assert f'patron_feedback_total{{result="{result}",service="sendgrid"}} 1.0' in text


@pytest.mark.parametrize(
    ("entry", "pointer"),
    [(7, "/1"), ({"email": "mei@example.com"}, "/1/event"), ({"event": ["open"]}, "/1/event")],
)
def test_a_wrong_report_is_refused_with_its_place_and_the_others_are_applied(sender, entry, pointer) -> None:
    good = sendgrid("spamreport", {"customer_id": "mei"})
    answer = sender.reports("sendgrid", [good, entry]).json
    assert (answer["applied"], answer["refused"]) == (1, 1)
    refused = answer["results"][1]
    assert (refused["line"], refused["reason"], refused["problem"]["status"]) == (2, "refused", 422)
    assert [error["pointer"] for error in refused["problem"]["errors"]] == [pointer]


def test_a_report_that_is_nested_without_end_is_refused(sender) -> None:
    body = {**through_sns({}), "Message": '{"mail": ' + "[" * 400 + "]" * 400 + "}"}
    assert sender.line("amazon-ses", body)["problem"]["errors"][0]["code"] == "depth"


@pytest.mark.parametrize("body", ["text", 7, None])
def test_a_body_that_is_neither_an_object_nor_a_list_is_refused(sender, body) -> None:
    answer = sender.client.post("/v1/feedback/mailgun", data=json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "")


def test_a_service_without_a_table_is_not_found_and_the_nearest_is_named(sender) -> None:
    answer = sender.reports("mailgum", {})
    assert (answer.status_code, answer.json["detail"]) == (
        404,
        'no feedback table for mailgum; did you mean "mailgun"?',
    )


def test_a_channel_that_the_rulebook_lacks_is_refused_before_anything_is_stored(sender) -> None:
    answer = sender.reports("mailgun", mailgun("complained", {"customer_id": "mei"}), "?channel=emial")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/channel")
    assert 'did you mean "email"?' in answer.json["errors"][0]["detail"]
    assert sender.client.get("/v1/customers/mei").status_code == 404


def test_more_reports_than_a_batch_may_have_are_refused() -> None:
    small = ApiSettings(max_batch_lines=2)
    answer = Sender(settings=small).reports("sendgrid", [sendgrid("open", {})] * 3)
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "length")


def test_when_the_store_does_not_answer_the_service_is_asked_to_send_again() -> None:
    sender = Sender(GoneStore())
    answer = sender.reports("sendgrid", [sendgrid("spamreport", {"customer_id": "mei"})])
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


# ---- access, description, own tables ----


def test_the_token_may_be_the_password_of_the_address() -> None:
    token = "pat_mail_0123456789abcdef"
    (key,) = parse_api_keys(f"mail:{sha256(token.encode()).hexdigest()}:events")
    sender = Sender(settings=ApiSettings(keys=(key,)))
    basic = base64.b64encode(f"patron:{token}".encode()).decode()
    wrong = base64.b64encode(b"patron:other").decode()
    statuses = [
        sender.reports("sendgrid", [], headers={"Authorization": f"Basic {one}"}).status_code
        for one in (basic, wrong, "no base64")
    ]
    assert statuses == [200, 401, 401]


def test_the_answer_is_as_described(sender) -> None:
    given = sender.message()
    body = [sendgrid(what, {"recommendation_id": given}) for what in ("open", "spamreport", "spamreport", "vanished")]
    answer = sender.reports("sendgrid", [*body, 7]).json
    schema = {"$ref": "#/components/schemas/FeedbackAnswer", "components": describe()["components"]}
    assert [error.message for error in Draft202012Validator(schema).iter_errors(answer)] == []


def test_a_table_of_the_shops_own_maps_another_service(sender) -> None:
    own = b"""\
title: Our own mail server
channel: email
event: /what
time: {at: /at, format: unix-milliseconds}
customer_id: /customer
recommendation_id: /recommendation
reports:
  - {event: stop, when: {/scope: [everything, all]}, withdraw: all}
  - {event: stop, withdraw: marketing}
"""
    settings = ApiSettings(clock=lambda: sender.shop.now, feedback=read_tables({"ours.yaml": own}))
    sender.client = app_of(sender.shop.service, settings).test_client()
    body = [{"what": "stop", "customer": "mei"}, {"what": "stop", "customer": "ida", "scope": "all"}]
    lines = sender.reports("ours", body).json["results"]
    assert [line["withdrawn"]["purposes"] for line in lines] == [["marketing"], ["all"]]
