"""The one refusal of this package."""


class Unsupported(Exception):
    """The log does not suffice; the text gives the reason, in words for users."""
