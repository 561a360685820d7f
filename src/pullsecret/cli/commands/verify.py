"""`verify [IMAGE…]`: prove at the registry that a credential works."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from pullsecret.cli.inputs import (
    CredentialInput,
    credential_options,
    registry_options,
    take_credentials,
    take_registry,
)
from pullsecret.cli.parser import Command, option
from pullsecret.cli.proofs import show_images, show_logins
from pullsecret.cli.scopes import Scope
from pullsecret.cli.session import RegistryOptions, Session
from pullsecret.cli.words import SAY
from pullsecret.core.errors import Finding, UsageError

if TYPE_CHECKING:
    from pullsecret.app.keyrings import Gathered
    from pullsecret.app.proof import ImageProof, LoginProof
    from pullsecret.core.images import ImageReference
    from pullsecret.core.keyring import Keyring


PLATFORM = re.compile(r"[a-z0-9]+/[a-z0-9_]+(/[a-z0-9]+)?")


@dataclass(frozen=True, slots=True)
class Verify:
    """Prove pulls of images, or logins where no image is given."""

    images: tuple[str, ...]
    credentials: CredentialInput
    scope: Scope
    registry: RegistryOptions
    platforms: tuple[str, ...] = ()

    def run(self, session: Session) -> int:
        """Ask the registries and tell; 1 for a verdict against it, 3 where none could be had."""
        from pullsecret.core.images import ImageReference

        references = [ImageReference.parse(text) for text in self.images]
        if references:
            return show_images(session, session.run(self._images(session, references)))
        return show_logins(session, session.run(self._logins(session)))

    async def _images(self, session: Session, images: "list[ImageReference]") -> "list[ImageProof]":
        from pullsecret.app.proof import prove_images

        keyring = await self._keyring(session)
        async with session.registries(self.registry, {image.registry for image in images}) as registries:
            return await prove_images(images, keyring, registries, self.platforms)

    async def _keyring(self, session: Session) -> "Keyring":
        from pullsecret.core.keyring import Keyring

        if self.credentials.given:
            config, source = self.credentials.read(session)
            return Keyring.from_configs([(source, config)])
        return (await self._gathered(session)).keyring()

    async def _gathered(self, session: Session) -> "Gathered":
        gathered = await self.scope.gather(session)
        if why := gathered.refused():
            raise Finding(
                SAY["keyring-refused"].format(why=why), hint="`show` tells all that is wrong with it"
            )
        return gathered

    async def _logins(self, session: Session) -> "list[LoginProof]":
        from pullsecret.app.proof import logins_of, prove_logins

        if self.credentials.given:
            configs = [self.credentials.read(session)]
        else:
            configs = [(s.config, s.source) for s in (await self._gathered(session)).secrets if not s.skipped]
        pairs = []
        for config, source in configs:
            logins, patterns = logins_of(config, source)
            pairs += logins
            for host in patterns:
                session.warn(SAY["pattern"].format(host=host))
        if not pairs:
            raise UsageError("there is no credential to verify", hint="give --registry, --secret or --file")
        async with session.registries(self.registry, {host for host, _ in pairs}) as registries:
            return await prove_logins(pairs, registries)


def _parse(images: tuple[str, ...], platforms: tuple[str, ...], **params: Any) -> Verify:
    registry = take_registry(params)
    names = ("service_account", "pod", "secrets")
    scope = Scope(**{name: params.pop(name) for name in names})
    scope.check()
    credentials = take_credentials(params)
    _check_platforms(platforms, images)
    if credentials.given:
        credentials.check()
        if scope != Scope():
            raise UsageError("a credential was given twice", hint="drop --secret, --serviceaccount or --pod")
    return Verify(images, credentials, scope, registry, platforms)


def _check_platforms(platforms: tuple[str, ...], images: tuple[str, ...]) -> None:
    for platform in platforms:
        if not PLATFORM.fullmatch(platform):
            raise UsageError(f"{platform!r} is no platform", hint="write OS/ARCH, as linux/arm64")
    if platforms and not images:
        raise UsageError("--platform is asked of images", hint="name an image")


command = Command(
    "verify",
    _parse,
    [
        click.Argument(["images"], nargs=-1, metavar="[IMAGE]..."),
        option("--serviceaccount", "service_account", metavar="NAME"),
        option("--pod", metavar="NAME"),
        option("--secret", "secrets", multiple=True, metavar="NAME"),
        *credential_options(),
        *registry_options(),
        option("--platform", "platforms", multiple=True, metavar="OS/ARCH"),
    ],
)
