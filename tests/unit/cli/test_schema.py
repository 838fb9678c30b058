"""`patron schema`: schemas with a rulebook's own names, and files that name them."""

import json
from pathlib import Path

from authoring.checking import load
from authoring.file_schemas import MODELINE
from tests.support.commands import folder_of, patron
from tests.support.every_key import EVERYTHING


def test_schemas_list_the_names_of_the_rulebook(tmp_path: Path) -> None:
    rules = folder_of(tmp_path / "rules", EVERYTHING)
    shown = patron("schema", rules, "--out", tmp_path / "out")
    assert (shown.exit_code, shown.stdout) == (0, f"17 schemas in {tmp_path / 'out'}\n")
    schema = json.loads((tmp_path / "out" / "rules.schema.json").read_text())
    conditions = schema["definitions"]["conditions"]["properties"]
    assert "customer.visits_7d" in conditions
    assert conditions["segment"]["enum"] == ["quiet", "valued"]


def test_link_names_the_schema_in_every_file_and_only_once(tmp_path: Path) -> None:
    rules = folder_of(tmp_path / "rules", EVERYTHING)
    before = load(rules).revision
    for out in ("a", "b", "b"):
        shown = patron("schema", rules, "--out", tmp_path / out, "--link")
    assert shown.stdout.endswith("0 files linked to them\n")
    first, second = (rules / "actions" / "care.yaml").read_text().splitlines()[:2]
    assert first == f"{MODELINE}../../b/actions.schema.json"
    assert not second.startswith("#")
    assert load(rules).revision == before


def test_machines_get_the_names(tmp_path: Path) -> None:
    rules = folder_of(tmp_path / "rules", EVERYTHING)
    told = json.loads(patron("schema", rules, "--out", tmp_path / "out", "--link", "--json").stdout)
    assert (len(told["schemas"]), len(told["linked"])) == (17, len(EVERYTHING))


def test_a_rulebook_with_errors_has_none(tmp_path: Path) -> None:
    rules = folder_of(tmp_path / "rules", {**EVERYTHING, "shop.yaml": "currency: EUR\n"})
    shown = patron("schema", rules, "--out", tmp_path / "out")
    assert (shown.exit_code, (tmp_path / "out").exists()) == (1, False)
    assert "missing-key" in shown.stderr
