"""The keys and arguments of a commit, for commit.lua.

Versions are drawn, not counted: a commit sent again after a lost answer finds its own version and has
succeeded, and a version never comes back after an erasure. The first byte of a version shows whether the customer has
a timer, so that the many commits without one, before and after, need no lookup.
"""

import random
import struct
from dataclasses import dataclass
from typing import Any, Final

from service.ports import Commit
from storage import keys

VERSION: Final = struct.Struct(">Q")
PLAIN: Final = b"\x01"
DUE: Final = b"\x03"
"""What versions begin with: a profile without and with a timer."""
SECONDS_PER_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Retention:
    """Days for which records, records without a recommendation, and deliveries are kept."""

    records: int
    brief_records: int
    deliveries: int


def commit_call(commit: Commit, kept: Retention) -> tuple[list[str], list[Any]]:
    """Keys and arguments; when only the profile of a known customer changes, only the profile is sent."""
    names = [keys.profile_key(commit.customer)]
    expected = VERSION.pack(commit.version)
    args: list[Any] = [expected, _drawn_version(PLAIN if commit.due is None else DUE), commit.profile]
    decision_id = commit.decision_id if commit.record is not None else None
    had_due = expected.startswith(DUE)
    due_time: int | str = commit.due if commit.due is not None else "never" if had_due else ""
    is_new = commit.version == 0
    older = _older_orders(commit)
    if is_new or decision_id or commit.histogram or commit.deliveries or due_time != "" or older:
        tag = keys.tag(commit.customer)
        names += [keys.histogram_key(tag), keys.deliveries_key(tag)]
        if decision_id:
            names.append(keys.record_key(decision_id))
        if is_new:
            names.append(keys.customers_key(tag))
        if older:
            names.append(keys.older_orders_key(commit.customer))
        older_at = len(names) if older else 0
        if due_time != "":
            names.append(keys.due_key(tag))
        args += [(commit.keep_days or 0) * SECONDS_PER_DAY, commit.customer]
        args += [decision_id or "", commit.record or b"", _record_seconds(commit, kept)]
        args.append(kept.deliveries * SECONDS_PER_DAY * 1000)
        args += [due_time, len(commit.histogram), older_at, older]
        for change in commit.histogram:
            args.extend(change)
        args.extend(commit.deliveries)
    elif commit.keep_days:
        args.append(commit.keep_days * SECONDS_PER_DAY)
    return names, args


def _older_orders(commit: Commit) -> bytes:
    """What becomes of the older orders: "=" and the new ones, "-" to delete them, "~" to keep them as long as the
    profile; nothing where they need not be touched."""
    if commit.older_orders is not None:
        return b"=" + commit.older_orders if commit.older_orders else b"-"
    return b"~" if commit.has_older_orders and commit.keep_days else b""


def _record_seconds(commit: Commit, kept: Retention) -> int:
    """Negative for a record on the short-lived chain."""
    return -kept.brief_records * SECONDS_PER_DAY if commit.brief else kept.records * SECONDS_PER_DAY


def _drawn_version(begin: bytes) -> bytes:
    """A version that was never given before, and is not "none"."""
    return begin + random.randbytes(7)  # noqa: S311 - needs to be new, not secret; reseeded after fork
