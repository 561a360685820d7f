"""How proofs are shown: of images and of logins."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pullsecret.core.errors import VERDICTS

if TYPE_CHECKING:
    from pullsecret.app.proof import Attempt, ImageProof, LoginProof
    from pullsecret.cli.session import Session


def show_images(session: "Session", proofs: "list[ImageProof]") -> int:
    """Print what the registries said of images; give the exit code."""
    if session.out.form == "name":
        session.out.names(proof.image for proof in proofs if proof.proven)
    elif not session.out.for_people:
        session.out.report("VerifyReport", {"images": [_image_body(proof) for proof in proofs]})
    else:
        for proof in proofs:
            _show_image(session, proof)
    return _code(proof.attempts[-1] for proof in proofs if not proof.proven)


def _show_image(session: "Session", proof: "ImageProof") -> None:
    out, last = session.out, proof.attempts[-1]
    if proof.manifest is None:
        out.line(f"{proof.image}  {last.cause}", "bad")
    elif proof.missing_platforms:
        out.line(f"{proof.image}  platform-mismatch: not for {', '.join(proof.missing_platforms)}", "bad")
    else:
        out.line(f"{proof.image}  ok", "good")
    for attempt in proof.attempts:
        who = f"{attempt.username} from {attempt.origin}" if attempt.username else str(attempt.origin)
        out.line(f"  {who}: {attempt.message or 'accepted'}")
        if attempt.hint:
            out.line(f"    {attempt.hint}", "dim")
    if proof.manifest is not None:
        out.line(f"  digest     {proof.manifest.digest}")
        if proof.manifest.platforms:
            out.line(f"  platforms  {', '.join(proof.manifest.platforms)}")


def _image_body(proof: "ImageProof") -> dict[str, Any]:
    manifest = proof.manifest
    return {
        "image": proof.image,
        "proven": proof.proven,
        "digest": manifest.digest if manifest else None,
        "mediaType": manifest.media_type if manifest else None,
        "platforms": manifest.platforms if manifest else None,
        "missingPlatforms": proof.missing_platforms,
        "attempts": [_attempt_body(attempt) for attempt in proof.attempts],
    }


def show_logins(session: "Session", proofs: "list[LoginProof]") -> int:
    """Print what the registries said of logins; give the exit code."""
    if session.out.form == "name":
        session.out.names(proof.registry for proof in proofs if proof.attempt.worked)
    elif not session.out.for_people:
        session.out.report("VerifyReport", {"logins": [_login_body(proof) for proof in proofs]})
    else:
        for proof in proofs:
            _show_login(session, proof)
    return _code(proof.attempt for proof in proofs if not proof.attempt.worked)


def _show_login(session: "Session", proof: "LoginProof") -> None:
    attempt = proof.attempt
    who = f"{proof.registry}  {attempt.username}"
    if not attempt.worked:
        session.out.line(f"{who}  {attempt.cause}: {attempt.message}", "bad")
        if attempt.hint:
            session.out.line(f"    {attempt.hint}", "dim")
    elif proof.proven:
        session.out.line(f"{who}  login accepted", "good")
    else:
        session.out.line(f"{who}  the registry asks for no login: neither proven nor refuted", "warn")


def _login_body(proof: "LoginProof") -> dict[str, Any]:
    return {"registry": proof.registry, "proven": proof.proven, **_attempt_body(proof.attempt)}


def _attempt_body(attempt: "Attempt") -> dict[str, Any]:
    return {
        "username": attempt.username,
        "source": attempt.origin.source,
        "key": attempt.origin.key,
        "worked": attempt.worked,
        "cause": attempt.cause,
        "message": attempt.message or None,
        "hint": attempt.hint or None,
        "status": attempt.status or None,
    }


def _code(failed: "Iterable[Attempt]") -> int:
    """1 where a registry gave a verdict (or a platform is missing), else 3; 0 when nothing failed."""
    causes = [attempt.cause for attempt in failed]
    if not causes:
        return 0
    return 1 if any(cause is None or cause in VERDICTS for cause in causes) else 3
