"""A check as SARIF 2.1.0, as GitHub's code scanning and editors read it.

Source: OASIS, Static Analysis Results Interchange Format 2.1.0.
"""

from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from pullsecret._version import __version__
from pullsecret.core.catalogue import entry
from pullsecret.core.causes import Cause
from pullsecret.core.check.model import CheckItem, CheckReport, Place, Problem
from pullsecret.core.plaintext import printable

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(report: CheckReport) -> dict[str, Any]:
    """Give a report as a SARIF log of one run."""
    items = [*report.items, *report.notes]
    causes = sorted({item.cause for item in items})
    failing = {id(item) for item in report.items}
    driver = {
        "name": "pullsecret",
        "version": __version__,
        "rules": [_rule(cause) for cause in causes],
    }
    invocation = {
        "executionSuccessful": not report.problems,
        "toolExecutionNotifications": [_notification(problem) for problem in report.problems],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": [_result(item, causes.index(item.cause), id(item) in failing) for item in items],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(cause: Cause) -> dict[str, Any]:
    known = entry(cause)
    rule: dict[str, Any] = {
        "id": cause.value,
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.meaning},
        "help": {"text": "\n".join([known.apart, *known.checks])},
    }
    return rule | ({"helpUri": known.links[0].url} if known.links else {})


def _result(item: CheckItem, rule: int, fails: bool) -> dict[str, Any]:
    return {
        "ruleId": item.cause.value,
        "ruleIndex": rule,
        "level": "error" if fails else "warning",
        "message": {"text": printable(_text(item), multiline=True)},
        "locations": [_location(item.place)],
        "properties": {"confidence": item.confidence.value, "image": printable(item.image)},
    }


def _text(item: CheckItem) -> str:
    role = "" if item.role == "container" else f"{item.role} "
    who = f"{item.workload} in namespace {item.workload.namespace}, {role}{item.container}"
    verb = "may not pull" if item.confidence == "possible" else "would not pull"
    lines = [f"{who} {verb} {item.image}: {item.summary}.", *(f"{part}." for part in item.evidence)]
    lines += [
        f"To mend it, {fix.description}" + (f": {fix.command}" if fix.command else "") for fix in item.fixes
    ]
    return "\n".join(lines)


def _notification(problem: Problem) -> dict[str, Any]:
    hint = f"; {problem.hint}" if problem.hint else ""
    return {
        "level": "error",
        "message": {"text": printable(problem.message + hint)},
        "locations": [_location(problem.place)],
    }


def _location(place: Place) -> dict[str, Any]:
    rendered = place.file == "-"
    file = place.template or "standard-input" if rendered else place.file
    where: dict[str, Any] = {"artifactLocation": {"uri": _uri(file)}}
    if place.line and not (
        rendered and place.template
    ):  # a line of what was rendered is none of the template's
        where["region"] = {"startLine": place.line}
    return {"physicalLocation": where}


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix().removeprefix("./"))
