"""What follows from the rules of the small book, and how it is told."""

from authoring.checking import check_texts
from engine.domain.times import parse_rfc3339
from engine.rulebook.findings import Finding, Severity
from tests.support.small_book import BOOK, changed

OPERATION = "operation.yaml"
TABLE = "tables/churn_risk.yaml"


def rule(
    name: str, when: str, then: str = "recommend: {action: check-in}", more: str = "", trigger: str = "requested"
) -> str:
    return f"""\
  - id: {name}
    title: {name}
    serves: [S4]
    status: live
    owner: crm
    trigger: [{trigger}]
{more}    when: {when}
    {then}
"""


def found(texts: dict[str, str], now: int | None = None) -> list[Finding]:
    book, findings = check_texts(texts, logic=True, now=now)
    assert book is not None, findings
    assert all(finding.severity is Severity.WARNING for finding in findings)
    return findings


def with_rules(*rules: str) -> dict[str, str]:
    return {**BOOK, OPERATION: BOOK[OPERATION] + "".join(rules)}


def only(texts: dict[str, str], now: int | None = None) -> Finding:
    (finding,) = found(texts, now)
    return finding


def told(finding: Finding) -> str:
    assert finding.witness is not None
    return finding.witness.text


def test_the_small_book_is_without_a_fault() -> None:
    assert found(BOOK) == []


def test_plain_loading_does_not_check_the_logic() -> None:
    assert check_texts(with_rules(rule("gold", "{customer.orders: {less_than: 0}}")))[1] == []


# ---- never and always ----


def test_two_conditions_that_contradict_are_both_named() -> None:
    when = "{customer.tier: gold, customer.orders: {at_least: 5}, none: [{segment: valued}]}"
    finding = only(with_rules(rule("gold", when)))
    assert (finding.code, str(finding.place)) == ("rule-never", "operation.yaml:33:73")
    assert finding.message == (
        "gold can never fire: none: [segment: valued] contradicts customer.tier: gold at operation.yaml:33:12"
    )


def test_a_count_below_zero_holds_for_nobody() -> None:
    finding = only(with_rules(rule("gold", "{customer.orders: {less_than: 0}}")))
    assert finding.message == "gold can never fire: customer.orders: {less_than: 0} holds for no customer"


def test_three_conditions_that_contradict_only_together_are_found() -> None:
    when = (
        "{customer.orders: {at_least: 2}, any: [{customer.orders: 1}, {customer.spend: 5 EUR}], customer.spend: 6 EUR}"
    )
    assert only(with_rules(rule("gold", when))).message == (
        "gold can never fire: its conditions cannot all hold for one customer"
    )


def test_what_a_table_never_gives_is_not_waited_for() -> None:
    texts = with_rules(rule("gold", "{customer.orders: 0, customer.churn_risk: high}"))
    finding = only(texts)
    assert "customer.churn_risk: high contradicts customer.orders: 0" in finding.message


def test_what_a_trigger_does_not_give_is_not_waited_for() -> None:
    texts = with_rules(rule("gold", "{cart.items: {at_least: 1}}", trigger="visited, inactive"))
    texts["vocabulary.yaml"] = texts["vocabulary.yaml"].replace(
        "counters:", "  cart.items: {type: count, missing: 0, example: 2, sentence: Lines}\ncounters:"
    )
    finding = only(texts)
    assert finding.message == "gold can never fire: cart.items: {at_least: 1} cannot hold on visited, inactive"
    assert found({**texts, OPERATION: texts[OPERATION].replace("visited, inactive", "requested, inactive")}) == []


def test_a_rule_for_everybody_says_so_only_when_it_has_conditions() -> None:
    finding = only(with_rules(rule("gold", "{customer.orders: {at_least: 0}}")))
    assert (finding.code, told(finding)) == ("rule-always", "an unknown customer (on requested)")
    assert found(with_rules(rule("gold", "{}"))) == []


def test_a_date_outside_those_of_the_rule_is_not_waited_for() -> None:
    texts = with_rules(rule("gold", "{time.date: {at_least: 2026-12-24}}") + "    valid: {until: 2026-06-30}\n")
    texts["vocabulary.yaml"] = texts["vocabulary.yaml"].replace(
        "counters:", "  time.date: {type: date, missing: unknown, example: 2026-12-24, sentence: Today}\ncounters:"
    )
    assert only(texts).message.endswith("{at_least: 2026-12-24} cannot hold while it is valid")


# ---- beside others ----


def test_a_rule_within_another_with_the_same_action_changes_nothing() -> None:
    narrow = rule("narrow", "{customer.orders: {at_least: 5}, customer.tier: gold}")
    finding = only(with_rules(narrow, rule("wide", "{customer.orders: {at_least: 3}}")))
    assert (finding.code, finding.place.line) == ("rule-shadowed", 27)
    assert finding.message == "narrow is redundant: whenever it holds, wide recommends the same"
    assert told(finding) == "a customer with customer.orders 5, customer.tier gold (on requested)"


def test_a_rule_within_two_others_together_changes_nothing() -> None:
    parts = [rule("low", "{customer.orders: {at_most: 4}}"), rule("high", "{customer.orders: {at_least: 4}}")]
    finding = only(with_rules(rule("gold", "{customer.tier: gold}"), *parts))
    assert finding.message == "gold is redundant: whenever it holds, low or high recommends the same"


def test_of_two_equal_rules_the_later_is_the_one_too_many() -> None:
    finding = only(with_rules(rule("one", "{customer.orders: 3}"), rule("two", "{customer.orders: {between: [3, 3]}}")))
    assert finding.message == "two is redundant: whenever it holds, one recommends the same"


def test_other_products_dates_triggers_or_once_are_no_repetition() -> None:
    wide = rule("wide", "{customer.orders: {at_least: 3}}", more="    once: per customer\n")
    assert found(with_rules(rule("narrow", "{customer.orders: 5}"), wide)) == []
    wide = rule("wide", "{customer.orders: {at_least: 3}}", trigger="visited")
    assert found(with_rules(rule("narrow", "{customer.orders: 5}"), wide)) == []
    wide = rule("wide", "{customer.orders: {at_least: 3}}") + "    valid: {from: 2026-01-01}\n"
    assert found(with_rules(rule("narrow", "{customer.orders: 5}"), wide)) == []
    products = "recommend: {action: check-in, products: {role: profit}}"
    assert found(with_rules(rule("narrow", "{customer.orders: 5}"), rule("wide", "{}", products))) == []


def test_a_rule_that_others_forbid_together_is_always_forbidden() -> None:
    forbids = [
        rule("not-many", "{customer.orders: {at_least: 4}}", "forbid: {group: care}", trigger="any"),
        rule("not-few", "{customer.orders: {at_most: 4}}", "forbid: {kind: marketing}", trigger="any"),
    ]
    findings = found(with_rules(rule("gold", "{customer.tier: gold}"), *forbids))
    assert [finding.code for finding in findings] == ["rule-forbidden"] * 2
    message = "gold is always forbidden: whenever it holds, not-few or not-many forbids check-in"
    assert message in {finding.message for finding in findings}
    assert "a customer with customer.tier gold (on requested)" in {told(finding) for finding in findings}


def test_a_forbid_that_another_makes_needless_changes_nothing() -> None:
    none, some = "forbid: {kind: marketing}", "forbid: {action: check-in}"
    rules = (
        rule("narrow", "{customer.orders: {at_least: 4}}", some, trigger="any"),
        rule("wide", "{customer.orders: {at_least: 3}}", none, trigger="any"),
    )
    assert only(with_rules(*rules)).message == "narrow is redundant: whenever it holds, wide forbids the same"


def test_what_tables_decide_is_shown_with_the_witness() -> None:
    rules = rule("narrow", "{customer.churn_risk: high}"), rule("wide", "{customer.churn_risk: [high, low]}")
    finding = only(with_rules(*rules))
    assert told(finding) == (
        "a customer with customer.orders 1, customer.pause_chance 0, and so customer.churn_risk high (on requested)"
    )


# ---- tables ----


def test_a_row_that_earlier_rows_take_whole_is_never_reached() -> None:
    texts = changed(
        TABLE, '["-", "< 0.05", high]', '[">= 1", "< 0.5", high]\n  - ["-", "< 0.05", low]\n  - ["-", "-", low]'
    )
    finding = only(texts)
    assert (finding.code, str(finding.place)) == ("table-row-never", f"{TABLE}:8:5")
    assert finding.message == "row 3 is never reached: rows 1, 2 together match all its customers first"
    assert told(finding) == "a customer with customer.pause_chance 0"


def test_a_row_that_fits_nobody_is_never_reached() -> None:
    finding = only(changed(TABLE, '["-", "< 0.05", high]', '["-", "> 1", high]'))
    assert finding.message == "row 2 matches no customer: its cells cannot all hold"


def test_a_row_that_stands_twice_is_named_with_the_first() -> None:
    finding = only(changed(TABLE, '["-", "< 0.05", high]', '["-", "< 0.05", high]\n  - ["-", "< 0.05", low]'))
    assert (finding.code, finding.message) == (
        "table-row-twice",
        "row 3 has the same cells as row 2, which comes before it",
    )


def test_a_table_with_too_many_cases_is_said_to_be_unchecked() -> None:
    rows = "".join(f'  - ["[{n}..{n * n % 997 + n}]", "< 0.{(n * 7919) % 9973:04}", low]\n' for n in range(1, 4000))
    texts = changed(TABLE, '  - ["-", "< 0.05", high]\n', rows)
    assert [finding.code for finding in found(texts)] == ["logic-too-large"]


# ---- words ----


def test_a_category_that_is_nearly_one_of_the_catalogue_is_shown() -> None:
    finding = only(with_rules(rule("gold", "{customer.categories: {has_any: [kichen, garden]}}")))
    assert (finding.code, finding.message) == ("unlikely-value", "nothing in this rulebook is called kichen")
    assert finding.hint == "did you mean kitchen?"


# ---- what cannot be shown, is past, or unused ----


def test_caps_of_zero_on_all_channels_make_an_action_unreachable() -> None:
    caps = "frequency_caps:\n  - {at_most: 0, in: 7 days, window: rolling, channels: [web]}\n"
    findings = found({**BOOK, "contact_policy.yaml": "consent: {marketing: marketing}\n" + caps})
    assert [finding.code for finding in findings] == ["action-unreachable", "cap-of-zero"]
    assert findings[0].message == (
        "check-in can never be shown: web is blocked by caps of 0 or by quiet hours without an end"
    )


def test_caps_of_zero_for_some_customers_close_the_rules_that_are_for_them() -> None:
    cap = "{at_most: 0, in: 7 days, window: rolling, channels: [web], when: {customer.tier: gold}}"
    texts = {**with_rules(rule("gold", "{customer.tier: gold}")), "contact_policy.yaml": f"frequency_caps: [{cap}]\n"}
    (finding,) = (one for one in found(texts) if one.code != "cap-of-zero")
    assert (finding.code, told(finding)) == ("action-unreachable", "a customer with customer.tier gold (on requested)")


def test_quiet_hours_without_an_end_close_what_is_only_sent() -> None:
    quiet = '{channels: [email], from: "00:00", until: "24:00", then: drop}'
    texts = changed("actions/care.yaml", "channel: web\n        placements: [home.banner]", "channel: email")
    texts["actions/care.yaml"] = texts["actions/care.yaml"].replace(', body: "See {products}"', "")
    texts["contact_policy.yaml"] = f"quiet_hours: [{quiet}]\n"
    assert only(texts).code == "action-unreachable"
    texts["contact_policy.yaml"] = texts["contact_policy.yaml"].replace("24:00", "23:59")
    assert found(texts) == []


def test_a_cooldown_longer_than_the_rule_is_valid_is_shown() -> None:
    short = rule("gold", "{customer.tier: gold}") + "    valid: {from: 2026-01-01, until: 2026-01-07}\n"
    finding = only(with_rules(short))
    assert (finding.code, finding.message) == (
        "cooldown-outlasts",
        "the cooldown of check-in (14 days) is longer than the validity of gold (7 days), "
        "so no customer gets it twice from this rule",
    )
    once = rule("gold", "{customer.tier: gold}", more="    once: per customer\n")
    assert found(with_rules(once + "    valid: {from: 2026-01-01, until: 2026-01-07}\n")) == []


def test_a_rule_whose_dates_are_past_is_shown_where_somebody_knows_the_date() -> None:
    finding = only(BOOK, now=parse_rfc3339("2027-01-01T00:00:00+01:00"))
    assert (finding.code, finding.place.line) == ("rule-expired", 2)
    assert found(BOOK, now=parse_rfc3339("2026-12-31T23:00:00+01:00")) == []


def test_actions_segments_and_tables_that_nothing_uses_are_shown() -> None:
    texts = changed("segments.yaml", "  quiet:", "  big: {customer.spend: {at_least: 9 EUR}}\n  quiet:")
    texts["actions/more.yaml"] = texts["actions/care.yaml"].replace("action: check-in", "action: check-out")
    texts["vocabulary.yaml"] = texts["vocabulary.yaml"].replace(
        "counters:",
        "  customer.mood: {type: text, values: [good, none], missing: none, example: good, sentence: Mood}\ncounters:",
    )
    texts["tables/mood.yaml"] = (
        'table: mood\ndecides: customer.mood\npick: first\ncolumns: [customer.orders]\nrows: [[">= 3", good]]\n'
        "otherwise: none\n"
    )
    assert {(finding.code, str(finding.place)) for finding in found(texts)} == {
        ("segment-unused", "segments.yaml:3:3"),
        ("action-unused", "actions/more.yaml:2:5"),
        ("table-unused", "tables/mood.yaml:1:1"),
    }
