"""What a test needs from the rest of the product: the resources shared by all customers."""

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from authoring.rule_tests.case import Taken
from engine.compiled.rulebook import Compiled
from engine.decisioning.contacts import Recommended
from engine.domain.decision import Decision, Withdrawal
from engine.domain.profile import Profile
from engine.domain.refusal import Refusal
from service.ports import Used

Decide = Callable[[Mapping[str, Refusal]], Decision]
"""Decides again when some actions are used up."""


class Shared(Protocol):
    """Limits, stock and budgets of a shop, as in the service; each test has a shop of its own. Times in ms."""

    def taken(self, used: Taken, now: int) -> None:
        """Set the use by other customers, or what is left."""
        ...

    def decided(self, decide: Decide, now: int) -> Decision:
        """The best decision with enough left of everything; it is committed."""
        ...

    def withdrawn(self, gone: Collection[Withdrawal]) -> None:
        """These may no longer be shown."""
        ...

    def told(self, profile: Profile, said: Recommended, outcome: str, now: int) -> Profile:
        """Record the outcome of a recommendation; return the new profile."""
        ...

    def used(self, action: str, now: int) -> Used:
        """Use of an action by all customers together, in the present periods."""
        ...


NewShop = Callable[[Compiled], Shared]
"""A shop without any use yet."""
