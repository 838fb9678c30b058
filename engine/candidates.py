"""Candidates: what the matched rules recommend, after the gates that look at rule and action alone.

A gate answers None (pass) or a `Refusal` with its reason. The order is `GATES`, and it is the order of the docs.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from engine import contact_policy
from engine.contact_policy import Refusal
from engine.decision import ChosenProduct
from engine.facts import cart_lines
from engine.products import SoldOut, choose
from engine.quick import quick
from engine.reasons import Reason
from engine.rulebook.model import Forbid, ProductChoice, Recommend, Rule
from engine.rulebook.offers import Action
from engine.situation import Situation
from engine.times import format_rfc3339


@quick
@dataclass(frozen=True, slots=True)
class Candidate:
    """An action that a rule recommends here, with its products and its score."""

    rule: Rule
    action: Action
    wanted: ProductChoice | None
    scope: str | None
    products: tuple[ChosenProduct, ...] = ()


Gate = Callable[[Candidate, Situation], Refusal | None]


def is_live(candidate: Candidate, _: Situation) -> Refusal | None:
    if candidate.rule.status == "live":
        return None
    return Refusal("status", Reason.NOT_LIVE, f"the rule's status is {candidate.rule.status}: decided, never shown")


def in_dates(candidate: Candidate, situation: Situation) -> Refusal | None:
    rule, now = candidate.rule, situation.now
    if valid_now(rule, now):
        return None
    if rule.valid_from is not None and now < rule.valid_from:
        return Refusal("dates", Reason.OUT_OF_DATES, f"valid from {format_rfc3339(rule.valid_from)}", rule.valid_from)
    return Refusal("dates", Reason.OUT_OF_DATES, f"valid until {format_rfc3339(rule.valid_until or 0)}")


def valid_now(rule: Rule, now: int) -> bool:
    return (rule.valid_from is None or now >= rule.valid_from) and (rule.valid_until is None or now < rule.valid_until)


def not_done_once(candidate: Candidate, situation: Situation) -> Refusal | None:
    rule = candidate.rule
    if rule.once and candidate.scope and situation.profile.once.get(rule.id) == candidate.scope:
        return Refusal("once", Reason.ONCE_ALREADY, f"once per {rule.once}, and this {rule.once} had it")
    return None


def not_pending_elsewhere(candidate: Candidate, situation: Situation) -> Refusal | None:
    return waits_elsewhere(candidate.action, {placed.id for placed in situation.occasion.placements}, situation)


def waits_elsewhere(action: Action, here: Collection[str], situation: Situation) -> Refusal | None:
    """The same action waits in another placement than these, or as a delivery: it is not said twice."""
    for pending in situation.profile.pending:
        if pending.action == action.id and pending.expires > situation.now and pending.placement not in here:
            where = pending.placement or pending.channel
            return Refusal("pending", Reason.DUPLICATE, f"already waiting in {where}", pending.expires)
    return None


def forbidden_by(action: Action, forbids: tuple[Rule, ...]) -> Refusal | None:
    for rule in forbids:
        if isinstance(rule.then, Forbid) and rule.then.covers(action):
            return Refusal("forbid", Reason.FORBIDDEN_BY_RULE, f"{rule.id}: {rule.title}")
    return None


def scope_of(rule: Rule, situation: Situation) -> str | None:
    """What `once: per ...` counts by: a text that stays the same within one order, delivery, silence ..."""
    if rule.once is None:
        return None
    profile, now = situation.profile, situation.now
    scopes: Mapping[str, Callable[[], object]] = {
        "customer": lambda: "1",
        "year": lambda: format_rfc3339(now)[:4],
        "order": lambda: situation.facts.get("order.id") or profile.purchases.last_time,
        "silence": lambda: profile.purchases.last_time,
        "delivery": lambda: profile.delivery[1],
        "complaint": lambda: max((at for at, _ in profile.complaints.values()), default=None),
    }
    scope = scopes[rule.once]()
    return str(scope) if scope else None


def forbids_of(matched: tuple[Rule, ...], now: int) -> tuple[Rule, ...]:
    """The rules in force among these that forbid something."""
    return tuple(r for r in matched if isinstance(r.then, Forbid) and r.status == "live" and valid_now(r, now))


def gather(
    matched: tuple[Rule, ...], situation: Situation, used_up: Mapping[str, Refusal]
) -> tuple[list[Candidate], list[tuple[Candidate, Refusal]]]:
    """The candidates that pass every gate, and those that do not with the first gate that refused them.

    `used_up`: actions that nothing is left of.
    """
    forbids = forbids_of(matched, situation.now)
    passed: list[Candidate] = []
    refused: list[tuple[Candidate, Refusal]] = []
    for rule in matched:
        if not isinstance(rule.then, Recommend):
            continue
        action = situation.compiled.rulebook.actions[rule.then.action]
        candidate = Candidate(rule, action, rule.then.products, scope_of(rule, situation))
        refusal = _first_refusal(candidate, situation, forbids) or used_up.get(action.id)
        if refusal is None:
            candidate, refusal = _with_products(candidate, situation)
        if refusal is None:
            passed.append(candidate)
        else:
            refused.append((candidate, refusal))
    return passed, refused


def _first_refusal(candidate: Candidate, situation: Situation, forbids: tuple[Rule, ...]) -> Refusal | None:
    for gate in GATES:
        refusal = gate(candidate, situation)
        if refusal is not None:
            return refusal
    return forbidden_by(candidate.action, forbids) or contact_policy.judge(candidate.action, situation)


def _with_products(candidate: Candidate, situation: Situation) -> tuple[Candidate, Refusal | None]:
    wanted = candidate.wanted
    if wanted is None:
        return candidate, None
    cart = frozenset(str(line["sku"]) for line in cart_lines(situation.occasion) if line.get("sku"))
    book = situation.compiled.rulebook
    wish = wanted.role or wanted.category or "any product"
    try:
        products = choose(wanted, situation.facts, cart, situation.profile, (book, situation.now))
    except SoldOut:
        return candidate, Refusal("products", Reason.OUT_OF_STOCK, f"what fits is not in stock: {wish}")
    if not products:
        return candidate, Refusal("products", Reason.NO_PRODUCT, f"no product fits: {wish}")
    return Candidate(candidate.rule, candidate.action, wanted, candidate.scope, products), None


GATES: tuple[Gate, ...] = (is_live, in_dates, not_done_once, not_pending_elsewhere)
"""Gates of rule and pending; then forbids, contact policy, products. Channel, consent and text: per placement."""
