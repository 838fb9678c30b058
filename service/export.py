"""Everything stored of a customer, for the customer: readable and complete.

Fields have their profile names. Times are RFC 3339, days are dates, money is a decimal string in
the shop's currency; ids of orders, complaints and events are stored, and exported, as digests only. Data that only a
newer version can read is exported as base64.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import orjson

from engine.compiled.rulebook import Compiled
from engine.domain.events import customer_ref
from engine.domain.facts import FactType
from engine.domain.money import Currency
from engine.domain.profile import (
    Contact,
    Credit,
    Experiment,
    Order,
    Pending,
    Placing,
    Profile,
    Purchases,
    Retry,
    Shown,
    Wait,
)
from engine.domain.profile.counters import Buckets, CounterPlan
from engine.domain.profile.order import Return, Sent
from engine.domain.profile.state import HALF_LIVES
from engine.domain.times import DAY, format_rfc3339
from service import change, records
from service.decision_json import full
from service.identity import keys_of
from service.ports import Store

Json = dict[str, Any]


def export(profile: Profile, store: Store, compiled: Compiled) -> Json:
    """Profile, decision records (newest first) and deliveries (oldest first) of a customer under all their ids."""
    keys = keys_of(profile)
    return {
        "customer": customer_ref(profile.customer),
        "profile": profile_json(change.with_all_orders(profile, store), compiled),
        "decisions": [_decision(record, compiled) for key in keys for record in store.records_of(key)],
        "deliveries": [orjson.loads(delivery) for key in keys for delivery in store.deliveries_of(key)],
    }


def _decision(data: bytes, compiled: Compiled) -> Json:
    """A decision with its inputs."""
    record = records.decode(data)
    out = full(record.decision, compiled.rulebook.shop.currency)
    made = record.inputs
    if made is not None:
        out["inputs"] = {
            "profile": profile_json(made.have, compiled),
            "trigger": orjson.loads(orjson.dumps(made.on)),
            "at": _time(made.now),
        }
    return out


def profile_json(profile: Profile, compiled: Compiled) -> Json:
    """Every field of a profile."""
    money = compiled.rulebook.shop.currency
    return {
        "customer": customer_ref(profile.customer),
        **_from_events(profile, compiled),
        **_from_decisions(profile, money),
        **_identity_and_tier(profile, money),
        "unknown": {str(number): b64encode(section).decode() for number, section in profile.unknown},
    }


def _from_events(profile: Profile, compiled: Compiled) -> Json:
    return {
        "first_seen": _time(profile.first_seen),
        "last_seen": _time(profile.last_seen),
        "purchases": _purchases(profile.purchases, compiled.rulebook.shop.currency),
        "channels": _times(profile.channels),
        "source": {"at": _time(profile.source[0]), "channel": profile.source[1]} if profile.source[0] else None,
        "traits": {name: {"at": _time(at), "value": value} for name, (at, value) in profile.traits.items()},
        "channel_addresses": {
            channel: {"at": _time(at), "reachable": reachable}
            for channel, (at, reachable) in profile.channel_addresses.items()
        },
        "consents": {
            channel: {purpose: {"at": _time(at), "granted": granted} for purpose, (at, granted) in purposes.items()}
            for channel, purposes in profile.consents.items()
        },
        "categories": _bought(profile.categories),
        "skus": _bought(profile.skus),
        "complaints": {
            digest: {"opened": _time(opened), "closed": _time(closed)}
            for digest, (opened, closed) in profile.complaints.items()
        },
        "friends": {
            digest: {"referred": _time(referred), "bought": _time(bought), "reversed": _time(back)}
            for digest, (referred, bought, back) in profile.friends.items()
        },
        "rating": {"at": _time(profile.rating[0]), "score": profile.rating[1]} if profile.rating[0] else None,
        "delivery": {"at": _time(profile.delivery[0]), "order": profile.delivery[1]} if profile.delivery[0] else None,
        "newest": _times(profile.newest),
        "event_counts": dict(profile.event_counts),
        "counters": _counters(profile.counters, compiled),
    }


def _from_decisions(profile: Profile, money: Currency) -> Json:
    return {
        "contacts": {action: _contact(contact) for action, contact in profile.contacts.items()},
        "pending": [_pending(pending) for pending in profile.pending],
        "once": dict(profile.once),
        "shown": [_shown(shown) for shown in profile.shown],
        "credits": {order: _credit(credit, money) for order, credit in profile.credits.items()},
        "experiments": {name: _experiment(experiment, money) for name, experiment in profile.experiments.items()},
        "retries": [_retry(retry) for retry in profile.retries],
        "waits": [_wait(wait) for wait in profile.waits],
        "inactive_at": _time(profile.inactive_at),
        "evaluated": list(profile.evaluated),
    }


def _identity_and_tier(profile: Profile, money: Currency) -> Json:
    return {
        "aliases": [customer_ref(key) for key in profile.aliases],
        "merged_into": customer_ref(profile.merged_into) if profile.merged_into else None,
        "erased": _time(profile.erased),
        "seen": [profile.seen[at : at + 6].hex() for at in range(0, len(profile.seen), 6)],
        "fingerprints": profile.fingerprints.hex(),
        "tier": profile.tier,
        "placing": _placing(profile.placing, money) if profile.placing else None,
    }


def _time(at: int | None) -> str | None:
    return format_rfc3339(at) if at else None


def _date(day: int) -> str:
    return format_rfc3339(day * DAY)[:10]


def _times(have: Mapping[str, int]) -> Json:
    return {name: _time(at) for name, at in have.items()}


def _bought(have: Mapping[str, tuple[int, int]]) -> Json:
    return {name: {"units": units, "newest": _date(day)} for name, (units, day) in have.items()}


def _purchases(bought: Purchases, money: Currency) -> Json:
    return {
        "orders": {digest: _order(order, money) for digest, order in bought.all_orders.items()},
        "older": bought.older,
        "days": [_date(day) for day in bought.days],
        "order_count": bought.order_count,
        "days_bought": bought.days_bought,
        "spend": money.format(bought.spend),
        "margin": money.format(bought.margin),
        "margin_orders": bought.margin_orders,
        "returns": bought.returns,
        "returned": money.format(bought.returned),
        "first_time": _time(bought.first_time),
        "last_time": _time(bought.last_time),
        "counts": {f"half_life_{days}_days": count for days, count in zip(HALF_LIVES, bought.counts, strict=True)},
        "spend_decayed": money.format(round(bought.spend_decayed)),
        "updated": _time(bought.updated),
    }


def _order(order: Order, money: Currency) -> Json:
    return {
        "time": _time(order.time),
        "total": money.format(order.total),
        "margin": None if order.margin is None else money.format(order.margin),
        "returns": [_return(one, money) for one in order.returns],
        "cancelled": _time(order.cancelled),
        "version": _time(order.version),
        "lines": [{"digest": digest, "amount": money.format(amount)} for digest, amount in order.lines],
        "sent": _sent(order.sent),
        "placed": order.placed,
    }


def _return(one: Return, money: Currency) -> Json:
    return {
        "at": _time(one.time),
        "amount": money.format(one.amount),
        "margin": money.format(one.margin),
        "lines": [{"digest": digest, "amount": money.format(amount)} for digest, amount in one.lines],
        "sent": _sent(one.sent),
    }


def _sent(sent: Sent | None) -> Json | None:
    """The amount in the currency in which it was sent, in minor units."""
    return None if sent is None else {"currency": sent[0], "amount_minor": sent[1]}


def _counters(have: Buckets, compiled: Compiled) -> Json:
    """By their names in the rulebook; undeclared ones, by their stored names."""
    plans = {plan.key: plan for counting in compiled.counters.values() for plan in counting}
    return {
        plans[key].name if key in plans else key: _buckets(flat, plans.get(key), compiled) for key, flat in have.items()
    }


def _buckets(flat: list[int], plan: CounterPlan | None, compiled: Compiled) -> list[Json]:
    """Counts by their first day. Without the plan the width of a bucket is unknown, only its number."""
    if plan is None:
        return [{"bucket": at, "sum": amount} for at, amount in zip(flat[::2], flat[1::2], strict=True)]
    is_money = compiled.types.get(plan.name) == FactType.MONEY
    money = compiled.rulebook.shop.currency
    return [
        {"from": _date(at * plan.width), "sum": money.format(amount) if is_money else amount}
        for at, amount in zip(flat[::2], flat[1::2], strict=True)
    ]


def _contact(contact: Contact) -> Json:
    return {
        "touches": {channel: [_time(at) for at in times] for channel, times in contact.touches.items()},
        "outcome": contact.outcome,
        "outcome_time": _time(contact.outcome_time),
        "refusals": {kind: [_time(at) for at in times] for kind, times in contact.refusals.items()},
    }


def _pending(pending: Pending) -> Json:
    return {
        "recommendation_id": pending.recommendation_id,
        "action": pending.action,
        "rule": pending.rule,
        "channel": pending.channel,
        "placement": pending.placement,
        "decided": _time(pending.decided),
        "expires": _time(pending.expires),
        "scope": pending.scope,
        "reserved": pending.reserved,
    }


def _shown(shown: Shown) -> Json:
    return {
        "recommendation_id": shown.recommendation_id,
        "action": shown.action,
        "channel": shown.channel,
        "at": _time(shown.at),
        "expires": _time(shown.expires),
        "answer": shown.answer,
        "answered": _time(shown.answered),
    }


def _credit(credit: Credit, money: Currency) -> Json:
    return {
        "recommendation_id": credit.recommendation_id,
        "action": credit.action,
        "tier": credit.tier,
        "amount": money.format(credit.amount),
    }


def _experiment(experiment: Experiment, money: Currency) -> Json:
    return {
        "entered": _time(experiment.entered),
        "held": experiment.held,
        "purchases": experiment.purchases,
        "revenue": money.format(experiment.revenue),
    }


def _retry(retry: Retry) -> Json:
    return {"at": _time(retry.at), "key": retry.key, "until": _time(retry.until)}


def _wait(wait: Wait) -> Json:
    return {"at": _time(wait.at), "key": wait.key, "properties": dict(wait.properties)}


def _placing(placing: Placing, money: Currency) -> Json:
    return {
        "score_bin": placing.score_bin,
        "value_bin": placing.value_bin,
        "value": money.format(placing.value),
        "days_bought": placing.days_bought,
        "spend": money.format(placing.spend),
        "margin": money.format(placing.margin),
        "newcomer": placing.newcomer,
    }
