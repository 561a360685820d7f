"""`match IMAGE`: which credentials the kubelet would try, and why near misses do not match."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from pullsecret.cli.parser import Command
from pullsecret.cli.scopes import Scope, scope_options, take_scope
from pullsecret.cli.session import Session
from pullsecret.cli.words import MISSES, SAY

if TYPE_CHECKING:
    from pullsecret.app.match import MatchReport, Unnamed
    from pullsecret.core.nearmiss import NearMiss


@dataclass(frozen=True, slots=True)
class Match:
    """Look an image up as the kubelet would."""

    image: str
    scope: Scope

    def run(self, session: Session) -> int:
        """Look it up and tell; 1 where nothing matches or the kubelet refuses the Secrets."""
        from pullsecret.app.match import match
        from pullsecret.core.images import ImageReference

        image = ImageReference.parse(self.image)
        report = match(image, session.run(self.scope.gather(session, others=True)))
        if session.out.form == "name":
            session.out.names(dict.fromkeys(credential.origin.source for credential in report.credentials))
        elif session.out.for_people:
            _show(session, report)
        else:
            session.out.report("MatchReport", _body(report))
        return 0 if report.covered else 1


def _show(session: Session, report: "MatchReport") -> None:
    out = session.out
    if report.refused:
        out.line(SAY["keyring-refused"].format(image=report.repository, why=report.refused), "bad")
    elif report.credentials:
        out.line(SAY["would-try"].format(image=report.repository, because=report.because))
        rows = [
            [f"  {number}", c.origin.source, c.origin.key, c.username or "(no login)"]
            for number, c in enumerate(report.credentials, 1)
        ]
        out.table(["  ORDER", "SECRET", "KEY", "USERNAME"], rows)
    else:
        out.line(SAY["none-match"].format(image=report.repository, because=report.because), "bad")
    if report.near_misses:
        out.line("Near misses:")
    for miss in report.near_misses:
        out.line(f"  {miss.origin.source} [{miss.key}]: {_reason(miss)}", "warn")
    if report.unnamed:
        out.line(SAY["unnamed"].format(namespace=report.namespace, because=report.because))
    for each in report.unnamed:
        why = _reason(each.miss) if each.miss else SAY["would-match"].format(username=each.username)
        out.line(f"  {each.origin.source} [{each.origin.key}]: {why}", "warn" if each.miss else "good")
    session.warn(SAY["node-credentials"])


def _reason(miss: "NearMiss") -> str:
    return MISSES[miss.reason.value].format(wanted=miss.wanted or "none", has=miss.has or "none")


def _body(report: "MatchReport") -> dict[str, Any]:
    return {
        "image": report.image,
        "repository": report.repository,
        "because": report.because,
        "namespace": report.namespace or None,
        "secrets": report.secrets,
        "missing": report.missing,
        "skipped": [{"name": name, "type": kind} for name, kind in report.skipped],
        "refused": report.refused or None,
        "credentials": [
            {"username": c.username, "source": c.origin.source, "key": c.origin.key}
            for c in report.credentials
        ],
        "nearMisses": [_miss_body(miss) for miss in report.near_misses],
        "unnamed": [_unnamed_body(each) for each in report.unnamed],
    }


def _miss_body(miss: "NearMiss") -> dict[str, str]:
    return {
        "source": miss.origin.source,
        "key": miss.key,
        "reason": miss.reason.value,
        "wanted": miss.wanted,
        "has": miss.has,
    }


def _unnamed_body(each: "Unnamed") -> dict[str, Any]:
    if each.miss is not None:
        return {"matches": False, **_miss_body(each.miss)}
    return {"matches": True, "source": each.origin.source, "key": each.origin.key, "username": each.username}


def _parse(image: str, **params: Any) -> Match:
    return Match(image, take_scope(params))


command = Command("match", _parse, [click.Argument(["image"]), *scope_options()])
