"""Commits for the tests of stores."""

import hashlib

from engine.domain.ids import partition
from service.ports import Commit


def decision_id(customer: str, number: int) -> str:
    """The id of a decision about this customer."""
    return f"d-{partition(customer):02x}{hashlib.sha256(f'{number} {customer}'.encode()).hexdigest()[:20]}"


def first_commit(customer: str = "c/mei", number: int = 1) -> Commit:
    """A commit of a new customer that changes everything a commit can change."""
    return Commit(
        customer,
        version=0,
        profile=b"profile",
        decision_id=decision_id(customer, number),
        record=b"record",
        deliveries=(b'{"to": "mei"}',),
        histogram=(("5", 1), ("6", 2)),
        due=1_700_000_000_000,
    )
