"""`patron upgrade`: switch stored profiles to the newest format, once all processes can read it."""

from typing import Any

import click

from cli.output import FOUND, counted, fail, json_option, say, say_json
from engine.domain.errors import StateUnavailable
from runtime.settings import Settings, SettingsError
from runtime.upgrade import Standing, raise_format, standing
from service.live import NEWEST


@click.command("upgrade", short_help="Upgrade the format of stored profiles.")
@click.option("--check", "--dry-run", "check", is_flag=True, help="Report only; change nothing.")
@click.option("--force", is_flag=True, help="Upgrade despite older processes or unknown connections.")
@json_option
def upgrade_command(check: bool, force: bool, as_json: bool) -> None:
    """Upgrade stored profiles to the newest format, once all processes that use the store can read it.

    New versions read older formats and write the format named in the store, so old and new processes can share a store.
    When all run the new version, this command builds the index of customers and raises the format. After that, do not
    start versions that cannot read it: docs/upgrading.md.

    \b
    Example:
      patron upgrade --check     show the format and the processes
      patron upgrade

    Works on the store of REDIS_URL. `patron serve` upgrades the embedded store.

    Exit codes: 0 upgraded, or nothing to do; 1 not upgraded: older processes use the store, it does not answer, or it
    needs a newer version (with --check also: it can be upgraded); 2 invalid arguments or settings.
    """
    from runtime.bootstrap import open_store, store_connection  # noqa: PLC0415 - the settings come first

    settings = _settings()
    try:
        store = open_store(settings)
        now = standing(store, store_connection(settings))
        if not as_json:
            _print(now)
        is_wanted = not now.is_newest and not check and (force or not now.against)
        customers = sum(raise_format(store)) if is_wanted else None
    except StateUnavailable as error:
        fail(f"the store of REDIS_URL: {error}; no data is lost, repeat the command", FOUND)
    except ValueError as error:
        fail(f"REDIS_URL: {error}")
    if as_json:
        say_json(_json(now, customers))
    elif customers is not None:
        say(f"Upgraded: profiles are written in format {NEWEST.number}; {counted(customers, 'customer')} indexed")
    _end(now, check, customers)


def _settings() -> Settings:
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        fail(f"invalid settings:\n{error}")
    if settings.redis_url is None:
        fail("REDIS_URL is not set. Set it to the store; `patron serve` upgrades its embedded store when it starts")
    return settings


def _print(now: Standing) -> None:
    say(f"The store has profile format {now.named.number}; this version writes {NEWEST.number}")
    for one in now.processes:
        say(f"  {one.name}  version {one.version}, reads up to format {one.reads}")
    if not now.processes:
        say("  no running process reports its version")
    for reason in now.against:
        say(f"  ! {reason}")


def _end(now: Standing, check: bool, customers: int | None) -> None:
    if now.named.readable_from > NEWEST.number:
        fail(f"this version reads formats up to {NEWEST.number} only: use the version that wrote the store", FOUND)
    if now.is_newest or customers is not None:
        return
    if now.against:
        fail(
            "not upgraded: stop the processes marked with !, or use --force if none of them is an older Patron "
            "(docs/upgrading.md)",
            FOUND,
        )
    if check:
        fail("not upgraded yet: run `patron upgrade`", FOUND)


def _json(now: Standing, customers: int | None) -> dict[str, Any]:
    return {
        "format": NEWEST.number if customers is not None else now.named.number,
        "before": now.named.number,
        "newest": NEWEST.number,
        "processes": [{"name": one.name, "version": one.version, "reads": one.reads} for one in now.processes],
        "against": list(now.against),
        "customers": customers,
    }
