"""How a check is shown: a block a finding for people, reports for programs and for CI."""

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from pullsecret.cli.words import CHECK
from pullsecret.core.check.model import Checked, CheckItem, CheckReport, Place, Result

if TYPE_CHECKING:
    from pullsecret.cli.session import Session
    from pullsecret.core.diagnosis.model import Fix

SHOWN = 5
"""So many places of one finding are shown in a table; `-o wide` shows all."""


def show_check(session: "Session", report: CheckReport, files: int, *, probed: bool = False) -> int:
    """Print what came out; 2 where something is unreadable, 1 where something would not pull, else 0 or 3.

    Args:
        session: where to.
        report: what came out.
        files: how many files were read.
        probed: whether registries were asked.
    """
    out = session.out
    for problem in report.problems:
        hint = f"; {problem.hint}" if problem.hint else ""
        session.warn(
            CHECK["unreadable"].format(place=_read_at(problem.place), message=problem.message + hint)
        )
    for permission in report.denied:
        session.warn(CHECK["denied"].format(permission=permission))
    for text in report.remarks:
        session.warn(CHECK["remark"].format(text=text))
    if out.form == "junit":
        from pullsecret.cli.junit import junit

        out.stream.write(junit(report))
    elif out.form == "sarif":
        from pullsecret.cli.sarif import sarif

        out.stream.write(json.dumps(sarif(report), indent=2, ensure_ascii=False) + "\n")
    elif out.form == "name":
        out.names(dict.fromkeys(str(item.workload) for item in report.items))
    elif not out.for_people:
        out.report("CheckReport", check_body(report))
    else:
        _show(session, report, files)
        if not probed and any(part.result in _UNSETTLED for part in report.checked):
            out.line(CHECK["settle"], "dim")
    return _code(report)


def _code(report: CheckReport) -> int:
    if report.problems:
        return 2
    if report.items:
        return 1
    return 3 if any(part.result is Result.NOT_ASKED for part in report.checked) else 0


def _show(session: "Session", report: CheckReport, files: int) -> None:
    out = session.out
    for finding in _folded(report.items):
        _show_finding(session, finding, "bad")
        out.line()
    for finding in _folded(report.notes):
        _show_finding(session, finding, "warn")
        out.line()
    if out.form == "wide" and report.checked:
        _show_all(session, report)
        out.line()
    _show_sum(session, report, files)


def _folded(items: tuple[CheckItem, ...]) -> list[list[CheckItem]]:
    """Put together what one mend would settle: one namespace, one cause, the same commands or words."""
    found: dict[tuple[str, ...], list[CheckItem]] = {}
    for item in items:
        commands = tuple(fix.command.shell for fix in item.fixes if fix.command)
        key = (item.workload.namespace, item.cause, item.confidence, *(commands or (item.summary,)))
        found.setdefault(key, []).append(item)
    return list(found.values())


def _show_finding(session: "Session", finding: list[CheckItem], style: str) -> None:
    out, item = session.out, finding[0]
    sure = "" if item.confidence == "certain" else f" ({item.confidence})"
    out.paragraph(f"{item.cause}{sure}: ", item.summary, style)
    shown = finding if out.form == "wide" else finding[:SHOWN]
    for one in shown:
        out.paragraph(
            "  ", f"{_where(one.place)}  {_who(one)}  {one.image.strip() or CHECK['no-image']}", "strong"
        )
    if len(finding) > len(shown):
        out.line(f"  and {len(finding) - len(shown)} more", "dim")
    for number, sentence in enumerate(item.evidence):
        out.paragraph(f"  {'proof:' if number == 0 else '':<7}", sentence)
    for number, fix in enumerate(item.fixes):
        out.paragraph(f"  {'mend:' if number == 0 else '':<7}", fix.description)
        if fix.command is not None:
            out.line(f"           {session.program_words(fix.command)}", "good")
    if item.alternatives:
        out.line(f"  or else {', '.join(item.alternatives)}", "dim")


def _who(item: "CheckItem | Checked") -> str:
    role = "" if item.role == "container" else f"{item.role} "
    name = f", {role}{'volume' if item.role == 'volume' else 'container'} {item.container}"
    name = name.replace("volume volume", "volume") if item.container or role else ""
    return f"{item.workload.namespace}/{item.workload}{name}"


def _where(place: Place) -> str:
    return f"{place} ({place.template})" if place.template else str(place)


def _read_at(place: Place) -> str:
    return f"{_where(place)}, document {place.document}" if place.document > 1 else _where(place)


def _show_all(session: "Session", report: CheckReport) -> None:
    rows = [
        [_where(part.place), _who(part), part.image, part.result.value, part.because]
        for part in report.checked
    ]
    session.out.table(["PLACE", "WORKLOAD", "IMAGE", "RESULT", "WHY"], rows)


def _show_sum(session: "Session", report: CheckReport, files: int) -> None:
    out, results = session.out, Counter(part.result for part in report.checked)
    if not report.checked:
        out.line(CHECK["nothing"].format(files=_count(files, "file")))
        return
    counts = ", ".join(f"{results[result]} {CHECK[result.value]}" for result in _ORDER if results[result])
    workloads = len({(part.workload, part.place.file) for part in report.checked})
    images = _count(len(report.checked), "image")
    what = f"{images} in {_count(workloads, 'workload')} of {_count(files, 'file')}"
    well = not (report.items or report.notes or report.problems)
    style = "good" if well and not results[Result.UNKNOWN] else ""
    out.line(CHECK["well" if well else "sum"].format(what=what, counts=counts), style)


_UNSETTLED = frozenset({Result.MAY_FAIL, Result.UNKNOWN, Result.ASSUMED_PUBLIC})
_ORDER = (
    Result.FAILS, Result.MAY_FAIL, Result.NOT_ASKED, Result.UNKNOWN, Result.PULLED, Result.COVERED,
    Result.ASSUMED_PUBLIC, Result.NOT_PULLED,
)  # fmt: skip


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def check_body(report: CheckReport) -> dict[str, Any]:
    """Give the stable report: what is wrong, what may be, and every image with what came out."""
    return {
        "items": [item_body(item) for item in report.items],
        "notes": [item_body(item) for item in report.notes],
        "images": [_checked_body(part) for part in report.checked],
        "unreadable": [
            {**_place_body(p.place), "message": p.message, "hint": p.hint or None} for p in report.problems
        ],
        "remarks": report.remarks,
        "denied": report.denied,
    }


def item_body(item: CheckItem) -> dict[str, Any]:
    """Give one item: as a diagnosis has it, with the workload in place of the Pod, and where it stands."""
    return {
        "workload": _workload_body(item),
        "container": item.container,
        "role": item.role,
        "image": item.image,
        "cause": item.cause,
        "confidence": item.confidence,
        "summary": item.summary,
        "evidence": item.evidence,
        "fixes": [_fix_body(fix) for fix in item.fixes],
        "alternatives": item.alternatives,
        **_place_body(item.place),
    }


def _checked_body(part: Checked) -> dict[str, Any]:
    return {
        "workload": _workload_body(part),
        "container": part.container,
        "role": part.role,
        "image": part.image,
        "result": part.result,
        "because": part.because,
        **_place_body(part.place),
    }


def _workload_body(part: "CheckItem | Checked") -> dict[str, str]:
    workload = part.workload
    return {"namespace": workload.namespace, "kind": workload.kind, "name": workload.name}


def _place_body(place: Place) -> dict[str, Any]:
    return {
        "file": place.file,
        "document": place.document or None,
        "line": place.line or None,
        "template": place.template or None,
    }


def _fix_body(fix: "Fix") -> dict[str, Any]:
    command = fix.command
    return {
        "description": fix.description,
        "command": command.shell if command else None,
        "argv": command.argv if command else None,
    }
