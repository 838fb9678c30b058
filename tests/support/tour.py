"""The tour of docs/rules typed by a test: files are written, commands run, and what they answer compared.

`python -m tests.support.tour` writes the answers into the page.
"""

import json
import re
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.serving import running
from tests.support.papers import ROOT, Terminal, is_shown

PAGE = ROOT / "docs" / "rules" / "tour.md"
_FENCE = re.compile(r"^```(?P<kind>\w+) ?(?P<file>\S*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"^  - id: (\S+)\n", re.MULTILINE)
LONGEST = 60
"""Lines of an answer that the page shows; what comes after them is left out."""


@dataclass(frozen=True, slots=True)
class Step:
    """A file to be written or a command to be typed, with the answer that the page shows."""

    kind: str
    file: str
    text: str
    start: int
    end: int


_VARIES = re.compile(r"sha256:[0-9a-f]{8}|\d{4}-\d\d-\d\d \d\d:\d\d|\b\d+ seconds\b|durable_rules|reference")
"""Revisions, times and the matcher are those of whoever types it, and when."""


def steps(text: str) -> list[Step]:
    return [Step(m["kind"], m["file"], m["text"], m.start("text"), m.end("text")) for m in _FENCE.finditer(text)]


class Typist(Terminal):
    """Types what the page says. What a command finds (exit code 1) is an answer, too."""

    def run(self, script: str) -> str:
        """What it prints, on both streams, with the folder called /tmp again."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self._here(script)],
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode in (0, 1, 3), f"{script}\n{done.stdout}"
        if "patron publish" in script or "patron rulebook rollback" in script:
            _wait_for_all_workers(self.url)
        return done.stdout.replace(f"{self.folder}/", "/tmp/")

    def write(self, step: Step) -> None:
        """A whole file, or one rule in the place of an earlier one of its id, or as the first."""
        file = Path(step.file.replace("/tmp/", f"{self.folder}/"))
        found = _ITEM.match(step.text)
        if found is None:
            file.write_text(step.text, encoding="utf-8")
            return
        have = file.read_text(encoding="utf-8")
        old = re.search(rf"^  - id: {found[1]}\n(?:    .*\n)*\n?", have, re.MULTILINE)
        have = have.replace(old[0], "") if old else have
        file.write_text(have.replace("rules:\n", f"rules:\n{step.text}\n", 1), encoding="utf-8")


def _wait_for_all_workers(url: str) -> None:
    """Until eight answers in a row serve what is published last."""
    deadline, in_a_row = time.monotonic() + 30, 0
    while in_a_row < 8 and time.monotonic() < deadline:
        served, kept = _read(f"{url}/v1/rulebook"), _read(f"{url}/v1/rulebook/revisions")
        last = kept["revisions"][0]["number"] if kept["revisions"] else None
        in_a_row = in_a_row + 1 if (served["published"] or {}).get("number") == last else 0
    assert in_a_row == 8, "the workers did not take over what was published"


def _read(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=5) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def answers(typist: Typist) -> Iterator[tuple[Step, str]]:
    """Each answer of the page with the real one, in order."""
    real = ""
    for step in steps(PAGE.read_text(encoding="utf-8")):
        if step.kind == "yaml":
            typist.write(step)
        elif step.kind == "sh":
            real = typist.run(step.text)
        else:
            yield step, real


def mistakes() -> list[str]:
    """Where the page shows something else than what is answered."""
    with running() as url, tempfile.TemporaryDirectory() as folder:
        told = answers(Typist(url, Path(folder)))
        return [
            f"it shows\n{step.text}\nbut answers\n{real}"
            for step, real in told
            if not is_shown(_VARIES.sub("~", step.text), _VARIES.sub("~", real))
        ]


def write_page() -> None:
    """The page with the real answers."""
    text = PAGE.read_text(encoding="utf-8")
    with running() as url, tempfile.TemporaryDirectory() as folder:
        real = list(answers(Typist(url, Path(folder))))
    for step, answer in reversed(real):
        lines = answer.rstrip("\n").split("\n")
        shown = lines if len(lines) <= LONGEST else [*lines[:LONGEST], "..."]
        text = text[: step.start] + "\n".join(shown) + "\n" + text[step.end :]
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_page()
