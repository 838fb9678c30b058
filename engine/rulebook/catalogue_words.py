"""Categories in what senders report, as the catalogue writes them."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final, NamedTuple

from engine.rulebook.offers import Product

_BETWEEN: Final = re.compile(r"[\s_-]+")
_SIMILAR: Final = 0.8
"""`difflib` ratio from which a category is taken for a misspelling worth a warning."""


class Understood(NamedTuple):
    """Properties of an event or a cart with the catalogue's categories, and warnings about similar ones."""

    properties: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


class CatalogueWords:
    """The categories of the catalogue, and those of its products.

    Capitals, blanks, hyphens and underscores do not distinguish categories. A line without a category gets that of
    its product. A category that is only similar stays as it was sent, with a warning.
    """

    def __init__(self, products: Iterable[Product]) -> None:
        known = list(products)
        self._of_sku = {product.sku: product.category for product in known}
        self._spelled = {_letters(product.category): product.category for product in known}

    def understood(self, properties: Mapping[str, Any], pointer: str) -> Understood:
        """`pointer`: where the properties stand in the document that was sent, for warnings."""
        if not self._spelled:
            return Understood(properties)
        warnings: list[str] = []
        changes: dict[str, Any] = {}
        if "category" in properties:
            changes["category"] = self._category(properties["category"], f"{pointer}/category", warnings)
        if properties.get("lines"):
            changes["lines"] = tuple(
                self._line(line, f"{pointer}/lines/{number}/category", warnings)
                for number, line in enumerate(properties["lines"])
            )
        return Understood({**properties, **changes} if changes else properties, tuple(warnings))

    def _line(self, line: Mapping[str, Any], pointer: str, warnings: list[str]) -> Mapping[str, Any]:
        sent = line.get("category")
        meant = self._of_sku.get(line.get("sku", "")) if sent is None else self._category(sent, pointer, warnings)
        return line if meant == sent else {**line, "category": meant}

    def _category(self, sent: str, pointer: str, warnings: list[str]) -> str:
        meant = self._spelled.get(_letters(sent))
        if meant is not None:
            return meant
        near = _nearest(_letters(sent), tuple(self._spelled))
        if near is not None:
            meant = self._spelled[near]
            warnings.append(f"{pointer}: {sent} is not a category of the catalogue; did you mean {meant}?")
        return sent


@lru_cache(maxsize=4_096)
def _nearest(letters: str, among: tuple[str, ...]) -> str | None:
    return next(iter(get_close_matches(letters, among, 1, _SIMILAR)), None)


def _letters(category: str) -> str:
    return _BETWEEN.sub("", category).casefold()


NO_CATALOGUE: Final = CatalogueWords(())
