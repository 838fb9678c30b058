"""Papers whose commands are run: the blocks of a page, a terminal to run them in, and what may differ in an answer."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
URL = "http://127.0.0.1:8080"
"""Where a page says that the service listens."""

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_VARIES = re.compile(r"127\.0\.0\.1:\d+|\b\d+(\.\d+)? s\b|\b\d+ rules\b|\bsnapshot \d+")
_ALIKE = (
    re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"),
    re.compile(r"sha256:[0-9a-f]{64}"),
    re.compile(r"\d+-\d+-\d+"),  # a cursor of deliveries
    re.compile(r"traits-[0-9a-f]{32}"),  # an event id that is drawn from the time
)
_OF_A_SERVICE = r"load|decide|explain|deliveries|report \w+|publish|rulebook \w+|customers \w+|reproduce"
_MORE = "..."
_READS = re.compile(r"curl -s '?http[^ ]+\n")
_READ_AGAIN_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, and the line on which it begins."""

    language: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page (a path from the root) in their order."""
    text = (ROOT / page).read_text()
    return [Block(m.group(1), m.group(2), text.count("\n", 0, m.start()) + 1) for m in _BLOCK.finditer(text)]


def with_answers(page: str) -> Iterator[tuple[Block, Block | None]]:
    """Each sh block with the text or JSON that the page shows right after it."""
    found = blocks(page)
    for block, following in zip(found, [*found[1:], None], strict=True):
        if block.language == "sh":
            yield block, following if following and following.language in ("text", "json") else None


@dataclass(frozen=True, slots=True)
class Terminal:
    """Runs what a page tells the reader to type: against the service at `url`, with files in `folder`.

    `.venv` is replaced by the present interpreter, the usual address by `url`, /tmp by `folder`, and a make target by
    the commands that the Makefile gives for it, without the installation.
    """

    url: str
    folder: Path

    def run(self, script: str) -> str:
        """What it prints. AssertionError when it fails."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self._here(script)],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @staticmethod
    def environment() -> dict[str, str]:
        """As here, without colours."""
        return {**os.environ, "NO_COLOR": "1"}

    def _here(self, script: str) -> str:
        lines = (line for typed in script.splitlines() for line in recipe(typed))
        patron = f"{sys.executable} -m cli.main"
        text = "\n".join(lines).replace("/tmp/", f"{self.folder}/").replace(URL, self.url)
        text = text.replace(".venv/bin/python ", f"{sys.executable} ").replace(".venv/bin/patron ", f"{patron} ")
        asking = rf"({re.escape(patron)} (?:{_OF_A_SERVICE}))\b"
        return re.sub(asking, rf"\1 --url {self.url}", text)


def mistakes(page: str, terminal: Terminal, not_run: Mapping[str, str]) -> list[str]:
    """Where the page shows something else than its commands answer, run in order; `not_run`: command -> why not."""
    wrong = []
    for block, shown in with_answers(page):
        if block.text.strip() not in not_run:
            wrong += [f"{page}:{block.line}: {what}" for what in _tried(terminal, block, shown)]
    return wrong


def _tried(terminal: Terminal, block: Block, shown: Block | None) -> list[str]:
    """A delivery can be read a moment after it was written, so what only reads is tried again for a while."""
    deadline = time.monotonic() + (_READ_AGAIN_SECONDS if _READS.fullmatch(block.text) else 0)
    wrong = _compared(shown, terminal.run(block.text))
    while wrong and time.monotonic() < deadline:
        wrong = _compared(shown, terminal.run(block.text))
    if "patron load" in block.text:
        _wait_for_snapshot(terminal.url)
    return wrong


def _compared(shown: Block | None, real: str) -> list[str]:
    if shown is None:
        return [f"it answers {real}"] if not real.strip() or "urn:patron:problem:" in real else []
    if shown.language == "json":
        return differences(json.loads(shown.text), json.loads(real))
    return [] if is_shown(shown.text, real) else [f"it shows\n{shown.text}\nbut answers\n{real}"]


def _wait_for_snapshot(url: str) -> None:
    """Until every worker has the shop's figures: eight answers in a row say so."""
    deadline, in_a_row = time.monotonic() + 10, 0
    while in_a_row < 8 and time.monotonic() < deadline:
        with urllib.request.urlopen(f"{url}/readyz?verbose", timeout=5) as answer:
            in_a_row = in_a_row + 1 if json.load(answer)["snapshot"] else 0
    assert in_a_row == 8, "the workers did not take the snapshot"


def recipe(typed: str) -> list[str]:
    """The commands behind `make TARGET`, without those that install; any other line as it is."""
    called = re.fullmatch(r"(?:(\w+)=(\w+) )?make ([a-z]+)", typed)
    if called is None:
        return [typed]
    name, value, target = called.groups()
    extra = {name: value} if name else {}
    shown = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", target],
        cwd=ROOT,
        env={**os.environ, **extra},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [line for line in shown.splitlines() if line.startswith(".venv/bin/") and "-m pip" not in line]


def is_shown(shown: str, real: str) -> bool:
    """Whether real output reads as the page shows it; `...` stands for left-out lines or the rest of a line."""
    lines = []
    for line in _VARIES.sub("~", shown).splitlines():
        if line == _MORE:
            lines.append(r"(?:.*\n)*?")
        elif line.endswith(" " + _MORE):
            lines.append(re.escape(line.removesuffix(_MORE)) + r".*\n")
        else:
            lines.append(re.escape(line) + r"\n")
    return re.fullmatch("".join(lines), _VARIES.sub("~", real.rstrip() + "\n")) is not None


def differences(shown: Any, real: Any, at: str = "") -> list[str]:
    """Where a real answer is not what the page shows; times, hashes and cursors need only look alike.

    A member `"...": "..."` stands for members that are left out, a last item `"..."` for items.
    """
    if isinstance(shown, Mapping) and isinstance(real, Mapping):
        return _members(shown, real, at)
    if isinstance(shown, list) and isinstance(real, list):
        return _items(shown, real, at)
    if type(shown) is type(real) and (shown == real or _alike(shown, real)):
        return []
    return [f"{at}: {shown!r} is shown, {real!r} is there"]


def _members(shown: Mapping[str, Any], real: Mapping[str, Any], at: str) -> list[str]:
    cut = _MORE in shown
    kept = {name: value for name, value in shown.items() if name != _MORE}
    if kept.keys() - real.keys() or (not cut and real.keys() - kept.keys()):
        return [f"{at}: {sorted(kept)} are shown, {sorted(real)} are there"]
    compared = {name: value for name, value in kept.items() if name != "snapshot"}  # the service takes its own, too
    return [line for name, value in compared.items() for line in differences(value, real[name], f"{at}/{name}")]


def _items(shown: list[Any], real: list[Any], at: str) -> list[str]:
    if _MORE not in shown:
        if len(shown) != len(real):
            return [f"{at}: {len(shown)} items are shown, {len(real)} are there"]
        pairs = enumerate(zip(shown, real, strict=True))
        return [line for place, (a, b) in pairs for line in differences(a, b, f"{at}/{place}")]
    left, cut = iter(real), False
    for item in shown:
        if item == _MORE:
            cut = True
        elif not any(not differences(item, one) for one in (left if cut else islice(left, 1))):
            return [f"{at}: {item!r} is not there in this order"]
        else:
            cut = False
    return [] if cut or not list(left) else [f"{at}: more items are there than are shown"]


def _alike(shown: object, real: object) -> bool:
    if not (isinstance(shown, str) and isinstance(real, str)):
        return False
    return any(pattern.fullmatch(shown) and pattern.fullmatch(real) for pattern in _ALIKE)
