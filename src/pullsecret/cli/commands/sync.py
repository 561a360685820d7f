"""`sync`: copies of a pull Secret in many namespaces, put right by one run; nothing is installed."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from pullsecret.cli.inputs import registry_options, take_registry
from pullsecret.cli.names import check_account_name, check_secret_name, listed
from pullsecret.cli.parser import Command, option
from pullsecret.cli.session import RegistryOptions, Session
from pullsecret.cli.words import OPTIONS
from pullsecret.core.errors import InvalidInput, UsageError, joined_place

if TYPE_CHECKING:
    from pullsecret.app.sync.report import SyncReport
    from pullsecret.app.sync.run import SyncRequest
    from pullsecret.core.policy.model import Policy
    from pullsecret.core.policy.sources import Content
    from pullsecret.kube.client import ClusterClient


@dataclass(frozen=True, slots=True)
class Targets:
    """Where `--from` copies to."""

    namespaces: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    selector: str | None = None
    service_accounts: tuple[str, ...] = ()
    all_service_accounts: bool = False
    no_attach: bool = False


@dataclass(frozen=True, slots=True)
class Sync:
    """Put all namespaces right that a policy means."""

    source: str | None
    file: str | None
    name: str | None
    targets: Targets
    registry: RegistryOptions
    image: str | None = None
    prune: bool = False
    dry_run: bool = False
    recover_pods: bool = False

    def run(self, session: Session) -> int:
        """Read, verify, look, write, tell; 1 where a namespace could not be put right."""
        from pullsecret.app.sync.report import SyncReport
        from pullsecret.cli.syncviews import show_sync

        policy, report = self._policy(session), SyncReport()
        running: list[SyncRequest] = []
        try:
            session.run(self._sync(session, policy, report, running))
        except KeyboardInterrupt:
            if running and report.total:
                show_sync(session, running[0], report, interrupted=True)
            raise
        return show_sync(session, running[0], report)

    async def _sync(
        self, session: Session, policy: "Policy", report: "SyncReport", running: "list[SyncRequest]"
    ) -> None:
        from pullsecret.app.keepers import is_operated
        from pullsecret.app.sync.run import SyncRequest, sync
        from pullsecret.cli.syncviews import progress_bar
        from pullsecret.core.policy.sources import NOTHING

        async with session.cluster() as cluster:
            report.operated = await is_operated(cluster, policy.key)
            if report.operated:
                running.append(SyncRequest(policy, NOTHING, self.prune, self.dry_run))
                return
            content = await self._content(session, cluster, policy)
            running.append(SyncRequest(policy, content, self.prune, self.dry_run))
            with progress_bar(session) as progress:
                await sync(cluster, running[0], session.sleep, report=report, progress=progress)

    async def _content(self, session: Session, cluster: "ClusterClient", policy: "Policy") -> "Content":
        """Read the sources, and have the registries try what they hold, before anything is written."""
        from pullsecret.app.sync.gather import sources_of
        from pullsecret.app.sync.verify import verify
        from pullsecret.core.policy.sources import SourceMissing, content_of

        secrets = await sources_of(cluster, policy)
        try:
            content = content_of(policy, secrets)
        except InvalidInput as error:  # with --from there is one source, and nobody wrote a path to it
            place = joined_place(self.file, error.place) if self.file else ""
            message = error.message.removeprefix(f"{error.place}: ")
            look = "`list -A` shows what there is" if isinstance(error, SourceMissing) else ""
            raise InvalidInput(message, place=place, hint=error.hint or look) from error
        if policy.verify is None:
            return content
        how = self.registry
        how = replace(
            how, plain_http=how.plain_http or policy.verify.plain_http, ca_pem=policy.verify.ca_bundle
        )
        image = policy.verify.image
        named = {held.registry for held in content.credentials} | ({image.registry} if image else set())
        async with session.registries(how, named) as registries:
            for warning in await verify(content, policy.verify, registries):
                session.warn(f"warning: {warning}")
        return content

    def _policy(self, session: Session) -> "Policy":
        from pullsecret.cli.policies import policy_from_file
        from pullsecret.core.images import ImageReference
        from pullsecret.core.policy.model import Verify

        if self.file is not None:
            policy = policy_from_file(self.file, session)
        else:
            policy = self._from_options(session)
        if self.image is not None:
            given = ImageReference.parse(self.image)
            policy = replace(policy, verify=replace(policy.verify or Verify(), image=given))
        return replace(policy, recover_pods=policy.recover_pods or self.recover_pods)

    def _from_options(self, session: Session) -> "Policy":
        from pullsecret.cli.policies import policy_from_options
        from pullsecret.core.policy.model import Attach, AttachTo
        from pullsecret.core.policy.selecting import Namespaces
        from pullsecret.core.policy.selectortext import selector_of

        targets, everywhere = self.targets, session.options.all_namespaces
        if session.options.namespace is not None:
            raise UsageError("--namespace chooses none to copy to", hint="--namespaces does")
        if everywhere and targets.namespaces:
            raise UsageError("--namespaces and --all-namespaces do not go together")
        if not (targets.namespaces or targets.selector or everywhere):
            raise UsageError(
                "no namespace was named to copy to",
                hint="give --namespaces, or -l; --all-namespaces means every one",
            )
        namespaces = Namespaces(
            targets.namespaces or ("*",), targets.exclude, selector_of(targets.selector or "")
        )
        attach = Attach(accounts=targets.service_accounts or ("default",))
        if targets.no_attach or targets.all_service_accounts:
            attach = Attach(AttachTo.NONE if targets.no_attach else AttachTo.ALL)
        return policy_from_options(self.source or "", self.name or "", namespaces, attach)


def _parse(
    source: str | None,
    file: str | None,
    name: str | None,
    image: str | None,
    prune: bool,
    dry_run: bool,
    recover_pods: bool,
    **params: Any,
) -> Sync:
    registry = take_registry(params)
    for key in ("namespaces", "exclude", "service_accounts"):
        params[key] = listed(params[key])
    targets = Targets(**params)
    if (source is None) == (file is None):
        raise UsageError("give --from NAMESPACE/NAME or -f FILE: one of them")
    if file is not None and (targets != Targets() or name is not None):
        raise UsageError(
            "with -f the policy says it all", hint="put names, namespaces and ServiceAccounts into the file"
        )
    accounts = [bool(targets.service_accounts), targets.all_service_accounts, targets.no_attach]
    if sum(accounts) > 1:
        raise UsageError("--serviceaccount, --all-serviceaccounts and --no-attach: only one of them")
    for account in targets.service_accounts:
        check_account_name(account)
    if name is not None:
        check_secret_name(name)
    if (registry.ca_file or registry.plain_http) and image is None and file is None:
        raise UsageError("--registry-ca and --plain-http go with --verify IMAGE: else no registry is asked")
    return Sync(source, file, name, targets, registry, image, prune, dry_run, recover_pods)


def _named(*names: str, text: str, **settings: Any) -> click.Option:
    """Declare an option whose help does not go by its Python name, which other commands use for another."""
    made = click.Option(names, **settings)
    made.help = OPTIONS[text]
    return made


command = Command(
    "sync",
    _parse,
    [
        _named("--from", "source", text="sync_from", metavar="NAMESPACE/NAME"),
        _named("-f", "--filename", "file", text="policy_file", metavar="FILE"),
        _named("--name", "name", text="copies_name", metavar="NAME"),
        _named("--namespaces", text="target_namespaces", multiple=True, metavar="NAMES"),
        option("--exclude", multiple=True, metavar="NAMES"),
        option("-l", "--selector", "selector", metavar="LABELS"),
        option("--serviceaccount", "service_accounts", multiple=True, metavar="NAME"),
        _named("--all-serviceaccounts", "all_service_accounts", text="sync_all_accounts", is_flag=True),
        option("--no-attach", is_flag=True),
        option("--recover-pods", is_flag=True),
        option("--prune", is_flag=True),
        _named("--dry-run", "dry_run", text="plan_only", is_flag=True),
        _named("--verify", "image", text="sync_verify", metavar="IMAGE"),
        *registry_options(),
    ],
    everywhere=True,
)
