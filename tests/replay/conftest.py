"""The example shop's history as a file, and `patron replay` on it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from cli.replay import replay_command
from examples.shop import SEED, UNTIL, generate
from tests.support.books import RULES
from tests.support.commands import unnamed

SHORT = 1_200
"""Lines of the short log: a fifth of the whole."""

Play = Callable[..., Result]


def play(*arguments: object) -> Result:
    """Run `patron replay` in this process."""
    return unnamed(
        CliRunner().invoke(replay_command, [str(argument) for argument in arguments], catch_exceptions=False)
    )


def write_lines(path: Path, items: list[dict[str, Any]]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(item) + b"\n" for item in items))
    return path


@pytest.fixture(scope="session")
def items() -> list[dict[str, Any]]:
    """The example shop's events, decided on, and between them requests for placements."""
    events, _ = generate(SEED, datetime.fromisoformat(UNTIL))
    out: list[dict[str, Any]] = []
    for number, event in enumerate(events):
        out.append({**event, "decide": "outbound" if number % 2 else "none"})
        if event["type"] == "visited" and event["properties"]["surface"] != "store":
            placements = [{"id": "home.banner"}, {"id": "account.next", "count": 2}]
            out.append({"request_id": f"q-{number}", "customer": event["customer"], "placements": placements})
    return out


@pytest.fixture(scope="session")
def log(items: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_lines(tmp_path_factory.mktemp("replay") / "shop.jsonl", items)


@pytest.fixture(scope="session")
def short_log(items: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its beginning, for what does not depend on how long a log is."""
    return write_lines(tmp_path_factory.mktemp("short") / "shop.jsonl", items[:SHORT])


@pytest.fixture(scope="session")
def decisions(log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the shipped rules decide on the whole log."""
    return _decided(log, tmp_path_factory.mktemp("decided") / "decisions.jsonl")


@pytest.fixture(scope="session")
def short_decisions(short_log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the shipped rules decide on the short log."""
    return _decided(short_log, tmp_path_factory.mktemp("decided") / "decisions.jsonl")


def _decided(log: Path, out: Path) -> Path:
    result = play(log, "--rules", RULES, "--out", out)
    assert result.exit_code == 0, result.output
    return out
