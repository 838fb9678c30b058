"""All files together: in which order they are read, and what must hold between them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from engine.rulebook.built_in_facts import FACT_TYPES
from engine.rulebook.catalogue_words import CatalogueWords
from engine.rulebook.findings import Place, Report
from engine.rulebook.model import Recommend, Rule, Rulebook
from engine.rulebook.offers import Product, Scene, Selection
from engine.rulebook.read.actions import action_nodes, names_in, read_actions
from engine.rulebook.read.arbitration import read_arbitration
from engine.rulebook.read.channels import placements_of, read_channels
from engine.rulebook.read.conditions import read_segments
from engine.rulebook.read.contact_policy import read_contact_policy
from engine.rulebook.read.context import DEFAULT_SHOP, Context, TableCheck
from engine.rulebook.read.measurement import read_measurement
from engine.rulebook.read.products import (
    MeasuredRoles,
    RoleRules,
    read_catalogue,
    read_measured_roles,
    read_role_rules,
    read_scenes,
    selection,
    with_roles,
)
from engine.rulebook.read.rules import read_rules
from engine.rulebook.read.shop import read_shop
from engine.rulebook.read.tables import read_tables
from engine.rulebook.read.texts import warn_of_missing_languages
from engine.rulebook.read.tiers import DEFAULT_CHURN, DEFAULT_TIERS, read_churn, read_tiers, tiers_of
from engine.rulebook.read.vocabulary import check_computable, history_facts, read_vocabulary
from engine.rulebook.shop import Arbitration, ContactPolicy, Measurement
from engine.rulebook.source import Node

T = TypeVar("T")

REQUIRED: Final = ("shop.yaml", "vocabulary.yaml", "channels.yaml", "tiers.yaml")
OPTIONAL: Final = (
    *("churn.yaml", "contact_policy.yaml", "arbitration.yaml", "measurement.yaml"),
    *("segments.yaml", "scenes.yaml", "catalogue.yaml", "product_roles.yaml", "roles.yaml"),
)
RULE_FILES: Final = tuple(
    f"{system}.yaml" for system in ("connection", "products", "transactions", "operation", "service", "community")
)
ACTIONS: Final = "actions/"
TABLES: Final = "tables/"

# A file that cannot be read leaves these kinds of names in doubt.
_DECLARES: Final = {
    "shop.yaml": ("language",),
    "vocabulary.yaml": ("fact",),
    "channels.yaml": ("channel", "placement", "field"),
    "tiers.yaml": ("tier",),
    "measurement.yaml": ("salt",),
    "segments.yaml": ("segment",),
    "catalogue.yaml": ("category", "product"),
}


def read_book(
    files: Mapping[str, Node],
    unreadable: Collection[str],
    revision: str,
    report: Report,
    check_tables: TableCheck | None = None,
) -> Rulebook:
    """The rulebook of some files. Only fit for use when the report has not failed.

    `files`: what was read, by path; `unreadable`: paths that are there but could not be read.
    """
    context = Context(report, unsure=_unsure(unreadable), check_tables=check_tables)
    one = _OneFile(files, context)
    context.shop = one.read("shop.yaml", read_shop) or DEFAULT_SHOP
    counters, places = one.read("vocabulary.yaml", read_vocabulary) or ({}, {})
    context.channels = one.read("channels.yaml", read_channels) or {}
    context.placements = placements_of(context.channels.values())
    products, scenes, product_selection = _read_products(context, one)
    tiers = one.read("tiers.yaml", read_tiers) or DEFAULT_TIERS
    context.tiers = tiers_of(tiers)
    measurement = one.read("measurement.yaml", read_measurement) or Measurement()

    _declare_actions(context, action_nodes(context, _under(files, ACTIONS)))
    segments = one.read("segments.yaml", read_segments) or {}
    tables = read_tables(context, _under(files, TABLES), {*FACT_TYPES, *counters})
    check_computable(context, places, counters, {table.decides for table in tables}, FACT_TYPES)
    rules = read_rules(context, [files[name] for name in RULE_FILES if name in files])
    _check_languages(context, rules)
    return Rulebook(
        revision=revision,
        shop=replace(context.shop, catalogue=CatalogueWords(products.values())),
        vocabulary=context.facts,
        counters=counters,
        segments=segments,
        tables=tables,
        tiers=tiers,
        churn=one.read("churn.yaml", read_churn) or DEFAULT_CHURN,
        rules=rules,
        actions=context.actions,
        channels=context.channels,
        placements=context.placements,
        products=products,
        scenes=scenes,
        selection=product_selection,
        arbitration=one.read("arbitration.yaml", read_arbitration) or Arbitration(),
        contact_policy=one.read("contact_policy.yaml", read_contact_policy) or ContactPolicy(),
        measurement=measurement,
        segment_places=context.segment_places,
    )


def _read_products(context: Context, one: "_OneFile") -> tuple[Mapping[str, Product], Mapping[str, Scene], Selection]:
    """The catalogue with the roles of its products, the scenes, and how products are selected."""
    context.products = one.read("catalogue.yaml", read_catalogue) or {}
    context.categories = frozenset(product.category for product in context.products.values())
    scenes = one.read("scenes.yaml", read_scenes) or {}
    role_rules = one.read("product_roles.yaml", read_role_rules) or RoleRules()
    measured = one.read("roles.yaml", read_measured_roles) or MeasuredRoles()
    return with_roles(context.products, role_rules, measured), scenes, selection(scenes, role_rules, measured)


def _declare_actions(context: Context, nodes: Sequence[Node]) -> None:
    """Names first: a text of an action may use the history facts of every other."""
    context.action_names = dict.fromkeys(names_in(nodes, "action"))
    context.groups = dict.fromkeys(names_in(nodes, "group"))
    context.facts |= history_facts((*context.action_names, *context.groups))
    context.actions = read_actions(context, nodes)
    context.tags = frozenset(tag for action in context.actions.values() for tag in action.tags)


def _unsure(unreadable: Collection[str]) -> frozenset[str]:
    kinds = {kind for name in unreadable for kind in _DECLARES.get(name, ())}
    if any(name.startswith(ACTIONS) for name in unreadable):
        kinds |= {"action", "group", "tag", "fact"}  # their history facts are missing too
    if any(name.startswith(TABLES) for name in unreadable):
        kinds.add("table")
    return frozenset(kinds)


class _OneFile:
    """Reads a file of a fixed name; None when it is not there."""

    def __init__(self, files: Mapping[str, Node], context: Context) -> None:
        self._files = files
        self._context = context

    def read(self, name: str, reader: Callable[[Context, Node], T]) -> T | None:
        node = self._files.get(name)
        return None if node is None else reader(self._context, node)


def _under(files: Mapping[str, Node], folder: str) -> list[Node]:
    return [files[name] for name in sorted(files) if name.startswith(folder)]


def _check_languages(context: Context, rules: Mapping[str, Rule]) -> None:
    """What is live should speak every language of the shop."""
    live = [rule.then.action for rule in rules.values() if rule.status == "live" and isinstance(rule.then, Recommend)]
    for name in dict.fromkeys(live):
        action = context.actions.get(name)
        for treatment in action.treatments if action else ():
            if action is None or treatment.channel not in context.channels:
                continue
            place = action.place or Place(ACTIONS, 1, 1)
            warn_of_missing_languages(context, treatment.texts, place, f"{name} on {treatment.channel}")
