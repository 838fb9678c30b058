"""Results of rule tests as JUnit XML for CI systems: a suite for each file, a case for each test."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from authoring.rule_tests import Outcome
from cli.render.rule_tests import lines_of
from engine.rulebook.findings import Finding

_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold in any form."""


def write_outcomes(path: Path, timed: Sequence[tuple[Outcome, float]], zone: str) -> None:
    """`timed`: each outcome with the seconds that it took. OSError when the file cannot be written."""
    suites: dict[str, list[Element]] = {}
    for outcome, seconds in timed:
        place = outcome.test.place
        case = _case(outcome.test.name, place.file, place.line, seconds)
        if not outcome.passed:
            said = "; ".join(f"expected {expected}, got {got}" for expected, got in outcome.failures)
            failure = SubElement(case, "failure", type="failed", message=_fit(said))
            failure.text = _fit("\n".join(lines_of(outcome, zone)))
        suites.setdefault(place.file, []).append(case)
    _write(path, suites)


def write_findings(path: Path, findings: Iterable[Finding]) -> None:
    """An error for each finding, when the rules or the tests cannot be loaded."""
    suites: dict[str, list[Element]] = {}
    for finding in findings:
        place = finding.place
        case = _case(f"{finding.code} at {place}", place.file, place.line, 0.0)
        error = SubElement(case, "error", type=finding.code, message=_fit(finding.message))
        error.text = _fit(finding.render())
        suites.setdefault(place.file, []).append(case)
    _write(path, suites)


def _case(name: str, file: str, line: int, seconds: float) -> Element:
    told = {"classname": file.removesuffix(".yaml").replace("/", "."), "name": name, "file": file, "line": str(line)}
    return Element("testcase", {key: _fit(value) for key, value in told.items()} | {"time": f"{seconds:.6f}"})


def _write(path: Path, suites: dict[str, list[Element]]) -> None:
    every = [case for cases in suites.values() for case in cases]
    root = Element("testsuites", {"name": "patron test", **_counts(every)})
    for file, cases in suites.items():
        SubElement(root, "testsuite", {"name": _fit(file), **_counts(cases)}).extend(cases)
    ElementTree.indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(ElementTree.tostring(root, "utf-8", xml_declaration=True) + b"\n")


def _counts(cases: Sequence[Element]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": str(sum(case.find("error") is not None for case in cases)),
        "time": f"{sum(float(case.get('time', '0')) for case in cases):.6f}",
    }


def _fit(text: str) -> str:
    """The text without characters that XML cannot hold; the rest is escaped on writing."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
