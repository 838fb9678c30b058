"""Finds what makes code depend on more than its arguments, in its syntax tree: clock, machine, files, salted hashes."""

import ast
from collections.abc import Iterator
from typing import Final

BUILTINS: Final = frozenset(("open", "input", "print", "breakpoint", "hash", "__import__", "__builtins__"))
"""`hash` of a text differs from process to process. `exec` is left out: it makes constructors, as in dataclasses."""
CLOCK: Final = frozenset(
    (
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "datetime.date.today",
        "datetime.date.fromtimestamp",  # in the time zone of the machine; there is no other way to call it
    )
)
IN_MEMORY: Final = frozenset(("io", "io.StringIO"))
"""The harmless part of a module that may not be used otherwise."""
_ORDERING: Final = frozenset(("sorted", "min", "max", "sort"))


def impurities(file: str, source: str, modules: frozenset[str]) -> list[str]:
    """`file:line: what` for each impure use in a module; `modules`: top-level names that it may not import."""
    finder = _Finder(modules)
    finder.visit(ast.parse(source))
    return [f"{file}:{line}: {what}" for line, what in sorted(finder.found)]


class _Finder(ast.NodeVisitor):
    def __init__(self, modules: frozenset[str]) -> None:
        self._modules = modules
        self._imported: dict[str, str] = {}  # name in this module -> dotted name of what was imported
        self.found: set[tuple[int, str]] = set()

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            bound = alias.name if alias.asname else alias.name.partition(".")[0]
            self._imported[alias.asname or bound] = bound
            self._check(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            dotted = f"{node.module}.{alias.name}"
            self._imported[alias.asname or alias.name] = dotted
            self._check(node, dotted)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in BUILTINS and node.id not in self._imported and isinstance(node.ctx, ast.Load):
            self.found.add((node.lineno, node.id))
        self._check(node, self._dotted(node))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        dotted = self._dotted(node)
        if dotted is None:
            self.generic_visit(node)
        self._check(node, dotted)

    def visit_Call(self, node: ast.Call) -> None:
        method = node.func.attr if isinstance(node.func, ast.Attribute) else None
        if method == "astimezone" and not node.args and not node.keywords:
            self.found.add((node.lineno, "astimezone without a zone"))
        zoned = len(node.args) > 1 or any(keyword.arg == "tz" for keyword in node.keywords)
        if self._dotted(node.func) == "datetime.datetime.fromtimestamp" and not zoned:
            self.found.add((node.lineno, "fromtimestamp without a zone"))
        if (node.func.id if isinstance(node.func, ast.Name) else method) in _ORDERING:
            self.found.update((name.lineno, "an order by id") for name in _names(node, "id"))
        self.generic_visit(node)

    def _dotted(self, node: ast.expr) -> str | None:
        """What an expression names, where that was imported: `dt.now` is datetime.datetime.now."""
        if isinstance(node, ast.Name):
            return self._imported.get(node.id)
        if isinstance(node, ast.Attribute) and (base := self._dotted(node.value)):
            return f"{base}.{node.attr}"
        return None

    def _check(self, node: ast.stmt | ast.expr, dotted: str | None) -> None:
        if dotted is None or dotted in IN_MEMORY:
            return
        if dotted in CLOCK or dotted.partition(".")[0] in self._modules:
            self.found.add((node.lineno, dotted))


def _names(node: ast.AST, name: str) -> Iterator[ast.Name]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Name) and one.id == name)
