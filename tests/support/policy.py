"""Customers with a history of contacts, and the situations in which the contact policy judges them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.compiled.rulebook import Compiled
from engine.decisioning import contact_policy
from engine.decisioning.draft import Candidate, Draft
from engine.decisioning.evaluation_context import EvaluationContext
from engine.domain.decision import Decision, Rejection
from engine.domain.facts import Value
from engine.domain.profile import Contact, Pending, Profile
from engine.domain.refusal import Refusal
from engine.domain.times import DAY, parse_rfc3339
from engine.rulebook.model import Recommend
from engine.rulebook.offers import Action
from tests.support.books import NOW, action, asked, made, on, rule, who


def at(text: str) -> int:
    return parse_rfc3339(text)


def one(then: Mapping[str, Any] | None = None, on_action: Mapping[str, Any] | None = None, **files: str) -> Compiled:
    """A rulebook of the action `a` and the rule `r` that recommends it."""
    return made([action("a", **(on_action or {}))], [rule("r", "a", **(then or {}))], **files)


def judged(of: Action, context: EvaluationContext) -> Refusal | None:
    """What the contact policy's candidate stages refuse first."""
    rule_of_it = next(r for r in context.compiled.rulebook.rules.values() if isinstance(r.then, Recommend))
    draft = Draft(context, "d", (), {})
    candidate = Candidate(rule_of_it, of, None, None)
    for stage in (contact_policy.not_suppressed, contact_policy.cooled_down, contact_policy.below_limit):
        found = stage(candidate, draft)
        if isinstance(found, Refusal):
            return found
    return None


def drafted(context: EvaluationContext, chosen: Sequence[tuple[Action, str]] = ()) -> Draft:
    """A decision in the making that has chosen these actions, each on a channel."""
    draft = Draft(context, "d", (), {})
    draft.chosen += chosen
    return draft


def only_rejection(decided: Decision) -> Rejection:
    (rejection,) = decided.rejected
    return rejection


def everywhere(name: str, **changes: Any) -> dict[str, Any]:
    """An action on the web and by email."""
    return action(name, treatments=[on("web"), on("email")], **changes)


def contacted(name: str, *days: float, channel: str = "web", now: int = NOW) -> Profile:
    """A customer who was contacted with an action so many days ago."""
    return touched({name: {channel: [now - int(d * DAY) for d in days]}})


def touched(times: Mapping[str, Mapping[str, list[int]]]) -> Profile:
    """A customer who was contacted at these moments: action -> channel -> ms."""
    contacts = {
        name: Contact({channel: tuple(sorted(found)) for channel, found in channels.items()}, "impression", NOW)
        for name, channels in times.items()
    }
    return replace(who(), contacts=contacts)


def refusing(name: str, *days: float, outcome: str = "ignore", now: int = NOW) -> Profile:
    """A customer who refused an action so many days ago."""
    times = tuple(sorted(now - int(d * DAY) for d in days))
    return replace(who(), contacts={name: Contact({}, outcome, times[-1], {outcome: times})})


def waiting(
    name: str,
    placement: str | None = "home.banner",
    expires: int = NOW + DAY,
    decided: int = NOW - 1,
    channel: str = "web",
) -> Pending:
    return Pending(f"r-{name}-{placement}", name, "r", channel, placement, decided, expires)


def context(
    compiled: Compiled,
    profile: Profile,
    *placements: str,
    now: int = NOW,
    facts: Mapping[str, Value] | None = None,
) -> EvaluationContext:
    """The customer asks for these placements; none means outbound."""
    return EvaluationContext(compiled, profile, asked(*placements), facts or {}, now)
