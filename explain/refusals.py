"""A refusal in words: the message of the catalogue for its parameters, and their values."""

from engine.domain import refusal as of
from engine.domain.refusal import Params, Refusal
from explain.speaker import Speaker, number, percent


def sentence(refusal: Refusal, speaker: Speaker) -> str:
    """Why a candidate was refused, with its numbers. Texts of former records are shown as they are."""
    if refusal.params is None:
        reason = speaker.say(f"reason.{refusal.reason}")
        if refusal.legacy_text is None:
            return reason
        return speaker.say("explanation.reason-and-detail", reason=reason, detail=refusal.legacy_text)
    return speaker.say("refusal.sentence", detail=clause(refusal.params, speaker))


def clause(params: Params, speaker: Speaker) -> str:
    """The same as half a sentence."""
    message, fields = _message(params, speaker)
    return speaker.say(f"refusal.{message}", **fields)


def _message(params: Params, speaker: Speaker) -> tuple[str, dict[str, object]]:  # noqa: PLR0911, PLR0912 - a line for each
    say = speaker
    match params:
        case of.NotLive(status):
            return "not-live", {"status": say.term(status)}
        case of.ActionRemoved():
            return "action-gone", {}
        case of.OutOfDates(valid_from, valid_until):
            return ("valid-from", _time(valid_from, say)) if valid_from else ("valid-until", _time(valid_until, say))
        case of.Paused():
            return _paused(params, say)
        case of.NotInRollout(kind, name, share):
            return "not-in-rollout", {"what": _target(kind, name, say), "share": percent(share)}
        case of.OnceAlready(per):
            return "once", {"scope": say.term(per)}
        case of.AlreadyPending(where) | of.PendingElsewhere(where):
            return "pending-elsewhere", {"where": say.term(where)}
        case of.ForbiddenByRule(rule, title):
            return "forbidden", {"rule": rule, "title": title}
        case of.Suppressed():
            return "suppressed", _suppressed(params, say)
        case of.Cooldown():
            return _cooldown(params, say)
        case of.GroupAlreadyChosen(group, wait):
            return "cooldown-here", {"group": group, "wait": say.span(wait)}
        case of.LimitReached(count, most, within):
            return "limit", {"number": count, "most": most, "within": say.span(within)}
        case of.TotalExhausted(most, period):
            return "total", {"most": most, "period": _period(period, say)}
        case of.StockExhausted(most):
            return "stock", {"most": most}
        case of.BudgetExhausted(most, period):
            return "budget", {"amount": say.minor(most), "period": _period(period, say)}
        case of.NoProduct(wanted):
            return "no-product", {"wish": say.term(wanted or "any product")}
        case of.OutOfStock(wanted):
            return "sold-out", {"wish": say.term(wanted or "any product")}
        case of.Duplicate(rule):
            return "same-action", {"rule": rule}
        case of.TooManyPending(most):
            return "too-many-pending", {"most": most}
        case of.NoTreatment(placement):
            return "no-treatment", {"where": placement or say.term("outbound")}
        case of.NoReachableChannel(channel, address):
            return "no-channel-address", {"channel": channel, "address": address}
        case of.NoConsent(channel, purpose):
            return "no-consent", {"channel": channel, "purpose": purpose}
        case of.ConsentUnclear():
            return "consent-unclear", {}
        case of.FrequencyCap():
            return _cap(params, say)
        case of.QuietHours():
            return _quiet(params, say)
        case of.NoText(channel):
            return "no-text", {"channel": channel}
        case of.KeptByPending(score, action, until):
            return "kept-by-pending", {"score": number(score), "action": action, **_time(until, say)}
        case of.Outranked(score, ahead):
            others = say.say("refusal.rivals-unknown", number=ahead) if ahead else say.say("refusal.no-room")
            return "outranked", {"score": number(score), "rivals": others}
        case _:
            raise AssertionError(f"no sentence for {params}")


def _time(at: int | None, speaker: Speaker) -> dict[str, object]:
    return {"time": speaker.moment(at or 0)}


def _period(period: str | None, speaker: Speaker) -> str:
    return speaker.say(f"period.{period or 'ever'}")


def _named(per: str, name: str, speaker: Speaker) -> str:
    """An action by its id, a group as one."""
    if per == "action":
        return name
    return speaker.say("explanation.target", kind=speaker.term(per), target=name)


def _target(kind: str, name: str, speaker: Speaker) -> str:
    return speaker.say("explanation.target", kind=speaker.term(kind), target=name) if name else speaker.term(kind)


def _paused(params: of.Paused, speaker: Speaker) -> tuple[str, dict[str, object]]:
    fields: dict[str, object] = {"what": _target(params.kind, params.name, speaker)}
    fields["why"] = speaker.say("refusal.paused-why", why=params.why) if params.why else ""
    if params.until is None:
        return "paused", fields
    return "paused-until", {**fields, "time": speaker.moment(params.until)}


def _suppressed(params: of.Suppressed, speaker: Speaker) -> dict[str, object]:
    return {
        "what": _named(params.per, params.name, speaker),
        "number": params.count,
        "most": params.after,
        "outcomes": speaker.listed(map(speaker.term, params.outcomes), "list.or"),
        "within": speaker.span(params.within),
        "lasting": speaker.span(params.lasting),
    }


def _cooldown(params: of.Cooldown, speaker: Speaker) -> tuple[str, dict[str, object]]:
    wait = speaker.span(params.wait)
    if params.last is None:
        return "cooldown-pending", {"action": params.pending, "group": params.name, "wait": wait}
    what = _named(params.per, params.name, speaker)
    return "cooldown", {"what": what, "time": speaker.moment(params.last), "wait": wait}


def _cap(params: of.FrequencyCap, speaker: Speaker) -> tuple[str, dict[str, object]]:
    selectors = ("actions", "groups", "tags", "channels")
    chosen = [(name, getattr(params, name)) for name in selectors if getattr(params, name)]
    which = "".join(speaker.say(f"refusal.cap-{name}", names=speaker.joined(names)) for name, names in chosen)
    if params.within is not None:
        within = speaker.span(params.within)
        return "cap", {"number": params.count, "most": params.most, "which": which, "within": within}
    if params.in_period is None:
        return "cap-no-zone", {"most": params.most, "which": which, "period": speaker.term(params.period or "")}
    fields = {"number": params.count, "most": params.most, "which": which}
    return "cap-calendar", {**fields, "period": params.in_period, "zone": params.zone}


def _quiet(params: of.QuietHours, speaker: Speaker) -> tuple[str, dict[str, object]]:
    channel: dict[str, object] = {"channel": params.channel}
    if params.zone is None:
        return "quiet-no-zone", channel
    if params.until is None:
        return "always-quiet", channel
    message = "quiet-too-long" if params.expires else "quiet"
    return message, {**channel, "time": speaker.moment(params.until)}
