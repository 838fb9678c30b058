"""In CI a skipped test fails, unless tests/skips_allowed.txt lists it with a reason."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

LIST = Path(__file__).resolve().parent.parent / "skips_allowed.txt"


class BadList(Exception):
    """A line of the list is wrong; the text names it."""


def enforced() -> bool:
    """Whether this is CI."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def read(file: Path) -> list[re.Pattern[str]]:
    """The patterns of the list. BadList for a line without a reason."""
    patterns = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        pattern, bar, reason = line.rpartition(" | ")
        if not bar or not pattern.strip() or not reason.strip():
            raise BadList(f"{file}:{number}: expected `node id | reason`, found: {line}")
        patterns.append(re.compile(re.escape(pattern.strip()).replace(r"\*", ".*")))
    return patterns


def fail_if_unlisted(report: Any, allowed: Iterable[re.Pattern[str]]) -> None:
    """Turn pytest's report of a skip into a failure where the list does not have it. An expected failure is no skip."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    if any(pattern.fullmatch(report.nodeid) for pattern in allowed):
        return
    report.outcome = "failed"
    report.longrepr = (
        f"{report.nodeid} was skipped, which fails in CI: {_reason(report.longrepr)}\n"
        f"Install what it needs in .ci/run, or list it with the reason in tests/{LIST.name}."
    )


def _reason(longrepr: Any) -> str:
    """pytest's skip is (file, line, "Skipped: reason")."""
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)
