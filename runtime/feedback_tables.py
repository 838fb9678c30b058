"""The feedback tables of this installation: those of this version, and those of the folder PATRON_FEEDBACK_TABLES."""

from pathlib import Path

from engine.rulebook.findings import Report
from runtime.rule_folder import read_files
from service.feedback.read import WrongTables, read_tables, shipped_tables
from service.feedback.table import Tables


def feedback_tables(folder: Path | None) -> Tables:
    """A table in the folder replaces that of the same service. WrongTables lists all errors in it."""
    if folder is None:
        return shipped_tables()
    report = Report()
    files = read_files(folder, report, tests=True)
    if files is None or report.failed:
        raise WrongTables(report.findings)
    return {**shipped_tables(), **read_tables(files)}
