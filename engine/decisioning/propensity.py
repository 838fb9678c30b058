"""The chance that a contact is accepted: at first from the action file, increasingly as measured.

The mean of a Beta posterior, applied twice: the prior estimate counts like `learning.prior` contacts, observed
contacts as themselves. First all other tiers' contacts correct the action file, then the tier's own contacts
correct that. Old contacts count less (see `tiers.Snapshot.acceptance`).
"""

from engine.rulebook.offers import Action
from engine.rulebook.shop import Learning
from engine.value.tiers import Snapshot

NOTHING = (0.0, 0.0)


def of(action: Action, tier: str, snapshot: Snapshot, learning: Learning | None) -> tuple[float, float]:
    """The propensity (0..1), and the number of (decayed) contacts of the action, in all tiers, behind it.

    A tier without its own contacts, or an unknown tier, gets the estimate of all others.
    """
    contacts, accepted = snapshot.acceptance.get(action.id, NOTHING)
    if learning is None or contacts <= 0:
        return action.propensity, 0.0
    own_contacts, own_accepted = snapshot.acceptance.get(f"{action.id}/{tier}", NOTHING)
    others = corrected(action.propensity, contacts - own_contacts, accepted - own_accepted, learning.prior)
    return round(corrected(others, own_contacts, own_accepted, learning.prior), 6), round(contacts, 1)


def corrected(thought: float, contacts: float, accepted: float, prior: float) -> float:
    """The mean of the posterior; `accepted` is clamped to between 0 and `contacts`."""
    contacts = max(0.0, contacts)
    weight = prior + contacts
    return (prior * thought + min(max(0.0, accepted), contacts)) / weight if weight > 0 else thought
