"""Which Secrets count for a Pod, a ServiceAccount or a list of names, and the keyring they make."""

from collections.abc import Sequence
from dataclasses import dataclass

from pullsecret.app.finding import find, need
from pullsecret.app.observe import pull_secrets
from pullsecret.app.ports import Cluster
from pullsecret.app.secrets import read_secret
from pullsecret.core.errors import InvalidPullSecret
from pullsecret.core.keyring import Keyring
from pullsecret.core.objects import POD, SECRET, SERVICE_ACCOUNT, Object, name_of
from pullsecret.core.pullsecrets import Secret
from pullsecret.core.reading import Node
from pullsecret.core.workloads import workload_of


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whose Secrets count; at most one of the three, and the ServiceAccount `default` when none is given."""

    service_account: str = ""
    pod: str = ""
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """The Secrets that count, and those that are named but not there: the kubelet passes over these.

    Attributes:
        because: where the names come from, for people: ``ServiceAccount default``.
        namespace: where they are looked for.
        secrets: what is there, in the order of the names.
        missing: names without a Secret.
        unnamed: the other pull Secrets of the namespace, where these were asked for.
    """

    because: str
    namespace: str = ""
    secrets: tuple[Secret, ...] = ()
    missing: tuple[str, ...] = ()
    unnamed: tuple[Secret, ...] = ()

    def keyring(self) -> Keyring:
        """Build the keyring as the kubelet does.

        Raises:
            InvalidPullSecret: one Secret cannot be parsed, and spoils the good ones beside it.
        """
        return Keyring.from_secrets(self.secrets)

    def refused(self) -> str:
        """Tell why the kubelet refuses the whole keyring; empty when it does not."""
        try:
            self.keyring()
        except InvalidPullSecret as error:
            return str(error)
        return ""


async def gather(cluster: Cluster, namespace: str, chosen: Chosen, *, others: bool = False) -> Gathered:
    """Read the Secrets that count, in one namespace: the kubelet looks nowhere else.

    With `others` also those that nobody names there, unless the person named some.
    """
    because, names = await _names(cluster, namespace, chosen)
    found, missing = [], []
    for name in dict.fromkeys(names):
        if chosen.secrets:  # named by the person, who should hear of a slip
            obj: Object | None = await read_secret(cluster, name, namespace)
        else:
            obj = await find(cluster, SECRET, name, namespace)
        if obj is None:
            missing.append(name)
        else:
            found.append(Secret.from_manifest(obj))
    there = await pull_secrets(cluster, namespace) if others and not chosen.secrets else []
    unnamed = tuple(Secret.from_manifest(obj) for obj in there if name_of(obj) not in names)
    return Gathered(because, namespace, tuple(found), tuple(missing), unnamed)


async def _names(cluster: Cluster, namespace: str, chosen: Chosen) -> tuple[str, Sequence[str]]:
    if chosen.secrets:
        return "the Secrets given", chosen.secrets
    if chosen.pod:
        return await _names_of_pod(cluster, namespace, chosen.pod)
    account = chosen.service_account or "default"
    obj = await need(cluster, SERVICE_ACCOUNT, account, namespace)
    entries = Node(obj, lenient=True).at("imagePullSecrets").items()
    names = [entry.at("name").text() for entry in entries]
    return f"ServiceAccount {account}", [name for name in names if name]


async def _names_of_pod(cluster: Cluster, namespace: str, pod: str) -> tuple[str, Sequence[str]]:
    view = workload_of(await need(cluster, POD, pod, namespace))
    return f"Pod {pod}", view.secret_names if view else ()
