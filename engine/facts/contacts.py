"""Contact pressure: a customer's contacts, and their rejections (S62)."""

from collections.abc import Iterable, Mapping

from engine.domain.profile.state import UNDONE, Contact
from engine.domain.times import DAY
from engine.facts.given import FactsDict, Given, days_since, number
from engine.rulebook.model import Rulebook

CONTACTS_DAYS = 30
IGNORED_DAYS = 90


def pressure_facts(given: Given) -> FactsDict:
    """Contacts are e-mails, messages and calls; a placement disturbs nobody, but may be ignored too."""
    contacts, book, now = given.profile.contacts, given.book, given.now
    if not contacts:
        return {"customer.contacts_30d": 0, "customer.ignored_share_90d": None}
    heard = [contact for action, contact in contacts.items() if not _is_internal(action, book)]
    seen = sum(_newer(contact.touches, now - IGNORED_DAYS * DAY) for contact in heard)
    refused = sum(_newer(_refused(contact), now - IGNORED_DAYS * DAY) for contact in heard)
    return {
        "customer.contacts_30d": sum(_newer(_sent(contact, book), now - CONTACTS_DAYS * DAY) for contact in heard),
        "customer.ignored_share_90d": number(min(1.0, refused / seen)) if seen else None,
    }


def _is_internal(action: str, book: Rulebook) -> bool:
    known = book.actions.get(action)
    return known is not None and known.kind == "internal"


def _refused(contact: Contact) -> Mapping[str, tuple[int, ...]]:
    return {kind: times for kind, times in contact.refusals.items() if kind != UNDONE}


def _sent(contact: Contact, book: Rulebook) -> Mapping[str, tuple[int, ...]]:
    """The contacts on outbound channels; a channel removed from the rulebook counts as one."""
    return {
        name: times
        for name, times in contact.touches.items()
        if name not in book.channels or book.channels[name].outbound
    }


def _newer(times: Mapping[str, Iterable[int]], since: int) -> int:
    return sum(1 for of in times.values() for at in of if at > since)


YEAR_DAYS = 365


def history_facts(given: Given, names: Iterable[tuple[str, tuple[str, ...]]]) -> FactsDict:
    """History of actions and groups, if any. `names`: (action, itself) or (group, its actions)."""
    out: FactsDict = {}
    known = given.profile.contacts
    if known:
        for name, actions in names:
            contacts = [known[action] for action in actions if action in known]
            if contacts:
                _put_history(out, name, contacts, given)
    return out


def _put_history(out: FactsDict, name: str, contacts: list[Contact], given: Given) -> None:
    days = given.book.shop.days
    since = days.start(days.of(given.now) - YEAR_DAYS + 1)
    latest = max(contacts, key=lambda c: (c.outcome_time, c.outcome))
    out[f"history.{name}.days_since_shown"] = days_since(max(c.last for c in contacts), given)
    out[f"history.{name}.times_shown_365d"] = sum(
        1 for c in contacts for times in c.touches.values() for at in times if at >= since
    )
    out[f"history.{name}.last_outcome"] = latest.outcome
