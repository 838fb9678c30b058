"""Write the stored examples of one format, with the code of the tree in which it runs (README.md has the commands).

It uses the HTTP API of a service on an embedded store with a fixed clock, so it works in old and new trees.
"""

import base64
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

NOW = 1_782_900_000_000  # 1 July 2026, 10:00 UTC
DAY = 86_400_000
WAITED = NOW + 16 * DAY
CUSTOMERS_ASKED = 60
"""Enough to meet a member of the control group of 5 %."""
EXTRA_ACTIONS = """\
actions:
  - action: only-one
    title: Given once
    kind: service
    group: formats
    effect: {type: content, content: only-one}
    value: 900 EUR
    propensity: 50 %
    limits: {total: 1}
    expires: 90 days
    treatments:
      - channel: web
        placements: [home.banner]
        link: "https://shop.example/one"
        texts:
          en: {title: "One", body: "Only one.", button: "See"}
          zh-Hans: {title: "一", body: "只有一份。", button: "看"}
  - action: not-yet
    title: In shadow mode
    kind: service
    group: formats
    effect: {type: content, content: not-yet}
    value: 1 EUR
    propensity: 1 %
    expires: 1 day
    treatments:
      - channel: web
        placements: [home.banner]
        link: "https://shop.example/two"
        texts:
          en: {title: "Two", body: "Not yet.", button: "See"}
          zh-Hans: {title: "二", body: "还没有。", button: "看"}
"""
EXTRA_RULES = """
  - id: give-one
    title: Give one
    serves: [S8]
    status: live
    owner: crm
    trigger: [asked]
    when: {}
    recommend: {action: only-one}
  - id: try-it
    title: Try it
    serves: [S8]
    status: test
    owner: crm
    trigger: [asked]
    when: {}
    recommend: {action: not-yet}
"""

Json = dict[str, Any]


def time(at: int) -> str:
    from engine.domain.times import format_rfc3339

    return format_rfc3339(at)


class Sender:
    """Sends events, requests and outcomes, each with an id of its own."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._count = 0

    def stored(self, customer: Json, kind: str, at: int, properties: Json) -> None:
        """An event that nothing is decided about."""
        self.event(customer, kind, at, properties, decide="none")

    def post(self, path: str, body: Json) -> Json:
        answer = self._client.post(path, json=body)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        got: Json = answer.get_json()
        return got

    def event(self, customer: Json, kind: str, at: int, properties: Json, **more: Any) -> Json:
        self._count += 1
        body = {"id": f"e-{self._count}", "type": kind, "time": time(at), "customer": customer}
        return self.post("/v1/events", {**body, "properties": properties, **more})

    def ask(self, customer: Json, *placements: str) -> Json:
        self._count += 1
        body = {"request_id": f"q-{self._count}", "customer": customer, "placements": [{"id": p} for p in placements]}
        return self.post("/v1/decisions", body)

    def record(self, decision_id: str) -> Json:
        got: Json = self._client.get(f"/v1/decisions/{decision_id}").get_json()
        return got

    def outcome(self, given: Json, outcome: str) -> None:
        self.post("/v1/outcomes", {"recommendation_id": given["recommendation_id"], "outcome": outcome})


def given_in(answer: Json) -> list[Json]:
    return [given for result in answer["results"] for given in result.get("recommendations", ())]


def order(number: str, total: str, **line: Any) -> Json:
    lines = [{"line_id": "1", "sku": "K-101", "category": "kitchen", "quantity": 2, "amount": total, **line}]
    return {"order_id": number, "total": total, "lines": lines}


def regular(send: Sender) -> None:
    """Orders with and without costs, very large, cancelled, returned; consents, traits, contacts, outcomes."""
    mei = {"id": "mei"}
    for n in range(6):
        send.stored(mei, "order_completed", NOW - (200 - 30 * n) * DAY, order(f"o-{n}", "60.00", cost="25.00"))
    send.stored(mei, "order_completed", NOW - 20 * DAY, order("o-large", "30000000.00"))
    send.stored(mei, "order_returned", NOW - 19 * DAY, {"order_id": "o-large", "amount": "29999900.00"})
    send.stored(mei, "order_cancelled", NOW - 18 * DAY, {"order_id": "o-1"})
    send.stored(mei, "order_returned", NOW - 17 * DAY, {"order_id": "o-unknown", "amount": "5.00"})
    for channel in ("email", "push"):
        send.stored(mei, "link_added", NOW - 16 * DAY, {"channel": channel})
        said = {"channel": channel, "purposes": ["marketing", "service"], "granted": True}
        send.stored(mei, "consent_changed", NOW - 16 * DAY, said)
    traits = {
        "first_name": "梅",
        "birthday": "1980-05-17",
        "zone": "Asia/Shanghai",
        "language": "zh-CN",
        "interests": ["tea"],
    }
    send.stored(mei, "identified", NOW - 15 * DAY, {"traits": traits})
    send.stored(mei, "delivery_completed", NOW - 14 * DAY, {"order_id": "o-5"})
    send.stored(mei, "rated", NOW - 13 * DAY, {"score": 5})
    send.stored(mei, "complaint_opened", NOW - 12 * DAY, {"complaint_id": "k-1"})
    send.stored(mei, "complaint_closed", NOW - 11 * DAY, {"complaint_id": "k-1"})
    send.stored(mei, "wish_expressed", NOW - 10 * DAY, {"category": "bath"})
    send.event(mei, "visited", NOW - 9 * DAY, {"surface": "web"}, channel="web")
    for _ in range(2):
        for given in given_in(send.ask(mei, "home.banner", "account.next"))[:1]:
            send.outcome(given, "impression")
            send.outcome(given, "accept")
    send.ask(mei, "home.banner", "account.next")


def waiting(send: Sender) -> None:
    """A first order was delivered yesterday: a rule is waiting."""
    kim = {"id": "kim"}
    send.event(kim, "link_added", NOW - 5 * DAY, {"channel": "email"})
    send.event(kim, "order_completed", NOW - 3 * DAY, order("k-1", "80.00"))
    send.event(kim, "delivery_completed", NOW - DAY, {"order_id": "k-1"})


def leaving(send: Sender) -> None:
    """Consent is withdrawn while a message is pending."""
    ada = {"id": "Ada Łovelace/1"}
    send.event(ada, "link_added", NOW - 300 * DAY, {"channel": "email"})
    said = {"channel": "email", "purposes": ["marketing", "service"]}
    send.event(ada, "consent_changed", NOW - 300 * DAY, {**said, "granted": True})
    for n in range(4):
        send.stored(ada, "order_completed", NOW - (290 - 30 * n) * DAY, order(f"a-{n}", "90.00"))
    send.event(ada, "order_completed", NOW, order("a-9", "90.00"))
    send.event(ada, "wish_expressed", NOW, {"category": "bath"})
    send.event(ada, "consent_changed", NOW + 1, {**said, "granted": False}, decide="outbound")


def anonymous(send: Sender) -> None:
    """One anonymous profile that is merged into a customer, and one that is not."""
    cookie, stranger = {"anonymous_id": "cookie-1"}, {"anonymous_id": "cookie-2"}
    for who in (cookie, stranger):
        send.event(who, "product_viewed", NOW - DAY, {"sku": "K-101", "category": "kitchen"})
        send.ask(who, "home.banner")
    send.event({"id": "noor"}, "aliased", NOW, {"anonymous_id": "cookie-1"})


def control_group(send: Sender) -> str | None:
    """The first customer in a control group: something is withheld from the decision."""
    for number in range(CUSTOMERS_ASKED):
        name = f"h-{number}"
        send.stored({"id": name}, "order_completed", NOW - DAY, order(f"{name}-1", "80.00"))
        if (
            "withheld"
            in send._client.get(f"/v1/decisions/{send.ask({'id': name}, 'home.banner')['decision_id']}").get_json()
        ):
            return name
    return None


def handle_due(service: Any, customer: str) -> None:
    """What a worker does when a timer fires; later trees have functions over a unit of work."""
    if hasattr(service, "handle_due"):
        service.handle_due(customer)
    else:
        from service import handle_timer as later

        later.handle_due(customer, service.begin())


def heads(stored: bytes, prefix: str) -> list[str]:
    """The keys of the newest records before: one, or since format 3 one kept long and one kept short."""
    ids = stored[1 : 1 + stored[0]].decode().split("\0")
    return [prefix + id_ for id_ in ids if id_]


def dump(url: str, out: Path, customers: list[str]) -> None:
    """The raw values in Redis (key -> base64), and the profiles as this tree reads them."""
    from redis import Redis

    from engine.domain.profile import decode
    from storage import keys

    profiles, records, expected = {}, {}, {}
    with Redis.from_url(url, protocol=2) as server:
        for customer in customers:
            name = keys.profile_key(customer)
            stored = server.get(name)
            profiles[name] = base64.b64encode(stored).decode()
            chain = stored[8:]
            expected[customer] = {"key": name, "records": [], "profile": plain(decode(chain[1 + chain[0] :]))}
            names = heads(chain, keys.record_prefix(customer))
            for record_name in names:  # each begins with those before it
                stored = server.get(record_name)
                records[record_name] = base64.b64encode(stored).decode()
                names += [one for one in heads(stored, keys.record_prefix(customer)) if one not in names]
            expected[customer]["records"] = names
    out.mkdir(parents=True, exist_ok=True)
    for name, value in (("profiles", profiles), ("records", records), ("expected", expected)):
        (out / f"{name}.json").write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def plain(value: Any) -> Any:
    """A profile as JSON: fields by name, without those at their default."""
    import dataclasses

    if dataclasses.is_dataclass(value):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.name != "stored"}
        usual = {
            f.name: f.default_factory() if callable(f.default_factory) else f.default for f in dataclasses.fields(value)
        }
        return {name: plain(one) for name, one in fields.items() if one != usual[name]}
    if hasattr(value, "items"):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        fields, usual, kept = getattr(value, "_fields", ()), getattr(value, "_field_defaults", {}), len(value)
        while fields and kept and fields[kept - 1] in usual and value[kept - 1] == usual[fields[kept - 1]]:
            kept -= 1  # a named tuple, without what is at its default at the end
        return [plain(one) for one in value[:kept]]
    return value.hex() if isinstance(value, bytes) else value


def main(out: Path) -> None:
    root = Path.cwd()
    sys.path.insert(0, str(root))
    from runtime import bootstrap, embedded

    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules"
        shutil.copytree(root / "rules", rules)
        newer = (rules / "measurement.yaml").exists()
        if newer:
            (rules / "actions" / "formats.yaml").write_text(EXTRA_ACTIONS, encoding="utf-8")
            with (rules / "operation.yaml").open("a", encoding="utf-8") as file:
                file.write(EXTRA_RULES)
        server = embedded.start(Path(folder))
        os.environ |= {"REDIS_URL": server.url, "PATRON_RULES": str(rules), "PATRON_MATCHER": "reference"}
        os.environ |= {"PATRON_POLL_MS": "60000", "PATRON_STORE_TIMEOUT_MS": "5000"}
        clock = [NOW]
        bootstrap.now_ms = lambda: clock[0]
        app = bootstrap.make_app()
        send = Sender(app.test_client())
        customers = ["c/mei", "c/kim", "c/Ada Łovelace/1", "a/cookie-1", "a/cookie-2", "c/noor"]
        for send_some in (regular, waiting, leaving, anonymous):
            send_some(send)
        held = control_group(send) if newer else None
        if newer:
            clock[0] = WAITED
            handle_due(app.extensions["patron"].service, "c/kim")
        dump(server.url, out, customers + ([f"c/{held}"] if held else []))
        server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
