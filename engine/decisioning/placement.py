"""Placement: fills each placement, or the outbound slot, with the best fitting candidates in rank order."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cache
from math import inf

from engine.decisioning import control_group
from engine.decisioning.arbitration import precedence
from engine.decisioning.contact_policy import is_unlimited
from engine.decisioning.content import fallback_content
from engine.decisioning.draft import Attempt, Candidate, Draft, Scored
from engine.decisioning.eligibility import pending_elsewhere
from engine.decisioning.stages import Pipeline
from engine.decisioning.withdrawal import withdrawal
from engine.domain.decision import Content, Recommendation, RefusedAttempt, Rejection, Result, Withdrawal
from engine.domain.events import Placed
from engine.domain.ids import recommendation_id
from engine.domain.profile.state import PENDING_KEPT, Pending
from engine.domain.reasons import POSITION, Reason
from engine.domain.refusal import (
    KeptByPending,
    NoText,
    NoTreatment,
    Outranked,
    PendingElsewhere,
    Refusal,
    Time,
    TooManyPending,
    refused,
)
from engine.rulebook.offers import MARKETING, Action, Placement

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
    """The customer has fewer pending recommendations than a profile keeps, not counting those that give way."""
    if _pending_here(attempt, draft):
        return None
    now, is_notice = draft.context.now, attempt.candidate.action.kind != MARKETING
    alive = [pending for pending in draft.context.profile.pending if pending.expires > now]
    waiting = [pending for pending in alive if not (is_notice and _is_marketing(pending, draft))]
    if len(waiting) + len(draft.chosen) < PENDING_KEPT:
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


def _is_marketing(pending: Pending, draft: Draft) -> bool:
    action = draft.context.compiled.rulebook.actions.get(pending.action)
    return action is not None and action.kind == MARKETING


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
    if attempt.kept_by is not None:
        until = Time(attempt.kept_by.expires_at)
        return refused(KeptByPending(attempt.score, attempt.kept_by.action, until), until)
    return refused(Outranked(attempt.score, max(0, attempt.most)))


# ---- filling ----


class Placer:
    """Fills the requested placements (or the one outbound slot), and records why others do not fit."""

    def __init__(self, draft: Draft, pipeline: Pipeline, passed: Sequence[Scored]) -> None:
        self._draft = draft
        self._passed = passed
        self._stages = pipeline.placement
        self._book = draft.context.compiled.rulebook
        self._refused: dict[str, list[RefusedAttempt]] = {}

    def place(self) -> tuple[Result, ...]:
        """Fills the placements in the order of the request."""
        asked = self._draft.context.trigger.placements
        if not asked:
            return (self._outbound(),)
        placements = self._book.placements
        return tuple(self._fill(placements.get(placed.id), placed) for placed in asked)

    def displaced(self, shown: Sequence[Result]) -> tuple[Withdrawal, ...]:
        """Pending recommendations that give way to new ones in `shown`, the results after a holdout.

        A placement has no more pending than it holds, and notices find room in a profile that is full of marketing.
        """
        now = self._draft.context.now
        alive = [pending for pending in self._draft.context.profile.pending if pending.expires > now]
        if not alive:
            return ()
        lost = [gone for result in shown for gone in self._lost_to(result, alive)]
        ids = {gone.recommendation_id for gone in lost}
        stay = [pending for pending in alive if pending.recommendation_id not in ids]
        too_many = max(0, len(stay) + sum(map(_new, shown)) - PENDING_KEPT)
        give_way = [pending for pending in stay if _is_marketing(pending, self._draft)][:too_many]
        return (*lost, *(withdrawal(pending, refused(TooManyPending(PENDING_KEPT))) for pending in give_way))

    def _lost_to(self, result: Result, alive: Sequence[Pending]) -> Sequence[Withdrawal]:
        """Those pending in the result's placement that its new recommendations leave no room for, the worst first."""
        placement = self._book.placements.get(result.placement or "")
        if placement is None or not _new(result):
            return ()
        here = [pending for pending in alive if pending.placement == placement.id]
        outranked = [(pending, refusal) for pending in here if (refusal := self._outranked(pending)) is not None]
        scores = {one.candidate.action.id: one.score for one in self._passed}
        outranked.sort(key=lambda one: scores[one[0].action])
        too_many = max(0, len(here) + _new(result) - placement.at_most)
        return [withdrawal(pending, refusal) for pending, refusal in outranked[:too_many]]

    def _outranked(self, pending: Pending) -> Refusal | None:
        """Why a pending recommendation found no room in its placement in this decision; None: it did."""
        attempts = self._refused.get(pending.action, ())
        refusals = [attempt.refusal for attempt in attempts if attempt.placement == pending.placement]
        return next((one for one in refusals if one.reason is Reason.OUTRANKED), None)

    def without(self, withheld: Sequence[Recommendation], results: Sequence[Result]) -> tuple[Result, ...]:
        """The results without what a holdout withholds: its places show spared kinds that fit now, or the fallback.

        Nothing else may take them: marketing that only the control group gets would spoil every comparison.
        """
        gone = {(one.action, one.channel) for one in withheld}
        draft = self._draft
        draft.chosen = [(action, channel) for action, channel in draft.chosen if (action.id, channel) not in gone]
        ids = {one.recommendation_id for one in withheld}
        return tuple(self._refilled(result, ids) for result in results)

    def _refilled(self, result: Result, withheld: Collection[str]) -> Result:
        stay = tuple(one for one in result.recommendations if one.recommendation_id not in withheld)
        freed = len(result.recommendations) - len(stay)
        if not freed:
            return result
        placement = self._book.placements.get(result.placement or "")
        spared = [one for one in self._passed if control_group.is_spared(one.candidate.action, self._book)]
        given = (*stay, *self._best(spared, placement, freed))
        if given:
            return Result(result.placement, tuple(replace(one, rank=rank) for rank, one in enumerate(given, 1)))
        instead = fallback(placement, self._draft) if result.placement else None
        return Result(result.placement, fallback=instead, reason=Reason.HOLDOUT)

    def rejections(self, withheld: Sequence[Recommendation] = ()) -> tuple[Rejection, ...]:
        """The rejections of candidates that passed the candidate stages and are in no placement."""
        used = {*(action.id for action, _ in self._draft.chosen), *(one.action for one in withheld)}
        found = []
        for one in self._passed:
            action = one.candidate.action.id
            attempts = self._refused.get(action)
            if attempts and action not in used:
                found.append(rejection_of(one.candidate, attempts))
        return tuple(found)

    def _outbound(self) -> Result:
        chosen = self._best(self._passed, None, self._book.arbitration.outbound_at_most)
        return Result(None, chosen, reason=None if chosen else Reason.NOTHING_ELIGIBLE)

    def _fill(self, placement: Placement | None, placed: Placed) -> Result:
        chosen: tuple[Recommendation, ...] = ()
        if placement is not None:
            chosen = self._best(self._in_order(placement), placement, self._room(placed, placement))
        if chosen:
            return Result(placed.id, chosen)
        return Result(placed.id, fallback=fallback(placement, self._draft), reason=Reason.NOTHING_ELIGIBLE)

    def _room(self, placed: Placed, placement: Placement) -> int:
        """How many fit: by the request, the placement, and the limit of a whole request (S25)."""
        room = min(placed.count, placement.at_most)
        most = self._book.arbitration.request_at_most
        return room if most is None else min(room, most - len(self._draft.chosen))

    def _in_order(self, placement: Placement) -> Sequence[Scored]:
        """By rank. What is pending in this placement ranks as if its score were higher (`displaced_above`)."""
        if not self._draft.context.profile.pending:
            return self._passed

        def rank(one: Scored) -> tuple[int, float, bool]:
            action, score = one.candidate.action, one.score
            is_pending = _pending(action.id, placement.id, self._draft) is not None
            if is_pending:
                score = max(score, score * self._book.arbitration.displaced_above)
            return precedence(action.kind), -score, not is_pending

        return sorted(self._passed, key=rank)

    def _best(self, scored: Sequence[Scored], placement: Placement | None, most: int) -> tuple[Recommendation, ...]:
        chosen: list[Recommendation] = []
        taken = 0
        for one in scored:
            action = one.candidate.action
            if self._is_used(action):
                continue
            kept_by = _kept_despite(one, chosen)
            fit = self._first_fit(one, placement, most, taken, kept_by)
            if fit is not None:
                chosen.append(recommendation(fit, one, len(chosen) + 1, self._draft))
                self._draft.chosen.append((action, fit.treatment.channel.id))
                taken += not _is_task(action)
        return tuple(chosen)

    def _is_used(self, action: Action) -> bool:
        """Chosen in this decision, and not repeatable."""
        return any(chosen.id == action.id for chosen, _ in self._draft.chosen) and not _may_repeat(action, self._draft)

    def _first_fit(
        self, one: Scored, placement: Placement | None, most: int, taken: int, kept_by: Recommendation | None
    ) -> Attempt | None:
        """The first treatment that passes every stage; keeps the refusals of the others."""
        refused = self._refused.setdefault(one.candidate.action.id, [])
        for treatment in self._draft.context.compiled.treatments[one.candidate.action.id]:
            attempt = Attempt(one.candidate, placement, treatment, most, most - taken, one.score, kept_by)
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


def _new(result: Result) -> int:
    return sum(not one.again for one in result.recommendations)


def _kept_despite(one: Scored, chosen: Sequence[Recommendation]) -> Recommendation | None:
    """The pending recommendation of these that keeps its place although this candidate has a higher score."""
    kind = precedence(one.candidate.action.kind)
    lower = [given for given in chosen if given.again and given.score < one.score and precedence(given.kind) == kind]
    return min(lower, key=lambda given: given.expires_at, default=None)


FOR_EVERY_TREATMENT = frozenset(
    (
        Reason.PENDING_ELSEWHERE,
        Reason.TOO_MANY_PENDING,
        Reason.PENDING,
        Reason.OUTRANKED,
        Reason.GROUP_ALREADY_CHOSEN,
    )
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
