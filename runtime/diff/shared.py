"""What customers share under a rulebook: then one's decision follows from those of others, and order matters."""

from collections.abc import Iterator

from engine.rulebook.model import Recommend, Rulebook
from engine.rulebook.reference import MATCHED_STATUSES


def shared_by_customers(book: Rulebook) -> list[str]:
    """Why the customers of this rulebook cannot be replayed apart, as sentences; empty where they can.

    Tiers are no reason: their cut-offs follow from the events alone, and are worked out beforehand. Nor is a holdout.
    """
    return [*_learned(book), *_limited(book)]


def _learned(book: Rulebook) -> Iterator[str]:
    if book.arbitration.learning is not None and "propensity" in book.arbitration.factors:
        yield "arbitration.yaml has `learning`: the chances are measured on what all customers answered before"


def _limited(book: Rulebook) -> Iterator[str]:
    recommended = {
        rule.then.action
        for rule in book.rules.values()
        if rule.status in MATCHED_STATUSES and isinstance(rule.then, Recommend)
    }
    limited = sorted(action for action in recommended if book.actions[action].limited)
    if limited:
        shown = ", ".join(limited[:5]) + (f" and {len(limited) - 5} more" if len(limited) > 5 else "")
        yield f"a total limit, a budget or a stock is shared out among all customers: {shown}"
