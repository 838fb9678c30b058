"""Log lines are JSON without the values of variables, from the level on that is set."""

import json
import subprocess
import sys

import pytest

from tests.support.papers import ROOT

FAILS = """
import structlog
from runtime import logs
logs.configure({level!r})
log = structlog.get_logger()
def handle(customer):
    raise KeyError("nothing found")
try:
    handle("marta@example.org")
except KeyError:
    log.exception("failed", partition=7)
log.info("a small thing")
"""


def logged(level: str) -> list[dict[str, object]]:
    done = subprocess.run(
        (sys.executable, "-c", FAILS.format(level=level)), cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_a_fault_is_logged_with_its_traceback_and_no_customer() -> None:
    failed = logged("info")[0]
    assert (failed["event"], failed["level"], failed["partition"]) == ("failed", "error", 7)
    assert "KeyError: 'nothing found'" in str(failed["exception"])
    assert "marta" not in str(failed)


@pytest.mark.parametrize(("level", "events"), [("info", ["failed", "a small thing"]), ("warning", ["failed"])])
def test_lines_below_the_level_are_left_out(level: str, events: list[str]) -> None:
    assert [line["event"] for line in logged(level)] == events
