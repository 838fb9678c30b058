"""Reads checked YAML nodes into model values: one module per kind of file.

Every function reports all errors to one `Report` and returns a usable value in any case: an error discards the whole
rulebook, but reading continues, so that all errors are found at once.
"""
