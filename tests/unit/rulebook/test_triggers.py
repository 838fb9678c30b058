"""`trigger: [any]`, and warnings where a forbid or boost does not look."""

from authoring.checking import check_texts
from engine.domain.times import DAY
from engine.rulebook.findings import Finding, Severity, render
from engine.rulebook.model import Rulebook, RuleTrigger
from tests.support.small_book import ACTIONS, BOOK, RULES

TAKES_BACK = tuple(
    RuleTrigger(name)
    for name in (
        *("order_completed", "order_updated", "order_cancelled", "order_returned"),
        *("delivery_completed", "delivery_failed"),
        *("complaint_opened", "complaint_closed", "rated", "consent_changed"),
    )
)
INACTIVE, VISITED, LATER = (
    RuleTrigger("inactive"),
    RuleTrigger("visited"),
    RuleTrigger("after", "delivery_completed", 14 * DAY),
)

FORBID = "    trigger: [requested]\n    when: {}\n    forbid: {effect: discount}\n"
SAME_AGAIN = """\
  - id: another
    title: Another that recommends
    serves: [S41]
    status: %s
    owner: crm
    trigger: [rated, {after: delivery_completed, wait: 2 weeks}]
    when: {}
    recommend: {action: check-in}
"""


def texts(trigger: str, consequence: str, status: str = "draft", more: str = "") -> dict[str, str]:
    """The small book; its second rule looks and does as said."""
    rules = RULES.replace(FORBID, f"    trigger: {trigger}\n    when: {{}}\n    {consequence}\n")
    assert rules != RULES
    return {**BOOK, "operation.yaml": rules.replace("status: draft", f"status: {status}") + more}


def book(trigger: str, consequence: str, status: str = "draft", more: str = "") -> Rulebook:
    rulebook, findings = check_texts(texts(trigger, consequence, status, more))
    assert rulebook is not None, render(findings)
    return rulebook


def findings(trigger: str, consequence: str, status: str = "draft", more: str = "") -> list[Finding]:
    return check_texts(texts(trigger, consequence, status, more))[1]


def test_a_forbid_with_any_is_evaluated_whenever_a_rule_recommends_and_at_what_may_take_back_something() -> None:
    rule = book("[any]", "forbid: {kind: marketing}").rules["no-price-cuts"]
    assert rule.trigger == (INACTIVE, VISITED, LATER, *TAKES_BACK)


def test_a_boost_with_any_is_evaluated_whenever_a_rule_recommends() -> None:
    rule = book("[any]", "boost: {group: care, by: 2}").rules["no-price-cuts"]
    assert rule.trigger == (INACTIVE, VISITED, LATER)


def test_any_has_each_trigger_once_though_two_rules_write_it_differently() -> None:
    rule = book("[any]", "forbid: {kind: marketing}", more=SAME_AGAIN % "shadow").rules["no-price-cuts"]
    assert sorted(t.key for t in rule.trigger) == sorted(t.key for t in (INACTIVE, VISITED, LATER, *TAKES_BACK))


def test_any_ignores_triggers_of_drafts() -> None:
    rule = book("[any]", "boost: {group: care, by: 2}", more=SAME_AGAIN % "draft").rules["no-price-cuts"]
    assert rule.trigger == (INACTIVE, VISITED, LATER)


def test_in_a_book_that_recommends_nothing_any_has_no_triggers() -> None:
    only_forbid = "rules:\n  - id: no-price-cuts" + RULES.split("  - id: no-price-cuts")[1].replace("requested", "any")
    rulebook, found = check_texts({**BOOK, "operation.yaml": only_forbid})
    assert rulebook is not None, render(found)
    assert rulebook.rules["no-price-cuts"].trigger == ()


def test_a_recommendation_with_any_is_shown_what_to_write() -> None:
    found = findings("[any]", "recommend: {action: check-in}")
    assert [(f.code, str(f.place)) for f in found] == [("wrong-trigger", "operation.yaml:24:14")]
    assert found[0].hint is not None
    assert "[{after: delivery_completed, wait: 14 days}]" in found[0].hint


def test_a_forbid_that_is_not_evaluated_where_its_group_is_recommended_is_a_warning() -> None:
    found = findings("[inactive, visited]", "forbid: {group: care}")
    assert [(f.code, str(f.place), f.severity) for f in found] == [
        ("forbid-misses-trigger", "operation.yaml:24:14", Severity.WARNING)
    ]
    where = "{after: delivery_completed, wait: 14 days}"
    assert found[0].message == f"it is not evaluated on {where}, on which quiet-check-in recommends its target"
    assert found[0].hint == "trigger: [any] is evaluated on every trigger"


def test_all_that_is_missed_is_one_warning() -> None:
    (found,) = findings("[requested]", "forbid: {action: check-in}")
    assert found.message == (
        "it is not evaluated on inactive, on which quiet-check-in recommends its target, and 2 more triggers"
    )


def test_what_a_forbid_names_by_kind_or_tag_or_effect_counts_too() -> None:
    for target in ("kind: marketing", "tag: friendly", "effect: none"):
        assert [f.code for f in findings("[requested]", f"forbid: {{{target}}}")] == ["forbid-misses-trigger"], target


def test_a_boost_that_is_not_evaluated_where_its_role_is_recommended_is_a_warning() -> None:
    assert [f.code for f in findings("[requested]", "boost: {role: activation, by: 2}")] == ["forbid-misses-trigger"]


def test_a_boost_of_another_role_misses_nothing() -> None:
    assert findings("[requested]", "boost: {role: volume, by: 2}") == []


def test_a_forbid_with_more_triggers_misses_nothing() -> None:
    looks = "[requested, inactive, visited, {after: delivery_completed, wait: 2 weeks}]"
    assert findings(looks, "forbid: {action: check-in}") == []


def test_any_misses_nothing() -> None:
    assert findings("[any]", "forbid: {action: check-in}") == []


def test_a_retired_forbid_misses_nothing() -> None:
    assert findings("[requested]", "forbid: {action: check-in}", status="retired") == []


def test_what_only_drafts_recommend_is_not_missed() -> None:
    looks = "[inactive, visited, {after: delivery_completed, wait: 14 days}]"
    assert findings(looks, "forbid: {action: check-in}", more=SAME_AGAIN % "draft") == []
    assert [f.code for f in findings(looks, "forbid: {action: check-in}", more=SAME_AGAIN % "live")] == [
        "forbid-misses-trigger"
    ]


def test_a_forbid_with_any_is_evaluated_where_other_things_are_recommended_too_because_it_withdraws_what_waits() -> (
    None
):
    elsewhere = texts(
        "[any]", "forbid: {action: check-in}", more=(SAME_AGAIN % "live").replace("check-in", "check-out")
    )
    second = ACTIONS.removeprefix("actions:\n").replace("check-in", "check-out")
    rulebook, found = check_texts({**elsewhere, "actions/care.yaml": ACTIONS + second})
    assert rulebook is not None, render(found)
    assert RuleTrigger("rated") in rulebook.rules["no-price-cuts"].trigger


def test_a_boost_that_names_nothing_is_evaluated_wherever_something_is_recommended() -> None:
    more = """\
  - id: asked-for-help
    title: A task when a complaint is opened
    serves: [S51]
    status: live
    owner: crm
    trigger: [complaint_opened]
    when: {}
    recommend: {action: check-in}
"""
    elsewhere = book("[any]", "boost: {role: profit, by: 2}", more=more).rules["no-price-cuts"]
    assert elsewhere.trigger == (INACTIVE, VISITED, LATER, RuleTrigger("complaint_opened"))


def test_more_open_waits_than_a_profile_keeps_are_a_warning() -> None:
    many = "".join(
        f"""
  - id: wait-{days}
    title: Waits {days} days
    serves: [S1]
    status: live
    owner: crm
    trigger: [{{after: delivery_completed, wait: {days} days}}]
    when: {{}}
    recommend: {{action: check-in}}"""
        for days in (396, 398, 400)
    )
    _, found = check_texts({**BOOK, "operation.yaml": RULES.rstrip() + many + "\n"})
    (warning,) = [finding for finding in found if finding.code == "waits-dropped"]
    assert warning.message == "a weekly buyer has 174 open waits, and 128 are kept: the last to end are dropped"
