"""The groups of built-in facts: each a few facts that are computed together, with their names."""

from collections.abc import Callable, Mapping

from engine.domain.money import Currency
from engine.domain.profile.state import Profile
from engine.domain.trigger import REQUESTED, Trigger
from engine.facts import contacts, customer, moment
from engine.facts.given import FactsDict, Given
from engine.rulebook.model import Rulebook
from engine.rulebook.shop import Churn, Shop, Tiers
from engine.value.tiers import Snapshot

Group = Callable[[Given], FactsDict]

_EMPTY = Rulebook(
    revision="",
    shop=Shop(Currency("EUR"), "UTC", ("en",)),
    vocabulary={},
    counters={},
    segments={},
    tables=(),
    tiers=Tiers(()),
    churn=Churn(1.0, 1.0, 1.0),
    rules={},
    actions={},
    channels={},
    placements={},
    products={},
    scenes={},
)
_NOBODY = Given(Profile("c/x"), Trigger(REQUESTED, "x", "c/x"), _EMPTY, Snapshot(), 0)
GROUPS: Mapping[Group, frozenset[str]] = {
    group: frozenset(group(_NOBODY))
    for group in (
        customer.purchase_facts,
        customer.spend_facts,
        customer.interpurchase_facts,
        customer.lapse_facts,
        customer.momentum_facts,
        customer.gap_facts,
        customer.outlook_facts,
        customer.reactivation_facts,
        customer.identity_facts,
        customer.channel_address_facts,
        customer.trait_facts,
        customer.category_facts,
        customer.complaint_facts,
        customer.satisfaction_facts,
        customer.delivery_facts,
        contacts.pressure_facts,
        moment.trigger_facts,
        moment.cart_facts,
        moment.time_facts,
        customer.tier_facts,
        customer.score_facts,
    )
}
"""Each function with the names of its facts, taken from the code itself."""

BUILT_IN: frozenset[str] = frozenset().union(*GROUPS.values())
"""The names of all of them."""
