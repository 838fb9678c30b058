"""The channels and purposes that an event about consents or channel addresses may name, in any letter case.

Purposes are those of `consent` in contact_policy.yaml, and the kinds of actions.

A withdrawal is never weaker than a grant: a grant in unknown words is refused, a withdrawal in unknown words becomes an
unclear one, which stops everything that needs a consent.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.domain.errors import InvalidInput, Problem
from engine.domain.events import Event
from engine.domain.hints import did_you_mean
from engine.domain.profile import consents
from engine.rulebook.model import Rulebook
from engine.rulebook.read.words import KINDS

ABOUT_REACHING: Final = frozenset(("consent_changed", "channel_address_added", "channel_address_removed"))
UNTIL: Final = (
    "nothing that needs a consent is sent to this customer until a later grant with a known channel and purpose"
)
"""The end of each warning about a withdrawal in unknown words."""


@dataclass(frozen=True, slots=True)
class Understood:
    """An event in the rulebook's words. `unknown`: pointer -> the word that the rulebook does not know."""

    event: Event
    unknown: Mapping[str, str]
    hints: Mapping[str, str]

    @property
    def is_grant(self) -> bool:
        """Whether it grants a consent, which must not be guessed."""
        return self.event.type == "consent_changed" and bool(self.event.properties["granted"])

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the sender should know of a withdrawal in unknown words."""
        if not self.event.properties.get(consents.IS_UNCLEAR):
            return ()
        unknown = self.unknown.items()
        return tuple(f'{pointer}: "{word}" is not known{self.hints[pointer]}; {UNTIL}' for pointer, word in unknown)

    def refuse_unknown_grant(self) -> None:
        """InvalidInput for a grant in unknown words."""
        if self.is_grant and self.unknown:
            raise InvalidInput(
                tuple(
                    Problem(pointer, "unknown", f'"{word}" is not known to the rulebook{self.hints[pointer]}')
                    for pointer, word in self.unknown.items()
                )
            )


@dataclass(frozen=True, slots=True)
class ConsentWords:
    """The words of a rulebook: its channels and their addresses, and its purposes."""

    channels: frozenset[str]
    purposes: frozenset[str]

    def understood(self, event: Event) -> Understood:
        """The event with channels and purposes as the rulebook writes them."""
        properties = event.properties
        purposes: Collection[str] = properties.get("purposes", ())
        if properties["channel"] in self.channels and self.purposes.issuperset(purposes):
            return Understood(event, {}, {})  # the common case
        is_withdrawal = not properties.get("granted", event.type == "channel_address_added")
        reading = _Reading(is_withdrawal and event.type == "consent_changed")
        changed: dict[str, Any] = {"channel": reading.word("/properties/channel", properties["channel"], self.channels)}
        if event.type == "consent_changed":
            changed["purposes"] = tuple(
                reading.word(f"/properties/purposes/{at}", purpose, self.purposes)
                for at, purpose in enumerate(purposes)
            )
        if is_withdrawal and reading.unknown:
            changed[consents.IS_UNCLEAR] = True
            if event.type == "consent_changed" and "/properties/channel" in reading.unknown:
                changed |= {"channel": consents.UNCLEAR, "purposes": (consents.UNCLEAR,)}
        return Understood(replace(event, properties={**properties, **changed}), reading.unknown, reading.hints)


def consent_words(book: Rulebook) -> ConsentWords:
    """The words of this rulebook."""
    addresses = {channel.address for channel in book.channels.values() if channel.address is not None}
    purposes = {*book.contact_policy.consent_purpose.values(), *KINDS}
    return ConsentWords(frozenset({*book.channels, *addresses}), frozenset(purposes))


class _Reading:
    """The words of one event; those that the rulebook does not know, and what may have been meant."""

    def __init__(self, may_be_wider: bool) -> None:
        self.unknown: dict[str, str] = {}
        self.hints: dict[str, str] = {}
        self._wider = {consents.ALL: consents.ALL} if may_be_wider else {}

    def word(self, pointer: str, word: str, known: Collection[str]) -> str:
        """The word as the rulebook writes it; the same word where it is unknown."""
        same = {one.casefold(): one for one in known} | self._wider
        found = same.get(word.casefold())
        if found is None:
            self.unknown[pointer] = word
            self.hints[pointer] = did_you_mean(word.casefold(), same.values())
        return found or word
