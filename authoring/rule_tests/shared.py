"""What a test needs of the rest of the product: the things that are shared out among all customers."""

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from authoring.rule_tests.case import Taken
from engine.decisioning.contacts import Recommended
from engine.domain.decision import Decision, Withdrawal
from engine.domain.profile import Profile
from engine.domain.refusal import Refusal
from engine.rulebook.model import Rulebook
from service.ports import Used

Decide = Callable[[Mapping[str, Refusal]], Decision]
"""Decides anew when some actions are used up."""


class Shared(Protocol):
    """Limits, stock and budgets of a shop, as the service keeps them; each test has a shop of its own. Times in ms."""

    def taken(self, used: Taken, now: int) -> None:
        """Other customers take so much, or what is left."""
        ...

    def decided(self, decide: Decide, now: int) -> Decision:
        """The best decision for which there is enough of everything; it is kept."""
        ...

    def withdrawn(self, gone: Collection[Withdrawal]) -> None:
        """These are not to be shown any more."""
        ...

    def told(self, profile: Profile, said: Recommended, outcome: str, now: int) -> Profile:
        """What came of a recommendation; the profile afterwards."""
        ...

    def used(self, action: str, now: int) -> Used:
        """How much of an action is taken by all customers together, in the present periods."""
        ...


NewShop = Callable[[Rulebook], Shared]
"""A shop in which nobody has taken anything yet."""
