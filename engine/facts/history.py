"""History facts: what was said to the customer, per action and per group of actions."""

from collections.abc import Iterable

from engine.facts.given import FactsDict, days_since
from engine.profile.state import Contact, Profile
from engine.times import day_of

YEAR_DAYS = 365


def history_facts(profile: Profile, names: Iterable[tuple[str, tuple[str, ...]]], now: int) -> FactsDict:
    """History of actions and groups, as far as there is one. `names`: (action, itself) or (group, its actions)."""
    out: FactsDict = {}
    if profile.contacts:
        for name, actions in names:
            contacts = [profile.contacts[action] for action in actions if action in profile.contacts]
            if contacts:
                _put_history(out, name, contacts, now)
    return out


def _put_history(out: FactsDict, name: str, contacts: list[Contact], now: int) -> None:
    since = day_of(now) - YEAR_DAYS
    latest = max(contacts, key=lambda c: (c.outcome_time, c.outcome))
    out[f"history.{name}.days_since_shown"] = days_since(max(c.last for c in contacts), now)
    out[f"history.{name}.times_shown_365d"] = sum(
        1 for c in contacts for times in c.touches.values() for at in times if day_of(at) > since
    )
    out[f"history.{name}.last_outcome"] = latest.outcome
