"""A small rulebook in memory, without a mistake, and a way to put one in.

In a replacement the mark « says where the finding must stand; it is taken out before the files are read.
"""

from dataclasses import dataclass

from authoring.checking import check_texts
from engine.rulebook.findings import Finding

MARK = "«"

SHOP = """\
name: Small
currency: EUR
zone: Europe/Berlin
languages: [en, de]
"""
VOCABULARY = """\
facts:
  customer.orders: {type: count, missing: 0, example: 4, sentence: Orders}
  customer.spend: {type: money, missing: 0, example: 60 EUR, sentence: Spend}
  customer.days_since_last_order: {type: days, unit: days, missing: never, example: 21, sentence: Days of silence}
  customer.pause_chance: {type: number, missing: unknown, example: 0.04, sentence: How normal the silence is}
  customer.return_share: {type: number, unit: "%", missing: unknown, example: 10 %, sentence: Share sent back}
  customer.identified: {type: boolean, missing: no, example: yes, sentence: Known by an id}
  customer.tier: {type: text, values: [gold, bronze, newcomer, none], missing: none, example: gold, sentence: Tier}
  customer.categories: {type: set, missing: none, example: [kitchen], sentence: Categories}
  customer.first_name: {type: text, missing: unknown, example: Mei, sentence: First name}
  customer.churn_risk: {type: text, values: [none, low, high], missing: none, example: low, sentence: Risk}
counters:
  customer.visits_7d: {count: visited, within: 7 days, example: 2, sentence: Visits}
  customer.spend_90d: {sum: order_completed.total, within: 90 days, example: 9 EUR, sentence: Spend lately}
"""
CHANNELS = """\
channels:
  - channel: web
    contact: shown
    consent: no
    address: none
    outbound: no
    escape: html
    fields: {title: {max: 30}, body: {max: 60, optional: yes}}
    placements:
      - placement: home.banner
        at_most: 1
        fallback: {en: {title: Hello}, de: {title: Hallo}}
  - channel: email
    contact: sent
    consent: yes
    address: email
    outbound: yes
    escape: text
    fields: {title: {max: 30}}
"""
TIERS = """\
tiers:
  value: {from: margin, else: spend}
  levels:
    - {id: gold, enter_top: 20 %, leave_top: 25 %}
    - {id: bronze}
  newcomer: {below_orders: 2, unless_top: 5 %}
"""
CATALOGUE = """\
products:
  - {sku: K-1, title: {en: Pan, de: Pfanne}, category: kitchen, price: 49 EUR, roles: [activation]}
  - {sku: B-1, title: {en: Lamp}, category: lighting, price: 20 EUR, stock: 3}
"""
SCENES = """\
scenes:
  - {scene: evening, categories: [kitchen, lighting]}
"""
SEGMENTS = """\
segments:
  valued: {customer.tier: gold}
  quiet:
    segment: valued
    customer.days_since_last_order: {at_least: 20 days}
"""
TABLE = """\
table: churn_risk
decides: customer.churn_risk
pick: first
columns: [customer.orders, customer.pause_chance]
rows:
  - ["0", "-", none]
  - ["-", "< 0.05", high]
otherwise: low
"""
ACTIONS = """\
actions:
  - action: check-in
    title: How is it going?
    kind: marketing
    group: care
    tags: [friendly]
    effect: {type: none}
    value: 12 EUR
    cost: {per_contact: 0.02 EUR}
    propensity: 6 %
    limits: {per_customer: 2 in 365 days}
    cooldown: 14 days
    expires: 10 days
    treatments:
      - channel: web
        placements: [home.banner]
        texts:
          en: {title: "{customer.first_name|Hello}!", body: "See {products}"}
          de: {title: "Hallo"}
"""
RULES = """\
rules:
  - id: quiet-check-in
    title: A quiet customer hears from us
    serves: [S41]
    status: live
    owner: crm
    trigger: [inactive, visited, {after: delivery_completed, wait: 14 days}]
    once: per inactivity spell
    when:
      customer.orders: {at_least: 2}
      any:
        - segment: quiet
        - customer.tier: [gold, bronze]
          history.check-in.days_since_shown: {more_than: 30}
    recommend:
      action: check-in
      products: {role: activation, near: customer.categories, not: bought_recently, count: 2}
    valid: {from: 2026-01-01, until: 2026-12-31}
  - id: no-price-cuts
    title: No price cuts for gold
    serves: [S4]
    status: draft
    owner: crm
    trigger: [requested]
    when: {}
    forbid: {effect: discount}
"""

CONTACT_POLICY = """\
consent: {marketing: marketing}
cooldown: {groups: {care: 14 days}}
frequency_caps:
  - {at_most: 3, in: 7 days, window: rolling, channels: [email, web]}
  - {at_most: 1, in: 1 week, window: calendar, zone: customer, groups: [care], when: {customer.tier: [bronze, none]}}
suppression:
  - {after: 3, outcomes: [ignore, reject], within: 30 days, for: 60 days, per: action}
quiet_hours:
  - {channels: [email], from: "21:00", until: "08:00", days: [mon, tue], then: hold}
  - {channels: [email], from: "00:00", until: "24:00", days: [sun], then: drop}
default_zone: shop
"""
ARBITRATION = """\
factors: [propensity, value, multiplier]
outbound: {at_most: 1}
request: {at_most: 3}
duplicates: no
pending: {displaced_above: 2}
multipliers:
  - {tier: bronze, role: [activation, profit], by: 1.5}
learning: {prior: 40 contacts, half_life: 60 days}
"""
MEASUREMENT = """\
attribution: {window: 7 days}
observed: 60 days
salt: small
"""
PRODUCT_ROLES = """\
thresholds:
  activation: {score: 1.3, evidence: 15, confidence: 1.1}
overrides: {B-1: [profit]}
price_level: {from: 0.5, to: 2}
"""
ROLES = """\
measured:
  version: 1
  from: "2025-01-01"
  until: "2025-12-31"
  customers: 900
  purchases: 4000
  source: "sha256:0"
refused: {profit: "no line of the log has a cost"}
products:
  "K-1": {activation: {score: 1.4, evidence: 20, confidence: 1.2}}
categories:
  "kitchen": {volume: {score: 2, evidence: 50, confidence: 1.5}}
neighbours:
  "kitchen": {"lighting": 1.4}
"""

BOOK = {
    "shop.yaml": SHOP,
    "vocabulary.yaml": VOCABULARY,
    "channels.yaml": CHANNELS,
    "tiers.yaml": TIERS,
    "churn.yaml": "interpurchase_time: {r: 0.5, alpha: 6 weeks}\nlapse: {theta: 1.1}\n",
    "contact_policy.yaml": CONTACT_POLICY,
    "arbitration.yaml": ARBITRATION,
    "measurement.yaml": MEASUREMENT,
    "catalogue.yaml": CATALOGUE,
    "scenes.yaml": SCENES,
    "product_roles.yaml": PRODUCT_ROLES,
    "roles.yaml": ROLES,
    "segments.yaml": SEGMENTS,
    "tables/churn_risk.yaml": TABLE,
    "actions/care.yaml": ACTIONS,
    "operation.yaml": RULES,
}


@dataclass(frozen=True)
class Mistake:
    """In `file`, `old` becomes `new`; a finding of `code` must stand at the mark in `new`."""

    code: str
    file: str
    old: str
    new: str
    hint: str | None = None


def changed(file: str, old: str, new: str) -> dict[str, str]:
    """The small book with one change."""
    text = BOOK[file]
    assert text.count(old) >= 1, f"{old!r} is not in {file}"
    return {**BOOK, file: text.replace(old, new, 1)}


def expected_place(mistake: Mistake) -> str:
    """`file:line:column` of the mark."""
    text = changed(mistake.file, mistake.old, mistake.new)[mistake.file]
    before = text[: text.index(MARK)]
    return f"{mistake.file}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def findings_of(mistake: Mistake) -> list[Finding]:
    """All that is found with the mistake in the book."""
    texts = changed(mistake.file, mistake.old, mistake.new)
    return check_texts({name: text.replace(MARK, "") for name, text in texts.items()})[1]


def book_with(**files: str) -> dict[str, str]:
    """The small book with whole files replaced: `operation="rules: []"`."""
    return {**BOOK, **{f"{name}.yaml": text for name, text in files.items()}}
