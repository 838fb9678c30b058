"""The chance that a contact is accepted: the action file's at first, more and more the measured one.

Twice the same step, the mean of a Beta posterior: what is thought so far counts like `learning.prior` contacts, what
was seen counts as what it is. First all other tiers' contacts correct the action file, then the tier's own contacts
correct that. What was seen long ago counts less (see `tiers.Snapshot.acceptance`).
"""

from engine.rulebook.offers import Action
from engine.rulebook.shop import Learning
from engine.value.tiers import Snapshot

NOTHING = (0.0, 0.0)


def of(action: Action, tier: str, snapshot: Snapshot, learning: Learning | None) -> tuple[float, float]:
    """The propensity (0..1), and how many (decayed) contacts of the action, in all tiers, it was measured on.

    A tier without contacts of its own, or a name that is no tier, gets what all others say.
    """
    contacts, accepted = snapshot.acceptance.get(action.id, NOTHING)
    if learning is None or contacts <= 0:
        return action.propensity, 0.0
    own_contacts, own_accepted = snapshot.acceptance.get(f"{action.id}/{tier}", NOTHING)
    others = corrected(action.propensity, contacts - own_contacts, accepted - own_accepted, learning.prior)
    return round(corrected(others, own_contacts, own_accepted, learning.prior), 6), round(contacts, 1)


def corrected(thought: float, contacts: float, accepted: float, prior: float) -> float:
    """The mean of the posterior; what was accepted never counts for less than none or more than all contacts."""
    contacts = max(0.0, contacts)
    weight = prior + contacts
    return (prior * thought + min(max(0.0, accepted), contacts)) / weight if weight > 0 else thought
