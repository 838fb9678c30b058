"""Whether roles hold after a day of the log: what `patron roles --split` and `patron backtest` both tell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from cli.importers.orders import externally_sorted
from engine.domain.events import Event
from engine.rulebook.model import Rulebook

if TYPE_CHECKING:
    from analytics.roles.kept import Held

_RUN: Final = 20_000
"""Orders that are sorted in memory at a time."""


def in_order(rows: Iterable[tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    """The orders of a log customer by customer, in bounded memory."""
    return externally_sorted(rows, _RUN)


def held(events: Iterable[Event], split: int, book: Rulebook) -> "Held":
    """Lists from before the day `split` (a UTC day number), looked at again from then on.

    Unsupported, with the reason, when there is nothing to compare. Needs the extra `analytics`.
    """
    from analytics.roles.kept import kept  # noqa: PLC0415 - optional
    from analytics.roles.log import Seen, by_customer  # noqa: PLC0415

    seen = Seen()
    customers = list(by_customer(in_order(seen.rows(events)), seen.owners))
    return kept(customers, seen, split, book.selection.thresholds)


def as_json(of: "Held") -> dict[str, Any]:
    """Per kind of list, per role: how many were listed, judged and kept, and the share."""
    lists = {"products": of.products, "categories": of.categories}
    return {name: {one.role: {**asdict(one), "share": one.share} for one in kept} for name, kept in lists.items()}


def in_words(one: Mapping[str, Any]) -> str:
    """What came of one role's list, which is told as in `as_json`."""
    if one["refused"]:
        return f"not shown, because {one['refused']}"
    if one["share"] is None:
        return f"{one['listed']:,} listed, none of them bought often enough afterwards"
    return f"{one['share']:>6.1%} of {one['judged']:,} hold ({one['listed']:,} listed)"
