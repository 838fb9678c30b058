"""JSON Schemas (draft-07) of all files of a rulebook, for editors: completion, hover texts and errors.

Made for one rulebook, whose facts, actions and channels they list. `patron check` has the last word: a schema never
refuses what it accepts.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from authoring.file_schemas import offers, policy, rules, shop, tests
from authoring.file_schemas.names import Names, names_of
from authoring.file_schemas.parts import Schema
from authoring.file_schemas.repeated import written_once
from engine.rulebook.bundle import TESTS
from engine.rulebook.model import Rulebook
from engine.rulebook.read.book import ACTIONS, RULE_FILES, TABLES

DIALECT: Final = "http://json-schema.org/draft-07/schema#"
MODELINE: Final = "# yaml-language-server: $schema="
"""How a file names its schema, in its first line."""

_MAKERS: Final[Mapping[str, Callable[[Names], dict[str, Any]]]] = {
    "shop": shop.shop,
    "vocabulary": shop.vocabulary,
    "channels": shop.channels,
    "tiers": shop.tiers,
    "churn": shop.churn,
    "catalogue": shop.catalogue,
    "scenes": shop.scenes,
    "product_roles": shop.product_roles,
    "roles": shop.roles,
    "contact_policy": policy.contact_policy,
    "arbitration": policy.arbitration,
    "measurement": policy.measurement,
    "segments": rules.segments,
    "rules": rules.rules,
    "actions": offers.actions,
    "tables": offers.table,
    "tests": tests.tests,
}
_FOLDERS: Final = {ACTIONS: "actions", TABLES: "tables", f"{TESTS}/": "tests"}


def schemas_for(book: Rulebook) -> dict[str, dict[str, Any]]:
    """File name ("rules.schema.json") -> schema, with the names of this rulebook."""
    names = names_of(book)
    return {file_of(kind): _whole(kind, make(names)) for kind, make in _MAKERS.items()}


def _whole(kind: str, schema: Schema) -> Schema:
    return {"$schema": DIALECT, "title": kind, **written_once(schema)}


def schema_for(path: str) -> str | None:
    """The schema's file for a file of a rulebook ("actions/growth.yaml" -> "actions.schema.json"), None for others."""
    if path in RULE_FILES:
        return file_of("rules")
    kind = next((kind for folder, kind in _FOLDERS.items() if path.startswith(folder)), path.removesuffix(".yaml"))
    return file_of(kind) if kind in _MAKERS and path != "rules.yaml" else None


def file_of(kind: str) -> str:
    return f"{kind}.schema.json"


__all__ = ["DIALECT", "MODELINE", "file_of", "schema_for", "schemas_for"]
