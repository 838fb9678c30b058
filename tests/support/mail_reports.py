"""Reports as four mail services send them, for one message to one customer."""

import json
from typing import Any

Json = dict[str, Any]

AT = "2026-03-02T08:30:00Z"
AT_SECONDS = 1_772_440_200


def mailgun(event: str, about: Json, **more: Any) -> Json:
    """`about`: the user variables; `more`: keys of event-data, with _ for -."""
    data = {
        "event": event,
        "id": f"mg-{event}",
        "timestamp": AT_SECONDS + 0.529,
        "log-level": "info",
        "recipient": "mei@example.com",
        "message": {"headers": {"message-id": "20260302083000.1.A@mail.example", "subject": "Hi"}, "size": 341},
        "user-variables": about,
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return {"signature": {"timestamp": "1772440201", "token": "t0", "signature": "s0"}, "event-data": data}


def sendgrid(event: str, about: Json, **more: Any) -> Json:
    """`about`: the custom arguments, which stand beside the other properties."""
    return {
        "email": "mei@example.com",
        "timestamp": AT_SECONDS,
        "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
        "event": event,
        "category": ["win-back"],
        "sg_event_id": f"sg-{event}-{len(more)}",
        "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
        **about,
        **more,
    }


def ses(event: str, about: Json, **more: Any) -> Json:
    """`about`: the tags of the message; `more`: the object of the event."""
    mail = {
        "timestamp": "2026-03-02T08:29:00.000Z",
        "messageId": "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000",
        "destination": ["mei@example.com"],
        "tags": {"ses:configuration-set": ["shop"], **{name: [value] for name, value in about.items()}},
    }
    return {"eventType": event, "mail": mail, **more}


def through_sns(report: Json) -> Json:
    """The report in the envelope of Amazon SNS."""
    return {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": "arn:aws:sns:eu-central-1:123456789012:mail",
        "Message": json.dumps(report),
        "Timestamp": "2026-03-02T08:30:01.000Z",
        "SignatureVersion": "1",
    }


def postmark(record: str, about: Json, **more: Any) -> Json:
    """`about`: the metadata of the message."""
    when = {"Delivery": "DeliveredAt", "Open": "ReceivedAt", "Click": "ReceivedAt", "SubscriptionChange": "ChangedAt"}
    return {
        "RecordType": record,
        "MessageStream": "broadcast",
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Metadata": about,
        when.get(record, "BouncedAt"): "2026-03-02T08:30:00.0000000Z",
        **more,
    }
