"""patron publish, history, show, rollback: what they show, and what they say when it does not go well."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.settings import ApiSettings
from cli import client
from engine.rulebook.bundle import Bundle
from runtime.api_keys import new_api_key, parse_api_keys
from storage.memory import MemoryStore
from tests.support.books import NOW
from tests.support.bound_service import BoundService as Service
from tests.support.commands import patron
from tests.support.publishing import BLUE, GREEN, RED, SERVED, app_of
from tests.support.serving import nobody_there, serving

COMMANDS = [("publish", "FOLDER"), ("rulebook", "history"), ("rulebook", "show", "1"), ("rulebook", "rollback")]


def folder_of(path: Path, files: Bundle) -> str:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return str(path)


@pytest.fixture
def url() -> Iterator[str]:
    store = MemoryStore()
    service = Service(store, lambda: SERVED, lambda: NOW)
    with serving(app_of(service, ApiSettings(), store)) as url:
        yield url


@pytest.fixture
def green(tmp_path: Path) -> str:
    return folder_of(tmp_path / "green", GREEN)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other at once."""
    monkeypatch.setattr(client, "LONGEST_WAIT", 0.0)


def test_publish_says_which_number_it_is_and_again_that_it_was_done(url: str, green: str) -> None:
    told = patron("publish", green, "--url", url, "-m", "Greener", "--author", "marta")
    assert told.exit_code == 0
    assert told.stdout.startswith("published number 2 (sha256:")
    assert "0 warnings, 1 test passed. All workers use it within 2 seconds" in told.stdout
    again = patron("publish", green, "--url", url)
    assert (again.exit_code, "is published already: nothing was stored" in again.stdout) == (0, True)


def test_publish_names_anyway_where_no_customer_has_given_a_consent(url: str, tmp_path: Path) -> None:
    files = {name: text for name, text in GREEN.items() if not name.startswith("tests/")}
    actions = files["actions/all.yaml"].replace(b'"kind": "service"', b'"kind": "marketing"')
    folder = folder_of(tmp_path / "marketing", {**files, "actions/all.yaml": actions})
    refused = patron("publish", folder, "--url", url)
    assert (refused.exit_code, "--anyway" in refused.stderr) == (1, True)
    assert patron("publish", folder, "--url", url, "--anyway").exit_code == 0


def test_publish_as_json_is_what_the_api_answered(url: str, green: str) -> None:
    told = json.loads(patron("publish", green, "--url", url, "--author", "marta", "--json").stdout)
    assert (told["status"], told["number"], told["author"], told["findings"]) == ("published", 2, "marta", [])


def test_who_publishes_is_the_login_name_unless_it_is_said(url: str, green: str, monkeypatch) -> None:
    monkeypatch.setenv("LOGNAME", "somebody")
    assert json.loads(patron("publish", green, "--url", url, "--json").stdout)["author"] == "somebody"


def test_a_broken_rulebook_is_shown_as_check_shows_it(url: str, tmp_path: Path) -> None:
    broken = folder_of(tmp_path / "broken", RED | {"shop.yaml": RED["shop.yaml"] + b"nonsense: 1\n"})
    told = patron("publish", broken, "--url", url)
    assert (told.exit_code, told.stdout) == (1, "")
    assert "shop.yaml:5:1: error unknown-key" in told.stderr
    assert "    ^" in told.stderr
    assert told.stderr.endswith("patron: the rulebook has 1 error; nothing was published\n")
    assert "nothing has been published" in patron("rulebook", "history", "--url", url).stdout


def test_a_failed_test_is_shown_with_what_it_got(url: str, tmp_path: Path) -> None:
    tests = GREEN["tests/words.yaml"].replace(b"say-green", b"none")
    told = patron("publish", folder_of(tmp_path / "failing", GREEN | {"tests/words.yaml": tests}), "--url", url)
    assert told.exit_code == 1
    assert "FAILED tests/words.yaml:" in told.stderr
    assert "    expected  " in told.stderr
    assert "1 of its 1 test failed; nothing was published" in told.stderr


def test_warnings_are_shown_and_refuse_who_is_strict(url: str, tmp_path: Path) -> None:
    never = b'"customer.orders": {"at_least": 200, "at_most": 100}\n'
    rules = RED["operation.yaml"].replace(b'"customer.orders": 1\n', never)
    folder = folder_of(tmp_path / "warned", RED | {"operation.yaml": rules})
    strict = patron("publish", folder, "--url", url, "--strict")
    assert (strict.exit_code, "the rulebook has 1 warning" in strict.stderr) == (1, True)
    told = patron("publish", folder, "--url", url)
    assert told.exit_code == 0
    assert "operation.yaml:" in told.stdout
    assert ": warning " in told.stdout
    assert "1 warning, 1 test passed" in told.stdout


def test_who_expects_another_one_is_told_of_somebody_else(url: str, green: str, tmp_path: Path) -> None:
    patron("publish", green, "--url", url, "--author", "li")
    told = patron("publish", folder_of(tmp_path / "blue", BLUE), "--url", url, "--expects", "1")
    assert told.exit_code == 1
    assert "number 2" in told.stderr
    assert "by li" in told.stderr
    assert "somebody published in between" in told.stderr


def test_what_is_not_utf_8_or_cannot_be_read_is_not_sent(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "odd", RED | {"shop.yaml": b"name: \xff"})
    told = patron("publish", folder, "--url", "http://127.0.0.1:9")
    assert (told.exit_code, "is not UTF-8" in told.stderr) == (1, True)
    (tmp_path / "odd" / "shop.yaml").unlink()
    (tmp_path / "odd" / "shop.yaml").symlink_to("nowhere")
    assert "unreadable-file" in patron("publish", folder, "--url", "http://127.0.0.1:9").stderr


def test_history_shows_what_was_published_newest_first(url: str, green: str, tmp_path: Path) -> None:
    assert (
        "nothing has been published yet; the service uses the rules of its folder"
        in patron("rulebook", "history", "--url", url).stdout
    )
    patron("publish", green, "--url", url, "--author", "marta", "-m", "Greener\nand more")
    patron("rulebook", "rollback", "--url", url, "--author", "li", "-m", "Too green")
    lines = patron("rulebook", "history", "--url", url).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["3", "2", "1"]
    assert lines[0].endswith("li  (rollback to 1)  Too green")
    assert lines[1].endswith("marta  Greener")
    assert (
        len(json.loads(patron("rulebook", "history", "--url", url, "--last", "2", "--json").stdout)["revisions"]) == 2
    )


def test_show_lists_the_files_and_prints_one_as_it_was(url: str, green: str) -> None:
    patron("publish", green, "--url", url)
    listed = patron("rulebook", "show", "2", "--url", url).stdout
    assert all(name in listed for name in GREEN)
    assert (
        patron("rulebook", "show", "2", "tests/words.yaml", "--url", url).stdout.encode() == GREEN["tests/words.yaml"]
    )
    told = json.loads(patron("rulebook", "show", "2", "--url", url, "--json").stdout)
    assert told["files"]["shop.yaml"].encode() == GREEN["shop.yaml"]


def test_show_of_what_is_not_there_says_so(url: str, green: str) -> None:
    patron("publish", green, "--url", url)
    for call, said in (
        (("rulebook", "show", "9"), "there is no published rulebook 9"),
        (("rulebook", "show", "latest"), "must be a number such as 12"),
        (("rulebook", "show", "2", "shop.yml"), "rulebook 2 has no file shop.yml; did you mean shop.yaml?"),
    ):
        told = patron(*call, "--url", url)
        assert (told.exit_code, said in told.stderr) == (1, True)


def test_rollback_goes_back_and_a_second_one_undoes_it(url: str, green: str) -> None:
    patron("publish", green, "--url", url)
    told = patron("rulebook", "rollback", "--url", url)
    assert (told.exit_code, "published number 3" in told.stdout, "a rollback to number 1" in told.stdout) == (
        0,
        True,
        True,
    )
    assert "a rollback to number 2" in patron("rulebook", "rollback", "--url", url).stdout
    assert "a rollback to number 1" in patron("rulebook", "rollback", "1", "--url", url).stdout
    assert "nothing was stored" in patron("rulebook", "rollback", "1", "--url", url).stdout


def test_there_is_nothing_to_go_back_to_at_first(url: str) -> None:
    told = patron("rulebook", "rollback", "--url", url)
    assert (told.exit_code, "nothing has been published yet" in told.stderr) == (1, True)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_service_that_is_not_there_is_exit_code_2(command: tuple[str, ...], green: str, impatient: None) -> None:
    words = [green if word == "FOLDER" else word for word in command]
    told = patron(*words, "--url", nobody_there())
    assert (told.exit_code, "no service answers" in told.stderr) == (2, True)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_key_without_the_scope_is_exit_code_2(command: tuple[str, ...], green: str) -> None:
    token, entry = new_api_key("till", ["events"])
    store = MemoryStore()
    service = Service(store, lambda: SERVED, lambda: NOW)
    words = [green if word == "FOLDER" else word for word in command]
    with serving(app_of(service, ApiSettings(keys=parse_api_keys(entry)), store)) as url:
        told = patron(*words, "--url", url, "--key", token)
    assert (told.exit_code, "the key lacks the scope" in told.stderr) == (2, True)
