"""One mistake at a time in the contact policy, arbitration, measurement, and what bounds actions."""

import pytest

from authoring.checking import check_texts
from engine.rulebook.findings import Severity, render
from tests.support.small_book import BOOK, MARK, Mistake, changed, expected_place, findings_of

POLICY = "contact_policy.yaml"
ARBITRATION = "arbitration.yaml"
MEASUREMENT = "measurement.yaml"
ACTION = "actions/care.yaml"
RETIRE = "to stop an action, set its rules to status: retired"
EXPIRES = "    expires:"
NIGHT = '{channels: [email], from: "21:00", until: "08:00", days: [mon, tue], then: hold}'
SUNDAY = '{channels: [email], from: "00:00", until: "24:00", days: [sun], then: drop}'

CAPS = [
    Mistake("unknown-key", POLICY, "frequency_caps:", "«caps:", "did you mean frequency_caps?"),
    Mistake("unknown-key", POLICY, "{at_most: 3", "{at_most: 3, «max: 3", "did you mean at_most?"),
    Mistake("unknown-key", POLICY, "in: 7 days", "in: 7 days, «per: customer", "did you mean in?"),
    Mistake("missing-key", POLICY, "{at_most: 3, in: 7 days, window: rolling,", "«{at_most: 3, in: 7 days,"),
    Mistake("missing-key", POLICY, "{at_most: 3, ", "«{"),
    Mistake("unknown-word", POLICY, "rolling", "«7 days", "possible: rolling, calendar"),
    Mistake("out-of-range", POLICY, "at_most: 3", "at_most: «33", "at most 32, with a shorter window"),
    Mistake("out-of-range", POLICY, "at_most: 3", "at_most: «-1"),
    Mistake("bad-value", POLICY, "at_most: 3", "at_most: «2.5"),
    Mistake("out-of-range", POLICY, "in: 7 days", "in: «366 days"),
    Mistake("out-of-range", POLICY, "in: 7 days", "in: «0 days"),
    Mistake("bad-unit", POLICY, "in: 7 days", "in: «7"),
    Mistake("bad-value", POLICY, "1 week", "«2 weeks"),
    Mistake(
        "bad-value",
        POLICY,
        "1 week",
        "«7 days",
        "write 1 day, 1 week or 1 month; for any other time, use window: rolling",
    ),
    Mistake(
        "missing-key",
        POLICY,
        "{at_most: 1, in: 1 week, window: calendar, zone: customer",
        "«{at_most: 1, in: 1 week, window: calendar",
        "zone: customer, shop or an IANA name",
    ),
    Mistake("unknown-key", POLICY, "rolling", "rolling, «zone: shop", "delete zone, or write window: calendar"),
    Mistake("unknown-zone", POLICY, "zone: customer", "zone: «customers", "did you mean customer?"),
    Mistake("unknown-zone", POLICY, "zone: customer", "zone: «Europe/Berlim", "did you mean Europe/Berlin?"),
    Mistake("unknown-channel", POLICY, "[email, web]", "[email, «wep]", "did you mean web?"),
    Mistake("unknown-action", POLICY, "groups: [care], when", "actions: [«chek-in], when", "did you mean check-in?"),
    Mistake("unknown-group", POLICY, "groups: [care], when", "groups: [«cares], when", "did you mean care?"),
    Mistake("unknown-tag", POLICY, "groups: [care], when", "tags: [«friend], when", "did you mean friendly?"),
    Mistake("wrong-type", POLICY, "[email, web]", "«email"),
    Mistake("empty-list", POLICY, "[email, web]", "«[]"),
    Mistake("bad-value", POLICY, "[bronze, none]", "[«bronce, none]", "did you mean bronze?"),
    Mistake("unknown-fact", POLICY, "{customer.tier:", "{«customer.teir:", "did you mean customer.tier?"),
    Mistake("unknown-segment", POLICY, "{customer.tier: [bronze, none]}", "{segment: «quite}", "did you mean quiet?"),
]

SUPPRESSION = [
    Mistake("missing-key", POLICY, "{after: 3, outcomes", "«{outcomes"),
    Mistake("out-of-range", POLICY, "after: 3", "after: «17"),
    Mistake("out-of-range", POLICY, "after: 3", "after: «0"),
    Mistake("unknown-word", POLICY, "[ignore, reject]", "[«ignored, reject]", "did you mean ignore?"),
    Mistake("unknown-word", POLICY, "[ignore, reject]", "[ignore, «click]", "possible: ignore, reject"),
    Mistake("out-of-range", POLICY, "within: 30 days", "within: «0 days"),
    Mistake("out-of-range", POLICY, "for: 60 days", "for: «0 days"),
    Mistake("unknown-key", POLICY, "per: action", "per: action, «lasting: 9 days", "did you mean for?"),
    Mistake("unknown-word", POLICY, "per: action", "per: «customer", "possible: action, group"),
    Mistake("unknown-group", POLICY, "per: action", "per: group, groups: [«cares]", "did you mean care?"),
    Mistake("unknown-action", POLICY, "per: action", "per: action, actions: [«chek-in]", "did you mean check-in?"),
    Mistake("unknown-key", POLICY, "per: action", "per: group, «actions: [check-in]", "write per: action"),
    Mistake("one-of-keys", POLICY, "{after: 3", "«{actions: [check-in], groups: [care], after: 3"),
]

QUIET_HOURS = [
    Mistake("missing-key", POLICY, NIGHT, "«" + NIGHT.replace(", then: hold", "")),
    Mistake("unknown-word", POLICY, "hold", "«wait", "possible: hold, drop"),
    Mistake("unknown-key", POLICY, 'from: "21:00"', 'from: "21:00", «start: "21:00"', "did you mean from?"),
    Mistake("unknown-channel", POLICY, "[email], from", "[«emial], from", "did you mean email?"),
    Mistake(
        "wrong-channel",
        POLICY,
        "[email], from",
        "[«web], from",
        "quiet hours are for channels with outbound: yes",
    ),
    Mistake("bad-clock", POLICY, '"21:00"', "«21", 'write it as "21:00"'),
    Mistake("bad-clock", POLICY, '"21:00"', "«8", 'write it as "08:00"'),
    Mistake("bad-clock", POLICY, '"08:00"', '«"8:00"', 'write it as "08:00"'),
    Mistake("bad-clock", POLICY, '"21:00"', "«1260", 'write it in quotes with hours and minutes: "21:00"'),
    Mistake("bad-clock", POLICY, '"21:00"', "«21.00", 'write it in quotes with hours and minutes: "21:00"'),
    Mistake("bad-clock", POLICY, '"21:00"', '«"9 pm"', 'write it in quotes with hours and minutes: "21:00"'),
    Mistake("bad-clock", POLICY, '"21:00"', '«"25:00"'),
    Mistake("bad-clock", POLICY, '"21:00"', "«yes"),
    Mistake("bad-clock", POLICY, '"21:00"', '«"24:00"', 'write it as "00:00"'),
    Mistake("bad-clock", POLICY, '"08:00"', '«"21:00"', 'the whole day is from "00:00" until "24:00"'),
    Mistake("unknown-word", POLICY, "[mon, tue]", "[«sunday]", "did you mean sun?"),
    Mistake("empty-list", POLICY, "[mon, tue]", "«[]"),
    Mistake("unknown-zone", POLICY, "default_zone: shop", "default_zone: «shops", "did you mean shop?"),
    Mistake(
        "unknown-zone", POLICY, "default_zone: shop", "default_zone: «Europe/Belrin", "did you mean Europe/Berlin?"
    ),
    Mistake("wrong-type", POLICY, "default_zone: shop", "default_zone: «1"),
]

RANKING = [
    Mistake("unknown-word", ARBITRATION, "value, multiplier]", "value, «multipliers]", "did you mean multiplier?"),
    Mistake("out-of-range", ARBITRATION, "request: {at_most: 3}", "request: {at_most: «0}"),
    Mistake("out-of-range", ARBITRATION, "request: {at_most: 3}", "request: {at_most: «51}"),
    Mistake("wrong-type", ARBITRATION, "duplicates: no", "duplicates: «never"),
    Mistake("missing-key", ARBITRATION, "{tier: bronze, role: [activation, profit], by: 1.5}", "«{tier: bronze}"),
    Mistake("one-of-keys", ARBITRATION, "{tier: bronze, role: [activation, profit], by: 1.5}", "«{by: 1.5}"),
    Mistake("out-of-range", ARBITRATION, "by: 1.5", "by: «0"),
    Mistake("out-of-range", ARBITRATION, "by: 1.5", "by: «101"),
    Mistake("unknown-key", ARBITRATION, "by: 1.5", "by: 1.5, «times: 2", "did you mean by?"),
    Mistake("unknown-tier", ARBITRATION, "tier: bronze", "tier: «bronce", "did you mean bronze?"),
    Mistake("unknown-tier", ARBITRATION, "tier: bronze", "tier: [none, newcomer, «silver]"),
    Mistake("unknown-word", ARBITRATION, "[activation, profit]", "«stabilizing", "did you mean stabilising?"),
    Mistake("unknown-group", ARBITRATION, "tier: bronze", "group: «cares", "did you mean care?"),
    Mistake("bad-value", ARBITRATION, "40 contacts", "«some contacts", "write it as 50 contacts"),
    Mistake("bad-value", ARBITRATION, "40 contacts", "«40 days", "write it as 50 contacts"),
    Mistake("out-of-range", ARBITRATION, "40 contacts", "«0 contacts"),
    Mistake("out-of-range", ARBITRATION, "40 contacts", "«100001"),
    Mistake("out-of-range", ARBITRATION, "half_life: 60 days", "half_life: «12 hours"),
    Mistake("out-of-range", ARBITRATION, "half_life: 60 days", "half_life: «11 years"),
]

COMPARISON = [
    Mistake("out-of-range", MEASUREMENT, "{window: 7 days}", "{window: «366 days}"),
    Mistake("out-of-range", MEASUREMENT, "{window: 7 days}", "{window: «0 days}"),
    Mistake("missing-key", MEASUREMENT, "{window: 7 days}", "«{}"),
    Mistake("out-of-range", MEASUREMENT, "observed: 60 days", "observed: «366 days"),
    Mistake("out-of-range", MEASUREMENT, "salt: small", "salt: «" + "x" * 65),
    Mistake("wrong-type", MEASUREMENT, "salt: small", "salt: «2026", 'put it in quotes: "2026"'),
    Mistake("wrong-type", MEASUREMENT, "salt: small", 'salt: «""'),
    Mistake("unknown-key", MEASUREMENT, "salt: small", "salt: small\n«seed: x", "did you mean salt?"),
    Mistake("missing-key", MEASUREMENT, "salt: small", "salt: small\nholdout: «{spare: {tiers: [gold]}}"),
    Mistake("out-of-range", MEASUREMENT, "salt: small", "salt: small\nholdout: {share: «120 %}"),
    Mistake("out-of-range", MEASUREMENT, "salt: small", "salt: small\nholdout: {share: «-5 %}"),
    Mistake("out-of-range", MEASUREMENT, "salt: small", "salt: small\nholdout: {share: «51 %}"),
    Mistake("bad-unit", MEASUREMENT, "salt: small", "salt: small\nholdout: {share: «5}", "write it as 5 %"),
    Mistake("missing-salt", MEASUREMENT, "salt: small", "«holdout: {share: 5 %}"),
    Mistake(
        "unknown-tier",
        MEASUREMENT,
        "salt: small",
        "salt: small\nholdout: {share: 5 %, spare: {tiers: [«glod]}}",
        "did you mean gold?",
    ),
    Mistake(
        "unknown-word",
        MEASUREMENT,
        "salt: small",
        "salt: small\nholdout: {share: 5 %, spare: {kinds: [«services]}}",
        "did you mean service?",
    ),
]

BOUNDS = [
    Mistake("out-of-range", ACTION, "per_customer: 2 in 365 days", "total: «0", RETIRE),
    Mistake("out-of-range", ACTION, "per_customer: 2 in 365 days", "total: «0 in 1 day", RETIRE),
    Mistake("out-of-range", ACTION, "per_customer: 2 in 365 days", "total: «-5", RETIRE),
    Mistake("bad-value", ACTION, "per_customer: 2 in 365 days", "total: «2.5"),
    Mistake("bad-value", ACTION, "per_customer: 2 in 365 days", "total: «many"),
    Mistake(
        "bad-value",
        ACTION,
        "per_customer: 2 in 365 days",
        "total: «500 in 30 days",
        "possible: 1 day, 1 week, 1 month, 1 year, or no period",
    ),
    Mistake("unknown-key", ACTION, "per_customer: 2", "«overall: 500, per_customer: 2", "did you mean total?"),
    Mistake("bad-unit", ACTION, EXPIRES, f"    budget: «2000\n{EXPIRES}", "write it as 2000 EUR"),
    Mistake("bad-unit", ACTION, EXPIRES, f"    budget: «2000 USD in 1 month\n{EXPIRES}"),
    Mistake("bad-value", ACTION, EXPIRES, f"    budget: «2000 EUR in 2 months\n{EXPIRES}"),
    Mistake("out-of-range", ACTION, EXPIRES, f"    budget: «0 EUR\n{EXPIRES}", RETIRE),
    Mistake("out-of-range", ACTION, EXPIRES, f"    budget: «-20 EUR in 1 month\n{EXPIRES}", RETIRE),
    Mistake("out-of-range", ACTION, EXPIRES, f"    budget: «0.01 EUR\n{EXPIRES}", "at least 0.02 EUR"),
    Mistake("budget-without-cost", ACTION, "    cost: {per_contact: 0.02 EUR}\n", "    budget: «9 EUR\n"),
    Mistake(
        "bad-unit", ACTION, "    cost: {per_contact: 0.02 EUR}\n", "    cost: {per_contact: «2}\n    budget: 9 EUR\n"
    ),
    Mistake("out-of-range", ACTION, EXPIRES, f"    stock: «0\n{EXPIRES}", RETIRE),
    Mistake("bad-value", ACTION, EXPIRES, f"    stock: «1.5\n{EXPIRES}"),
    Mistake("bad-value", ACTION, EXPIRES, f"    stock: «200 pieces\n{EXPIRES}"),
    Mistake("out-of-range", ACTION, EXPIRES, f"    holdout: «120 %\n{EXPIRES}"),
    Mistake("out-of-range", ACTION, EXPIRES, f"    holdout: «-1 %\n{EXPIRES}"),
    Mistake("unknown-key", ACTION, EXPIRES, f"    «control: 10 %\n{EXPIRES}", "did you mean holdout?"),
    Mistake(
        "mandatory-period",
        ACTION,
        "kind: marketing\n    group: care\n    tags: [friendly]\n    effect: {type: none}\n    value: 12 EUR\n"
        "    cost: {per_contact: 0.02 EUR}\n    propensity: 6 %\n    limits: {per_customer: 2 in 365 days}\n"
        "    cooldown: 14 days\n",
        "kind: «mandatory\n    group: care\n    value: 12 EUR\n    propensity: 6 %\n",
        "such as cooldown: 365 days",
    ),
    Mistake(
        "out-of-range",
        ACTION,
        "kind: marketing\n    group: care\n    tags: [friendly]\n    effect: {type: none}\n    value: 12 EUR\n"
        "    cost: {per_contact: 0.02 EUR}\n    propensity: 6 %\n    limits: {per_customer: 2 in 365 days}\n"
        "    cooldown: 14 days\n",
        "kind: mandatory\n    group: care\n    value: 12 EUR\n    propensity: 6 %\n    cooldown: «0 days\n",
    ),
]

ALL = [*CAPS, *SUPPRESSION, *QUIET_HOURS, *RANKING, *COMPARISON, *BOUNDS]


@pytest.mark.parametrize("mistake", ALL, ids=lambda m: f"{m.file.partition('.')[0]} {m.code} {m.new.strip()[:60]}")
def test_a_mistake_is_found_at_its_place_and_alone(mistake: Mistake) -> None:
    errors = [finding for finding in findings_of(mistake) if finding.severity is Severity.ERROR]
    assert [(str(f.place), f.code) for f in errors] == [(expected_place(mistake), mistake.code)], render(errors)
    if mistake.hint:
        assert errors[0].hint == mistake.hint


WARNINGS = [
    Mistake("cap-of-zero", POLICY, "at_most: 3", "at_most: «0"),
    Mistake("factor-off", ARBITRATION, "factors: [propensity, value, multiplier]", "factors: [propensity, value]"),
    Mistake("factor-off", ARBITRATION, "factors: [propensity, value, multiplier]", "factors: [value, multiplier]"),
    *(
        Mistake("effect-without-cost", ACTION, "effect: {type: none}", f"effect: «{effect}")
        for effect in ("{type: free_delivery}", "{type: gift, gift: planter}", "{type: points, points: 100}")
    ),
    *(
        Mistake("holdout-of-kind", ACTION, "kind: marketing\n", f"kind: {kind}\n    «holdout: 5 %\n")
        for kind in ("transactional", "mandatory")
    ),
]


@pytest.mark.parametrize("mistake", WARNINGS, ids=lambda m: f"{m.code} {m.new.strip()[:60]}")
def test_what_is_odd_and_can_be_meant_is_a_warning(mistake: Mistake) -> None:
    found = findings_of(mistake)
    assert [(f.code, f.severity) for f in found] == [(mistake.code, Severity.WARNING)], render(found)
    if MARK in mistake.new:
        assert str(found[0].place) == expected_place(mistake)


def test_a_discount_in_percent_without_a_cost_is_a_warning_that_shows_the_key_to_write() -> None:
    _, findings = check_texts(changed(ACTION, "effect: {type: none}", "effect: {type: discount, percent: 10 %}"))
    (found,) = (finding for finding in findings if finding.code == "effect-without-cost")
    assert (found.severity, str(found.place)) == (Severity.WARNING, f"{ACTION}:7:13")
    assert found.hint == "write cost: {per_acceptance: 5 EUR} with its average cost, or 0 EUR if it costs nothing"


def test_a_cap_of_zero_says_that_it_means_never() -> None:
    findings = check_texts(changed(POLICY, "at_most: 3", "at_most: 0"))[1]
    assert [finding.message for finding in findings] == ["at most 0 means never"]


def test_a_cap_over_what_is_remembered_says_why_it_would_not_hold() -> None:
    findings = check_texts(changed(POLICY, "at_most: 3", "at_most: 40"))[1]
    assert [finding.message for finding in findings] == [
        "no more than 32 contacts are stored per action and channel, so this cap could never be reached"
    ]


def test_a_holdout_of_120_percent_is_answered_with_what_is_possible() -> None:
    findings = check_texts(changed(MEASUREMENT, "salt: small", "salt: small\nholdout: {share: 120 %}"))[1]
    assert [finding.message for finding in findings] == ["a holdout lies between 0 % and 50 %, not 120 %"]


def test_the_holdout_of_an_action_needs_a_salt() -> None:
    texts = changed(ACTION, EXPIRES, f"    holdout: 10 %\n{EXPIRES}")
    del texts[MEASUREMENT]
    findings = check_texts(texts)[1]
    assert [(str(f.place), f.code, f.message) for f in findings] == [
        ("actions/care.yaml:13:5", "missing-salt", "a holdout needs a salt in measurement.yaml")
    ]


@pytest.mark.parametrize("broken", ["salt: [", "salt: [small]", "salt: 2026"])
def test_a_salt_that_cannot_be_read_is_the_only_mistake(broken: str) -> None:
    texts = {**changed(ACTION, EXPIRES, f"    holdout: 10 %\n{EXPIRES}"), MEASUREMENT: broken + "\n"}
    assert [finding.place.file for finding in check_texts(texts)[1]] == [MEASUREMENT]


def test_tiers_that_cannot_be_read_do_not_make_their_names_unknown() -> None:
    findings = check_texts({**BOOK, "tiers.yaml": "tiers: [\n"})[1]
    assert [finding.code for finding in findings] == ["yaml-syntax"]


def test_without_newcomers_there_is_no_such_tier() -> None:
    texts = changed("tiers.yaml", "  newcomer: {below_orders: 2, unless_top: 5 %}\n", "")
    texts[ARBITRATION] = BOOK[ARBITRATION].replace("tier: bronze", "tier: newcomer")
    assert [finding.code for finding in check_texts(texts)[1]] == ["unknown-tier"]
