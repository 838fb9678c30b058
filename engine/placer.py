"""Placements filled with the best that fit: channel, consent, caps, quiet hours and text are judged here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from engine import frequency, quiet_hours
from engine.candidates import Candidate, waits_elsewhere
from engine.contact_policy import Refusal, is_unlimited, may_use, said_already
from engine.content import CompiledTreatment, Writer, fallback_content, language_chain
from engine.decision import Content, Recommendation, Rejection, Result
from engine.events import Placed
from engine.ids import recommendation_id
from engine.policy_plan import UNCOUNTED
from engine.profile.state import PENDING_KEPT, Pending
from engine.reasons import Reason
from engine.rulebook.offers import Action, Placement
from engine.situation import Situation

Scored = list[tuple[Candidate, float, Mapping[str, float]]]
"""Candidates with their score and its parts, the best first."""


def rejection(candidate: Candidate, refusal: Refusal, placement: str | None) -> Rejection:
    """A refusal as the decision tells it."""
    return Rejection(
        action=candidate.action.id,
        rule=candidate.rule.id,
        gate=refusal.gate,
        reason=refusal.reason,
        detail=refusal.detail,
        placement=placement,
        retry_after=refusal.retry_after,
    )


@dataclass(frozen=True, slots=True)
class Fit:
    """A candidate on a channel, with its text, and when it may go out where that is not now."""

    treatment: CompiledTreatment
    content: Content
    deliver_after: int | None = None


class Placer:
    """Fills placements (or the one outbound slot) with the best that fit, and remembers why others do not."""

    def __init__(self, situation: Situation, decision: str) -> None:
        self.decision = decision
        context = situation.occasion.context
        self.warnings = tuple(f"unknown context key: {k}" for k, v in context.items() if v is None) if context else ()
        self._situation = situation
        compiled, occasion = situation.compiled, situation.occasion
        self._book = compiled.rulebook
        _, spoken = situation.profile.traits.get("language", (0, None))
        self._chain = language_chain((occasion.language, spoken), self._book.shop.languages)
        self._writer = Writer(situation.facts, compiled.types, self._book.shop.currency)
        self._chosen: list[tuple[Action, str]] = []
        self._why: dict[str, Rejection] = {}

    def place(self, scored: Scored) -> tuple[Result, ...]:
        """Placements are filled in the order in which they were asked for."""
        asked = self._situation.occasion.placements
        if not asked:
            return (self._outbound(scored),)
        placements = self._book.placements
        self.warnings += tuple(f"unknown placement: {p.id}" for p in asked if p.id not in placements)
        return tuple(self._fill(placements.get(placed.id), placed, scored) for placed in asked)

    def rejections(self, scored: Scored) -> tuple[Rejection, ...]:
        """Why those were dropped that passed the gates and are in no placement."""
        used = {action.id for action, _ in self._chosen}
        return tuple(
            self._why[c.action.id] for c, _, _ in scored if c.action.id not in used and c.action.id in self._why
        )

    def fallback(self, placement: Placement | None) -> Content:
        """What a placement shows when there is nothing to say."""
        content = fallback_content(placement.fallback, self._chain) if placement else None
        return content or Content(self._chain[0], {})

    def _outbound(self, scored: Scored) -> Result:
        chosen = self._best(scored, None, self._book.arbitration.outbound_at_most)
        return Result(None, chosen, reason=None if chosen else Reason.NOTHING_ELIGIBLE)

    def _fill(self, placement: Placement | None, placed: Placed, scored: Scored) -> Result:
        chosen: tuple[Recommendation, ...] = ()
        if placement is not None:
            chosen = self._best(self._waiting_first(scored, placement), placement, self._room(placed, placement))
        if chosen:
            return Result(placed.id, chosen)
        return Result(placed.id, fallback=self.fallback(placement), reason=Reason.NOTHING_ELIGIBLE)

    def _room(self, placed: Placed, placement: Placement) -> int:
        """How many fit: by the request, the placement, and what a whole request may say (S25)."""
        room = min(placed.count, placement.at_most)
        most = self._book.arbitration.request_at_most
        return room if most is None else min(room, most - len(self._chosen))

    def _waiting_first(self, scored: Scored, placement: Placement) -> Scored:
        """What waits in this placement is given again before anything else, but for what must be said."""
        if not self._situation.profile.pending:
            return scored
        return sorted(
            scored,
            key=lambda row: row[0].action.kind != "mandatory" and self._pending(row[0].action.id, placement.id) is None,
        )

    def _best(self, scored: Scored, placement: Placement | None, most: int) -> tuple[Recommendation, ...]:
        chosen: list[Recommendation] = []
        taken = 0
        for candidate, points, parts in scored:
            if self._is_used(candidate.action):
                continue
            fit = self._fit(candidate, placement)
            if isinstance(fit, Refusal):
                self._drop(candidate, fit, placement)
            elif taken >= most and not _is_task(candidate.action):
                self._drop(candidate, _outranked(points, most), placement)
            elif held := self._said_already(candidate.action):
                self._drop(candidate, held, placement)
            else:
                chosen.append(self._recommend(candidate, fit, placement, (len(chosen) + 1, points, parts)))
                self._chosen.append((candidate.action, fit.treatment.channel.id))
                taken += not _is_task(candidate.action)
        return tuple(chosen)

    def _is_used(self, action: Action) -> bool:
        """Chosen in this decision, and not to be said twice."""
        return any(chosen.id == action.id for chosen, _ in self._chosen) and not self._may_repeat(action)

    def _may_repeat(self, action: Action) -> bool:
        """Only what nothing limits may stand in two placements."""
        return self._book.arbitration.duplicates and is_unlimited(action, self._situation.compiled)

    def _drop(self, candidate: Candidate, refusal: Refusal, placement: Placement | None) -> None:
        """The reason that came nearest to a recommendation is kept: to be outranked says more than not to fit."""
        known = self._why.get(candidate.action.id)
        if known is None or refusal.reason is Reason.OUTRANKED or known.reason is Reason.NO_REACHABLE_CHANNEL:
            self._why[candidate.action.id] = rejection(candidate, refusal, placement.id if placement else None)

    def _fit(self, candidate: Candidate, placement: Placement | None) -> Fit | Refusal:
        """The first treatment that may be used here and has a text; else the reason that says most."""
        refusal = self._held_here(candidate.action, placement)
        if refusal is not None:
            return refusal
        where = placement.id if placement else "outbound"
        refusal = Refusal("channel", Reason.NO_REACHABLE_CHANNEL, f"the action has no treatment for {where}")
        for treatment in self._situation.compiled.treatments[candidate.action.id]:
            if _belongs(treatment, placement):
                fit = self._on_channel(candidate, treatment, placement)
                if isinstance(fit, Fit):
                    return fit
                refusal = _more_telling(refusal, fit)
        return refusal

    def _held_here(self, action: Action, placement: Placement | None) -> Refusal | None:
        """What holds for the whole action at this point of the decision."""
        repeats = self._may_repeat(action)
        if placement and not repeats and (held := waits_elsewhere(action, {placement.id}, self._situation)):
            return held
        if self._pending(action.id, placement.id if placement else None):
            return None
        waiting = sum(p.expires > self._situation.now for p in self._situation.profile.pending)
        if waiting + len(self._chosen) >= PENDING_KEPT:
            return Refusal("pending", Reason.FREQUENCY_CAP, f"{PENDING_KEPT} recommendations wait to be seen")
        return None

    def _said_already(self, action: Action) -> Refusal | None:
        groups = {chosen.group for chosen, _ in self._chosen if chosen.kind not in UNCOUNTED}
        return said_already(action, groups, self._situation.compiled)

    def _on_channel(
        self, candidate: Candidate, treatment: CompiledTreatment, placement: Placement | None
    ) -> Fit | Refusal:
        action, channel, situation = candidate.action, treatment.channel, self._situation
        held = may_use(channel, action, situation) or frequency.exceeded(action, channel.id, situation, self._chosen)
        if held is not None:
            return held
        silence = quiet_hours.silence(channel, action, situation) if placement is None else None
        if isinstance(silence, Refusal):
            return silence
        products = [self._book.products[p.sku] for p in candidate.products]
        chain = self._chain if action.kind != "internal" else self._book.shop.languages
        content = self._writer.content(treatment, chain, products)
        if content is None:
            return Refusal("text", Reason.NO_TEXT, f"{channel.id}: no text could be filled")
        return Fit(treatment, content, silence)

    def _recommend(
        self,
        candidate: Candidate,
        fit: Fit,
        placement: Placement | None,
        ranked: tuple[int, float, Mapping[str, float]],
    ) -> Recommendation:
        rank, points, parts = ranked
        slot = placement.id if placement else None
        action, rule, now = candidate.action, candidate.rule, self._situation.now
        pending = self._pending(action.id, slot)
        return Recommendation(
            recommendation_id=pending.recommendation_id
            if pending
            else recommendation_id(self.decision, action.id, slot),
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
            score=points,
            score_parts=parts,
            expires_at=pending.expires if pending else now + action.expires,
            scope=candidate.scope,
            deliver_after=fit.deliver_after,
            reserved=pending.reserved if pending else action.limited,
            again=pending is not None,
        )

    def _pending(self, action: str, placement: str | None) -> Pending | None:
        """Asked again while it waits: the same recommendation, not a second one."""
        if placement is None:
            return None
        for pending in self._situation.profile.pending:
            if (pending.action, pending.placement) == (action, placement) and pending.expires > self._situation.now:
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


def _outranked(points: float, most: int) -> Refusal:
    detail = f"score {points:g}; {max(0, most)} with a higher score came first"
    return Refusal("arbitration", Reason.OUTRANKED, detail)


def _belongs(treatment: CompiledTreatment, placement: Placement | None) -> bool:
    channel = treatment.channel
    if placement is None:
        return channel.outbound
    return channel.id == placement.channel and (treatment.placements is None or placement.id in treatment.placements)


def taken_out(
    results: Sequence[Result], withheld: Collection[str], placer: Placer, situation: Situation
) -> tuple[Result, ...]:
    """The results without what a holdout withholds (recommendation ids): its places show their fallback."""
    if not withheld:
        return tuple(results)
    placements, out = situation.compiled.rulebook.placements, []
    for result in results:
        stay = tuple(one for one in result.recommendations if one.recommendation_id not in withheld)
        if stay or not result.recommendations:
            out.append(Result(result.placement, stay, result.fallback, result.reason))
        else:
            fallback = placer.fallback(placements.get(result.placement)) if result.placement else None
            out.append(Result(result.placement, fallback=fallback, reason=Reason.HOLDOUT))
    return tuple(out)
