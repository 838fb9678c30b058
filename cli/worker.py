"""`patron worker`: evaluate customers whose timer has fired, until Ctrl-C."""

import signal
import threading

import click

from cli.output import FOUND, fail, say
from engine.domain.errors import PatronError, StateUnavailable
from engine.rulebook.findings import RulebookError
from runtime.settings import Settings, SettingsError


@click.command("worker", short_help="Evaluate customers whose timer has fired.")
def worker_command() -> None:
    """Evaluate customers whose timer has fired: inactive customers, waits after an event, and retries.

    `patron deliveries` lists the resulting messages. `patron serve` starts one worker, unless PATRON_WORKER is no.
    Start more on any machine if one is not enough: workers share the customers evenly, and take over from a killed
    worker within seconds.

    \b
    Example:
      patron worker              on the store of REDIS_URL

    Settings come from the environment: docs/settings.md.

    Exit codes: 0 stopped, 1 cannot start (errors in the rules, the store does not answer), 2 invalid arguments or
    settings.
    """
    from runtime.bootstrap import make_worker  # noqa: PLC0415 - the settings come first: their errors are readable

    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        fail(f"invalid settings:\n{error}")
    if settings.redis_url is None:
        fail("REDIS_URL is not set. Set it to the store; `patron serve` starts a worker for its embedded store")
    try:
        worker = make_worker(settings)
    except RulebookError as error:
        fail(f"{error}\n\nThe worker did not start: correct the rules in {settings.rules}", FOUND)
    except StateUnavailable as error:
        fail(f"the store of REDIS_URL: {error}", FOUND)
    except PatronError as error:
        fail(f"the worker did not start: {error}", FOUND)
    except ValueError as error:
        fail(f"REDIS_URL: {error}")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    say("Evaluating customers whose timer has fired (Ctrl-C to stop)")
    worker.run(stop)
