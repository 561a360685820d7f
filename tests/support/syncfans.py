"""What `sync` is tried with as a person uses it: a source, namespaces to copy to, and a policy for them."""

from typing import Any

from pullsecret.core.objects import SECRET
from support.cliworlds import PASSWORD, World, login
from support.commandline import CommandLine, Said


class Fan:
    """A source Secret, namespaces to copy to, and `sync` from the one to the others."""

    def __init__(self, cli: CommandLine, world: World) -> None:
        self.cli, self.world = cli, world
        self.source = world.namespace("platform")
        self.prefix = f"fan-{self.source}"
        self.targets = sorted(world.namespace(self.prefix) for _ in range(3))
        self.make(PASSWORD)

    def make(self, password: str, *how: str) -> None:
        words = ["create", "harbor", "-n", self.source, *login(self.world.basic), "--no-verify", *how]
        self.cli(*words, stdin=password).ok()

    @property
    def to(self) -> list[str]:
        return ["--from", f"{self.source}/harbor", "--namespaces", ",".join(self.targets)]

    def __call__(self, *more: str) -> Said:
        return self.cli("sync", *self.to, *more)

    def copies(self, name: str = "harbor") -> list[str]:
        return [target for target in self.targets if self.world.get(SECRET, name, target)]

    def password(self, namespace: str) -> str:
        secret = self.world.secret("harbor", namespace)
        assert secret is not None
        return secret.config.entries[self.world.basic.host].password.reveal()


def policy_of(fan: Fan, **spec: Any) -> dict[str, Any]:
    ref = {"namespace": fan.source, "name": "harbor"}
    return {
        "apiVersion": "pullsecret.dev/v1alpha1",
        "kind": "ClusterPullSecret",
        "metadata": {"name": "harbor"},
        "spec": {
            "credentials": [{"type": "DockerConfig", "secretRef": ref}],
            "namespaces": {"include": fan.targets},
            **spec,
        },
    }
