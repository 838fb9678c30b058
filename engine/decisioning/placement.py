"""Placement: fills each placement, or the outbound slot, with the best fitting candidates in rank order."""

from collections.abc import Collection, Sequence
from functools import cache
from math import inf

from engine.decisioning.contact_policy import is_unlimited
from engine.decisioning.content import fallback_content
from engine.decisioning.draft import Attempt, Candidate, Draft, Scored
from engine.decisioning.eligibility import pending_elsewhere
from engine.decisioning.stages import Pipeline
from engine.domain.decision import Content, Recommendation, RefusedAttempt, Rejection, Result
from engine.domain.events import Placed
from engine.domain.ids import recommendation_id
from engine.domain.profile.state import PENDING_KEPT, Pending
from engine.domain.reasons import POSITION, Reason
from engine.domain.refusal import NoText, NoTreatment, Outranked, PendingElsewhere, Refusal, TooManyPending, refused
from engine.rulebook.offers import Action, Placement

# ---- placement stages: None if the attempt passes ----


def not_pending_in_another(attempt: Attempt, draft: Draft) -> Refusal | None:
    """In a placement: the action is not pending in another one, even if that is requested as well."""
    action, placement = attempt.candidate.action, attempt.placement
    if placement is None or not draft.context.profile.pending or _may_repeat(action, draft):
        return None
    pending = pending_elsewhere(action, {placement.id}, draft.context)
    if pending is None:
        return None
    return refused(PendingElsewhere(pending.placement or pending.channel), pending.expires)


def pending_has_room(attempt: Attempt, draft: Draft) -> Refusal | None:
    """The customer has fewer pending recommendations than a profile keeps."""
    if _pending_here(attempt, draft):
        return None
    now = draft.context.now
    waiting = sum(pending.expires > now for pending in draft.context.profile.pending)
    if waiting + len(draft.chosen) < PENDING_KEPT:
        return None
    return refused(TooManyPending(PENDING_KEPT))


def treated(attempt: Attempt, _: Draft) -> Refusal | None:
    """The treatment is for this placement, or for messages."""
    channel, placement, only = attempt.treatment.channel, attempt.placement, attempt.treatment.placements
    if placement is None:
        belongs = channel.outbound
    else:
        belongs = channel.id == placement.channel and (only is None or placement.id in only)
    return None if belongs else _no_treatment(placement.id if placement else None)


@cache
def _no_treatment(placement: str | None) -> Refusal:
    """The most frequent refusal, so it is cached for each placement of a rulebook."""
    return refused(NoTreatment(placement))


def written(attempt: Attempt, draft: Draft) -> Refusal | None:
    """A text can be filled in; passes with it in `content`."""
    book, candidate = draft.context.compiled.rulebook, attempt.candidate
    products = [book.products[product.sku] for product in candidate.products]
    chain = draft.chain if candidate.action.kind != "internal" else book.shop.languages
    attempt.content = draft.writer.content(attempt.treatment, chain, products)
    if attempt.content is not None:
        return None
    return refused(NoText(attempt.treatment.channel.id))


def has_room(attempt: Attempt, _: Draft) -> Refusal | None:
    """Room remains. A task for staff uses none: it reaches no customer."""
    if attempt.room > 0 or _is_task(attempt.candidate.action):
        return None
    return refused(Outranked(attempt.score, max(0, attempt.most)))


# ---- filling ----


class Placer:
    """Fills the requested placements (or the one outbound slot), and records why others do not fit."""

    def __init__(self, draft: Draft, pipeline: Pipeline) -> None:
        self._draft = draft
        self._stages = pipeline.placement
        self._book = draft.context.compiled.rulebook
        self._refused: dict[str, list[RefusedAttempt]] = {}

    def place(self, scored: Sequence[Scored]) -> tuple[Result, ...]:
        """Fills the placements in the order of the request."""
        asked = self._draft.context.trigger.placements
        if not asked:
            return (self._outbound(scored),)
        placements = self._book.placements
        return tuple(self._fill(placements.get(placed.id), placed, scored) for placed in asked)

    def rejections(self, scored: Sequence[Scored]) -> tuple[Rejection, ...]:
        """The rejections of candidates that passed the candidate stages and are in no placement."""
        used = {action.id for action, _ in self._draft.chosen}
        found = []
        for one in scored:
            action = one.candidate.action.id
            attempts = self._refused.get(action)
            if attempts and action not in used:
                found.append(rejection_of(one.candidate, attempts))
        return tuple(found)

    def _outbound(self, scored: Sequence[Scored]) -> Result:
        chosen = self._best(scored, None, self._book.arbitration.outbound_at_most)
        return Result(None, chosen, reason=None if chosen else Reason.NOTHING_ELIGIBLE)

    def _fill(self, placement: Placement | None, placed: Placed, scored: Sequence[Scored]) -> Result:
        chosen: tuple[Recommendation, ...] = ()
        if placement is not None:
            chosen = self._best(self._pending_first(scored, placement), placement, self._room(placed, placement))
        if chosen:
            return Result(placed.id, chosen)
        return Result(placed.id, fallback=fallback(placement, self._draft), reason=Reason.NOTHING_ELIGIBLE)

    def _room(self, placed: Placed, placement: Placement) -> int:
        """How many fit: by the request, the placement, and the limit of a whole request (S25)."""
        room = min(placed.count, placement.at_most)
        most = self._book.arbitration.request_at_most
        return room if most is None else min(room, most - len(self._draft.chosen))

    def _pending_first(self, scored: Sequence[Scored], placement: Placement) -> Sequence[Scored]:
        """Recommendations pending in this placement come first, after mandatory messages."""
        if not self._draft.context.profile.pending:
            return scored

        def comes_later(one: Scored) -> bool:
            action = one.candidate.action
            return action.kind != "mandatory" and _pending(action.id, placement.id, self._draft) is None

        return sorted(scored, key=comes_later)

    def _best(self, scored: Sequence[Scored], placement: Placement | None, most: int) -> tuple[Recommendation, ...]:
        chosen: list[Recommendation] = []
        taken = 0
        for one in scored:
            action = one.candidate.action
            if self._is_used(action):
                continue
            fit = self._first_fit(one, placement, most, taken)
            if fit is not None:
                chosen.append(recommendation(fit, one, len(chosen) + 1, self._draft))
                self._draft.chosen.append((action, fit.treatment.channel.id))
                taken += not _is_task(action)
        return tuple(chosen)

    def _is_used(self, action: Action) -> bool:
        """Chosen in this decision, and not repeatable."""
        return any(chosen.id == action.id for chosen, _ in self._draft.chosen) and not _may_repeat(action, self._draft)

    def _first_fit(self, one: Scored, placement: Placement | None, most: int, taken: int) -> Attempt | None:
        """The first treatment that passes every stage; keeps the refusals of the others."""
        refused = self._refused.setdefault(one.candidate.action.id, [])
        for treatment in self._draft.context.compiled.treatments[one.candidate.action.id]:
            attempt = Attempt(one.candidate, placement, treatment, most, most - taken, one.score)
            refusal = self._refusal(attempt)
            if refusal is None:
                return attempt
            if refused and refusal.reason is Reason.NO_TREATMENT:
                continue  # not an attempt: the treatment is for another place
            refused.append(RefusedAttempt(placement.id if placement else None, treatment.channel.id, refusal))
            if refusal.reason in FOR_EVERY_TREATMENT:
                break
        return None

    def _refusal(self, attempt: Attempt) -> Refusal | None:
        for stage in self._stages:
            refusal = stage(attempt, self._draft)
            if refusal is not None:
                return refusal
        return None


FOR_EVERY_TREATMENT = frozenset(
    (Reason.PENDING_ELSEWHERE, Reason.TOO_MANY_PENDING, Reason.OUTRANKED, Reason.GROUP_ALREADY_CHOSEN)
)
"""Reasons that refuse all treatments of an action alike."""


def rejection(candidate: Candidate, refusal: Refusal) -> Rejection:
    """A candidate that was refused before placement."""
    return Rejection(candidate.action.id, candidate.rule.id, refusal, refusal.retry_after)


def rejection_of(candidate: Candidate, attempts: Sequence[RefusedAttempt]) -> Rejection:
    """A candidate with all attempts refused: shows the one that got furthest, with the soonest retry."""
    tried = [one for one in attempts if one.refusal.reason is not Reason.NO_TREATMENT] or attempts[:1]
    shown = max(tried, key=_how_far)
    retries = [one.refusal.retry_after for one in tried if one.refusal.retry_after is not None]
    return Rejection(
        action=candidate.action.id,
        rule=candidate.rule.id,
        refusal=shown.refusal,
        retry_after=min(retries, default=None),
        placement=shown.placement,
        attempts=tuple(tried),
    )


def _how_far(attempt: RefusedAttempt) -> tuple[int, float]:
    """The later stage is further; at one stage, the sooner retry."""
    retry = attempt.refusal.retry_after
    return POSITION[attempt.refusal.stage], -retry if retry is not None else -inf


def recommendation(fit: Attempt, scored: Scored, rank: int, draft: Draft) -> Recommendation:
    """The recommendation of an attempt that passed every stage."""
    slot = fit.placement.id if fit.placement else None
    candidate, now = fit.candidate, draft.context.now
    action, rule = candidate.action, candidate.rule
    pending = _pending(action.id, slot, draft)
    assert fit.content is not None
    return Recommendation(
        recommendation_id=pending.recommendation_id
        if pending
        else recommendation_id(draft.decision_id, action.id, slot),
        rank=rank,
        action=action.id,
        kind=action.kind,
        rule=rule.id,
        why=rule.title,
        serves=rule.serves,
        channel=fit.treatment.channel.id,
        placement=slot,
        effect=action.effect,
        content=fit.content,
        products=candidate.products,
        score=scored.score,
        score_parts=scored.parts,
        expires_at=pending.expires if pending else now + action.expires,
        scope=candidate.scope,
        deliver_after=fit.deliver_after,
        reserved=pending.reserved if pending else action.limited,
        again=pending is not None,
    )


def fallback(placement: Placement | None, draft: Draft) -> Content:
    """The content of a placement without a recommendation."""
    content = fallback_content(placement.fallback, draft.chain) if placement else None
    return content or Content(draft.chain[0], {})


def taken_out(results: Sequence[Result], withheld: Collection[str], draft: Draft) -> tuple[Result, ...]:
    """The results without withheld recommendations (ids): their placements show the fallback."""
    if not withheld:
        return tuple(results)
    placements, out = draft.context.compiled.rulebook.placements, []
    for result in results:
        stay = tuple(one for one in result.recommendations if one.recommendation_id not in withheld)
        if stay or not result.recommendations:
            out.append(Result(result.placement, stay, result.fallback, result.reason))
        else:
            instead = fallback(placements.get(result.placement), draft) if result.placement else None
            out.append(Result(result.placement, fallback=instead, reason=Reason.HOLDOUT))
    return tuple(out)


def _may_repeat(action: Action, draft: Draft) -> bool:
    """Only unlimited actions may be in two placements."""
    compiled = draft.context.compiled
    return compiled.rulebook.arbitration.duplicates and is_unlimited(action, compiled)


def _pending_here(attempt: Attempt, draft: Draft) -> Pending | None:
    placement = attempt.placement
    return _pending(attempt.candidate.action.id, placement.id if placement else None, draft)


def _pending(action: str, placement: str | None, draft: Draft) -> Pending | None:
    """Requested again while pending: the same recommendation, not a second one."""
    if placement is None:
        return None
    for pending in draft.context.profile.pending:
        if (pending.action, pending.placement) == (action, placement) and pending.expires > draft.context.now:
            return pending
    return None


def _is_task(action: Action) -> bool:
    """For staff: it reaches no customer, so it uses no room."""
    return action.kind == "internal"
