"""The one refusal of this package."""


class Unsupported(Exception):
    """The log cannot tell what was asked; the text says why, in words fit to be shown."""
