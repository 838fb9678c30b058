"""API keys are configured as hashes; a wrong entry is explained without being repeated."""

import pytest

from api.settings import SCOPES, ApiKey
from runtime.api_keys import digest_of, new_api_key, parse_api_keys

DIGEST = "0123456789abcdef" * 4


def test_a_new_key_is_accepted_and_found_by_its_token() -> None:
    token, entry = new_api_key("checkout", ["events", "decide"])
    assert token.startswith("pat_")
    assert token not in entry
    assert parse_api_keys(entry) == (ApiKey("checkout", digest_of(token), frozenset({"events", "decide"})),)


def test_two_new_keys_have_different_tokens() -> None:
    assert new_api_key("a", SCOPES)[0] != new_api_key("a", SCOPES)[0]


def test_several_entries_are_separated_by_commas_and_spaces() -> None:
    keys = parse_api_keys(f"a:{DIGEST}:read, b:{DIGEST.upper()}:rules+admin,")
    assert [(key.name, key.digest, set(key.scopes)) for key in keys] == [
        ("a", DIGEST, {"read"}),
        ("b", DIGEST, {"rules", "admin"}),
    ]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("shop", "name:sha256hex:scope"),
        (f"Shop Key:{DIGEST}:read", "a name"),
        ("shop:pat_notahash:read", "the SHA-256 of the token"),
        (f"shop:{DIGEST}:write", "scopes out of events, decide"),
        (f"shop:{DIGEST}:", "scopes out of"),
        (f"shop:{DIGEST}:read,shop:{DIGEST}:read", "in entry 2 a unique name"),
    ],
)
def test_a_wrong_entry_is_refused_with_what_was_expected(entry: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected.replace("+", r"\+")):
        parse_api_keys(entry)


def test_a_wrong_entry_is_never_repeated() -> None:
    with pytest.raises(ValueError) as caught:
        parse_api_keys("shop:pat_secret:read")
    assert "pat_secret" not in str(caught.value)


def test_a_key_with_an_unknown_scope_is_not_made() -> None:
    with pytest.raises(ValueError, match="scopes out of"):
        new_api_key("shop", ["everything"])
