"""API keys: who may call, and what. Only hashes of tokens are configured, so settings can be shown and logged."""

import hashlib
import re
import secrets
from collections.abc import Iterable

from api.settings import SCOPES, ApiKey

TOKEN_PREFIX = "pat_"  # noqa: S105 - marks a token as ours for secret scanners; it is not one

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def digest_of(token: str) -> str:
    """The stored form of a token. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_api_key(name: str, scopes: Iterable[str]) -> tuple[str, str]:
    """A new token for its caller, and the entry for PATRON_API_KEYS. ValueError for an invalid name or scope."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    entry = f"{name}:{digest_of(token)}:{'+'.join(scopes)}"
    _parse(entry)
    return token, entry


def parse_api_keys(text: str) -> tuple[ApiKey, ...]:
    """The keys of `name:sha256hex:scope+scope` entries separated by commas. ValueError lists all errors."""
    keys: dict[str, ApiKey] = {}
    problems: list[str] = []
    for number, entry in enumerate(filter(None, map(str.strip, text.split(","))), start=1):
        try:
            key = _parse(entry)
            if key.name in keys:
                raise ValueError("a unique name")
        except ValueError as error:
            problems.append(f"in entry {number} {error}")
            continue
        keys[key.name] = key
    if problems:
        raise ValueError("; ".join(problems))
    return tuple(keys.values())


def _parse(entry: str) -> ApiKey:
    """Never repeats the entry in its errors: somebody may have put the token itself there."""
    parts = entry.split(":")
    if len(parts) != 3:
        raise ValueError("name:sha256hex:scope+scope")
    name, digest, scopes = parts[0], parts[1].lower(), frozenset(parts[2].split("+"))
    if not _NAME.fullmatch(name):
        raise ValueError("a name of up to 40 lower-case letters, digits, dots, dashes")
    if not _DIGEST.fullmatch(digest):
        raise ValueError("the SHA-256 of the token, 64 hex digits (`patron keys create` makes both)")
    if not scopes <= set(SCOPES):
        raise ValueError("scopes out of " + ", ".join(SCOPES))
    return ApiKey(name, digest, scopes)
