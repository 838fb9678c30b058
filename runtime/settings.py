"""The settings: one frozen value, read once from the environment.

`docs/settings.md` lists them; a test keeps that list complete.
"""

import difflib
import ipaddress
import os
from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from environs import Env, EnvValidationError, ValidationError

from api.settings import ApiKey
from engine.domain.errors import PatronError
from runtime.api_keys import parse_api_keys
from runtime.default_rules import SHIPPED, served_folder
from service.ports import REVISIONS_KEPT

PREFIX = "PATRON_"
AUTHORING_SOCKET = "PATRON_AUTHORING_SOCKET"
"""Where the authoring process of this service listens; set for the workers by gunicorn's master."""
CLIENT_KEY = "PATRON_API_KEY"
"""Read by the commands that call a running service, not by the service."""
MATCHERS = ("auto", "reference")
FROM_STORE, FROM_FOLDER = "store", "folder"
LOG_LEVELS = ("debug", "info", "warning", "error")
REDIS_SCHEMES = ("redis", "rediss", "unix", "redis+cluster", "rediss+cluster")

Reader = Callable[[str], Any]


class SettingsError(PatronError):
    """One or more variables are invalid; `problems` has a line for each, with its name and the expected value."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _whole(low: int, high: int) -> Reader:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return read


def _one_of(choices: tuple[str, ...]) -> Reader:
    def read(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError("one of " + ", ".join(choices))
        return text.lower()

    return read


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise ValueError("a folder that exists")
    return Path(text)


def _address(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if text.startswith("unix:") and len(text) > len("unix:"):
        return text
    if not host or not colon or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ValueError("host:port, [IPv6]:port or unix:/path")
    return text


def _redis_url(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in REDIS_SCHEMES or not (url.netloc or url.path):
        raise ValueError("redis://host:6379/0, rediss://..., redis+cluster://..., rediss+cluster://... or unix:///path")
    return text


def _env(read: Reader, doc: str, *, name: str = "", secret: bool = False) -> dict[str, Any]:
    """How to read a field's variable, and its sentence in the documentation.

    `name`: the variable, where it is not PATRON_<FIELD>. `secret`: never repeated in a message.
    """
    return {"read": read, "doc": doc, "name": name, "secret": secret}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that differs between one installation and the next."""

    rules: Path = field(
        default=SHIPPED,
        metadata=_env(
            _folder,
            "Folder of the rulebook that is active until the first publication; see `PATRON_RULES_FROM`. Commands that "
            "are called without a folder use it, too. Unset: `./rules`; without that folder, the service uses the "
            "shipped rulebook.",
        ),
    )
    rules_from: str = field(
        default=FROM_STORE,
        metadata=_env(
            _one_of((FROM_STORE, FROM_FOLDER)),
            "`store`: the latest publication is active, and the folder only until the first one. `folder`: always the "
            "folder, as it was at the start; publishing is refused.",
        ),
    )
    watch: str = field(
        default="no",
        metadata=_env(
            _one_of(("yes", "no")),
            "`yes`: publish the folder at the start and whenever a file in it changes; errors are printed on the "
            "console, and the previous rules stay active.",
        ),
    )
    revisions_kept: int = field(
        default=REVISIONS_KEPT,
        metadata=_env(_whole(2, 10_000), "Number of published rulebooks to keep for inspection and rollback."),
    )
    data: Path = field(
        default=Path("var"),
        metadata=_env(Path, "Folder of the embedded store's files, created if missing. Not used with `REDIS_URL`."),
    )
    feedback_tables: Path | None = field(
        default=None,
        metadata=_env(
            _folder, "Folder of your own feedback tables; one replaces the shipped table of the same service."
        ),
    )
    redis_url: str | None = field(
        default=None,
        repr=False,
        metadata=_env(
            _redis_url,
            "The store, Redis 7 or later or Valkey: `redis://`, `rediss://` (TLS), `unix://`, and for a cluster "
            "`redis+cluster://`, `rediss+cluster://`. Unset: an embedded Valkey starts and ends with the service.",
            name="REDIS_URL",
            secret=True,
        ),
    )
    bind: str = field(
        default="127.0.0.1:8080",
        metadata=_env(
            _address,
            "Address to listen on: `host:port` or `unix:/path`. Without API keys only a loopback address is used.",
        ),
    )
    workers: int = field(
        default=2, metadata=_env(_whole(1, 128), "Number of worker processes.", name="WEB_CONCURRENCY")
    )
    threads: int = field(default=4, metadata=_env(_whole(1, 128), "Number of threads per worker process."))
    worker: str = field(
        default="yes",
        metadata=_env(
            _one_of(("yes", "no")),
            "`yes`: run a `patron worker` beside the service. `no`: timers fire only if workers are started "
            "separately.",
        ),
    )
    authoring: str = field(
        default="yes",
        metadata=_env(
            _one_of(("yes", "no")),
            "`yes`: keep a process beside the service that checks and tests rulebooks before publication. `no`: start "
            "a process for each.",
        ),
    )
    api_keys: tuple[ApiKey, ...] = field(
        default=(),
        repr=False,
        metadata=_env(
            parse_api_keys,
            "API keys: `name:sha256 of the token:scope+scope`, entries separated by commas. "
            "Scopes: events, decide, read, rules, admin.",
            secret=True,
        ),
    )
    record_days: int = field(default=30, metadata=_env(_whole(1, 3650), "Days to keep the full record of a decision."))
    brief_record_days: int = field(
        default=7,
        metadata=_env(
            _whole(1, 3650),
            "Days to keep the record of a decision without a recommendation.",
        ),
    )
    anonymous_days: int = field(
        default=30,
        metadata=_env(_whole(1, 3650), "Days without a change after which an anonymous customer is erased."),
    )
    snapshot_seconds: int = field(
        default=3600,
        metadata=_env(
            _whole(1, 86_400),
            "Seconds between two snapshots of the shop-wide figures; less while there are few customers.",
        ),
    )
    poll_ms: int = field(
        default=500,
        metadata=_env(
            _whole(10, 60_000),
            "Milliseconds between two checks for a new publication and a new snapshot, and of the watched folder.",
        ),
    )
    store_timeout_ms: int = field(
        default=200,
        metadata=_env(
            _whole(10, 60_000),
            "Milliseconds to wait for the store, at most twice; after that the answer is degraded, or 503.",
        ),
    )
    drain_seconds: int = field(
        default=5,
        metadata=_env(
            _whole(0, 300),
            "Seconds between a failing `/readyz` and the end of the process on a stop, for load balancers to react.",
        ),
    )
    log_level: str = field(
        default="info", metadata=_env(_one_of(LOG_LEVELS), "Minimum log level: debug, info, warning, error.")
    )
    matcher: str = field(
        default="auto",
        metadata=_env(
            _one_of(MATCHERS),
            "`auto`: durable_rules, or the reference matcher if it cannot be imported. `reference`: always the latter.",
        ),
    )
    clock_ahead_seconds: int = field(
        default=300,
        metadata=_env(
            _whole(0, 86_400), "Seconds by which an event may be ahead of the server's clock; later ones are refused."
        ),
    )

    @classmethod
    def from_environment(cls) -> Self:
        """Read every variable; a blank one counts as unset. SettingsError names all invalid ones."""
        env = Env(eager=False)
        env.add_parser("setting", _read)
        values = {f.name: env.setting(variable(f), None, described=f) for f in fields(cls)}
        try:
            env.seal()
        except EnvValidationError as error:
            messages: Any = error.error_messages
            raise SettingsError(
                tuple(f"{name}: {text}" for name, texts in messages.items() for text in texts)
            ) from None
        settings = cls(**{**values, "rules": served_folder()})
        if settings.watch == "yes" and settings.rules_from == FROM_FOLDER:
            raise SettingsError(
                (f"{PREFIX}WATCH publishes the folder, {PREFIX}RULES_FROM=folder refuses it: leave one out",)
            )
        return settings

    @property
    def listen(self) -> str:
        """The address to listen on: `bind`, or the loopback address with its port when there are no API keys."""
        if self.api_keys or is_local(self.bind):
            return self.bind
        return "127.0.0.1:" + self.bind.rpartition(":")[2]

    def warnings(self) -> list[str]:
        """Warnings for the operator at start: unknown variables, an unused address."""
        found = _unread_variables()
        if self.listen != self.bind:
            found.append(
                f"{PREFIX}BIND is {self.bind}, but {PREFIX}API_KEYS is empty: listening on {self.listen} only. "
                "`patron keys create` makes a key."
            )
        return found


def variable(setting: "Field[Any]") -> str:
    """The environment variable of one field of `Settings`."""
    return setting.metadata["name"] or PREFIX + setting.name.upper()


def is_local(bind: str) -> bool:
    """Whether only this machine can reach the address."""
    if bind.startswith("unix:"):
        return True
    host = bind.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read(raw: str | None, described: "Field[Any]") -> Any:
    """One variable's value; environs collects the ValidationErrors."""
    text = (raw or "").strip()
    if not text:
        return described.default
    try:
        return described.metadata["read"](text)
    except ValueError as error:
        got = "" if described.metadata["secret"] else f', got "{text}"'
        raise ValidationError(f"expected {error}{got}") from None


def _unread_variables() -> list[str]:
    """Compares only what follows the prefix: the prefix alone would make any two names similar."""
    names = [variable(f) for f in fields(Settings)] + [CLIENT_KEY, AUTHORING_SOCKET]
    known = [name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)]
    found = []
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in known:
            near = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1)
            found.append(f"{name} is not a setting." + (f" Did you mean {PREFIX}{near[0]}?" if near else ""))
    return found
