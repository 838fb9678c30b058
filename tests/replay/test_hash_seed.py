"""Decisions do not depend on the order in which Python iterates over sets, which differs from process to process."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.replay.conftest import write_lines
from tests.support.books import RULES

ITEMS = 400
"""About the first 300 events of the example shop, with the requests between them."""
SEEDS = ("0", "12345")


def printed(seed: str, *arguments: object) -> bytes:
    """What a new Python process prints that hashes texts with this seed."""
    command = [sys.executable, *map(str, arguments)]
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(command, cwd=RULES.parent, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_the_two_seeds_put_a_set_of_texts_in_different_orders() -> None:
    first, second = (printed(seed, "-c", "print(list(set('abcdefgh')))") for seed in SEEDS)
    assert first != second


@pytest.mark.parametrize("matcher", ["auto", "reference"])
def test_decisions_and_their_stored_records_are_the_same_bytes_under_two_hash_seeds(
    items: list[dict[str, Any]], tmp_path: Path, matcher: str
) -> None:
    log = write_lines(tmp_path / "log.jsonl", items[:ITEMS])
    first, second = (printed(seed, "-m", "tests.support.stored_records", log, RULES, matcher) for seed in SEEDS)
    assert b"recommendation_id" in first
    assert first.splitlines() == second.splitlines()
