"""Settings are read once from the environment; whatever is wrong is said at once and in words."""

import os
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from runtime.settings import Settings, SettingsError, is_local, variable


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("PATRON_") or name in ("REDIS_URL", "WEB_CONCURRENCY"):
            monkeypatch.delenv(name)


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_environment()
    assert settings == Settings()
    assert settings.listen == "127.0.0.1:8080"
    assert settings.redis_url is None
    assert settings.warnings() == []


def test_the_shipped_rulebook_is_the_default() -> None:
    assert (Settings().rules / "vocabulary.yaml").is_file()


def test_every_setting_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    digest = "a" * 64
    given = {
        "PATRON_RULES": str(tmp_path),
        "PATRON_FEEDBACK_TABLES": str(tmp_path),
        "PATRON_DATA": str(tmp_path / "new"),
        "REDIS_URL": "rediss://user:pass@store.example:6380/1",
        "PATRON_BIND": "0.0.0.0:9000",
        "WEB_CONCURRENCY": "3",
        "PATRON_THREADS": "8",
        "PATRON_WORKER": "no",
        "PATRON_AUTHORING": "no",
        "PATRON_API_KEYS": f"shop:{digest}:events+decide",
        "PATRON_RECORD_DAYS": "7",
        "PATRON_BRIEF_RECORD_DAYS": "2",
        "PATRON_ANONYMOUS_DAYS": "90",
        "PATRON_SNAPSHOT_SECONDS": "60",
        "PATRON_POLL_MS": "100",
        "PATRON_STORE_TIMEOUT_MS": "50",
        "PATRON_DRAIN_SECONDS": "0",
        "PATRON_LOG_LEVEL": "DEBUG",
        "PATRON_MATCHER": "reference",
        "PATRON_CLOCK_AHEAD_SECONDS": "10",
        "PATRON_RULES_FROM": "folder",
        "PATRON_REVISIONS_KEPT": "20",
        "PATRON_WATCH": "yes",
    }
    assert set(given) == {variable(f) for f in fields(Settings)}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match="leave one out"):
        Settings.from_environment()
    monkeypatch.delenv("PATRON_RULES_FROM")
    settings = Settings.from_environment()
    unchanged = [f.name for f in fields(Settings) if getattr(settings, f.name) == f.default]
    assert unchanged == ["rules_from"]
    assert settings.api_keys[0].scopes == {"events", "decide"}
    assert settings.log_level == "debug"
    assert settings.listen == "0.0.0.0:9000"


def test_a_blank_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "")
    monkeypatch.setenv("PATRON_THREADS", "  ")
    assert Settings.from_environment() == Settings()


def test_all_problems_are_told_at_once_with_name_and_expectation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATRON_THREADS", "many")
    monkeypatch.setenv("PATRON_RULES", "/no/such/folder")
    monkeypatch.setenv("PATRON_MATCHER", "clips")
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment()
    assert set(caught.value.problems) == {
        'PATRON_THREADS: expected a whole number from 1 to 128, got "many"',
        'PATRON_RULES: expected a folder that exists, got "/no/such/folder"',
        'PATRON_MATCHER: expected one of auto, reference, got "clips"',
    }


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "1e3", "129", "²"])
def test_a_number_out_of_its_range_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PATRON_THREADS", value)
    with pytest.raises(SettingsError):
        Settings.from_environment()


@pytest.mark.parametrize("value", ["8080", ":8080", "host:", "host:port", "unix:", "host:70000"])
def test_an_address_without_host_or_port_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PATRON_BIND", value)
    with pytest.raises(SettingsError, match="host:port"):
        Settings.from_environment()


@pytest.mark.parametrize("value", ["store.example:6379", "http://store.example", "redis://"])
def test_a_wrong_store_address_is_refused_without_being_repeated(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("REDIS_URL", value)
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment()
    assert caught.value.problems[0].startswith("REDIS_URL: expected redis://host:6379/0")
    assert "got" not in caught.value.problems[0]


@pytest.mark.parametrize("scheme", ["redis", "rediss", "redis+cluster", "rediss+cluster"])
def test_single_servers_and_clusters_with_and_without_tls_are_taken(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("REDIS_URL", f"{scheme}://store.example:6379")
    assert Settings.from_environment().redis_url == f"{scheme}://store.example:6379"


def test_secrets_do_not_show_in_the_settings_own_text() -> None:
    assert "hunter2" not in repr(Settings(redis_url="redis://:hunter2@store.example:6379"))


def test_without_keys_only_the_loopback_address_is_used_and_it_says_so() -> None:
    settings = Settings(bind="0.0.0.0:9000")
    assert settings.listen == "127.0.0.1:9000"
    assert "PATRON_API_KEYS is empty: listening on 127.0.0.1:9000 only" in settings.warnings()[0]


@pytest.mark.parametrize("bind", ["unix:/run/patron.sock", "localhost:80", "127.0.0.9:80", "[::1]:80"])
def test_local_addresses_need_no_keys(bind: str) -> None:
    assert is_local(bind)
    assert Settings(bind=bind).listen == bind


@pytest.mark.parametrize("bind", ["0.0.0.0:80", "[::]:80", "shop.example:80", "10.0.0.1:80"])
def test_other_addresses_are_not_local(bind: str) -> None:
    assert not is_local(bind)


def test_a_variable_nobody_reads_is_warned_about_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATRON_THREAD", "8")
    monkeypatch.setenv("PATRON_XYZZY", "1")
    assert Settings.from_environment().warnings() == [
        "PATRON_THREAD is not a setting. Did you mean PATRON_THREADS?",
        "PATRON_XYZZY is not a setting.",
    ]


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().threads = 9  # type: ignore[misc]
