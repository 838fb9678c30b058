"""Decision tables as spreadsheets: a table's YAML file as rows of texts, rows as CSV, and the way back.

Above the table stand rows that say what it is (`table`, `decides`, `pick`, `order`, `otherwise`, then what they say),
then a row of its columns that ends with the fact it decides, then its rows, cells as in the YAML file. What stands in
the YAML file as a comment on a row is in the column `# note`; a row whose only cell begins with # is a comment of its
own.
"""

from engine.rulebook.sheet.checked import Checked, checked
from engine.rulebook.sheet.csv_file import MOST_BYTES, SEPARATORS, BadSheet, csv_of, rows_of
from engine.rulebook.sheet.from_rows import sheet_from
from engine.rulebook.sheet.from_yaml import sheet_of
from engine.rulebook.sheet.model import Mistake, Sheet
from engine.rulebook.sheet.to_rows import rows_from

__all__ = [
    "MOST_BYTES",
    "SEPARATORS",
    "BadSheet",
    "Checked",
    "Mistake",
    "Sheet",
    "checked",
    "csv_of",
    "rows_from",
    "rows_of",
    "sheet_from",
    "sheet_of",
]
