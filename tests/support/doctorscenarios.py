"""One Pod for every cause that can be made, as a table; each is played in a namespace of its own."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from pullsecret.app.attach import attach_service_accounts
from pullsecret.core.causes import Cause
from pullsecret.core.objects import DEPLOYMENT, EVENT, NAMESPACE, SECRET, Object
from pullsecret.core.pullsecrets import TYPE_JSON
from pullsecret.core.stuckpods import container_states
from support.contract import make_namespace
from support.doctorworlds import DoctorWorld
from support.pullworlds import Bench, entry
from support.realcluster import deployment, is_there, until

WAITS = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})
TOLD = frozenset({"Failed", "InspectFailed", "ErrImageNeverPull"})
PLAIN, TOKEN = "{plain}/lnmp/nginx:v2", "{token}/lnmp/nginx:v2"


@dataclass(frozen=True)
class Keep:
    """A Secret of a scenario: by key, with registries to fill in, the name of a login or a whole entry."""

    entries: dict[str, Any]
    kind: str = TYPE_JSON
    more: dict[str, Any] = field(default_factory=dict)


GOOD = Keep({"{plain}": "plain"})


@dataclass(frozen=True)
class Scenario:
    """What is wrong, and what is to be said of it.

    Attributes:
        cause: None for a Pod that works.
        names: what the summary must name; `NAMESPACE` and registries are filled in.
        secrets: by name, the Secrets of the Pod's namespace.
        own: the Pod's own list; None for all of the Secrets.
        attached: the Secrets that the ServiceAccount lists before the Pod is made.
        late: those that it lists only after the Pod failed.
        deployed: made by a Deployment, and not by hand.
        elsewhere: whether another namespace has the Secret `shared`.
        command: whether a command mends it.
        sure: how sure the cause may be.
        safe: the kinds of mends that are offered to be done, in order.
        init: the image of an init container, which then is the one that fails.
        proof: what the evidence must hold.
    """

    id: str
    image: str
    cause: Cause | None
    names: tuple[str, ...] = ()
    secrets: dict[str, Keep] = field(default_factory=dict)
    own: tuple[str, ...] | None = None
    attached: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    deployed: bool = False
    elsewhere: bool = False
    command: bool = True
    sure: tuple[str, ...] = ("certain",)
    safe: tuple[str, ...] = ()
    policy: str = "Always"
    init: str = ""
    proof: str = ""

    def pull_list(self) -> tuple[str, ...]:
        return tuple(self.secrets) if self.own is None else self.own


def with_secret(name: str, cause: Cause | None, keep: Keep, *names: str, **how: Any) -> Scenario:
    """Make a scenario about a Secret `pull` for the plain registry's image."""
    return Scenario(name, how.pop("image", PLAIN), cause, names, {"pull": keep}, **how)


SCENARIOS = (
    # Those that can be mended come first, since their nodes wait longer with each try.
    Scenario(
        "elsewhere-only", PLAIN, Cause.SECRET_MISSING, ("shared", "NAMESPACE-source"),
        own=("shared",), elsewhere=True, safe=("copy",),
    ),
    with_secret(
        "unattached", Cause.NO_PULL_SECRET, GOOD, "default", "{plain}", own=(), deployed=True,
        safe=("attach", "evict"),
    ),
    with_secret(
        "predates-attachment", Cause.POD_PREDATES_ATTACH, GOOD, "pull", "default", own=(), deployed=True,
        late=("pull",), safe=("evict",),
    ),
    with_secret(
        "by-command", Cause.POD_PREDATES_ATTACH, GOOD, "pull", "default", own=(), deployed=True,
        late=("pull",), safe=("evict",),
    ),
    with_secret("works", None, GOOD),
    Scenario("works-public", "{token}/public/app:1.0", None),
    Scenario("no-secret", PLAIN, Cause.NO_PULL_SECRET, ("web", "default", "{plain}")),
    Scenario("missing", PLAIN, Cause.SECRET_MISSING, ("absent", "NAMESPACE"), own=("absent",)),
    with_secret(
        "wrong-type", Cause.SECRET_WRONG_TYPE, replace(GOOD, kind="Opaque"), "pull", "Opaque", TYPE_JSON
    ),
    Scenario(
        "malformed", PLAIN, Cause.SECRET_MALFORMED, ("bad", "good"),
        {"good": GOOD, "bad": Keep({"elsewhere.test": {"auth": "!!!"}})},
    ),
    with_secret(
        "store-only", Cause.SECRET_NO_CREDENTIAL, Keep({"{plain}": {}}, more={"credsStore": "desktop"}),
        "pull", "{plain}",
    ),
    with_secret(
        "wrong-port", Cause.SECRET_HOST_MISMATCH, Keep({"127.0.0.1:1": "plain"}), "pull", "127.0.0.1:1",
        "port",
    ),
    with_secret(
        "wrong-path", Cause.SECRET_HOST_MISMATCH, Keep({"{plain}/team": "plain"}), "pull", "{plain}/team",
        "path",
    ),
    with_secret(
        "wrong-host", Cause.SECRET_HOST_MISMATCH, Keep({"registry.example.com": "plain"}), "pull",
        "registry.example.com", "{plain}",
    ),
    with_secret(
        "wrong-password", Cause.CREDENTIAL_REJECTED, Keep({"{plain}": "wrong"}), "pull", "{plain}", "admin"
    ),
    with_secret(
        "expired-token", Cause.CREDENTIAL_EXPIRED, Keep({"{plain}": "expired"}), "pull", "expired", "{plain}"
    ),
    with_secret(
        "missing-tag", Cause.IMAGE_NOT_FOUND, GOOD, "has a repository lnmp/nginx, and no tag nope",
        image="{plain}/lnmp/nginx:nope", command=False,
    ),
    with_secret(
        "missing-repository", Cause.IMAGE_NOT_FOUND, GOOD, "has no repository no/such",
        image="{plain}/no/such:v1", command=False,
    ),
    with_secret(
        "other-architecture", Cause.PLATFORM_MISMATCH, Keep({"{odd}": "odd"}), "linux/arm64", "linux/amd64",
        image="{odd}/arm/app:1", command=False,
    ),
    with_secret(
        "forbidden", Cause.CREDENTIAL_FORBIDDEN, Keep({"{odd}": "odd"}), "{odd}", "pull", "other/app",
        image="{odd}/other/app:1",
    ),
    Scenario(
        "never-pull", "{plain}/lnmp/never:v2", Cause.NEVER_PULL, ("lnmp/never:v2", "app"), policy="Never",
        command=False,
    ),
    Scenario(
        "invalid-name", "{plain}/LNMP/nginx:v2", Cause.INVALID_IMAGE_NAME, ("LNMP/nginx",), command=False
    ),
    Scenario("unknown-host", "{nowhere}/app:1", Cause.DNS_FAILURE, ("{nowhere}",), command=False),
    Scenario("refused", "{closed}/app:1", Cause.CONNECTION_REFUSED, ("{closed}",), command=False),
    Scenario("plain-http", "{http}/lnmp/nginx:v2", Cause.HTTP_HTTPS_MISMATCH, ("{http}",)),
    with_secret(
        "https-on-loopback", Cause.HTTP_HTTPS_MISMATCH, Keep({"{https}": "plain"}), "{https}",
        image="{https}/lnmp/nginx:v2", command=False, sure=("likely",),
    ),
    Scenario("bearer-nobody", TOKEN, Cause.NO_PULL_SECRET, ("web", "default", "{token}"), sure=("likely",)),
    with_secret(
        "bearer-wrong-password", Cause.CREDENTIAL_REJECTED, Keep({"{token}": "wrong-token"}), "pull",
        "{token}", image=TOKEN,
    ),
    with_secret(
        "bearer-too-narrow", Cause.DENIED_OR_MISSING, Keep({"{token}": "token"}), "{token}", "pull",
        "team/app", image="{token}/team/app:1.0",
    ),
    with_secret(
        "bearer-absent", Cause.IMAGE_NOT_FOUND, Keep({"{token}": "token"}), "{token}", "lnmp/absent",
        image="{token}/lnmp/absent:v1", command=False,
        # Its node, which has a hosts.toml for this registry, tells of a certificate instead of the 404.
        sure=("certain", "likely"),
    ),
    with_secret(
        "bearer-absent-and-too-narrow", Cause.DENIED_OR_MISSING, Keep({"{token}": "token"}), "{token}",
        "team/absent", image="{token}/team/absent:v1",
    ),
    Scenario(
        "other-name", "{misnamed}/lnmp/nginx:v2", Cause.TLS_INVALID_CERTIFICATE, ("{misnamed}",),
        command=False,
    ),
    Scenario(
        "unknown-authority", "{stranger}/lnmp/nginx:v2", Cause.TLS_UNKNOWN_AUTHORITY, ("{stranger}",),
    ),
    Scenario(
        "own-list", PLAIN, Cause.SECRET_HOST_MISMATCH, ("mine", "{plain}"),
        {"good": GOOD, "mine": Keep({"registry.example.com": "plain"})}, own=("mine",), attached=("good",),
        deployed=True, proof="its own list is used instead of its ServiceAccount's, where Secret good",
    ),
    Scenario(
        "own-list-of-the-accounts-names", PLAIN, Cause.SECRET_HOST_MISMATCH, ("mine", "{plain}"),
        {"good": GOOD, "mine": Keep({"registry.example.com": "plain"})}, own=("mine",),
        attached=("good", "mine"), proof="Secret good",
        # A sandbox keeps no managedFields, so that there it cannot be told whose list it is.
        sure=("certain", "likely"),
    ),
    Scenario(
        "another-would-do", PLAIN, Cause.SECRET_HOST_MISMATCH, ("mine", "{plain}"),
        {"good": GOOD, "mine": Keep({"registry.example.com": "plain"})}, own=("mine",), deployed=True,
        proof="Secret good of namespace",
    ),
    with_secret(
        "init-container", Cause.IMAGE_NOT_FOUND, GOOD, "tag nope", init="{plain}/lnmp/nginx:nope",
        command=False,
    ),
    with_secret(
        "rate-limited", Cause.RATE_LIMITED, Keep({"{odd}": "odd"}), "{odd}", image="{odd}/limited/app:1",
        command=False,
    ),
    with_secret(
        "server-error", Cause.REGISTRY_ERROR, Keep({"{odd}": "odd"}), "{odd}", image="{odd}/broken/app:1",
        command=False,
    ),
    with_secret(
        "web-page", Cause.REGISTRY_ERROR, Keep({"{odd}": "odd"}), "{odd}", image="{odd}/page/app:1",
        command=False,
    ),
)  # fmt: skip
NOT_MADE = {
    "sandbox": {
        "https-on-loopback": "its node tries HTTP and HTTPS on loopback, and so pulls this image",
    },
    "real": {},
}
"""By world, the scenarios that cannot be made there, and why."""


@dataclass(frozen=True)
class Played:
    """A scenario in its namespace; the Pod is as it should be when it is given."""

    scenario: Scenario
    world: DoctorWorld
    bench: Bench

    @property
    def namespace(self) -> str:
        return self.bench.namespace

    def text(self, template: str) -> str:
        return self.world.text(template.replace("NAMESPACE", self.namespace))

    @property
    def image(self) -> str:
        return self.text(self.scenario.init or self.scenario.image)

    @property
    def container(self) -> tuple[str, str]:
        return ("setup", "init") if self.scenario.init else ("app", "container")

    async def set_up(self) -> None:
        """Make everything, and wait until the Pod runs, or is known to fail."""
        one = self.scenario
        await make_namespace(self.bench.cluster, self.namespace)
        for name, keep in one.secrets.items():
            await self._keep(name, keep, self.namespace)
        if one.elsewhere:
            await make_namespace(self.bench.cluster, f"{self.namespace}-source")
            await self._keep("shared", GOOD, f"{self.namespace}-source")
        await self._attach(one.attached)
        await self._make_pod()
        await (self.bench.waits_any(runs) if one.cause is None else self._fails())
        await self._attach(one.late)

    async def leave(self) -> None:
        """Delete what was made."""
        for name in (self.namespace, *([f"{self.namespace}-source"] if self.scenario.elsewhere else [])):
            if await is_there(self.bench.cluster, NAMESPACE, name, ""):
                await self.bench.cluster.delete(NAMESPACE, name)

    async def _keep(self, name: str, keep: Keep, namespace: str) -> None:
        auths = {self.text(key): self._entry(value) for key, value in keep.entries.items()}
        config = json.dumps({"auths": auths, **keep.more})
        obj = {
            "apiVersion": "v1", "kind": "Secret", "type": keep.kind, "metadata": {"name": name},
            "stringData": {".dockerconfigjson": config},
        }  # fmt: skip
        await self.bench.cluster.create(SECRET, obj, namespace=namespace)

    def _entry(self, value: Any) -> Any:
        return entry(*self.world.logins[value]) if isinstance(value, str) else value

    async def _attach(self, names: tuple[str, ...]) -> None:
        for name in names:
            await attach_service_accounts(self.bench.cluster, name, self.namespace, ["default"])

    async def _make_pod(self) -> None:
        one, image, spec = self.scenario, self.text(self.scenario.image), dict[str, Any]()
        if one.init:
            spec["initContainers"] = [
                {"name": "setup", "image": self.text(one.init), "imagePullPolicy": "Always"}
            ]
        if not one.deployed:
            await self.bench.pod(image, *one.pull_list(), policy=one.policy, **spec)
            return
        if one.pull_list():
            spec["imagePullSecrets"] = [{"name": name} for name in one.pull_list()]
        obj = deployment("web", image, **spec)
        await self.bench.cluster.create(DEPLOYMENT, obj, namespace=self.namespace)

    async def _fails(self) -> None:
        """Wait until the container waits for its image, and an event tells why."""
        name = self.container[0]
        await self.bench.waits_any(
            lambda pod: any(s.name == name and s.reason in WAITS for s in container_states(pod))
        )
        await until(
            self.bench.cluster, EVENT, self.namespace,
            lambda event: event["reason"] in TOLD and not event["message"].startswith("Error: "),
        )  # fmt: skip


def runs(pod: Object) -> bool:
    """Tell a Pod that runs and stays."""
    return (
        pod["metadata"].get("deletionTimestamp") is None and pod.get("status", {}).get("phase") == "Running"
    )


def scenarios_in(kind: str) -> tuple[Scenario, ...]:
    """Give those that can be made in a world."""
    return tuple(scenario for scenario in SCENARIOS if scenario.id not in NOT_MADE[kind])
