"""Trying what the copies will hold, as a policy's `verify` says, before it is handed out."""

from pullsecret.app.ports import Registries
from pullsecret.app.proof import require_logins, require_pulls
from pullsecret.core.policy.model import OnUnreachable, Verify
from pullsecret.core.policy.sources import Content

_SOURCE = "the policy's sources"


async def verify(content: Content, how: Verify, registries: Registries) -> list[str]:
    """Try each credential once.

    Returns:
        Warnings: what could not be proven.

    Raises:
        RegistryFailure: a registry rejected one; or, with `onUnreachable: Deny`, could not be asked.
        UsageError: no credential is for the image that they should be proved by.
    """
    strict = how.on_unreachable is OnUnreachable.DENY
    if how.image is not None:
        return await require_pulls([how.image], content.config, registries, _SOURCE, strict=strict)
    return await require_logins(content.config, registries, _SOURCE, strict=strict)
