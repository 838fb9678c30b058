"""What can never be shown, used, or repeated: caps, quiet hours, cooldowns, dates, dangling names."""

from collections.abc import Iterator, Sequence
from typing import Final

from authoring.logic.formula import TRUE, Formula
from authoring.logic.regions import RuleLogic
from authoring.logic.rules import ACTIVE, place_of
from authoring.logic.solver import TooLarge
from authoring.logic.tables import report_too_large
from engine.compiled.contact_policy import PolicyPlan, plan_policy
from engine.domain.times import format_rfc3339
from engine.rulebook.condition import AllOf, AnyOf, Condition, InSegment, NoneOf
from engine.rulebook.findings import Place, Report
from engine.rulebook.model import Recommend, Rule, Rulebook
from engine.rulebook.offers import Action
from engine.rulebook.predicates import comparisons
from engine.rulebook.read.texts import PLACEHOLDER
from engine.rulebook.shop import QuietHours
from engine.rulebook.values import shown_length

MINUTES: Final = 24 * 60
WEEK: Final = 7 * MINUTES
_TOLD: Final = frozenset(
    ("customer.tier", "customer.relationship_stage", "customer.journey_stage", "customer.churn_risk")
)
"""Facts that an answer contains, whether a rule tests them or not."""


def check_reach(logic: RuleLogic, report: Report, now: int | None) -> None:
    """Warnings: actions that cannot be shown, cooldowns that outlast a rule, rules whose dates are past (`now`: ms)."""
    policy = plan_policy(logic.book)
    closed = _report_closed(logic, policy, report)
    for rule in logic.rules:
        if isinstance(rule.then, Recommend) and rule.status in ACTIVE:
            if rule.then.action not in closed:
                _report_capped(logic, policy, rule, report)
            _report_cooldown(policy, rule, rule.then.action, report)
        if now is not None and rule.valid_until is not None and rule.valid_until <= now:
            message = f"{rule.id} was valid until {format_rfc3339(rule.valid_until)[:10]}, so it has no effect"
            report.warning("rule-expired", place_of(rule), message, "give it new dates, or set status: retired")


# ---- unreachable actions ----


def _report_closed(logic: RuleLogic, policy: PolicyPlan, report: Report) -> set[str]:
    """The actions that no customer can get."""
    found: set[str] = set()
    rules = [rule for rule in logic.rules if rule.status in ACTIVE]
    for name in dict.fromkeys(rule.then.action for rule in rules if isinstance(rule.then, Recommend)):
        action = logic.book.actions[name]
        if logic.solver.find(_open(logic, policy, action)) is None:
            found.add(name)
            message = (
                f"{name} can never be shown: {_ways(action)} blocked by caps of 0 or by quiet hours without an end"
            )
            hint = "change the caps or quiet hours of a channel, or add a treatment"
            report.warning("action-unreachable", action.place or Place("actions/", 1, 1), message, hint)
    return found


def _report_capped(logic: RuleLogic, policy: PolicyPlan, rule: Rule, report: Report) -> None:
    """The rule holds only for customers without any open way."""
    assert isinstance(rule.then, Recommend)
    action = logic.book.actions[rule.then.action]
    way = _open(logic, policy, action)
    try:
        region = logic.region(rule)
        if way == TRUE or logic.solver.find(region) is None or logic.solver.find(region, way) is not None:
            return
    except TooLarge:
        report_too_large(report, place_of(rule), f"the rule {rule.id}")
        return
    message = f"{rule.id} can never be shown: whenever it holds, {_ways(action)} blocked by caps of 0"
    witness = logic.witnesses.of(region, also=logic.decided_in(rule))
    report.warning("action-unreachable", place_of(rule), message, "narrow the caps, or the rule", witness)


def _ways(action: Action) -> str:
    channels = list(dict.fromkeys(treatment.channel for treatment in action.treatments))
    return f"{', '.join(channels)} {'is' if len(channels) == 1 else 'are'}"


def _open(logic: RuleLogic, policy: PolicyPlan, action: Action) -> Formula:
    """Customers with a way to be reached."""
    ways: list[Formula] = []
    for treatment in action.treatments:
        channel = logic.book.channels[treatment.channel]
        silent = action.kind != "transactional" and always_quiet(policy.quiet.get(channel.id, ()))
        if not channel.placements and silent:
            continue
        caps = [cap.cap.when for cap in policy.caps.get((action.id, channel.id), ()) if not cap.cap.at_most]
        closed = logic.space.some(TRUE if when is None else logic.space.formula(when) for when in caps)
        ways.append(logic.space.opposite(closed))
    return logic.space.some(ways)


def always_quiet(hours: Sequence[QuietHours]) -> bool:
    """Whether together they leave no minute of the week."""
    pieces = sorted(piece for one in hours for piece in _pieces(one))
    end = 0
    for begin, until in pieces:
        if begin > end:
            return False
        end = max(end, until)
    return end >= WEEK


def _pieces(hours: QuietHours) -> Iterator[tuple[int, int]]:
    """Minutes of the week; an overrun wraps to its beginning."""
    length = hours.end - hours.start if hours.end > hours.start else hours.end + MINUTES - hours.start
    for day in hours.days:
        begin = day * MINUTES + hours.start
        yield begin, min(begin + length, WEEK)
        if begin + length > WEEK:
            yield 0, begin + length - WEEK


def _report_cooldown(policy: PolicyPlan, rule: Rule, action: str, report: Report) -> None:
    if rule.valid_from is None or rule.valid_until is None or rule.once:
        return
    spacing, valid = policy.spacing[action], rule.valid_until - rule.valid_from
    wait = max(spacing.own, spacing.together)
    if wait > valid:
        message = (
            f"the cooldown of {action} ({shown_length(wait)}) is longer than the validity of {rule.id} "
            f"({shown_length(valid)}), so no customer gets it twice from this rule"
        )
        hint = "write once: per customer if that is meant; otherwise shorten the cooldown"
        report.warning("cooldown-outlasts", place_of(rule), message, hint)


# ---- unused parts ----


def check_used(book: Rulebook, report: Report) -> None:
    """Warnings: unused actions, segments and tables."""
    recommended = {rule.then.action for rule in _kept(book) if isinstance(rule.then, Recommend)}
    for action in book.actions.values():
        if action.id not in recommended:
            hint = "add a rule that recommends it, or delete it"
            place = action.place or Place("actions/", 1, 1)
            report.warning("action-unused", place, f"no rule recommends {action.id}", hint)
    named = {name for condition in _conditions(book) for name in _segments_in(condition)}
    for segment, place in book.segment_places.items():
        if segment not in named:
            report.warning("segment-unused", place, f"nothing uses the segment {segment}", "use it, or delete it")
    facts = _facts_used(book)
    for table in book.tables:
        if table.decides not in facts:
            place = table.place or Place("tables/", 1, 1)
            message = f"nothing uses {table.decides}, the output of {table.id}"
            report.warning("table-unused", place, message, "use it in a rule or a text, or delete the table")


def _kept(book: Rulebook) -> list[Rule]:
    return [rule for rule in book.rules.values() if rule.status != "retired"]


def _conditions(book: Rulebook) -> Iterator[Condition]:
    yield from (rule.when for rule in book.rules.values())
    yield from book.segments.values()
    yield from (cap.when for cap in book.contact_policy.caps if cap.when)


def _segments_in(condition: Condition) -> Iterator[str]:
    match condition:
        case InSegment(segment):
            yield segment
        case AllOf(items) | AnyOf(items) | NoneOf(items):
            for item in items:
                yield from _segments_in(item)


def _facts_used(book: Rulebook) -> set[str]:
    used = {test.fact for condition in _conditions(book) for test in comparisons(condition, book.segments)}
    used |= {column for table in book.tables for column in table.columns} | _TOLD
    for action in book.actions.values():
        for treatment in action.treatments:
            texts = [text for fields in treatment.texts.values() for text in fields.values()]
            used |= {name for text in (*texts, treatment.link or "") for name, _ in PLACEHOLDER.findall(text)}
    choices = (rule.then.products for rule in book.rules.values() if isinstance(rule.then, Recommend))
    return used | {name for chosen in choices if chosen for name in (chosen.near, chosen.next_to) if name}
