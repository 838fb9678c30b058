"""`patron serve`: the service, in the foreground, until Ctrl-C."""

import os
import socket

import click

from cli.output import FOUND, fail, say
from cli.serving import command, environment
from runtime.settings import Settings, SettingsError


@click.command("serve", short_help="Start the service.")
@click.option(
    "--bind", "-b", metavar="HOST:PORT", help="Address to listen on (default: PATRON_BIND, or 127.0.0.1:8080)."
)
@click.option("--workers", "-w", type=click.IntRange(1, 128), help="Worker processes (default: WEB_CONCURRENCY, or 2).")
@click.option(
    "--watch", is_flag=True, help="Publish the rules folder after each change (default: PATRON_WATCH, or no)."
)
def serve_command(bind: str | None, workers: int | None, watch: bool) -> None:
    """Start the service until Ctrl-C: gunicorn, and the embedded store in ./var unless REDIS_URL is set.

    The service uses the rulebook published last (`patron rulebook history`), or before any publication the rules of the
    folder PATRON_RULES (default: ./rules; without that folder, the shipped rulebook). Its log names folder or number,
    revision and shop. With --watch it publishes the folder after each change without errors.

    \b
    Example:
      patron serve --bind 127.0.0.1:8080
      patron serve --watch

    Settings come from the environment: docs/settings.md.

    Exit codes: 0 stopped, 1 cannot start (errors in the rules, the address or the data folder is in use), 2 invalid
    arguments or settings.
    """
    extra = {"PATRON_BIND": bind, "WEB_CONCURRENCY": str(workers) if workers else None}
    extra["PATRON_WATCH"] = "yes" if watch else None
    os.environ.update({name: value for name, value in extra.items() if value})
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        fail(f"invalid settings:\n{error}")
    _must_be_free(settings.listen)
    say(f"Starting Patron on {_shown(settings.listen)} (Ctrl-C to stop)")
    arguments = command()
    os.execve(arguments[0], arguments, environment({}))  # noqa: S606 - our own interpreter, no shell


def _must_be_free(listen: str) -> None:
    """Checked here, as gunicorn retries for five seconds and gives no hint."""
    if listen.startswith("unix:"):
        return
    host, _, port = listen.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    try:
        socket.create_server((host.strip("[]"), int(port)), family=family).close()
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        fail(f"cannot listen on {listen}: {why}. Choose another address: patron serve --bind 127.0.0.1:8081", FOUND)


def _shown(listen: str) -> str:
    return listen if listen.startswith("unix:") else f"http://{listen} (API docs at /docs)"
