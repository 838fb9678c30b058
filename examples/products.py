"""The shop's products and scenes, read from the rulebook, and baskets of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import yaml

RULES = Path(__file__).resolve().parent.parent / "rules"


Line = dict[str, Any]
"""A line of an order or a cart, in the format of events."""


@dataclass(frozen=True, slots=True)
class Product:
    """`price` and `cost` (the purchase price) in minor units."""

    sku: str
    category: str
    price: int
    cost: int
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    products: tuple[Product, ...]
    scenes: dict[str, tuple[str, ...]]  # scene -> categories

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(product.category for product in self.products))

    def of(self, categories: Sequence[str], role: str | None = None) -> list[Product]:
        return [p for p in self.products if p.category in categories and (role is None or role in p.roles)]


def read_catalogue(rules: Path = RULES) -> Catalogue:
    """The products of catalogue.yaml and the scenes of scenes.yaml."""
    products = yaml.safe_load((rules / "catalogue.yaml").read_text(encoding="utf-8"))["products"]
    scenes = yaml.safe_load((rules / "scenes.yaml").read_text(encoding="utf-8"))["scenes"]
    return Catalogue(tuple(map(_product, products)), {s["scene"]: tuple(s["categories"]) for s in scenes})


def _product(raw: dict[str, Any]) -> Product:
    price = int(Decimal(str(raw["price"]).split()[0]) * 100)
    roles = tuple(raw.get("roles", ()))
    share = 45 if "profit" in roles else 72 if "volume" in roles else 58
    return Product(raw["sku"], raw["category"], price, price * share // 100, roles)


def money(minor: int) -> str:
    """1230 -> "12.30"."""
    return f"{minor // 100}.{minor % 100:02d}"


def basket(rng: Random, catalogue: Catalogue, categories: Sequence[str], target: int) -> list[Line]:
    """At least one order line, in total about `target` minor units (half to one and a half times)."""
    affordable = [p for p in catalogue.of(categories) if p.price <= max(target, 2500)] or catalogue.of(categories)
    chosen: dict[str, int] = {}
    prices = {p.sku: p for p in affordable}
    worth, goal = 0, target * rng.uniform(0.75, 1.25)
    while worth < goal and len(chosen) < 6:
        product = rng.choice(affordable)
        if chosen and worth + product.price > goal * 1.3:
            break
        chosen[product.sku] = chosen.get(product.sku, 0) + 1
        worth += product.price
    return [order_line(prices[sku], quantity, i) for i, (sku, quantity) in enumerate(chosen.items(), 1)]


def order_line(product: Product, quantity: int, number: int) -> Line:
    """A line of an order, in the format of events."""
    return {
        "line_id": str(number),
        "sku": product.sku,
        "category": product.category,
        "quantity": quantity,
        "amount": money(product.price * quantity),
        "cost": money(product.cost * quantity),
    }


def cart_lines(lines: Sequence[Line]) -> list[Line]:
    """The same lines as a cart: without line ids and cost."""
    return [{key: line[key] for key in ("sku", "category", "quantity", "amount")} for line in lines]


def total(lines: Sequence[Line]) -> str:
    return money(sum(int(Decimal(line["amount"]) * 100) for line in lines))
