"""The Redis layout: 256 partitions by customer, and the names of their keys.

Everything one commit touches carries the same hash tag (`{p017}`), so it lies in one slot of a cluster and one
script can change it as a whole. A decision id carries its partition (`d-` and two hex digits), so a record is found
by its id alone.
"""

import base64
import hashlib
import hmac
import re
from functools import lru_cache
from typing import Final

from engine.domain.ids import PARTITIONS, partition

TAGS: Final = tuple(f"{{p{number:03d}}}" for number in range(PARTITIONS))

SNAPSHOT_NUMBER: Final = "{snapshots}:number"
SNAPSHOTS: Final = "{snapshots}:blobs"
CONTROLS_NUMBER: Final = "{controls}:number"
CONTROLS: Final = "{controls}:documents"
DAYS: Final = "{snapshots}:days"
ERASE_KEY: Final = "{patron}:erase-key"
RULEBOOK_HEAD: Final = "{rulebook}:head"
RULEBOOK_ENTRIES: Final = "{rulebook}:entries"
RULEBOOK_DIGESTS: Final = "{rulebook}:digests"
RULEBOOK_FILES: Final = "{rulebook}:files"
WORKERS: Final = "{patron}:workers"
LEASES: Final = "{patron}:leases"
FORMAT: Final = "{patron}:format"
PROCESSES: Final = "{patron}:processes"

_PLAIN = re.compile(r"[A-Za-z0-9._@+:/-]+")
_DECISION_ID = re.compile(r"d-([0-9a-f]{2})[A-Za-z0-9_-]{0,100}")


def tag(customer: str) -> str:
    """The hash tag that all keys of this customer carry."""
    return TAGS[partition(customer)]


def encoded(customer: str) -> str:
    """A customer key fit for a key name: itself when plain, else `~` and base64url, which no plain one begins with."""
    if _PLAIN.fullmatch(customer):
        return customer
    return "~" + base64.urlsafe_b64encode(customer.encode()).decode().rstrip("=")


@lru_cache(maxsize=1024)  # begin and commit of one event ask for the same
def profile_key(customer: str) -> str:
    """The key of a customer's profile."""
    return f"{tag(customer)}:c:{encoded(customer)}"


def older_orders_key(customer: str) -> str:
    """The key of the orders that a customer's profile has no room for."""
    return f"{tag(customer)}:o:{encoded(customer)}"


PROFILES: Final = "{p[0-9][0-9][0-9]}:c:*"
"""The pattern of the keys of all profiles."""


def customer_of(key: str) -> str:
    """The customer whose profile has this key."""
    encoded_customer = key.split(":c:", 1)[1]
    if not encoded_customer.startswith("~"):
        return encoded_customer
    padded = encoded_customer[1:] + "=" * (-(len(encoded_customer) - 1) % 4)
    return base64.urlsafe_b64decode(padded).decode()


def record_key(decision_id: str) -> str:
    """The key of a decision's record. ValueError for what cannot be a decision id."""
    shape = _DECISION_ID.fullmatch(decision_id)
    if shape is None:
        raise ValueError(f"not a decision id: {decision_id!r}")
    return f"{TAGS[int(shape[1], 16)]}:r:{decision_id}"


def record_prefix(customer: str) -> str:
    """What the key of every record of this customer begins with; the decision id follows."""
    return f"{tag(customer)}:r:"


def histogram_key(partition_tag: str) -> str:
    """The key of a partition's share of the shop-wide counters."""
    return f"{partition_tag}:h"


def deliveries_key(partition_tag: str) -> str:
    """The key of a partition's stream of deliveries."""
    return f"{partition_tag}:d"


def due_key(partition_tag: str) -> str:
    """The key of a partition's set of timers."""
    return f"{partition_tag}:due"


def customers_key(partition_tag: str) -> str:
    """The key of a partition's index of customers."""
    return f"{partition_tag}:customers"


def due_digest_key(partition_tag: str) -> str:
    """The key of the rules that a partition's timers were computed from."""
    return f"{partition_tag}:due-digest"


def tombstone(customer: str, secret: bytes) -> str:
    """A keyed hash of a customer: with the secret and the customer's id, the erasure can be verified."""
    return hmac.new(secret, customer.encode(), hashlib.sha256).hexdigest()[:32]


def tombstone_key(customer: str, secret: bytes) -> str:
    """The key of the moment when a customer was erased."""
    return f"{tag(customer)}:t:{tombstone(customer, secret)}"


def answer_key(key: str) -> str:
    """The key of the answer to an Idempotency-Key; those may be of any length and content."""
    return "answer:" + hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:40]


def ledger_keys(action: str) -> tuple[str, str, str]:
    """The keys of an action's ledger, all in one slot: entries, their ends, counters."""
    tag = f"{{b:{encoded(action)}}}"
    return f"{tag}:entries", f"{tag}:ends", f"{tag}:counts"
