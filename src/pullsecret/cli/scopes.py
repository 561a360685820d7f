"""Whose Secrets count, as options of `match` and `verify`: from the cluster, or from files."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from pullsecret.cli.parser import option
from pullsecret.cli.session import Session
from pullsecret.cli.words import SAY
from pullsecret.core.errors import UsageError

if TYPE_CHECKING:
    from pullsecret.app.keyrings import Gathered
    from pullsecret.core.dockerconfig import DockerConfig
    from pullsecret.core.pullsecrets import Secret


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the Secrets that count come from; without any, the ServiceAccount `default`."""

    service_account: str | None = None
    pod: str | None = None
    secrets: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def check(self) -> None:
        """Refuse to be told two places at once."""
        if sum(map(bool, (self.service_account, self.pod, self.secrets, self.files))) > 1:
            raise UsageError("--serviceaccount, --pod, --secret and --file: only one of them")

    async def gather(self, session: Session, *, others: bool = False) -> "Gathered":
        """Read the Secrets that count, and warn of names without one and of those that do not count.

        With `others` those that are there and not named too.
        """
        found = self._from_files(session) if self.files else await self._from_cluster(session, others=others)
        for name in found.missing:
            words = {"because": found.because, "name": name, "namespace": found.namespace}
            session.warn(SAY["secret-not-there"].format(**words))
        for secret in found.secrets:
            if secret.skipped:
                session.warn(SAY["secret-skipped"].format(name=secret.name, type=secret.type))
        return found

    async def _from_cluster(self, session: Session, *, others: bool) -> "Gathered":
        from pullsecret.app.keyrings import Chosen, gather

        chosen = Chosen(self.service_account or "", self.pod or "", self.secrets)
        async with session.cluster() as cluster:
            return await gather(cluster, session.namespace, chosen, others=others)

    def _from_files(self, session: Session) -> "Gathered":
        from pullsecret.app.keyrings import Gathered
        from pullsecret.core.dockerconfig import DockerConfig
        from pullsecret.sources.files import read_secret_or_config

        secrets: list[Any] = []
        for path in self.files:
            found = read_secret_or_config(path, stdin=session.stdin)
            secrets += [_as_secret(path, found)] if isinstance(found, DockerConfig) else found
        return Gathered("the files given", "", tuple(secrets))


def _as_secret(path: str, config: "DockerConfig") -> "Secret":
    """Take a docker config for the Secret it would be."""
    from pullsecret.core.pullsecrets import KEY_JSON, TYPE_JSON, Secret

    return Secret(name=path, type=TYPE_JSON, data={KEY_JSON: config.to_secret_bytes()})


def scope_options() -> list[click.Parameter]:
    """Declare the options of `Scope`."""
    return [
        option("--serviceaccount", "service_account", metavar="NAME"),
        option("--pod", metavar="NAME"),
        option("--secret", "secrets", multiple=True, metavar="NAME"),
        option("--file", "files", multiple=True, metavar="FILE"),
    ]


def take_scope(params: dict[str, Any]) -> Scope:
    """Take the options of `Scope` out of a command's parameters."""
    scope = Scope(**{name: params.pop(name) for name in Scope.__slots__})
    scope.check()
    return scope
