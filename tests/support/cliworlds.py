"""A sandbox for the command line: a cluster with two registries, beside the commands that use it."""

import itertools
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pullsecret.cli.sandboxes import SandboxThread
from pullsecret.core.errors import NotFound
from pullsecret.core.objects import (
    DEPLOYMENT,
    EVENT,
    NAMESPACE,
    POD,
    SECRET,
    SERVICE_ACCOUNT,
    Kind,
    Object,
    name_of,
)
from pullsecret.core.pullsecrets import Secret
from pullsecret.core.sensitive import Sensitive
from pullsecret.core.stuckpods import PULL_FAILURES, container_states
from pullsecret.sandbox.accounts import Scheme, User
from pullsecret.sandbox.registry_server import RegistryServer, RegistrySpec

T = TypeVar("T")

PASSWORD = 'w0rd <&>"ö\\%+/$-7'
"""One that every encoding changes: base64, URLs, JSON, HTML and shells."""
ROBOT = User("robot$lnmp+ci", Sensitive(PASSWORD), pull=("lnmp/*",))
SPECS = (
    RegistrySpec("basic", users=(ROBOT,)),
    RegistrySpec("bearer", Scheme.BEARER, (ROBOT, User("", pull=("public/*",))), tls=True, token_port=True),
)
SPEED = 50.0


@dataclass
class World:
    """The sandbox, and short ways to it.

    Attributes:
        beside: where it runs.
        kubeconfig: the way to it for commands.
    """

    beside: SandboxThread
    kubeconfig: Path
    _numbers: Any = field(default_factory=itertools.count)

    @property
    def basic(self) -> RegistryServer:
        return self.beside.sandbox.registries["basic"]

    @property
    def bearer(self) -> RegistryServer:
        return self.beside.sandbox.registries["bearer"]

    @property
    def ca_file(self) -> str:
        return str(self.beside.sandbox.ca_file)

    @property
    def image(self) -> str:
        """A private image that ROBOT may pull."""
        return f"{self.basic.host}/lnmp/nginx:v2"

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.beside.do(work)

    def namespace(self, prefix: str = "web") -> str:
        """Make a namespace of one's own."""
        name = f"{prefix}-{next(self._numbers)}"
        self.make(NAMESPACE, {"metadata": {"name": name}})
        return name

    def make(self, kind: Kind, obj: Object, namespace: str = "") -> Object:
        body = {"apiVersion": kind.api_version, "kind": kind.kind, **obj}
        return self.do(self.beside.sandbox.cluster.create(kind, body, namespace=namespace))

    def get(self, kind: Kind, name: str, namespace: str) -> Object | None:
        try:
            return self.do(self.beside.sandbox.cluster.get(kind, name, namespace=namespace))
        except NotFound:
            return None

    def every(self, kind: Kind, namespace: str = "") -> list[Object]:
        return self.do(self.beside.sandbox.cluster.list(kind, namespace=namespace))

    def secret(self, name: str, namespace: str) -> Secret | None:
        found = self.get(SECRET, name, namespace)
        return Secret.from_manifest(found) if found else None

    def accounts_with(self, name: str, namespace: str) -> list[str]:
        """Name the ServiceAccounts that have this Secret in their lists."""
        return [
            name_of(obj)
            for obj in self.every(SERVICE_ACCOUNT, namespace)
            if {"name": name} in obj.get("imagePullSecrets", [])
        ]

    def deploy(self, namespace: str, *, name: str = "web", image: str = "") -> None:
        """Deploy a private image."""
        container = {"name": "app", "image": image or self.image, "imagePullPolicy": "Always"}
        template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
        spec = {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template}
        self.make(DEPLOYMENT, {"metadata": {"name": name}, "spec": spec}, namespace)

    def stuck_pod(self, namespace: str) -> Object:
        return self._pod(namespace, lambda pod: any(s.reason in PULL_FAILURES for s in container_states(pod)))

    def running_pod(self, namespace: str) -> Object:
        return self._pod(namespace, lambda pod: any(state.running for state in container_states(pod)))

    def _pod(self, namespace: str, fits: Any) -> Object:
        return self.do(self.beside.sandbox.wait_for(POD, namespace=namespace, predicate=fits))

    def state(self, namespace: str = "") -> list[Object]:
        """Give what commands may change, to be compared before and after."""
        return [obj for kind in (SECRET, SERVICE_ACCOUNT, DEPLOYMENT) for obj in self.every(kind, namespace)]

    def events(self) -> list[Object]:
        return self.every(EVENT)

    def calm(self) -> None:
        """Let the registries answer again, and forget what they saw."""
        for registry in (self.basic, self.bearer):
            registry.heal()
            registry.seen.clear()


def login(registry: RegistryServer, user: User = ROBOT) -> list[str]:
    """Give the words of a typed login; the password goes to standard input."""
    return ["--registry", registry.host, "--username", user.name, "--password-stdin"]
