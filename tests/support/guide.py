"""The pages of docs/rules: their YAML blocks as a rulebook that can be checked and tested.

A block says behind ```yaml in which file of a rulebook it belongs. What stands under its top-level keys goes under the
same keys of that file.
"""

import json
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from cli.main import main
from engine.rulebook.read.book import RULE_FILES
from tests.support.commands import unnamed
from tests.support.papers import ROOT

PAGES = ROOT / "docs" / "rules"
SHIPPED = ROOT / "rules"
PERSONAS = Path("tests") / "personas.yaml"
ONE_THING = ("tiers.yaml", "shop.yaml", "churn.yaml")
"""Files that are a single thing, not a list of things: a block is the whole file."""
_FENCE = re.compile(r"^```(?P<kind>\S*) *(?P<file>\S*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_TOP = re.compile(r"^(\w+):\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """A block of a page: the file of the rulebook that it belongs to ("" where it says none), and what it holds."""

    file: str
    text: str
    line: int


def pieces(text: str, first_line: int = 1) -> list[Piece]:
    """The YAML blocks of a page, or of a part of one that begins in that line."""
    return [
        Piece(found["file"], found["text"], first_line + text.count("\n", 0, found.start()))
        for found in _FENCE.finditer(text)
        if found["kind"] == "yaml"
    ]


def sections(page: Path) -> Iterator[tuple[str, list[Piece]]]:
    """Each `## ` section that has blocks, with its heading."""
    text = page.read_text(encoding="utf-8")
    starts = [match.start() for match in re.finditer(r"^## ", text, re.MULTILINE)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        part = text[start:end]
        if found := pieces(part, 1 + text.count("\n", 0, start)):
            yield part.partition("\n")[0].removeprefix("## "), found


def rulebook(folder: Path, blocks: Iterable[Piece]) -> Path:
    """The shipped rulebook without its rules and tests, and with the blocks; its personas stay."""
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("tests"))
    for name in RULE_FILES:
        (folder / name).unlink()
    (folder / "tests").mkdir()
    personas = (SHIPPED / PERSONAS).read_text(encoding="utf-8").partition("\ntests:\n")[0]
    (folder / PERSONAS).write_text(personas + "\n", encoding="utf-8")
    for piece in blocks:
        add(folder / piece.file, piece.text)
    return folder


def add(file: Path, text: str) -> None:
    """Put what stands under each top-level key of the text under the same key of the file, where there is one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.name in ONE_THING:
        file.write_text(text, encoding="utf-8")
        return
    have = file.read_text(encoding="utf-8")
    starts = [match.start() for match in _TOP.finditer(text)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        head, _, body = text[start:end].partition("\n")
        known = re.search(rf"^{re.escape(head)}[^\n]*\n", have, re.MULTILINE)
        have = f"{have[: known.end()]}{body}{have[known.end() :]}" if known else f"{have}{head}\n{body}"
    file.write_text(have, encoding="utf-8")


def mistakes(folder: Path) -> list[str]:
    """What `patron check` says of a page's rulebook, but for what no rule uses: the shipped rules are not in it."""
    checked = unnamed(CliRunner().invoke(main, ["check", str(folder), "--json"], catch_exceptions=False))
    findings = json.loads(checked.stdout)["findings"]
    return [f"{one['file']}:{one['line']}: {one['code']}" for one in findings if not one["code"].endswith("-unused")]


def failures(folder: Path) -> str:
    """What `patron test` prints when a test of the page's rulebook fails; "" when all pass."""
    tested = unnamed(CliRunner().invoke(main, ["test", str(folder)], catch_exceptions=False))
    return tested.output if tested.exit_code else ""
