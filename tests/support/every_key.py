"""A rulebook in which every mapping that a rule file can have is written at least once."""

from tests.support.small_book import BOOK, RULES

_EFFECTS = (
    "none}",
    "discount, percent: 10 %}",
    "free_delivery}",
    "delivery_method, method: hour, amount: 0 EUR}",
    "gift, gift: mug}",
    "points, points: 5}",
    "content, content: page}",
    "task, queue: service, due: 1 day}",
)
_ACTION = """\
  - action: extra-{number}
    title: Extra {number}
    kind: marketing
    group: extra
    effect: {{type: {effect}
    value: {value}
    cost: {{per_contact: 1 EUR, per_acceptance: 1 EUR}}
    propensity: 5 %
    limits: {{per_customer: 2 in 365 days, total: 500 in 1 month}}
    budget: 200 EUR in 1 month
    stock: 9
    holdout: 10 %
    expires: 3 days
    treatments:
      - channel: {channel}
        texts:
          en: {{title: Extra}}
          de: {{title: Mehr}}
"""
_ACTIONS = "actions:\n" + "".join(
    _ACTION.format(
        number=number,
        effect=effect,
        value="{per_friend: 9 EUR}" if number == 0 else "9 EUR",
        channel="email" if number else "web",
    )
    for number, effect in enumerate(_EFFECTS)
)
_RULES = """\
  - id: boosted
    title: More for a group
    serves: [S4]
    status: live
    owner: crm
    trigger: [{after: delivery_completed, wait: 14 days}]
    when: {all: [{customer.orders: 1}], none: [{customer.orders: 3}]}
    boost: {group: extra, by: 1.2}
"""
_MEASUREMENT = (
    "attribution: {window: 7 days}\nsalt: s\nholdout: {share: 5 %, spare: {kinds: [service], tiers: [gold]}}\n"
)
_CHURN = """\
interpurchase_time: {r: 0.5, alpha: 6 weeks}
lapse: {theta: 1.1, half_life: 60 days, at_least: 30 days, at_most: 90 days}
fitted: {version: 1, model: m, from: "2025-01-01", until: "2025-12-31", customers: 9, repeaters: 3, a: 1, b: 2,
  log_likelihood: -12.5, source: x}
"""
_TIERS = """\
tiers:
  value: {from: margin, else: spend}
  share_of: customers
  among: {orders: {at_least: 1}, reachable: yes}
  levels:
    - {id: gold, enter_top: 20 %, leave_top: 30 %}
    - {id: bronze}
  newcomer: {below_orders: 2, unless_top: 5 %}
"""
TESTS = """\
personas:
  mei:
    channel_addresses: [email]
    consents: [email]
    traits: {first_name: Mei, language: zh-Hans, birthday: 03-04, zone: Europe/Berlin, interests: [cooking]}
tests:
  - test: A test
    persona: mei
    given: {customer.orders: 5}
    history:
      - {type: order_completed, time: -40 days, channel: web, properties: {order_id: o1, total: "70.00"}}
    contacts: [{action: extra-1, channel: email, time: -3 days, outcome: ignore}]
    pending: [{action: extra-1, channel: email, time: -1 day}]
    population: {cutoffs: {gold: 100}, mean_order: 60 EUR}
    at: 2026-03-02T10:00:00+01:00
    ask: {after: delivery_completed, wait: 14 days}
    context: {delivery_days: 3}
    expect: {first: none}
  - test: Another
    at: 2026-03-02T10:00:00+01:00
    ask: {event: {type: visited, properties: {surface: web}}}
    placements: [{id: home.banner, count: 1}]
    used: {extra-1: {stock: 2}}
    expect:
      none: [extra-2]
      rejected: {}
      used: {extra-1: {stock: 2}}
      facts: {customer.orders: 0}
  - test: Of the first
    at: 2026-03-02T10:00:00+01:00
    cases:
      - {case: Bronze, change: {customer.tier: bronze}}
    expect:
      first: check-in
      text: {title: {has: Hello}}
      texts: {en: {title: {is: "Hello!"}}}
      effect: {type: discount, percent: 5 %}
      score_parts: {value: 1}
      score: {at_least: 1}
  - test: A story
    anonymous: yes
    at: 2026-03-02T10:00:00+01:00
    steps:
      - event: {type: order_completed, properties: {total: "70.00"}}
        decide: none
      - placements: [home.banner]
      - outcome: {extra-1: sent}
      - after: 3 days
        expect: {none: [extra-1]}
"""
EVERYTHING = {
    **BOOK,
    "actions/extra.yaml": _ACTIONS,
    "operation.yaml": RULES + _RULES,
    "measurement.yaml": _MEASUREMENT,
    "churn.yaml": _CHURN,
    "tiers.yaml": _TIERS,
    "tests/all.yaml": TESTS,
}
