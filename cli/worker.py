"""`patron worker`: looks at customers who do nothing, when it is time, until Ctrl-C."""

import signal
import threading

import click

from cli.output import FOUND, fail, say
from engine.domain.errors import PatronError, StateUnavailable
from engine.rulebook.findings import RulebookError
from runtime.settings import Settings, SettingsError


@click.command("worker", short_help="Look at customers who do nothing, when it is time.")
def worker_command() -> None:
    """Decide for customers who do nothing, when it is time.

    Who is overdue, where a rule has waited long enough after an event, what was put off. The deliveries have what is
    recommended.

    `patron serve` runs one worker beside it, unless PATRON_WORKER is no. Where one is not enough, run more, on any
    machine: they share the customers evenly, and what a killed one leaves the others take within seconds.

    \b
    Example:
      patron worker              on the store that REDIS_URL names

    Settings come from the environment: docs/settings.md.

    Exit codes: 0 stopped, 1 it cannot start (errors in the rules, the store does not answer), 2 wrong call or settings.
    """
    from runtime.bootstrap import make_worker  # noqa: PLC0415 - the settings come first: their errors are readable

    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        fail(f"the settings are wrong:\n{error}")
    if settings.redis_url is None:
        fail("REDIS_URL names no store. The embedded store is that of `patron serve`, which runs a worker of its own")
    try:
        worker = make_worker(settings)
    except RulebookError as error:
        fail(f"{error}\n\nThe rules in {settings.rules} are wrong, so nothing was started.", FOUND)
    except StateUnavailable as error:
        fail(f"the store that REDIS_URL names: {error}", FOUND)
    except PatronError as error:
        fail(f"nothing was started: {error}", FOUND)
    except ValueError as error:
        fail(f"REDIS_URL: {error}")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    say("Looking at who is due (Ctrl-C stops it)")
    worker.run(stop)
