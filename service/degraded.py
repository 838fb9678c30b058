"""Without the store, a checkout still gets content: the placement's own text, marked as degraded."""

from engine.decisioning.content import fallback_content, language_chain
from engine.domain.decision import Content, Decision, Result
from engine.domain.ids import decision_id
from engine.domain.reasons import Reason
from engine.domain.trigger import Trigger
from service.live import Live
from service.replies import Decided


def answer(on: Trigger, live: Live, now: int) -> Decided:
    """Fallbacks for every requested placement, `degraded: true`, nothing stored."""
    book = live.compiled.rulebook
    chain = language_chain((on.language,), book.shop.languages)
    results = []
    for placed in on.placements:
        placement = book.placements.get(placed.id)
        content = fallback_content(placement.fallback, chain) if placement else None
        fallback = content or Content(chain[0], {})
        results.append(Result(placed.id, fallback=fallback, reason=Reason.STATE_UNAVAILABLE))
    decision = Decision(
        decision_id=decision_id(on.customer, on.id),
        trigger_id=on.id,
        trigger=on.key,
        customer=on.customer,
        decided_at=now,
        rulebook=book.revision,
        snapshot=live.snapshot.number,
        controls=live.controls.number,
        results=tuple(results),
        warnings=("the store does not respond: fallbacks only",),
        degraded=True,
    )
    return Decided(decision, stored=False)
