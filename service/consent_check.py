"""Whether a rulebook sends marketing that nobody can receive, because no customer has given a consent for it."""

from collections.abc import Iterator, Mapping

from engine.rulebook.model import Recommend, Rulebook
from engine.rulebook.offers import MARKETING
from engine.value import population


def why_nobody_receives(book: Rulebook, histogram: Mapping[str, int]) -> str | None:
    """A sentence, where a live rule sends marketing that needs a consent and no customer has one; else None."""
    purpose = book.contact_policy.consent_purpose.get(MARKETING)
    if purpose is None or population.consented(histogram, purpose):
        return None
    action = next(_needing_consent(book), None)
    if action is None:
        return None
    return (
        f"no customer has given a consent for {purpose} yet, so no outbound marketing, such as {action}, can be sent: "
        "load consents first, as consent_changed events with `patron load`; `patron import customers` converts a table"
    )


def _needing_consent(book: Rulebook) -> Iterator[str]:
    """Marketing actions of live rules with a treatment on an outbound channel that needs a consent."""
    for rule in book.rules.values():
        if rule.status == "live" and isinstance(rule.then, Recommend):
            action = book.actions[rule.then.action]
            channels = (book.channels[treatment.channel] for treatment in action.treatments)
            if action.kind == MARKETING and any(channel.outbound and channel.consent for channel in channels):
                yield action.id
