"""Proving a login before it takes the place of one that works."""

from collections.abc import Sequence

from pullsecret.app.ports import Registries
from pullsecret.app.proof import failure_of, prove_image
from pullsecret.core.credentials import Credential, Origin
from pullsecret.core.dockerconfig import DockerConfig, registry_host
from pullsecret.core.errors import RegistryFailure, UsageError
from pullsecret.core.images import ImageReference
from pullsecret.core.keyring import Keyring
from pullsecret.core.rotation import Login
from pullsecret.core.sensitive import Sensitive

GIVEN = "the login given"


async def require_login(key: str, login: Login, registries: Registries, *, where: str = "") -> list[str]:
    """Have a registry accept a login; it is asked once.

    Args:
        key: of a docker config, which says whose login it is.
        login: is shown to the registry.
        registries: are asked.
        where: the Secret in which it is, where that has to be told.

    Returns:
        Warnings: that the registry asks for no login.

    Raises:
        UsageError: the key is a pattern, which stands for no registry that could be asked.
        RegistryFailure: the registry rejects it, or could not be asked.
    """
    host = registry_host(key)
    if set(host) & set("*?["):
        raise UsageError(
            f"{host} is a pattern, so its login cannot be checked", hint="--verify IMAGE proves it by a pull"
        )
    credential = Credential(login.username, login.password or Sensitive(), origin=Origin(GIVEN, key))
    try:
        result = await registries.login(host, credential)
    except RegistryFailure as failure:
        raise _untouched(failure, where) from failure
    return [] if result.proven else [f"{host} asks for no login, so this one is neither proven nor refuted"]


async def require_pull(
    key: str, login: Login, images: Sequence[ImageReference], registries: Registries, *, where: str = ""
) -> None:
    """Fetch images with a login; arguments are as of `require_login`.

    Raises:
        UsageError: an image is of a registry that it is not for.
        RegistryFailure: one cannot be fetched, or the registry could not be asked.
    """
    config = DockerConfig.empty().with_entry(key, login.username, login.password or Sensitive())
    keyring = Keyring.from_configs([(GIVEN, config)])
    for image in images:
        if not keyring.lookup(image.repository):
            raise UsageError(
                f"the login is not for {image}: its pull would prove nothing",
                hint=f"name an image of {registry_host(key)}",
            )
    for image in images:
        proof = await prove_image(image, keyring, registries)
        if proof.manifest is None:
            raise _untouched(failure_of(proof), where)


def _untouched(failure: RegistryFailure, where: str) -> RegistryFailure:
    """Add that nothing happened; where the registry gave no verdict, also how to go on without one."""
    told = "nothing was touched"
    if not failure.answered:
        told += (
            ", since a password that nobody tried may break every pull at once; --no-verify takes it untried"
        )
    return RegistryFailure(
        f"{where}: {failure.message}" if where else failure.message,
        cause=failure.cause,
        host=failure.host,
        status=failure.status,
        code=failure.code,
        scheme=failure.scheme,
        retry_after=failure.retry_after,
        hint=f"{failure.hint}; {told}" if failure.hint else told,
    )
