"""A check as JUnit XML, as GitLab, Jenkins and others read it: one test case for each image and workload.

There is no standard; this keeps to what the schema of Jenkins' xunit plugin allows, and the attributes
`file` and `line`, which GitLab shows.
"""

from collections.abc import Iterable
from itertools import groupby
from xml.etree import ElementTree as ET

from pullsecret.core.check.model import Checked, CheckItem, CheckReport, Place, Problem, Result
from pullsecret.core.plaintext import printable

_TAGS = {
    Result.FAILS: "failure",
    Result.NOT_ASKED: "error",
    Result.UNKNOWN: "skipped",
    Result.NOT_PULLED: "skipped",
}


def junit(report: CheckReport) -> str:
    """Write a report; what may fail passes, and says so in its output."""
    root = ET.Element("testsuites", name="pullsecret check")
    by_file = sorted(report.checked, key=lambda part: part.place.file)
    for file, parts in groupby(by_file, key=lambda part: part.place.file):
        _suite(root, str(Place(file)), map(_case, parts))
    if report.problems:
        _suite(root, "unreadable", map(_problem, report.problems))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, 0)) for suite in root)))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(root: ET.Element, name: str, cases: Iterable[ET.Element]) -> None:
    suite = ET.SubElement(root, "testsuite", name=printable(name))
    suite.extend(cases)
    counts = {"tests": "testcase", "failures": ".//failure", "errors": ".//error", "skipped": ".//skipped"}
    for attribute, path in counts.items():
        suite.set(attribute, str(len(suite.findall(path))))
    suite.set("time", "0")


def _case(part: Checked) -> ET.Element:
    role = "" if part.role == "container" else f"{part.role} "
    case = _element(
        part.place, f"{role}{part.container}: {part.image}", f"{part.workload.namespace}.{part.workload}"
    )
    tag = _TAGS.get(part.result)
    item = part.item
    if tag is not None:
        told = ET.SubElement(case, tag, message=printable(part.because))
        if item is not None:
            told.set("type", item.cause.value)
            told.text = _text(item)
    elif item is not None:
        ET.SubElement(case, "system-out").text = f"may not pull: {_text(item)}"
    return case


def _problem(problem: Problem) -> ET.Element:
    case = _element(problem.place, str(problem.place), "unreadable")
    ET.SubElement(case, "error", message=printable(problem.message), type="unreadable").text = printable(
        problem.hint
    )
    return case


def _element(place: Place, name: str, group: str) -> ET.Element:
    case = ET.Element("testcase", name=printable(name), classname=printable(group), time="0")
    case.set("file", printable(place.template if place.file == "-" and place.template else place.file))
    if place.line:
        case.set("line", str(place.line))
    return case


def _text(item: CheckItem) -> str:
    lines = [f"{item.place}: {item.cause} ({item.confidence}): {item.summary}", *item.evidence]
    for fix in item.fixes:
        lines += [f"mend: {fix.description}", *([f"  {fix.command}"] if fix.command else [])]
    return "\n".join(map(printable, lines))
