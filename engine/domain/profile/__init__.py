"""The stored data of a customer, and how events change it. Only `apply` adds an event."""

from engine.domain.profile.apply import apply
from engine.domain.profile.codec import decode, encode
from engine.domain.profile.order import Order, Return
from engine.domain.profile.state import (
    Contact,
    Credit,
    Experiment,
    Pending,
    Placing,
    Profile,
    Purchases,
    Retry,
    Shown,
    Wait,
)

__all__ = [
    "Contact",
    "Credit",
    "Experiment",
    "Order",
    "Pending",
    "Placing",
    "Profile",
    "Purchases",
    "Retry",
    "Return",
    "Shown",
    "Wait",
    "apply",
    "decode",
    "encode",
]
