"""`patron test --watch` as a process: it runs again when something changes, survives what is wrong, ends on Ctrl-C."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import folder_of
from tests.support.papers import ROOT
from tests.support.small_book import BOOK
from tests.unit.cli.test_rule_tests import TESTS

WAITING = "waiting for changes in"


class Watching:
    """A running watcher, whose output is read up to the line with which each turn ends."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "test", str(folder), "--watch", "--matcher", "reference"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def turn(self) -> str:
        """What the next turn says; it waits for its end."""
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            if line.startswith(WAITING):
                return said
            said += line
        raise AssertionError(f"it ended: {said}")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "rules", {**BOOK, "tests/quiet.yaml": TESTS})


@pytest.fixture
def watching(rules: Path) -> Iterator[Watching]:
    watching = Watching(rules)
    yield watching
    watching.process.kill()
    watching.process.wait()
    assert watching.process.stdout is not None
    watching.process.stdout.close()


def test_a_change_of_a_test_or_a_rule_runs_the_tests_again(rules: Path, watching: Watching) -> None:
    assert "2 passed, 0 failed" in watching.turn()
    (rules / "tests/quiet.yaml").write_text(TESTS.replace("{first: none}", "{first: check-in}"))
    assert "1 passed, 1 failed" in watching.turn()
    (rules / "operation.yaml").write_text(BOOK["operation.yaml"].replace("status: live", "status: retired"))
    assert "0 passed, 2 failed" in watching.turn()


def test_what_is_wrong_or_gone_is_said_and_the_next_change_awaited(rules: Path, watching: Watching) -> None:
    watching.turn()
    (rules / "operation.yaml").write_text("rules: [")
    assert "error yaml-syntax" in watching.turn()
    (rules / "operation.yaml").write_text(BOOK["operation.yaml"])
    assert "2 passed" in watching.turn()
    (rules / "tests/quiet.yaml").unlink()
    assert "no test in" in watching.turn()


def test_a_file_swapped_by_a_link_is_seen(rules: Path, tmp_path: Path, watching: Watching) -> None:
    watching.turn()
    other = tmp_path / "other.yaml"
    other.write_text(TESTS.replace("A newcomer", "Somebody new"))
    link = tmp_path / "link"
    link.symlink_to(other)
    link.replace(rules / "tests/quiet.yaml")
    assert "2 passed" in watching.turn()


def test_ctrl_c_ends_it_with_exit_code_0(watching: Watching) -> None:
    watching.turn()
    watching.process.send_signal(signal.SIGINT)
    assert watching.process.wait(timeout=30) == 0
