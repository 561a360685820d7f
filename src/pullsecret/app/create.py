"""Make a pull Secret, verified first."""

from dataclasses import dataclass

from pullsecret.app.attach import attach_service_accounts
from pullsecret.app.finding import find, need_accounts, no_namespace
from pullsecret.app.outcome import Action, Change, Outcome
from pullsecret.app.ports import Cluster, Sleep
from pullsecret.app.secrets import TRIES, busy, own, write_config
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import AlreadyExists, ClusterError, Forbidden, InvalidInput, NotFound, UsageError
from pullsecret.core.objects import SECRET, Object
from pullsecret.core.pullsecrets import Secret, secret_manifest


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """What to make and where."""

    name: str
    namespace: str
    config: DockerConfig
    replace: bool = False
    attach: tuple[str, ...] = ()
    dry_run: bool = False


async def create(request: CreateRequest, cluster: Cluster, sleep: Sleep) -> Outcome:
    """Make the Secret, or find it there already; then attach it where that was asked for.

    Raises:
        UsageError: a Secret of that name holds something else, and `replace` was not asked for; or a
            ServiceAccount to attach to is not there. Nothing was made.
    """
    await need_accounts(cluster, request.attach, request.namespace, sleep)
    change, made = await put_secret(request, cluster)
    outcome = Outcome([change], made=made)
    with outcome.until_it_fails():
        for account in dict.fromkeys(request.attach):
            outcome.changes += await attach_service_accounts(
                cluster, request.name, request.namespace, [account], dry_run=request.dry_run
            )
    return outcome


async def put_secret(request: CreateRequest, cluster: Cluster) -> tuple[Change, Object]:
    """Create the Secret or, with `replace`, change what it holds in place; the same again changes nothing.

    Returns:
        What was done, and the Secret as the server has it, or would have it after a dry run.
    """
    for _ in range(TRIES):
        existing = await find(cluster, SECRET, request.name, request.namespace)
        if existing is None:
            made = await _created(request, cluster)
            if made is not None:
                return _change(request, Action.CREATED), made
            continue
        if _holds(existing, request.config):
            return _change(request, Action.UNCHANGED), existing
        own(existing)
        if not request.replace:
            raise UsageError(
                f"Secret {request.name!r} in namespace {request.namespace!r} is there with other content",
                hint=f"--replace replaces it in place; `add {request.name}` keeps what it has and adds to it",
            )
        changed = await write_config(cluster, existing, request.config, dry_run=request.dry_run)
        if changed is not None:
            return _change(request, Action.CONFIGURED), changed
    raise busy(f"Secret {request.name!r} in namespace {request.namespace!r}")


async def _created(request: CreateRequest, cluster: Cluster) -> Object | None:
    manifest = secret_manifest(request.name, request.config, namespace=request.namespace)
    try:
        return await cluster.create(SECRET, manifest, namespace=request.namespace, dry_run=request.dry_run)
    except AlreadyExists:  # made by somebody else since we looked
        return None
    except NotFound as error:
        raise no_namespace(request.namespace) from error
    except Forbidden as error:
        if "is being terminated" not in error.message:
            raise
        raise ClusterError(
            f"namespace {request.namespace!r} is being deleted", hint="wait until it is gone, or name another"
        ) from error


def _holds(existing: Object, config: DockerConfig) -> bool:
    try:
        return Secret.from_manifest(existing).config.raw_entries == config.raw_entries
    except InvalidInput:
        return False


def _change(request: CreateRequest, action: Action) -> Change:
    return Change(f"secret/{request.name}", request.namespace, action)
