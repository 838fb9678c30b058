"""Facts: the inputs of rules, computed from profile, trigger, snapshot and time.

`GROUPS` are the functions that compute them, so that a decision computes only the facts of its rules
(`engine.compiled.facts`). `BUILT_IN` are the names of all of them; tables decide others, marketers declare
counters, history facts exist per action and group.
"""

from engine.facts.contacts import history_facts
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
    "history_facts",
]
