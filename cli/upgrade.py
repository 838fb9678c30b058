"""`patron upgrade`: store profiles in the newest format, once all processes can read it."""

from typing import Any

import click

from cli.output import FOUND, counted, fail, json_option, say, say_json
from engine.domain.errors import StateUnavailable
from runtime.settings import Settings, SettingsError
from runtime.upgrade import Standing, raise_format, standing
from service.live import NEWEST


@click.command("upgrade", short_help="Store profiles in the newest format.")
@click.option("--check", is_flag=True, help="Report only; change nothing.")
@click.option("--force", is_flag=True, help="Upgrade although older processes or unknown connections were found.")
@json_option
def upgrade_command(check: bool, force: bool, as_json: bool) -> None:
    """Store profiles in the newest format, once all processes that use the store can read it.

    New versions read the formats of older ones and write the format that the store names, so old and new processes can
    share a store. When all run the new version, this builds the index of customers and then raises the format. After
    that, versions that cannot read it must not be started again: docs/upgrading.md.

    \b
    Example:
      patron upgrade --check     what the store has, and which processes use it
      patron upgrade

    Works on the store that REDIS_URL names. The embedded store is upgraded by `patron serve`.

    Exit codes: 0 upgraded, or nothing to do; 1 not upgraded: older processes use the store, or it does not answer, or
    it needs a newer version (with --check also: it can be upgraded); 2 wrong call or settings.
    """
    from runtime.bootstrap import open_store, store_link  # noqa: PLC0415 - the settings come first

    settings = _settings()
    try:
        store = open_store(settings)
        now = standing(store, store_link(settings))
        if not as_json:
            _tell(now)
        is_wanted = not now.is_newest and not check and (force or not now.against)
        customers = sum(raise_format(store)) if is_wanted else None
    except StateUnavailable as error:
        fail(f"the store that REDIS_URL names: {error}; nothing is lost, repeat the command", FOUND)
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
        fail(f"the settings are wrong:\n{error}")
    if settings.redis_url is None:
        fail("REDIS_URL names no store. The embedded store is upgraded when `patron serve` starts")
    return settings


def _tell(now: Standing) -> None:
    say(f"The store has profile format {now.named.number}; this version writes {NEWEST.number}")
    for one in now.processes:
        say(f"  {one.name}  version {one.version}, reads up to format {one.reads}")
    if not now.processes:
        say("  no process of a version that reports itself is running")
    for reason in now.against:
        say(f"  ! {reason}")


def _end(now: Standing, check: bool, customers: int | None) -> None:
    if now.named.readable_from > NEWEST.number:
        fail(f"this version reads formats up to {NEWEST.number} only: use the version that wrote the store", FOUND)
    if now.is_newest or customers is not None:
        return
    if now.against:
        fail(
            "not upgraded: stop what is marked with !, or use --force when it is known to be no older Patron "
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
