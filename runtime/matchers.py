"""Which matcher serves: durable_rules where it can be imported and survives this rulebook, else the reference one."""

import signal
import subprocess
import sys
from pathlib import Path
from threading import Lock

from engine.rulebook.bundle import Bundle, pack
from engine.rulebook.matcher import REMEMBERED, DurableMatcher, available
from engine.rulebook.model import Matcher, Rulebook
from engine.rulebook.reference import ReferenceMatcher

PROBE_SECONDS = 60
INSTEAD = "the reference matcher serves, with the same answers, only slower"
ROOT = Path(__file__).resolve().parent.parent


def choose(book: Rulebook, setting: str) -> Matcher:
    """`setting`: auto or reference. Call it after fork."""
    return ReferenceMatcher(book) if setting == "reference" else build_matcher(book)


def build_matcher(book: Rulebook, remembered: int = REMEMBERED) -> Matcher:
    """The compiled matcher, or the reference one where durable_rules cannot be imported. `name` says which."""
    return DurableMatcher(book, Lock, remembered) if available() else ReferenceMatcher(book)


def probe(files: Bundle) -> str | None:
    """Compile and try the rulebook in a child process; None when all is well, else what went wrong.

    durable_rules is a C extension that can crash or hang: it does so in the child, never in the server.
    """
    if not available():
        return "durable_rules cannot be imported (it is compiled here: are gcc and python3-dev installed?): " + INSTEAD
    command = [sys.executable, "-m", "runtime.probe"]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, input=pack(files), capture_output=True, timeout=PROBE_SECONDS, cwd=ROOT, check=False
        )
    except subprocess.TimeoutExpired:
        return f"durable_rules did not finish with this rulebook in {PROBE_SECONDS} s: {INSTEAD}"
    if done.returncode == 0:
        return None
    if done.returncode < 0:
        ended = signal.Signals(-done.returncode).name
        return f"durable_rules ended with {ended} on this rulebook: {INSTEAD}"
    said = (done.stderr.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
    return f"durable_rules fails on this rulebook ({said}): {INSTEAD}"
