"""What ends a start ends it at once, before anything runs, and says what to do."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.api_keys import new_api_key
from tests.support.commands import folder_of, rules_copied
from tests.support.processes import belonging_to
from tests.support.small_book import BOOK

ROOT = Path(__file__).resolve().parents[2]


def start(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `patron serve`, which is to end by itself."""
    own = {"REDIS_URL": "", "PATRON_DATA": str(folder / "data"), "PATRON_BIND": "127.0.0.1:0", "TMPDIR": str(folder)}
    command = [sys.executable, "-m", "cli.main", "serve", *arguments]
    environment = {**os.environ, **own, **settings}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=30)


@pytest.mark.parametrize("matcher", ["auto", "reference"])
def test_wrong_rules_are_all_shown_and_nothing_starts(tmp_path: Path, matcher: str) -> None:
    rules = rules_copied(tmp_path / "rules")
    for file, right, wrong in (("segments.yaml", "customer.", "custmer."), ("shop.yaml", "name: ", "nme: ")):
        text = (rules / file).read_text()
        (rules / file).write_text(text.replace(right, wrong, 1))
    done = start(tmp_path, PATRON_RULES=str(rules), PATRON_MATCHER=matcher)
    assert done.returncode == 1
    assert "segments.yaml:" in done.stderr and "unknown-fact: there is no fact custmer." in done.stderr
    assert "shop.yaml:" in done.stderr and "unknown-key: " in done.stderr
    assert done.stderr.endswith(f"The rules in {rules} have errors, so nothing was started.\n")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()
    assert belonging_to(tmp_path) == set()


def test_wrong_rules_are_not_laid_at_the_door_of_the_matcher(tmp_path: Path) -> None:
    rules = folder_of(tmp_path / "rules", {**BOOK, "operation.yaml": "rules: [half a sen"})
    assert "matcher" not in start(tmp_path, PATRON_RULES=str(rules)).stderr


def test_wrong_settings_are_all_named_and_nothing_starts(tmp_path: Path) -> None:
    done = start(tmp_path, PATRON_THREADS="many", PATRON_RULES=str(tmp_path / "nowhere"), PATRON_API_KEYS="pat_secret")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("patron: invalid settings:\n")
    assert 'PATRON_THREADS: expected a whole number from 1 to 128, got "many"' in done.stderr
    assert "PATRON_RULES: expected a folder that exists" in done.stderr
    assert "PATRON_API_KEYS: expected " in done.stderr
    assert "pat_secret" not in done.stderr


def test_a_wrong_feedback_table_is_shown_with_its_place_and_nothing_starts(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "ours.yaml").write_text("title: Ours\nchanel: email\n")
    done = start(tmp_path, PATRON_FEEDBACK_TABLES=str(tmp_path / "tables"))
    assert done.returncode == 1
    assert "Nothing was started: the feedback tables (PATRON_FEEDBACK_TABLES) have errors:" in done.stderr
    assert "ours.yaml:2:1: error unknown-key: a feedback table has no key chanel" in done.stderr
    assert "Traceback" not in done.stderr
    assert belonging_to(tmp_path) == set()


def test_a_wrong_address_on_the_command_line_is_named(tmp_path: Path) -> None:
    done = start(tmp_path, "--bind", "8080")
    assert done.returncode == 2
    assert 'PATRON_BIND: expected host:port, [IPv6]:port or unix:/path, got "8080"' in done.stderr


def test_an_address_that_is_taken_is_said_at_once_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = start(tmp_path, "--bind", address)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"patron: cannot listen on {address}: Address already in use. "
        "Choose another address: patron serve --bind 127.0.0.1:8081\n"
    )


def test_a_host_that_there_is_not_is_said_at_once(tmp_path: Path) -> None:
    _, entry = new_api_key("till", ["events"])
    done = start(tmp_path, "--bind", "no.such.host.invalid:8080", PATRON_API_KEYS=entry)
    assert done.returncode == 1
    assert done.stderr.startswith("patron: cannot listen on no.such.host.invalid:8080: ")


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    done = start(tmp_path)
    assert done.returncode == 1
    assert (
        f"Nothing was started: the store's data cannot be written to {tmp_path / 'data'}: Not a directory"
        in done.stderr
    )
    assert "Traceback" not in done.stderr
