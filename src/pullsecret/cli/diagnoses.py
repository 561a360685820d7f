"""How a diagnosis is shown: one block a finding for people, an item a container for programs."""

from typing import TYPE_CHECKING, Any

from pullsecret.cli.secretviews import some
from pullsecret.cli.words import DOCTOR
from pullsecret.core.diagnosis import blocks, fold
from pullsecret.core.diagnosis.reach import Reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pullsecret.cli.session import RegistryOptions, Session
    from pullsecret.core.diagnosis import Block, Finding
    from pullsecret.core.diagnosis.model import Diagnosis, Fix, Item, Remedy


LISTED, COMMANDS = 100, 3
"""So many workloads, and commands of one mend, are shown of one block; `-o wide` shows all."""


def reach_of(how: "RegistryOptions") -> Reach:
    """Give what commands that are offered need, to speak to registries as this run does."""
    return Reach(how.ca_file or "", frozenset(how.plain_hosts))


def show_diagnosis(session: "Session", diagnosis: "Diagnosis") -> int:
    """Print what was found; 1 where something cannot pull."""
    out = session.out
    for permission in diagnosis.denied:
        session.warn(DOCTOR["denied"].format(permission=permission))
    if out.form == "name":
        out.names(dict.fromkeys(f"pod/{item.pod}" for item in diagnosis.items))
    elif not out.for_people:
        out.report("Diagnosis", diagnosis_body(diagnosis))
    else:
        _show(session, diagnosis)
    return 1 if diagnosis.items else 0


def _show(session: "Session", diagnosis: "Diagnosis") -> None:
    out, found = session.out, blocks(fold(diagnosis.items))
    if len(found) > 1:
        pods = {(item.namespace, item.pod) for item in diagnosis.items}
        causes = dict.fromkeys(item.cause.value for item in diagnosis.items)
        out.line(DOCTOR["sum"].format(pods=len(pods), findings=len(found), causes=", ".join(causes)), "bad")
        out.line()
    for number, block in enumerate(found):
        if number:
            out.line()
        if len(block.findings) > 1:
            _show_block(session, block)
        else:
            _show_finding(session, block.findings[0])
    if not diagnosis.items:
        scope = f"namespace {session.scope}" if session.scope else "all namespaces"
        out.line(DOCTOR["well"].format(scope=scope), "good")
    for finding in fold(diagnosis.notes):
        out.line()
        out.paragraph("", DOCTOR["note"].format(who=_who(finding), summary=finding.item.summary), "dim")


def _show_finding(session: "Session", finding: "Finding") -> None:
    out, item = session.out, finding.item
    out.paragraph(f"{_who(finding)}  ", f"{item.image}  {item.state}", "strong")
    out.paragraph(f"  {item.cause}{_sure(item)}: ", item.summary, "bad")
    _show_proof_and_mends(session, item, (finding,))
    if session.out.form == "wide":
        out.paragraph("  pods:  ", ", ".join(finding.pods), "dim")


def _show_block(session: "Session", block: "Block") -> None:
    """Show what many have alike once, with everybody who has it."""
    out, item, wide = session.out, block.item, session.out.form == "wide"
    counts = DOCTOR["block"].format(
        workloads=len(block.findings),
        namespaces=len({finding.item.namespace for finding in block.findings}),
        pods=sum(finding.count for finding in block.findings),
    )
    images = {_image(block, finding) for finding in block.findings}
    about = "/".join(filter(None, [block.registry, *(images if len(images) == 1 else ())]))
    out.paragraph(f"{item.cause}{_sure(item)}: ", f"{about}: {counts}", "bad")
    if wide:
        for finding in block.findings:
            out.paragraph("  ", f"{_who(finding)}  {finding.item.image}  {finding.item.state}", "strong")
            out.paragraph("    pods: ", ", ".join(finding.pods), "dim")
    else:
        _show_names(session, block, with_image=len(images) > 1)
    out.paragraph("  ", DOCTOR["first"].format(who=_who(block.findings[0])), "dim")
    out.paragraph("  why:   ", item.summary)
    _show_proof_and_mends(session, item, block.findings)


def _image(block: "Block", finding: "Finding") -> str:
    return finding.item.image.removeprefix(f"{block.registry}/")


def _show_names(session: "Session", block: "Block", *, with_image: bool) -> None:
    """List workloads by namespace, and by image where these differ."""
    lists: dict[tuple[str, str], list[str]] = {}
    for finding in block.findings[:LISTED]:
        item = finding.item
        image = f"  {_image(block, finding)}" if with_image else ""
        lists.setdefault((item.namespace, image), []).append(item.owner or f"pod/{item.pod}")
    for (namespace, image), names in lists.items():
        session.out.paragraph(f"  {namespace}{image}: ", ", ".join(dict.fromkeys(names)), "strong")
    if len(block.findings) > LISTED:
        session.out.line(f"  {DOCTOR['more'].format(number=len(block.findings) - LISTED)}", "dim")


def _show_proof_and_mends(session: "Session", item: "Item", findings: "Sequence[Finding]") -> None:
    out, told = session.out, set[str]()
    for number, sentence in enumerate(item.evidence):
        out.paragraph(f"  {'proof:' if number == 0 else '':<7}", sentence)
    for number, fix in enumerate(item.fixes):
        commands = _commands(session, findings, number)
        if commands and told.issuperset(commands):
            continue  # the same command does it
        told |= set(commands)
        out.paragraph(f"  {'mend:' if number == 0 else '':<7}", fix.description)
        shown = commands if out.form == "wide" else commands[:COMMANDS]
        for command in shown:
            out.line(f"           {command}", "good")
        if len(shown) < len(commands):
            out.line(f"           {DOCTOR['more'].format(number=len(commands) - len(shown))}", "dim")
    if item.alternatives:
        out.paragraph("  or else ", ", ".join(item.alternatives), "dim")


def _commands(session: "Session", findings: "Sequence[Finding]", number: int) -> list[str]:
    """Give the commands of one mend, for all that it is offered to, each once."""
    fixes = (finding.item.fixes[number] for finding in findings if number < len(finding.item.fixes))
    return list(dict.fromkeys(session.program_words(fix.command) for fix in fixes if fix.command))


def _sure(item: "Item") -> str:
    return "" if item.confidence == "certain" else f" ({item.confidence})"


def _who(finding: "Finding") -> str:
    """Name whom it concerns: ``web/deployment/shop (3 Pods), container app``."""
    item = finding.item
    pods = some(finding.pods, 1) if item.owner else item.pod
    who = f"{item.owner} (pod {pods})" if item.owner else f"pod/{pods}"
    role = "" if item.role == "container" else f"{item.role} "
    return f"{item.namespace}/{who}, {role}container {', '.join(finding.containers)}"


def diagnosis_body(diagnosis: "Diagnosis") -> dict[str, Any]:
    """Give the stable report: every Pod and container has its own item."""
    return {
        "items": [item_body(item) for item in diagnosis.items],
        "notes": [item_body(item) for item in diagnosis.notes],
        "denied": diagnosis.denied,
    }


def item_body(item: "Item") -> dict[str, Any]:
    """Give one item, as design §9 names its fields."""
    return {
        "pod": {"namespace": item.namespace, "name": item.pod, "owner": item.owner or None},
        "container": item.container,
        "role": item.role,
        "image": item.image,
        "state": item.state,
        "cause": item.cause,
        "confidence": item.confidence,
        "summary": item.summary,
        "evidence": item.evidence,
        "fixes": [fix_body(fix) for fix in item.fixes],
        "alternatives": item.alternatives,
    }


def fix_body(fix: "Fix") -> dict[str, Any]:
    """Give one mend: in words, as a text for a shell, and as the words that a program starts it with."""
    command = fix.command
    return {
        "description": fix.description,
        "command": command.shell if command else None,
        "argv": command.argv if command else None,
        "safe": fix.remedy is not None,
    }


def describe_remedy(remedy: "Remedy", source: tuple[str, str] | None) -> str:
    """Say what a safe mend would do."""
    words = {
        "namespace": remedy.namespace,
        "secret": remedy.secret,
        "account": remedy.service_account or "default",
        "pod": remedy.pod,
        "source": source[0] if source else "",
    }
    return DOCTOR[remedy.kind].format(**words)
