"""Placement: the best candidates that fit go into each placement, or out as messages, in rank order."""

from collections.abc import Collection, Sequence

from engine.contact_policy import is_unlimited
from engine.content import fallback_content
from engine.decision import Content, Recommendation, Rejection, Result
from engine.draft import Attempt, Candidate, Draft, Scored
from engine.eligibility import pending_elsewhere
from engine.events import Placed
from engine.ids import recommendation_id
from engine.profile.state import PENDING_KEPT, Pending
from engine.reasons import Reason, Stage
from engine.refusal import Refusal
from engine.rulebook.offers import Action, Placement
from engine.stages import Pipeline

# ---- placement stages: None where the attempt passes ----


def not_pending_in_another(attempt: Attempt, draft: Draft) -> Refusal | None:
    """In a placement: the action is not pending in another one, even if that is asked for as well."""
    action, placement = attempt.candidate.action, attempt.placement
    if placement is None or not draft.situation.profile.pending or _may_repeat(action, draft):
        return None
    return pending_elsewhere(action, {placement.id}, draft.situation)


def pending_has_room(attempt: Attempt, draft: Draft) -> Refusal | None:
    """The customer has fewer recommendations pending than a profile keeps."""
    if _pending_here(attempt, draft):
        return None
    now = draft.situation.now
    waiting = sum(pending.expires > now for pending in draft.situation.profile.pending)
    if waiting + len(draft.chosen) < PENDING_KEPT:
        return None
    return Refusal(Stage.PENDING, Reason.FREQUENCY_CAP, f"{PENDING_KEPT} recommendations wait to be seen")


def treatment_fits(attempt: Attempt) -> bool:
    channel, placement, only = attempt.treatment.channel, attempt.placement, attempt.treatment.placements
    if placement is None:
        return channel.outbound
    return channel.id == placement.channel and (only is None or placement.id in only)


def treated(attempt: Attempt, _: Draft) -> Refusal | None:
    """The treatment is made for this placement, or for messages."""
    if treatment_fits(attempt):
        return None
    where = attempt.placement.id if attempt.placement else "outbound"
    return Refusal(Stage.CHANNEL, Reason.NO_REACHABLE_CHANNEL, f"the action has no treatment for {where}")


def written(attempt: Attempt, draft: Draft) -> Refusal | None:
    """A text can be filled in; passes with it in `content`."""
    book, candidate = draft.situation.compiled.rulebook, attempt.candidate
    products = [book.products[product.sku] for product in candidate.products]
    chain = draft.chain if candidate.action.kind != "internal" else book.shop.languages
    attempt.content = draft.writer.content(attempt.treatment, chain, products)
    if attempt.content is not None:
        return None
    return Refusal(Stage.TEXT, Reason.NO_TEXT, f"{attempt.treatment.channel.id}: no text could be filled")


def has_room(attempt: Attempt, _: Draft) -> Refusal | None:
    """There is room left. A task for staff takes none: it reaches no customer."""
    if attempt.room > 0 or _is_task(attempt.candidate.action):
        return None
    detail = f"score {attempt.score:g}; {max(0, attempt.most)} with a higher score came first"
    return Refusal(Stage.ARBITRATION, Reason.OUTRANKED, detail)


# ---- filling ----


class Placer:
    """Fills the placements that are asked for (or the one outbound slot), and keeps why others do not fit."""

    def __init__(self, draft: Draft, pipeline: Pipeline) -> None:
        self._draft = draft
        self._stages = pipeline.placement
        self._book = draft.situation.compiled.rulebook
        self._why: dict[str, Rejection] = {}

    def place(self, scored: Sequence[Scored]) -> tuple[Result, ...]:
        """Placements are filled in the order in which they were asked for."""
        asked = self._draft.situation.occasion.placements
        if not asked:
            return (self._outbound(scored),)
        placements = self._book.placements
        return tuple(self._fill(placements.get(placed.id), placed, scored) for placed in asked)

    def rejections(self, scored: Sequence[Scored]) -> tuple[Rejection, ...]:
        """Why those were rejected that passed the candidate stages and are in no placement."""
        used = {action.id for action, _ in self._draft.chosen}
        actions = [one.candidate.action.id for one in scored]
        return tuple(self._why[action] for action in actions if action not in used and action in self._why)

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
        """How many fit: by the request, the placement, and what a whole request may say (S25)."""
        room = min(placed.count, placement.at_most)
        most = self._book.arbitration.request_at_most
        return room if most is None else min(room, most - len(self._draft.chosen))

    def _pending_first(self, scored: Sequence[Scored], placement: Placement) -> Sequence[Scored]:
        """What is pending in this placement is given again before anything else, but for what must be said."""
        if not self._draft.situation.profile.pending:
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
            if isinstance(fit, Refusal):
                self._reject(one.candidate, fit, placement)
            else:
                chosen.append(recommendation(fit, one, len(chosen) + 1, self._draft))
                self._draft.chosen.append((action, fit.treatment.channel.id))
                taken += not _is_task(action)
        return tuple(chosen)

    def _is_used(self, action: Action) -> bool:
        """Chosen in this decision, and not to be said twice."""
        return any(chosen.id == action.id for chosen, _ in self._draft.chosen) and not _may_repeat(action, self._draft)

    def _first_fit(self, one: Scored, placement: Placement | None, most: int, taken: int) -> Attempt | Refusal:
        """The first treatment that passes every stage; else the refusal that says most."""
        shown: Refusal | None = None
        for treatment in self._draft.situation.compiled.treatments[one.candidate.action.id]:
            attempt = Attempt(one.candidate, placement, treatment, most, most - taken, one.score)
            refusal = self._refused(attempt)
            if refusal is None:
                return attempt
            if refusal.stage not in PER_TREATMENT:
                return refusal
            if shown is None or refusal.reason is not Reason.NO_REACHABLE_CHANNEL or treatment_fits(attempt):
                shown = refusal if shown is None else _more_telling(shown, refusal)
        assert shown is not None  # every action has a treatment
        return shown

    def _refused(self, attempt: Attempt) -> Refusal | None:
        for stage in self._stages:
            refusal = stage(attempt, self._draft)
            if refusal is not None:
                return refusal
        return None

    def _reject(self, candidate: Candidate, refusal: Refusal, placement: Placement | None) -> None:
        """The reason that came nearest to a recommendation is kept: to be outranked says more than not to fit."""
        known = self._why.get(candidate.action.id)
        if known is None or refusal.reason is Reason.OUTRANKED or known.reason is Reason.NO_REACHABLE_CHANNEL:
            self._why[candidate.action.id] = rejection(candidate, refusal, placement.id if placement else None)


PER_TREATMENT = frozenset((Stage.CHANNEL, Stage.CONSENT, Stage.FREQUENCY, Stage.QUIET_HOURS, Stage.TEXT))
"""Stages that may let another treatment of the action pass."""


def rejection(candidate: Candidate, refusal: Refusal, placement: str | None) -> Rejection:
    """A refusal as the decision reports it."""
    return Rejection(
        action=candidate.action.id,
        rule=candidate.rule.id,
        stage=refusal.stage,
        reason=refusal.reason,
        detail=refusal.detail,
        placement=placement,
        retry_after=refusal.retry_after,
    )


def recommendation(fit: Attempt, scored: Scored, rank: int, draft: Draft) -> Recommendation:
    """What is recommended where an attempt passed every stage."""
    slot = fit.placement.id if fit.placement else None
    candidate, now = fit.candidate, draft.situation.now
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
    """What a placement shows when there is nothing to say."""
    content = fallback_content(placement.fallback, draft.chain) if placement else None
    return content or Content(draft.chain[0], {})


def taken_out(results: Sequence[Result], withheld: Collection[str], draft: Draft) -> tuple[Result, ...]:
    """The results without what a holdout withholds (recommendation ids): its places show their fallback."""
    if not withheld:
        return tuple(results)
    placements, out = draft.situation.compiled.rulebook.placements, []
    for result in results:
        stay = tuple(one for one in result.recommendations if one.recommendation_id not in withheld)
        if stay or not result.recommendations:
            out.append(Result(result.placement, stay, result.fallback, result.reason))
        else:
            instead = fallback(placements.get(result.placement), draft) if result.placement else None
            out.append(Result(result.placement, fallback=instead, reason=Reason.HOLDOUT))
    return tuple(out)


def _may_repeat(action: Action, draft: Draft) -> bool:
    """Only what nothing limits may stand in two placements."""
    compiled = draft.situation.compiled
    return compiled.rulebook.arbitration.duplicates and is_unlimited(action, compiled)


def _pending_here(attempt: Attempt, draft: Draft) -> Pending | None:
    placement = attempt.placement
    return _pending(attempt.candidate.action.id, placement.id if placement else None, draft)


def _pending(action: str, placement: str | None, draft: Draft) -> Pending | None:
    """Asked again while it is pending: the same recommendation, not a second one."""
    if placement is None:
        return None
    for pending in draft.situation.profile.pending:
        if (pending.action, pending.placement) == (action, placement) and pending.expires > draft.situation.now:
            return pending
    return None


def _is_task(action: Action) -> bool:
    """For staff: it reaches no customer, so it takes no room from what does."""
    return action.kind == "internal"


def _more_telling(first: Refusal, second: Refusal) -> Refusal:
    """Of the reasons on two channels the one that passes, the sooner the better: then it is worth another look."""
    if first.retry_after is None or (second.retry_after is not None and second.retry_after < first.retry_after):
        return second
    return first
