"""What a profile was read from: its fields as they were stored, decoded when somebody first uses them."""

import struct
from collections.abc import Mapping
from typing import Any, Final

from orjson import loads

from engine.errors import UnreadableState
from engine.profile.sections import SECTIONS, purchases_of

_READ: Final = {section.field: section.read for section in SECTIONS}
UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError, struct.error)
"""What damaged bytes raise where they are read (a JSON error is a ValueError)."""


class Stored:
    """`raw`: field -> its bytes, or its JSON value where a former format stored all fields as one.

    `read`: field -> the value that was decoded from it. While a profile still has that very value, the field is
    written back as it was read.
    """

    __slots__ = ("orders", "raw", "read")

    def __init__(self, raw: Mapping[str, Any], orders: bytes) -> None:
        self.raw = raw
        self.orders = orders
        self.read: dict[str, Any] = {}

    def value(self, field: str) -> Any:
        """The value of a field that is stored. KeyError where none is, UnreadableState when it cannot be decoded."""
        if field in self.read:
            return self.read[field]
        raw = self.raw[field]
        try:
            body = loads(raw) if type(raw) is bytes else raw
            if field == "purchases":
                value: Any = purchases_of(body, self.orders)
            else:
                read = _READ[field]
                value = body if read is None else read(body)
        except UNREADABLE as error:
            raise UnreadableState(f"the stored profile's {field} cannot be read") from error
        self.read[field] = value
        return value
