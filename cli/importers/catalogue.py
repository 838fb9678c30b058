"""A table of products as the rulebook's catalogue.yaml, a product a line."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from authoring.formatting.insert import scalar
from cli.importers.counts import Dropped, ImportCounts
from cli.importers.csv_rows import UNKNOWN, Form, name_of, records
from cli.importers.numbers import Evidence, Numbers
from cli.importers.tables import columns_of
from cli.importers.values import clean_text, minor_units
from engine.domain.money import Currency

T = TypeVar("T")

REQUIRED: Final = ("sku", "title", "category", "price")
FIELDS: Final = (*REQUIRED, "roles", "stock")
TITLE: Final = "title."
"""Begins the fields of titles by language, such as title.zh-Hans; `title` is that of the first language."""
_HEAD: Final = "products:\n"
_MANY: Final = str.maketrans("|;", ",,")


@dataclass(frozen=True, slots=True)
class Layout:
    """`columns`: field -> column. `language`: that of `title`. `mark`: the decimal sign, None: found out."""

    columns: Mapping[str, str]
    currency: Currency
    language: str
    mark: str | None = None
    form: Form = UNKNOWN


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The text of catalogue.yaml; `lines`: the line of the table for each product."""

    text: str
    lines: Sequence[int]

    def line_of(self, line: int) -> int:
        """The line of the table from which a line of the text comes."""
        return self.lines[min(max(line - 2, 0), len(self.lines) - 1)] if self.lines else 1


def read(path: Path, layout: Layout, counts: ImportCounts) -> Catalogue:
    """The catalogue, not yet checked. Dropped: missing-columns, bad-amount, other-currency, spreadsheet-error."""
    rows = list(_rows(path, layout, counts))
    mark = layout.mark or _found_mark(path, rows, layout, counts)
    numbers = Numbers(mark, layout.currency)
    products: list[str] = []
    lines: list[int] = []
    for line, cells in rows:
        counts.read += 1
        try:
            products.append(_product(cells, layout, numbers))
            lines.append(line)
        except Dropped as dropped:
            counts.drop(dropped, line)
    return Catalogue(_HEAD + "".join(products), lines)


def _rows(path: Path, layout: Layout, counts: ImportCounts) -> Iterator[tuple[int, dict[str, str]]]:
    found = records(path, [(name,) for name in layout.columns.values()], layout.form, counts)
    header = next(found, None)
    names = header[0].cells if header else []
    optional = {field: field for field in FIELDS if name_of(field) in map(name_of, names)}
    columns = {field: column for field, column in optional.items() if field not in REQUIRED} | dict(layout.columns)
    picks = dict(zip(columns, columns_of(path, names, [(column,) for column in columns.values()]), strict=True))
    for place, name in enumerate(names):
        if name_of(name) and place not in picks.values():
            counts.notes[f"column {name.strip()!r} is not used"] += 1
    for record, _ in found:
        cells = [*record.cells, *[""] * (len(names) - len(record.cells))]
        yield record.line, {field: cells[place] for field, place in picks.items()}


def _found_mark(path: Path, rows: Sequence[tuple[int, Mapping[str, str]]], layout: Layout, counts: ImportCounts) -> str:
    evidence = Evidence(layout.currency)
    for line, cells in rows:
        evidence.add(cells["price"], line)
    mark = evidence.mark(path)
    counts.guesses += evidence.guesses()
    return mark


def _product(cells: Mapping[str, str], layout: Layout, numbers: Numbers) -> str:
    """One product as a line of YAML."""
    price = minor_units(_shown(cells, "price", layout, numbers.amount), layout.currency)
    titles = {layout.language: cells["title"]} if "title" in cells else {}
    titles |= {field.removeprefix(TITLE): cell for field, cell in cells.items() if field.startswith(TITLE)}
    title = ", ".join(f"{tag}: {scalar(clean_text(text))}" for tag, text in titles.items() if clean_text(text))
    parts = [
        f"sku: {scalar(clean_text(cells['sku']))}",
        f"title: {{{title}}}",
        f"category: {scalar(clean_text(cells['category']))}",
        f"price: {layout.currency.format(price)} {layout.currency.code}",
    ]
    roles = [word.strip() for word in clean_text(cells.get("roles", "")).translate(_MANY).split(",") if word.strip()]
    if roles:
        parts.append(f"roles: [{', '.join(map(scalar, roles))}]")
    if clean_text(cells.get("stock", "")):
        parts.append(f"stock: {_shown(cells, 'stock', layout, numbers.whole)}")
    return f"  - {{{', '.join(parts)}}}\n"


def _shown(cells: Mapping[str, str], field: str, layout: Layout, read: Callable[[str], T]) -> T:
    try:
        return read(cells[field])
    except Dropped as dropped:
        raise Dropped(
            dropped.reason, f"{cells[field][:40]!r} in the column {layout.columns.get(field, field)!r}"
        ) from None
