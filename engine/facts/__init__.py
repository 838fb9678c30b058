"""Facts: what rules may test, computed from profile, occasion, snapshot and the moment.

`GROUPS` are the functions that compute them, so that a decision computes only what its rules need
(`engine.compiled.facts`). `BUILT_IN` are the names of all of them; tables decide others, counters are declared by
marketers, history facts exist per action and group.
"""

from engine.facts.contacts import history_facts
from engine.facts.customer import has_consent
from engine.facts.given import FactsDict, Given
from engine.facts.groups import BUILT_IN, GROUPS, Group
from engine.facts.moment import begun_scene, cart_lines

__all__ = [
    "BUILT_IN",
    "GROUPS",
    "FactsDict",
    "Given",
    "Group",
    "begun_scene",
    "cart_lines",
    "has_consent",
    "history_facts",
]
