"""Decision tables as spreadsheets: a table's YAML file as rows of texts, rows as CSV, and the way back.

Above the table stand rows that say what it is (`table`, `decides`, `pick`, `order`, `otherwise`, then what they say),
then a row of its columns that ends with the fact it decides, then its rows, cells as in the YAML file. What stands in
the YAML file as a comment on a row is in the column `# note`; a row whose only cell begins with # is a comment of its
own.
"""

from authoring.spreadsheets.checked import Checked, checked
from authoring.spreadsheets.csv_file import MOST_BYTES, SEPARATORS, BadSheet, csv_of, rows_of
from authoring.spreadsheets.model import Mistake, Sheet
from authoring.spreadsheets.rows import rows_from, sheet_from
from authoring.spreadsheets.yaml_file import sheet_of

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
