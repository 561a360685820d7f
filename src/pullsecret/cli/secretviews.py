"""How a pull Secret is shown: one whole, or as a line of a list."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pullsecret.core.expiry import describe_left
from pullsecret.core.times import age, format_time

if TYPE_CHECKING:
    from pullsecret.app.inspect import RegistryEntry, SecretReport
    from pullsecret.cli.session import Session
    from pullsecret.core.secretusers import SecretUsers


def report_body(report: "SecretReport") -> dict[str, Any]:
    """Give a report as JSON: passwords are in it as `Sensitive`, which print only when revealed."""
    return {
        "name": report.name,
        "namespace": report.namespace or None,
        "type": report.type,
        "created": report.created or None,
        "policy": report.policy or None,
        "registries": report.registries,
        "usedBy": report.used_by,
        "faults": report.faults,
    }


def show_secret(session: "Session", report: "SecretReport", *, reveal: bool) -> None:
    """Print one Secret, as `kubectl describe` would."""
    out = session.out
    facts = [
        ("Name", report.name),
        ("Namespace", report.namespace),
        ("Type", report.type),
        ("Kept by", report.policy),
        *_users(report.used_by),
    ]
    for title, text in facts:
        if text:
            out.line(f"{title + ':':<18}{text}")
    out.line("Registries:" if report.registries else "Registries:       none")
    headers = ["  REGISTRY", "USERNAME", *(["PASSWORD"] if reveal else []), "EXPIRES"]
    if report.registries:
        out.table(headers, [_registry_row(session, entry, reveal=reveal) for entry in report.registries])
    if report.faults:
        out.line("Faults:")
    for fault in report.faults:
        out.line(f"  {fault.cause}: {fault}", "dim" if fault.harmless else "bad")
        if fault.hint:
            out.line(f"      {fault.hint}")


def _users(users: "SecretUsers | None") -> list[tuple[str, str]]:
    if users is None:
        return []
    if not users:
        return [("Used by", "nobody")]
    return [
        ("ServiceAccounts", ", ".join(users.service_accounts)),
        ("Workloads", ", ".join(users.workloads)),
        ("Pods", some(users.pods, 5)),
    ]


def _registry_row(session: "Session", entry: "RegistryEntry", *, reveal: bool) -> list[str]:
    username = entry.username if entry.has_credential else "(no credential)"
    password = [entry.password.reveal()] if reveal else []
    return [f"  {entry.key}", username, *password, _expires(session, entry)]


def _expires(session: "Session", entry: "RegistryEntry") -> str:
    if entry.expires is None:
        return "-"
    return f"{describe_left(entry.expires, session.clock())} ({format_time(entry.expires)})"


def some(names: Sequence[str], most: int) -> str:
    """Name some and count the rest: ``a, b +3``."""
    shown = ", ".join(names[:most])
    return f"{shown} +{len(names) - most}" if len(names) > most else shown


def list_headers(*, wide: bool, all_namespaces: bool) -> list[str]:
    """Give the columns of a list."""
    first = ["NAMESPACE"] if all_namespaces else []
    last = ["TYPE", "USERNAMES", "PODS"] if wide else []
    return [*first, "NAME", "REGISTRIES", "SERVICEACCOUNTS", "EXPIRES", "FAULTS", "AGE", *last]


def list_row(session: "Session", report: "SecretReport", *, wide: bool, all_namespaces: bool) -> list[str]:
    """Give one Secret as a line of a list."""
    now = session.clock()
    hosts = list(dict.fromkeys(entry.host for entry in report.registries))
    expiries = [entry.expires for entry in report.registries if entry.expires]
    faults = list(dict.fromkeys(fault.cause.value for fault in report.faults if not fault.harmless))
    users = report.used_by
    row = [
        report.name,
        some(hosts, len(hosts) if wide else 2) or "none",
        some(users.service_accounts, len(users.service_accounts) if wide else 2) if users else "-",
        describe_left(min(expiries), now) if expiries else "-",
        ", ".join(faults) or "-",
        age(report.created, now) if report.created else "-",
    ]
    if wide:
        names = dict.fromkeys(entry.username for entry in report.registries if entry.username)
        row += [report.type, ", ".join(names) or "-", str(len(users.pods)) if users else "0"]
    return [*([report.namespace] if all_namespaces else []), *(cell or "-" for cell in row)]
