"""Registries that answer from a table, for tests of use cases."""

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import Credential
from pullsecret.core.errors import RegistryFailure
from pullsecret.core.images import ImageReference
from pullsecret.core.manifests import Manifest
from pullsecret.core.verdicts import LoginResult

DIGEST = "sha256:" + "a" * 64


class FakeRegistries:
    """Accepts the passwords in `good`; `failures` is what hosts answer instead; open ones let anybody in."""

    def __init__(
        self,
        good: tuple[str, ...] = ("s3cret-word",),
        *,
        failures: dict[str, Cause] | None = None,
        open_hosts: tuple[str, ...] = (),
        platforms: tuple[str, ...] = ("linux/amd64",),
        repositories: dict[str, bool] | None = None,
    ) -> None:
        self.repositories = repositories or {}
        self.good, self.failures, self.open_hosts, self.platforms = (
            good,
            failures or {},
            open_hosts,
            platforms,
        )
        self.asked: list[tuple[str, str]] = []

    def _check(self, host: str, credential: Credential) -> None:
        self.asked.append((host, credential.username))
        if host in self.failures:
            raise RegistryFailure(f"{host} failed", cause=self.failures[host], host=host, hint="look at it")
        if host not in self.open_hosts and credential.password.reveal() not in self.good:
            cause = Cause.AUTH_MISSING if credential.anonymous else Cause.CREDENTIAL_REJECTED
            raise RegistryFailure(f"{host} says no", cause=cause, host=host, status=401)

    async def login(self, host: str, credential: Credential) -> LoginResult:
        self._check(host, credential)
        return LoginResult(host, host not in self.open_hosts, "none" if host in self.open_hosts else "basic")

    async def manifest(
        self, image: ImageReference, credential: Credential, *, platforms: bool = False
    ) -> Manifest:
        self._check(image.registry, credential)
        return Manifest(str(image), DIGEST, "application/vnd.oci.image.index.v1+json", self.platforms, 100)

    async def has_repository(self, image: ImageReference, credential: Credential) -> bool | None:
        return self.repositories.get(image.path)
