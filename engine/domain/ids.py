"""Ids are derived, never random: the same customer and trigger have the same decision id everywhere."""

from functools import lru_cache
from hashlib import blake2b, sha256
from zlib import crc32

PARTITIONS = 256


@lru_cache(maxsize=1024)
def partition(customer: str) -> int:
    """The partition (0..255) of all data of this customer."""
    return crc32(customer.encode()) % PARTITIONS


@lru_cache(maxsize=1024)  # one event uses the same several times
def decision_id(customer: str, trigger_id: str) -> str:
    """ "d-", the partition in 2 hex digits, then 20 hex digits of the customer and what triggered the decision."""
    digest = sha256(f"{customer}\0{trigger_id}".encode()).hexdigest()
    return f"d-{partition(customer):02x}{digest[:20]}"


def recommendation_id(decision: str, action: str, placement: str | None) -> str:
    """ "r-", the decision, "-" and 6 hex digits of action and placement; independent of the rulebook's revision."""
    digest = sha256(f"{action}\0{placement or ''}".encode()).hexdigest()
    return f"r-{decision[2:]}-{digest[:6]}"


def decision_of(recommendation: str) -> str | None:
    """The decision that a recommendation id belongs to; None if it is no such id."""
    parts = recommendation.split("-")
    if len(parts) != 3 or parts[0] != "r" or len(parts[1]) != 22 or len(parts[2]) != 6:
        return None
    return f"d-{parts[1]}"


@lru_cache(maxsize=1024)
def digest6(text: str) -> bytes:
    """6 bytes that replace a long id to save space; two of 64 ids collide once in 10^11 customers."""
    return blake2b(text.encode(), digest_size=6).digest()
