"""The channels and purposes that an event about consents or channel addresses may name, in any letter case.

Purposes are those of `consent` in contact_policy.yaml, and the kinds of actions.

A withdrawal is never weaker than a grant: a grant in unknown words is refused, a withdrawal in unknown words becomes an
unclear one, which stops everything that needs a consent.
"""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from engine.domain.errors import InvalidInput, Problem
from engine.domain.events import Event
from engine.domain.profile.consents import ALL
from engine.rulebook.model import Rulebook
from engine.rulebook.read.words import KINDS

ABOUT_REACHING: Final = frozenset(("consent_changed", "channel_address_added", "channel_address_removed"))
UNCLEAR: Final = "unclear"
"""The property of a withdrawal that is set where it names something unknown."""


UNTIL: Final = (
    "nothing that needs a consent is sent to this customer until a later consent event with a known channel and purpose"
)


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
        if not self.event.properties.get(UNCLEAR):
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


def understood(event: Event, book: Rulebook) -> Understood:
    """The event with channels and purposes as the rulebook writes them."""
    words = _Words(book)
    properties = dict(event.properties)
    withdrawal = not properties.get("granted", event.type == "channel_address_added")
    properties["channel"] = words.read("/properties/channel", properties["channel"], words.channels, withdrawal)
    if event.type == "consent_changed":
        properties["purposes"] = tuple(
            words.read(f"/properties/purposes/{at}", purpose, words.purposes, withdrawal)
            for at, purpose in enumerate(properties["purposes"])
        )
    if withdrawal and words.unknown:
        properties[UNCLEAR] = True
    return Understood(replace(event, properties=properties), words.unknown, words.hints)


class _Words:
    """The words of a rulebook, and those of one event that are not among them."""

    def __init__(self, book: Rulebook) -> None:
        addresses = {channel.address for channel in book.channels.values() if channel.address is not None}
        self.channels = {*book.channels, *addresses}
        self.purposes = {*book.contact_policy.consent_purpose.values(), *KINDS}
        self.unknown: dict[str, str] = {}
        self.hints: dict[str, str] = {}

    def read(self, pointer: str, word: str, known: Collection[str], withdrawal: bool) -> str:
        """The word as the rulebook writes it; the same word where it is unknown."""
        same = {one.casefold(): one for one in known} | ({ALL: ALL} if withdrawal else {})
        found = same.get(word.casefold())
        if found is None:
            self.unknown[pointer] = word
            near = difflib.get_close_matches(word.casefold().replace("-", ""), list(same), n=1)
            self.hints[pointer] = f'; did you mean "{same[near[0]]}"?' if near else ""
        return found or word
