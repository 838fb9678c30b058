"""Reads checked YAML nodes into model values: one module per kind of file.

Every function takes what it needs, reports all that is wrong to one `Report` and returns a usable value in any case:
after an error the rulebook is thrown away as a whole, but reading goes on, so that all errors are found at once.
"""
