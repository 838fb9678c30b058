"""Which roles measured before a day of the log still hold after it: for `analyze roles --split` and `backtest`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from cli.importers.orders import externally_sorted
from cli.output import percent
from engine.domain.events import Event
from engine.rulebook.model import Rulebook

if TYPE_CHECKING:
    from analytics.roles.kept import Held

_RUN: Final = 20_000
"""Orders sorted in memory at a time."""


def held(events: Iterable[Event], split: int, book: Rulebook) -> "Held":
    """Lists from before the day `split` (a number), measured again from then on.

    Unsupported, with the reason, when there is nothing to compare. Needs the extra `analytics`.
    """
    from analytics.roles.kept import kept  # noqa: PLC0415 - optional
    from analytics.roles.log import Seen, by_customer  # noqa: PLC0415

    seen = Seen()
    customers = list(by_customer(in_order(seen.rows(events, book.shop.days)), seen.owners))
    return kept(customers, seen, split, book.selection.thresholds)


def in_order(rows: Iterable[tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    """The orders of a log customer by customer, in bounded memory."""
    return externally_sorted(rows, _RUN)


def held_json(of: "Held") -> dict[str, Any]:
    """By kind of list and role: how many entries were listed, measured again and kept, and the share."""
    lists = {"products": of.products, "categories": of.categories}
    return {name: {one.role: {**asdict(one), "share": one.share} for one in kept} for name, kept in lists.items()}


def held_words(one: Mapping[str, Any]) -> str:
    """The result of one role's list, given as in `held_json`."""
    if one["refused"]:
        return f"not measured, because {one['refused']}"
    if one["share"] is None:
        return f"{one['listed']:,} listed, none of them bought often enough afterwards"
    return f"{percent(one['share'], 1):>7} of {one['judged']:,} hold ({one['listed']:,} listed)"
