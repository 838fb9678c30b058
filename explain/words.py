"""What a language consists of for `tell`: sentences with places to fill in. One module has all the words of one."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.reasons import Reason
from engine.rulebook.condition import Op


@dataclass(frozen=True, slots=True)
class Words:
    """All the wording of one language. Templates are those of `str.format`.

    `messages`: sentences and headings by name. `reasons`: one sentence per reason. `wanted`: what a condition asks for,
    by operator; `refused`: the opposite, where it is not another operator. `terms`: the plain words for statuses,
    scopes, periods, outcomes and such, by the word of the rulebook; whatever has none is told as it stands. `units` of
    time have a form for one and a form for more.
    """

    language: str
    messages: Mapping[str, str]
    reasons: Mapping[Reason, str]
    wanted: Mapping[Op, str]
    refused: Mapping[Op, str]
    terms: Mapping[str, str]
    units: Mapping[str, tuple[str, str]]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    comma: str
    semicolon: str
    stop: str
