"""The story that `demo` tells: real commands on a sandbox, and what they and its kubelet really said."""

import io
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from pullsecret.cli import running
from pullsecret.cli.sandboxes import SandboxThread
from pullsecret.cli.words import STORY
from pullsecret.core.commands import Command
from pullsecret.core.errors import Finding
from pullsecret.core.objects import DEPLOYMENT, EVENT, NAMESPACE, POD, Object, name_of, namespace_of, uid_of
from pullsecret.core.stuckpods import PULL_FAILURES, container_states

if TYPE_CHECKING:
    from pullsecret.cli.session import Session

SPEED = 10.0
FIRST, SECOND = "shop", "batch"


@dataclass
class Story:
    """One telling: a sandbox, somebody who types commands into it, and the terminal they are shown on."""

    session: "Session"
    beside: SandboxThread
    kubeconfig: str
    seen: set[str] = field(default_factory=set)

    @property
    def host(self) -> str:
        """The private registry."""
        return self.beside.sandbox.registries["private"].host

    @property
    def image(self) -> str:
        """The private image."""
        return f"{self.host}/lnmp/nginx:v2"

    def tell(self) -> None:
        """Tell it all."""
        self.say("intro", host=self.host)
        self.deploy(FIRST)
        self.say("failed")
        pod = self.failing_pod(FIRST)
        self.shows([_line(pod), f"event: {self.event_of(pod)}"])
        self.say("doctor")
        self.types("doctor", "-n", FIRST, "--on-node", expect=1)
        self.say("lookup")
        self.types("match", self.image, "-n", FIRST, expect=1)
        self.say("create")
        user = self.beside.sandbox.registries["private"].spec.users[0]
        login = ["--registry", self.host, "--username", user.name, "--password-stdin"]
        self.types(
            "create", "regcred", "-n", FIRST, *login, "--attach", "default", "--verify", self.image,
            stdin=user.password.reveal(),
        )  # fmt: skip
        self.say("predates")
        self.types("attach", "regcred", "-n", FIRST, "--restart-stuck")
        self.shows([_line(self.running_pod(FIRST))])
        self.say("second")
        self.deploy(SECOND)
        self.shows([_line(self.failing_pod(SECOND))])
        self.say("fix")
        self.types("doctor", "-n", SECOND, "--on-node", "--fix", "--yes", "--from", f"{FIRST}/regcred")
        self.shows([_line(self.running_pod(SECOND))])
        self.types("list", "-A")

    def say(self, key: str, **words: Any) -> None:
        """Say a sentence of the story."""
        out = self.session.out
        out.line()
        for line in STORY[key].format(image=self.image, first=FIRST, second=SECOND, **words).splitlines():
            out.line(line, "strong")

    def types(self, *argv: str, stdin: str = "", expect: int = 0) -> None:
        """Run one of our commands, as it would be typed, and show what it says."""
        typed = Command(("pullsecret", *argv)).shell
        self.session.out.line(f"$ {typed}" + (" < password" if stdin else ""), "good")
        out = io.StringIO()
        environment = {"KUBECONFIG": self.kubeconfig, "HOME": str(Path(self.kubeconfig).parent)}
        code = running.run(("pullsecret", *argv), environment, io.StringIO(stdin), out, out)
        self.shows(out.getvalue().splitlines())
        if code != expect:
            raise Finding(f"the story went wrong: {typed!r} ended with {code}, not {expect}")

    def shows(self, lines: list[str]) -> None:
        """Show what was seen, set in a little."""
        for line in lines:
            self.session.out.line(f"  {line}")

    def deploy(self, namespace: str) -> None:
        """Deploy the private image, as anybody would."""
        cluster = self.beside.sandbox.cluster
        spec = {"containers": [{"name": "nginx", "image": self.image, "imagePullPolicy": "Always"}]}
        labels = {"app": "web"}
        template = {"metadata": {"labels": labels}, "spec": spec}
        deployment: Object = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
        }
        named: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        self.beside.do(cluster.create(NAMESPACE, named))
        self.beside.do(cluster.create(DEPLOYMENT, deployment, namespace=namespace))

    def failing_pod(self, namespace: str) -> Object:
        """Wait until the Pod cannot pull."""
        return self._pod(namespace, lambda pod: any(s.reason in PULL_FAILURES for s in container_states(pod)))

    def event_of(self, pod: Object) -> str:
        """Give what the node told of a Pod."""
        events = self.beside.do(self.beside.sandbox.cluster.list(EVENT, namespace=namespace_of(pod)))
        failed = (event for event in events if event["reason"] == "Failed")
        return next(str(e["message"]) for e in failed if e["involvedObject"].get("uid") == uid_of(pod))

    def running_pod(self, namespace: str) -> Object:
        """Wait until the Pod runs."""
        return self._pod(namespace, lambda pod: any(state.running for state in container_states(pod)))

    def _pod(self, namespace: str, fits: Any) -> Object:
        return self.beside.do(self.beside.sandbox.wait_for(POD, namespace=namespace, predicate=fits))


def _line(pod: Object) -> str:
    state = container_states(pod)[0]
    return f"pod/{name_of(pod)}   {'Running' if state.running else state.reason}"


def tell_story(session: "Session") -> None:
    """Run the whole story in a sandbox of its own, and say how long it took."""
    began = monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="pullsecret-demo-") as folder,
        SandboxThread(speed=SPEED) as beside,
    ):
        kubeconfig = str(Path(folder, "kubeconfig"))
        beside.sandbox.kubeconfig(kubeconfig)
        Story(session, beside, kubeconfig).tell()
    session.out.line()
    session.out.line(STORY["end"].format(seconds=monotonic() - began), "strong")
