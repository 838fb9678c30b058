"""Small rulebooks for tests of decisions: a handful of channels and facts, and the rules and actions a test needs.

Rules and actions are written as dicts (JSON is YAML), pass the loader like any file, and run on the reference matcher.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from authoring.checking import check_texts, load
from engine.compiled.rulebook import Compiled, prepare
from engine.decisioning.decide import decide
from engine.domain.calendar import days_of
from engine.domain.decision import Decision, Recommendation
from engine.domain.events import Event, Placed
from engine.domain.profile import Profile, apply
from engine.domain.times import DAY, parse_rfc3339
from engine.domain.trigger import Trigger
from engine.rulebook.findings import render
from engine.rulebook.model import Rulebook
from engine.rulebook.reference import ReferenceMatcher
from engine.value.tiers import Snapshot

RULES = Path(__file__).resolve().parents[2] / "rules"
NOW = parse_rfc3339("2026-03-02T10:00:00+01:00")
CUSTOMER = "c/mei"

DAYS = days_of("Europe/Berlin")
"""Those of the shops in tests."""
SHOP = "{name: Small, currency: EUR, zone: Europe/Berlin, languages: [en, zh-Hans]}"
VOCABULARY = """\
facts:
  customer.orders: {type: count, missing: 0, example: 4, sentence: Orders}
  customer.days_since_last_order: {type: days, unit: days, missing: never, example: 21, sentence: Days of silence}
  customer.spend: {type: money, missing: 0, example: 60 EUR, sentence: Spend}
  customer.tier: {type: text, missing: none, example: gold, sentence: Tier}
  customer.value_score: {type: money, missing: 0, example: 95 EUR, sentence: Score}
  customer.categories: {type: set, missing: none, example: [kitchen], sentence: Categories}
  customer.first_name: {type: text, missing: unknown, example: Mei, sentence: First name}
  customer.language: {type: text, missing: none, example: en, sentence: Language}
  customer.churn_risk: {type: text, values: [none, low, high], missing: none, example: low, sentence: Risk}
  cart.categories: {type: set, missing: none, example: [kitchen], sentence: Categories in the cart}
  cart.total: {type: money, missing: 0, example: 45 EUR, sentence: Value of the cart}
  order.id: {type: text, missing: unknown, example: o-1, sentence: The order this is about}
  order.total: {type: money, missing: unknown, example: 89 EUR, sentence: Total of the order}
counters:
  customer.visits_7d: {count: visited, within: 7 days, example: 2, sentence: Visits}
"""
CHANNELS = """\
channels:
  - channel: web
    contact: shown
    consent: no
    address: none
    outbound: no
    escape: html
    fields: {title: {max: 40}, body: {max: 80, optional: yes}}
    placements:
      - {placement: home.banner, at_most: 1, fallback: {en: {title: Hello}, zh-Hans: {title: 你好}}}
      - {placement: home.side, at_most: 1, fallback: {en: {title: Aside}, zh-Hans: {title: 旁边}}}
      - {placement: account.next, at_most: 3, fallback: {en: {title: Account}, zh-Hans: {title: 账户}}}
  - channel: email
    contact: sent
    consent: yes
    address: email
    outbound: yes
    escape: text
    fields: {title: {max: 40}}
  - channel: desk
    contact: decided
    consent: no
    address: none
    outbound: yes
    escape: text
    fields: {title: {max: 40}}
"""
TIERS = """\
tiers:
  value: {from: margin, else: spend}
  levels:
    - {id: gold, enter_top: 20 %, leave_top: 30 %}
    - {id: bronze}
  newcomer: {below_orders: 2, unless_top: 10 %}
"""
CATALOGUE = """\
products:
  - {sku: K-1, title: {en: Pan, zh-Hans: 锅}, category: kitchen, price: 49 EUR, roles: [activation]}
  - {sku: K-2, title: {en: Knife}, category: kitchen, price: 20 EUR, roles: [activation], stock: 0}
  - {sku: K-3, title: {en: Board}, category: kitchen, price: 20 EUR, roles: [activation], stock: 5}
  - {sku: L-1, title: {en: Lamp}, category: lighting, price: 20 EUR, roles: [activation, profit]}
  - {sku: T-1, title: {en: Cloth}, category: textiles, price: 20 EUR, roles: [profit]}
"""
SCENES = "scenes: [{scene: evening, categories: [kitchen, lighting, textiles]}]"
TABLE = """\
table: churn_risk
decides: customer.churn_risk
pick: first
columns: [customer.orders, customer.days_since_last_order]
rows:
  - ["0", "-", none]
  - ["-", ">= 30", high]
otherwise: low
"""


def action(name: str, **changes: Any) -> dict[str, Any]:
    """An action on the web in English and Chinese; `changes` replace or add keys."""
    texts = {"en": {"title": name}, "zh-Hans": {"title": f"中 {name}"}}
    return {
        "action": name,
        "title": f"The action {name}",
        "kind": "marketing",
        "group": f"group-of-{name}",
        "value": "10 EUR",
        "propensity": "10 %",
        "expires": "10 days",
        "treatments": [{"channel": "web", "texts": texts}],
        **changes,
    }


def on(channel: str, **more: Any) -> dict[str, Any]:
    """A treatment on a channel, with texts in English and Chinese."""
    return {"channel": channel, "texts": {"en": {"title": "Hi"}, "zh-Hans": {"title": "你好"}}, **more}


def says(title: str, channel: str = "web", **more: Any) -> list[dict[str, Any]]:
    """The treatments of an action that says just this, in English."""
    return [{"channel": channel, "texts": {"en": {"title": title}}, **more}]


def rule(name: str, recommends: str | None = None, **changes: Any) -> dict[str, Any]:
    """A live rule that always holds when asked; recommends an action unless `changes` say forbid or boost."""
    then = {} if recommends is None else {"recommend": {"action": recommends}}
    return {
        "id": name,
        "title": f"The rule {name}",
        "serves": ["S1"],
        "status": "live",
        "owner": "crm",
        "trigger": ["requested"],
        "when": {},
        **then,
        **changes,
    }


def book(actions: Iterable[Mapping[str, Any]], rules: Iterable[Mapping[str, Any]], **files: str) -> Rulebook:
    """A checked rulebook; `files` replace whole files ("tiers" for tiers.yaml). AssertionError with the findings."""
    texts = {
        "shop.yaml": SHOP,
        "vocabulary.yaml": VOCABULARY,
        "channels.yaml": CHANNELS,
        "tiers.yaml": TIERS,
        "catalogue.yaml": CATALOGUE,
        "scenes.yaml": SCENES,
        "tables/churn_risk.yaml": TABLE,
        "actions/all.yaml": json.dumps({"actions": list(actions)}, ensure_ascii=False),
        "operation.yaml": json.dumps({"rules": list(rules)}, ensure_ascii=False),
        **{f"{name}.yaml": text for name, text in files.items()},
    }
    rulebook, findings = check_texts(texts)
    assert rulebook is not None, render(findings)
    return rulebook


def ready(rulebook: Rulebook) -> Compiled:
    return prepare(rulebook, ReferenceMatcher(rulebook))


def made(actions: Iterable[Mapping[str, Any]], rules: Iterable[Mapping[str, Any]], **files: str) -> Compiled:
    """A small rulebook, made ready."""
    return ready(book(actions, rules, **files))


@cache
def shipped() -> Compiled:
    """The rulebook of the repository on the reference matcher."""
    return ready(load(RULES))


# ---- customers and occasions ----


def event(
    id: str, type: str, at: int = NOW, said: Mapping[str, Any] | None = None, /, customer: str = CUSTOMER, **more: Any
) -> Event:
    """An event that is only stored. `said`: its properties; `more`: channel, decide."""
    return Event(id, type, at, customer, properties=said or {}, **{"decide": "none", **more})


def order(id: str, at: int = NOW, total: int = 5_000, /, **said: Any) -> Event:
    """An order of `total` minor units."""
    return event(f"e-{id}", "order_completed", at, {"order_id": id, "total": total, **said})


def days_ago(days: float) -> int:
    return NOW - int(days * DAY)


def who(*events: Event, compiled: Compiled | None = None, customer: str = CUSTOMER) -> Profile:
    """The profile after these events."""
    profile = Profile(customer)
    for happened in events:
        profile = apply(profile, happened, compiled.counters if compiled else {}, DAYS)
    return profile


def reachable(*channels: str, purpose: str = "marketing") -> tuple[Event, ...]:
    """Links and consents over these channels, given a year ago."""
    links = [event(f"link-{c}", "channel_address_added", days_ago(365), {"channel": c}) for c in channels]
    consents = [consent(c, purpose=purpose) for c in channels]
    return (*links, *consents)


def consent(channel: str, granted: bool = True, at: int | None = None, purpose: str = "marketing") -> Event:
    said = {"channel": channel, "purposes": [purpose], "granted": granted}
    return event(f"consent-{channel}-{purpose}-{granted}", "consent_changed", at or days_ago(365), said)


def asked(*placements: str, id: str = "request/1", count: int = 1, **more: Any) -> Trigger:
    """A request for these placements; none means outbound."""
    return Trigger("requested", id, CUSTOMER, None, tuple(Placed(p, count) for p in placements), **more)


def decision(
    compiled: Compiled,
    trigger: Trigger,
    profile: Profile | None = None,
    now: int = NOW,
    snapshot: Snapshot | None = None,
) -> Decision:
    return decide(compiled, snapshot or Snapshot(), profile or Profile(CUSTOMER), trigger, now)


def given(decided: Decision) -> list[Recommendation]:
    """All recommendations of a decision, in the order of their placements and ranks."""
    return [g for result in decided.results for g in result.recommendations]


def actions_of(decided: Decision) -> list[str]:
    return [g.action for g in given(decided)]


def reasons(decided: Decision) -> dict[str, str]:
    """Action -> why it was dropped (the first reason that is given)."""
    return {r.action: r.reason.value for r in reversed(decided.rejected)}


def placements_of(decided: Decision) -> Sequence[str | None]:
    return [result.placement for result in decided.results]
