"""Loads a rulebook from YAML files, as bytes. The server loads exactly what `patron check` accepts."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from engine.rulebook.bundle import Bundle, is_test
from engine.rulebook.findings import Finding, Place, Report, in_order
from engine.rulebook.model import Rulebook
from engine.rulebook.read.book import ACTIONS, OPTIONAL, REQUIRED, RULE_FILES, TABLES, read_book
from engine.rulebook.read.context import TableCheck
from engine.rulebook.source import Node, plain, read_yaml
from engine.rulebook.upgrade import upgraded
from engine.rulebook.values import did_you_mean

FOLDERS: Final = (ACTIONS, TABLES)
FILES: Final = (*REQUIRED, *OPTIONAL, *RULE_FILES)


def load_texts(
    texts: Mapping[str, str | bytes], report: Report | None = None, check_tables: TableCheck | None = None
) -> tuple[Rulebook | None, list[Finding]]:
    """The rulebook (None when there is an error) and all findings, warnings too. Never raises.

    `texts`: path within the folder ("actions/growth.yaml") -> content; tests/ is left out. `report`: findings of files
    that could not be read, which count too. `check_tables`: what is wrong with the rows of decision tables, which takes
    more than reading; without it, of rows that overlap the first one decides. `authoring.checking` has it.
    """
    report = report or Report()
    rulebook = _load({name: text for name, text in texts.items() if not is_test(name)}, report, check_tables)
    return None if report.failed else rulebook, in_order(report.findings)


def load_stored(files: Bundle) -> tuple[Rulebook | None, list[Finding]]:
    """`load_texts` of files stored by any earlier version: with former words, under their former revision."""
    rules = {name: content for name, content in files.items() if not is_test(name)}
    today = upgraded(rules)
    rulebook, findings = load_texts(today)
    if rulebook is None or today == rules:
        return rulebook, findings
    nodes = {name: read_yaml(name, content, Report()) for name, content in rules.items()}
    revision = revision_of({name: node for name, node in nodes.items() if node is not None})
    return replace(rulebook, revision=revision), findings


def _load(texts: Mapping[str, str | bytes], report: Report, check_tables: TableCheck | None) -> Rulebook:
    files: dict[str, Node] = {}
    for name in sorted(texts):
        if not _is_expected(name, report):
            continue
        node = read_yaml(name, texts[name], report)
        if node is not None:
            files[name] = node
    for name in REQUIRED:
        if name not in texts:
            report.error("missing-file", Place(name, 1, 1), f"every rulebook needs {name}")
    unreadable = {name for name in (*texts, *REQUIRED) if name not in files}
    return read_book(files, unreadable, revision_of(files), report, check_tables)


def revision_of(files: Mapping[str, Node]) -> str:
    """ "sha256:..." over the files' content: comments, quotes, order of keys and layout do not change it."""
    contents = {name: plain(node) for name, node in files.items()}
    text = json.dumps(contents, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _is_expected(name: str, report: Report) -> bool:
    if name in FILES or any(_is_in(name, folder) for folder in FOLDERS):
        return True
    hint = did_you_mean(name, FILES) or f"rules belong in one of {', '.join(RULE_FILES)}"
    report.error("unknown-file", Place(name, 1, 1), f"{name} is never read", hint)
    return False


def _is_in(name: str, folder: str) -> bool:
    return name.startswith(folder) and "/" not in name.removeprefix(folder) and name.endswith(".yaml")
