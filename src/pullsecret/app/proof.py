"""Proving credentials at the registries, as the kubelet would use them."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pullsecret.app.ports import Registries
from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS, Credential, Origin
from pullsecret.core.dockerconfig import DockerConfig, registry_host
from pullsecret.core.errors import RegistryFailure, UsageError
from pullsecret.core.images import ImageReference
from pullsecret.core.keyring import Keyring
from pullsecret.core.manifests import Manifest


@dataclass(frozen=True, slots=True)
class Attempt:
    """One credential that was tried and what the registry made of it."""

    username: str
    origin: Origin
    cause: Cause | None = None
    message: str = ""
    hint: str = ""
    status: int = 0

    @property
    def worked(self) -> bool:
        """Whether the registry accepted it."""
        return self.cause is None


@dataclass(frozen=True, slots=True)
class ImageProof:
    """Whether an image can be fetched, with every credential that was tried in the kubelet's order."""

    image: str
    attempts: tuple[Attempt, ...]
    manifest: Manifest | None = None
    missing_platforms: tuple[str, ...] = ()

    @property
    def proven(self) -> bool:
        """Whether the image is there, for all platforms asked for."""
        return self.manifest is not None and not self.missing_platforms


@dataclass(frozen=True, slots=True)
class LoginProof:
    """Whether a registry accepts one login. `proven` is False where it asks for none."""

    registry: str
    attempt: Attempt
    proven: bool = True


async def prove_images(
    images: Sequence[ImageReference], keyring: Keyring, registries: Registries, platforms: Sequence[str] = ()
) -> list[ImageProof]:
    """Try all images at once, each as the kubelet would."""
    return list(await asyncio.gather(*(prove_image(i, keyring, registries, platforms) for i in images)))


async def prove_image(
    image: ImageReference, keyring: Keyring, registries: Registries, platforms: Sequence[str] | None = ()
) -> ImageProof:
    """Try every matching credential in the kubelet's order until one works; none matching: anonymously.

    Args:
        image: what is fetched.
        keyring: the credentials.
        registries: who is asked.
        platforms: which must be there. None: nobody wants to know; that spares reading an image's config,
            which many registries keep on another host.
    """
    attempts: list[Attempt] = []
    for credential in keyring.lookup(image.repository) or [ANONYMOUS]:
        try:
            manifest = await registries.manifest(image, credential, platforms=platforms is not None)
        except RegistryFailure as failure:
            attempts.append(_failed(credential, failure))
            continue
        attempts.append(Attempt(credential.username, credential.origin))
        missing = tuple(p for p in platforms or () if not _offers(manifest, p))
        return ImageProof(str(image), tuple(attempts), manifest, missing)
    return ImageProof(str(image), tuple(attempts))


def _offers(manifest: Manifest, platform: str) -> bool:
    """Whether a platform is there; ``linux/arm64`` is also offered by ``linux/arm64/v8``."""
    return any(has == platform or has.startswith(platform + "/") for has in manifest.platforms)


def _failed(credential: Credential, failure: RegistryFailure) -> Attempt:
    return Attempt(
        credential.username, credential.origin, failure.cause, failure.message, failure.hint, failure.status
    )


async def prove_logins(
    credentials: Iterable[tuple[str, Credential]], registries: Registries
) -> list[LoginProof]:
    """Ask each registry once whether it accepts its login."""
    return list(await asyncio.gather(*(_prove_login(host, c, registries) for host, c in credentials)))


async def _prove_login(host: str, credential: Credential, registries: Registries) -> LoginProof:
    try:
        result = await registries.login(host, credential)
    except RegistryFailure as failure:
        return LoginProof(host, _failed(credential, failure), proven=False)
    return LoginProof(host, Attempt(credential.username, credential.origin), result.proven)


def logins_of(config: DockerConfig, source: str) -> tuple[list[tuple[str, Credential]], list[str]]:
    """Give the logins of a config by registry, and the hosts that are patterns, where nobody can be asked."""
    pairs, patterns = [], []
    for key, entry in config.entries.items():
        host = registry_host(key)
        if entry.has_credential and ("*" in host or "[" in host):
            patterns.append(host)
        elif entry.has_credential:
            pairs.append((host, entry.credential(Origin(source, key))))
    return pairs, patterns


async def require_logins(
    config: DockerConfig, registries: Registries, source: str, *, strict: bool = False
) -> list[str]:
    """Check every login of a config before it is handed out; `strict` refuses what could not be checked.

    Returns:
        Warnings: registries that could not be asked, or that ask for no login.

    Raises:
        RegistryFailure: a registry rejected one; nothing must be made of it.
    """
    pairs, patterns = logins_of(config, source)
    asked = await asyncio.gather(*(registries.login(h, c) for h, c in pairs), return_exceptions=True)
    warnings = [
        f"{host} is a pattern, so its login could not be checked; --verify IMAGE proves it by a pull"
        for host in patterns
    ]
    works = {
        host for (host, _), answer in zip(pairs, asked, strict=True) if not isinstance(answer, BaseException)
    }
    for (host, credential), answer in zip(pairs, asked, strict=True):
        if isinstance(answer, RegistryFailure) and host in works:  # the kubelet tries both, as in an overlap
            warnings.append(f"one of the logins for {host} is no good ({credential.username}); another works")
        elif isinstance(answer, RegistryFailure):
            if answer.answered or strict:
                raise answer
            warnings.append(f"the login for {host} could not be checked: {_with_hint(answer)}")
        elif isinstance(answer, BaseException):
            raise answer
        elif not answer.proven:
            warnings.append(f"{host} asks for no login, so this one is neither proven nor refuted")
    return warnings


async def require_pulls(
    images: Sequence[ImageReference],
    config: DockerConfig,
    registries: Registries,
    source: str,
    *,
    strict: bool = False,
) -> list[str]:
    """Prove by pulls that a config's credentials work, before it is handed out.

    `strict` refuses what could not be checked.

    Returns:
        Warnings: registries that could not be asked.

    Raises:
        UsageError: an image is of a registry that they are not for.
        RegistryFailure: an image cannot be fetched with it.
    """
    keyring = Keyring.from_configs([(source, config)])
    for image in images:
        if not keyring.lookup(image.repository):
            raise UsageError(
                f"no credential given here is for {image}: its pull would prove nothing",
                hint=f"name an image of {', '.join(config.entries)}",
            )
    warnings = []
    for proof in await prove_images(images, keyring, registries):
        if proof.manifest is None:
            failure = failure_of(proof)
            if failure.answered or strict:
                raise failure
            warnings.append(f"the pull of {proof.image} could not be checked: {_with_hint(failure)}")
    return warnings


def failure_of(proof: ImageProof) -> RegistryFailure:
    """Turn an image that could not be fetched into the error that tells of the last credential tried."""
    last = proof.attempts[-1]
    host = ImageReference.parse(proof.image).registry
    return RegistryFailure(
        last.message, cause=last.cause or Cause.UNKNOWN, host=host, status=last.status, hint=last.hint
    )


def _with_hint(failure: RegistryFailure) -> str:
    return f"{failure.message}; {failure.hint}" if failure.hint else failure.message
