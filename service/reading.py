"""Reading: decisions with explanations, deliveries, customer data; and erasure."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson

from engine.compiled.rulebook import Compiled
from engine.domain import trigger
from engine.domain.decision import Decision
from engine.domain.errors import InvalidInput, NotFound, Problem
from engine.domain.events import DecisionRequest
from engine.domain.refusal import refusal_of_json
from explain import language_of
from explain.refusals import sentence
from explain.speaker import Speaker, setting_of
from service import export as exporting
from service import handle_request, records
from service.explanation import Ask, Explained, explained, then_known, with_facts
from service.identity import Identity
from service.profiles import profile_json
from service.records import DecisionRecord
from service.reproducing import Former, Reproduction
from service.reproducing import reproduce as made_again
from service.unit_of_work import UnitOfWork

# ---- decisions ----


def record_of(decision_id: str, work: UnitOfWork) -> DecisionRecord:
    """The record of a decision. NotFound."""
    data = work.store.record(decision_id)
    if data is None:
        raise NotFound(f"no such decision, or its record has expired: {decision_id}")
    return records.decode(data)


def decision(decision_id: str, ask: Ask, former: Former, work: UnitOfWork) -> Explained:
    """A decision with its explanation. NotFound."""
    record = record_of(decision_id, work)
    found, made, known = record.decision, record.inputs, None
    with suppress(NotFound):
        then = former.live_of(found)
        found = with_facts(found, made, then)
        if ask.rule is not None and made is not None:
            known = then_known(made, then)
    return Explained(found, explained(found, _rules_of(found, former, work), ask, known))


def explanation(
    found: Decision, ask: Ask, former: Former, work: UnitOfWork, dry: DecisionRequest | None = None
) -> Mapping[str, Any]:
    """The explanation of a decision, as JSON. `dry`: the request, for a dry run; then the stages behind
    the rule asked about are tried, too."""
    known = None
    if ask.rule is not None and dry is not None and dry.dry_run and not found.degraded:
        known = handle_request.known(trigger.of_request(dry), work.at(found.decided_at))
    return explained(found, _rules_of(found, former, work), ask, known)


def reproduce(decision_id: str, former: Former, work: UnitOfWork) -> Reproduction:
    """Reproduce the decision from the inputs in its record, and compare byte for byte."""
    return made_again(record_of(decision_id, work), former, work.store)


def _rules_of(found: Decision, former: Former, work: UnitOfWork) -> Compiled:
    """The rules it was decided under; if no longer kept, the present ones, and the explanation reports that."""
    if found.rulebook == work.book.revision:
        return work.live.compiled
    try:
        return former.rules_of(found.rulebook)
    except NotFound:
        return work.live.compiled


# ---- deliveries ----


def deliveries(after: str | None, limit: int, work: UnitOfWork) -> tuple[list[Mapping[str, Any]], str]:
    """Messages to send or cancel, oldest first, and the cursor to continue from. InvalidInput for a foreign one."""
    try:
        items, cursor = work.store.deliveries(after, limit)
    except ValueError as error:
        raise InvalidInput((Problem("/after", "bad-cursor", str(error)),)) from None
    return [_shown(orjson.loads(item), work) for item in items], cursor


def _shown(item: dict[str, Any], work: UnitOfWork) -> Mapping[str, Any]:
    """Withdrawals, with the reason as a sentence in the shop's language; former ones have one already."""
    if item["type"] != "withdraw" or "detail" in item:
        return item
    speaker = Speaker(language_of(work.book.shop.languages[0]), setting_of(work.book, work.now))
    refusal = refusal_of_json([item["reason"], item.pop("kept", {}), None])
    return {**item, "detail": sentence(refusal, speaker)}


# ---- customers ----


def customer(who: str, work: UnitOfWork) -> Mapping[str, Any]:
    """The readable customer. NotFound."""
    return profile_json(Identity(work).known(who), work.live, work.now)


def export(who: str, work: UnitOfWork) -> Mapping[str, Any]:
    """Everything stored of a customer. NotFound."""
    return exporting.export(Identity(work).known(who), work.store, work.live.compiled)


def erase(who: str, work: UnitOfWork) -> None:
    """Erase a customer's data under all their ids, and from the reports. NotFound."""
    Identity(work).erase(who)
