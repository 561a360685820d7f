"""`install`: the operator's manifests, printed or applied."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from pullsecret.cli.names import check_namespace_name, check_secret_name, listed
from pullsecret.cli.parser import Command, option
from pullsecret.cli.session import Session
from pullsecret.cli.words import INSTALL, OPTIONS
from pullsecret.core.errors import UsageError
from pullsecret.core.images import ImageReference
from pullsecret.operator.given import HOST, MOST_WORKERS

if TYPE_CHECKING:
    from pullsecret.app.outcome import Outcome
    from pullsecret.core.installation import Installation
    from pullsecret.core.objects import Object

NAMESPACE = "pullsecret-system"
"""Where the operator is installed unless somebody says otherwise."""
_LISTS = ("source_namespaces", "watch_namespaces", "secret_names", "team_sources", "image_pull_secrets")


@dataclass(frozen=True, slots=True)
class Install:
    """Print or apply the manifests of the operator."""

    wanted: "Installation"
    crds: bool = False
    no_crds: bool = False
    apply: bool = False
    dry_run: bool = False

    def run(self, session: Session) -> int:
        """Print, or apply and tell."""
        wanted = replace(self.wanted, namespace=session.options.namespace or NAMESPACE)
        if not self.apply:
            return _show(session, self._objects(wanted))
        from pullsecret.cli.changes import show_outcome

        outcome = session.run(self._apply(session, wanted))
        code = show_outcome(session, outcome, dry_run="server" if self.dry_run else "")
        if not (self.crds or self.dry_run):
            session.warn(INSTALL["next"].format(namespace=wanted.namespace))
        return code

    def _objects(self, wanted: "Installation") -> "list[Object]":
        from pullsecret.core.installation import definitions, manifests, namespace_of_installation

        if self.crds:
            return definitions(wanted)
        defined = [] if self.no_crds else definitions(wanted)
        return [*defined, namespace_of_installation(wanted), *manifests(wanted)]

    async def _apply(self, session: Session, wanted: "Installation") -> "Outcome":
        from pullsecret.app.install import install
        from pullsecret.app.pretence import Pretended
        from pullsecret.core.installation.kinds import DISRUPTION_BUDGET, OLD_DISRUPTION_BUDGET

        async with session.cluster() as cluster:
            if not await cluster.discovery.serves(DISRUPTION_BUDGET):
                wanted = replace(wanted, policy_api=OLD_DISRUPTION_BUDGET.api_version)
            return await install(
                Pretended(cluster) if self.dry_run else cluster,
                wanted,
                with_definitions=not self.no_crds,
                definitions_only=self.crds,
            )


def _show(session: Session, objects: "list[Object]") -> int:
    from pullsecret.core.objects import object_ref

    out = session.out
    if out.form == "name":
        out.names(map(object_ref, objects))
    elif out.form == "json":
        out.document({"apiVersion": "v1", "kind": "List", "items": objects})
    else:
        for obj in objects:
            out.line("---")
            out.document(obj)
    return 0


def _parse(
    crds: bool, no_crds: bool, apply: bool, dry_run: bool, image: str | None, **params: Any
) -> Install:
    from pullsecret._version import __version__
    from pullsecret.core.installation import Installation

    for name in _LISTS:
        params[name] = listed(params[name])
    _check(params)
    if image is not None:
        ImageReference.parse(image)
    if crds and no_crds:
        raise UsageError("--crds and --no-crds do not go together")
    if image is None and not crds:
        raise UsageError(
            "which image? None is published", hint="build one with deploy/Dockerfile, then give --image"
        )
    params |= {"webhook": not params.pop("no_webhook"), "aggregate": not params.pop("no_aggregate")}
    wanted = Installation("", image or "", version=__version__, **params)
    return Install(wanted, crds, no_crds, apply or dry_run, dry_run)


def _check(params: dict[str, Any]) -> None:
    """Refuse what does not fit, before anything is printed or asked."""
    check_release_name(params["name"])
    for namespace in (*params["source_namespaces"], *params["watch_namespaces"]):
        check_namespace_name(namespace)
    for secret in (*params["secret_names"], *params["team_sources"], *params["image_pull_secrets"]):
        check_secret_name(secret)
    for host in params["allow_realms"]:
        if not HOST.fullmatch(host):
            hint = "write it as HOST or HOST:PORT, without scheme and path"
            raise UsageError(f"--allow-realm: {host!r} is no host", hint=hint)
    if params["watch_namespaces"] and params["source_namespaces"]:
        raise UsageError(
            "--source-namespaces is for ClusterPullSecrets, which --watch-namespaces leaves out",
            hint="give one of them",
        )
    if params["team_sources"] and not params["secret_names"]:
        raise UsageError(
            "--team-sources goes with --secret-names: without that, all Secrets can be sources",
            hint="leave it out, or name the copies",
        )


def check_release_name(name: str) -> None:
    """Refuse a name that is too long for what is made of it."""
    check_secret_name(name)
    if len(name) > _NAME_LIMIT or "." in name:
        raise UsageError(f"{name!r} is no name for the operator", hint=f"{_NAME_LIMIT} characters, no dot")


_NAME_LIMIT = 40


def text_option(*names: str, text: str, **settings: Any) -> click.Option:
    """Declare an option whose help does not go by its Python name, which others use for another."""
    made = click.Option(names, **settings)
    made.help = OPTIONS[text]
    return made


def name_option() -> click.Option:
    """Declare what the operator's objects are called."""
    return text_option("--name", text="installation_name", default="pullsecret", metavar="NAME")


def watch_option() -> click.Option:
    """Declare the namespaces of an operator without cluster-wide rights."""
    return text_option("--watch-namespaces", text="watch_namespaces", multiple=True, metavar="NAMES")


_PORT = click.IntRange(1, 65535)
command = Command(
    "install",
    _parse,
    [
        option("--crds", is_flag=True),
        option("--no-crds", is_flag=True),
        option("--apply", is_flag=True),
        text_option("--dry-run", "dry_run", text="would_do", is_flag=True),
        text_option("--image", text="operator_image", metavar="IMAGE"),
        name_option(),
        option("--replicas", type=click.IntRange(1), default=2),
        option("--source-namespaces", multiple=True, metavar="NAMES"),
        watch_option(),
        option("--secret-names", multiple=True, metavar="NAMES"),
        option("--team-sources", multiple=True, metavar="NAMES"),
        text_option("--recover-pods", text="may_recover_pods", is_flag=True),
        option("--no-webhook", is_flag=True),
        option("--webhook-port", type=_PORT, default=9443),
        option("--http-port", type=_PORT, default=8080),
        option("--no-aggregate", is_flag=True),
        option("--image-pull-secret", "image_pull_secrets", multiple=True, metavar="NAME"),
        option("--host-network", is_flag=True),
        option("--workers", type=click.IntRange(1, MOST_WORKERS), default=32),
        option("--log-format", type=click.Choice(("json", "text")), default="json"),
        option("--log-level", type=click.Choice(("debug", "info", "warning", "error")), default="info"),
        option("--allow-realm", "allow_realms", multiple=True, metavar="HOST"),
        option("--allow-local-registries", is_flag=True),
    ],
)
