"""How a diagnosis is shown: one block a finding for people, an item a container for programs."""

from typing import TYPE_CHECKING, Any

from pullsecret.cli.secretviews import some
from pullsecret.cli.words import DOCTOR
from pullsecret.core.diagnosis import fold
from pullsecret.core.diagnosis.reach import Reach

if TYPE_CHECKING:
    from pullsecret.cli.session import RegistryOptions, Session
    from pullsecret.core.diagnosis import Finding
    from pullsecret.core.diagnosis.model import Diagnosis, Fix, Item, Remedy


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
    out, findings = session.out, fold(diagnosis.items)
    if len(findings) > 1:
        pods = {(item.namespace, item.pod) for item in diagnosis.items}
        causes = dict.fromkeys(item.cause.value for item in diagnosis.items)
        out.line(
            DOCTOR["sum"].format(pods=len(pods), findings=len(findings), causes=", ".join(causes)), "bad"
        )
        out.line()
    for number, finding in enumerate(findings):
        if number:
            out.line()
        _show_finding(session, finding)
    if not diagnosis.items:
        scope = f"namespace {session.scope}" if session.scope else "all namespaces"
        out.line(DOCTOR["well"].format(scope=scope), "good")
    for finding in fold(diagnosis.notes):
        out.line()
        out.line(DOCTOR["note"].format(who=_who(finding), summary=finding.item.summary), "dim")


def _show_finding(session: "Session", finding: "Finding") -> None:
    out, item = session.out, finding.item
    out.line(f"{_who(finding)}  {item.image}  {item.state}", "strong")
    sure = "" if item.confidence == "certain" else f" ({item.confidence})"
    out.paragraph(f"  {item.cause}{sure}: ", item.summary, "bad")
    for number, sentence in enumerate(item.evidence):
        out.paragraph(f"  {'proof:' if number == 0 else '':<7}", sentence)
    for number, fix in enumerate(item.fixes):
        out.paragraph(f"  {'mend:' if number == 0 else '':<7}", fix.description)
        if fix.command is not None:
            out.line(f"           {session.program_words(fix.command)}", "good")
    if item.alternatives:
        out.line(f"  or else {', '.join(item.alternatives)}", "dim")
    if session.out.form == "wide":
        out.line(f"  pods:  {', '.join(finding.pods)}", "dim")


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
