"""Puts things that use each other in an order in which each comes after those that it uses."""

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter


def in_order_of_use(uses: Mapping[str, Collection[str]]) -> tuple[list[str], list[str]]:
    """Names, each after those that it uses, otherwise as given; and a circle of names, empty when there is none."""
    sorter = TopologicalSorter({name: [used for used in found if used in uses] for name, found in uses.items()})
    try:
        return list(sorter.static_order()), []
    except CycleError as error:
        return list(uses), list(error.args[1])
