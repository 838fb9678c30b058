"""Selects the matcher: durable_rules where it can be imported and survives this rulebook, else the reference one."""

import signal
import subprocess
import sys
from pathlib import Path
from threading import Lock

from engine.domain.errors import PatronError
from engine.rulebook.bundle import Bundle, pack
from engine.rulebook.matcher import REMEMBERED, DurableMatcher, available
from engine.rulebook.model import Matcher, Rulebook
from engine.rulebook.reference import ReferenceMatcher

PROBE_SECONDS = 60
WRONG = 4
"""The exit code of the child for a rulebook with errors, which it has written to standard error."""
INSTEAD = "the reference matcher is used, with the same answers, but slower"
ROOT = Path(__file__).resolve().parent.parent


class WrongRules(PatronError):
    """The rulebook of a folder has errors; its text is all findings."""


def choose(book: Rulebook, setting: str) -> Matcher:
    """`setting`: auto or reference. Call it after fork."""
    return ReferenceMatcher(book) if setting == "reference" else build_matcher(book)


def build_matcher(book: Rulebook, remembered: int = REMEMBERED) -> Matcher:
    """The compiled matcher, or the reference one where durable_rules cannot be imported. `name` says which."""
    return DurableMatcher(book, Lock, remembered) if available() else ReferenceMatcher(book)


def tried(files: Bundle, *, durable: bool, check: bool) -> str | None:
    """Try a rulebook in a child process; None when all is well, else why durable_rules is not used.

    `check`: PatronError with all findings when it has errors. `durable`: compile and try it. durable_rules is a C
    extension that can crash or hang: it does so in the child, never in the server.
    """
    missing = durable and not available()
    asked = [*(["check"] if check else []), *(["durable"] if durable and not missing else [])]
    problem = _in_child(files, asked) if asked else None
    if missing:
        return "durable_rules cannot be imported (it is compiled here: are gcc and python3-dev installed?): " + INSTEAD
    return problem


def _in_child(files: Bundle, asked: list[str]) -> str | None:
    command = [sys.executable, "-m", "authoring.probe", *asked]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, input=pack(files), capture_output=True, timeout=PROBE_SECONDS, cwd=ROOT, check=False
        )
    except subprocess.TimeoutExpired:
        return f"durable_rules did not finish with this rulebook in {PROBE_SECONDS} s: {INSTEAD}"
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode == WRONG:
        raise WrongRules(said)
    if done.returncode == 0:
        return None
    if done.returncode < 0:
        ended = signal.Signals(-done.returncode).name
        return f"durable_rules ended with {ended} on this rulebook: {INSTEAD}"
    return f"durable_rules fails on this rulebook ({(said.splitlines() or ['no message'])[-1]}): {INSTEAD}"
