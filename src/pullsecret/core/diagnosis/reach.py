"""How registries are spoken to: commands that are offered do it as this run does, or should have done."""

from collections.abc import Collection
from dataclasses import dataclass

from pullsecret.core.causes import Cause
from pullsecret.core.commands import Command
from pullsecret.core.endpoints import is_loopback

FILE = "FILE"
"""Stands for a file of CA certificates, where none that was given is the right one."""

_ASKING = frozenset({"create", "add", "rotate", "verify"})


@dataclass(frozen=True, slots=True)
class Reach:
    """How this run speaks to registries.

    Attributes:
        ca_file: the CA certificates that it was told to trust; empty for none.
        plain_hosts: the registries with which it speaks plain HTTP.
        on_node: whether this machine is the node, so that its loopback registries are the right ones.
    """

    ca_file: str = ""
    plain_hosts: frozenset[str] = frozenset()
    on_node: bool = False

    def applied_to(self, command: Command, registry: str, met: Collection[Cause | None]) -> Command:
        """Give a command as it reaches the registry; one that asks no registry stays as it is.

        Args:
            command: what is offered.
            registry: whom it asks.
            met: what came of asking it as this run does.
        """
        if command.argv[0] != "pullsecret" or command.argv[1] not in _ASKING:
            return command
        return Command((*self._provable(command.argv, registry), *self._options(registry, met)))

    def _options(self, registry: str, met: Collection[Cause | None]) -> tuple[str, ...]:
        plain = (registry in self.plain_hosts) is not (Cause.HTTP_HTTPS_MISMATCH in met)
        if plain:
            return ("--plain-http",)
        ca_file = FILE if Cause.TLS_UNKNOWN_AUTHORITY in met else self.ca_file
        return ("--registry-ca", ca_file) if ca_file else ()

    def _provable(self, argv: tuple[str, ...], registry: str) -> tuple[str, ...]:
        """Leave out the proof by a registry that would be another one here: the node's own, on loopback."""
        if self.on_node or argv[1] == "verify" or not is_loopback(registry.rpartition(":")[0] or registry):
            return argv
        at = argv.index("--verify") if "--verify" in argv else len(argv)
        return (*argv[:at], *argv[at + 2 :], "--no-verify")


AS_USUAL = Reach()
"""By HTTPS, trusting whom the system trusts."""
