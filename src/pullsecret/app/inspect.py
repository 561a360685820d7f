"""What pull Secrets hold, who uses them, and what is wrong with them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pullsecret.app.finding import need_namespace
from pullsecret.app.observe import list_kinds
from pullsecret.app.ports import Cluster
from pullsecret.app.secrets import POLICY_LABEL, read_secret
from pullsecret.core.causes import Cause
from pullsecret.core.credentials import Origin
from pullsecret.core.dockerconfig import DockerConfig, registry_host
from pullsecret.core.errors import InvalidInput
from pullsecret.core.expiry import annotated_expiry, describe_left, expiry_of
from pullsecret.core.faults import Fault
from pullsecret.core.gojson import quote
from pullsecret.core.objects import POD, SECRET, SERVICE_ACCOUNT, WORKLOADS, Kind
from pullsecret.core.pullsecrets import KEYS, Secret
from pullsecret.core.registrykeys import registry_of
from pullsecret.core.rotation import marked_old, overlaps_of
from pullsecret.core.secretusers import SecretKey, SecretUsers, users_by_secret
from pullsecret.core.sensitive import Sensitive

CONFIG_FILE = "docker config"
"""What stands for the type of what is no Secret."""


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """One registry in a pull Secret.

    Attributes:
        key: as it is written in the docker config.
        host: the registry it speaks of.
        username: empty where the entry holds no credential.
        expires: when the credential ends, if it tells.
    """

    key: str
    host: str
    username: str
    password: Sensitive
    email: str = ""
    expires: datetime | None = None
    has_credential: bool = True


@dataclass(frozen=True, slots=True)
class SecretReport:
    """One pull Secret, looked through.

    Attributes:
        faults: all that is wrong with it, harmless oddities included.
        policy: the policy that keeps this copy; empty when none does.
        used_by: who uses it; None where that was not asked.
    """

    name: str
    namespace: str
    type: str
    registries: tuple[RegistryEntry, ...]
    faults: tuple[Fault, ...]
    created: str = ""
    policy: str = ""
    used_by: SecretUsers | None = None

    @property
    def sound(self) -> bool:
        """Whether nothing that matters is wrong with it."""
        return all(fault.harmless for fault in self.faults)


@dataclass(frozen=True, slots=True)
class Listing:
    """Pull Secrets in scope; `unreadable` names the kinds that RBAC kept from us."""

    secrets: tuple[SecretReport, ...]
    unreadable: tuple[str, ...] = ()

    def at(self, now: datetime) -> "Listing":
        """Give the same with what has expired by now among the faults."""
        return replace(self, secrets=tuple(_with_expired(report, now) for report in self.secrets))


def report_of(secret: Secret, used_by: SecretUsers | None = None) -> SecretReport:
    """Look through one Secret; pure. One that the kubelet refuses is shown as far as it can be read."""
    try:
        config = secret.readable_config
    except InvalidInput:  # told by the faults
        config = DockerConfig.empty()
    overlaps = _overlaps(secret, config)
    kept = {fault.place for fault in overlaps}  # what else is noteworthy about these is so on purpose
    others = (fault for fault in secret.faults() if not (fault.harmless and fault.place in kept))
    faults = (*others, *overlaps)
    try:
        annotated_expiry(secret.annotations)
    except InvalidInput as error:
        faults = (*faults, Fault(Cause.SECRET_MALFORMED, "", str(error), harmless=True))
    return SecretReport(
        secret.name,
        secret.namespace,
        secret.type,
        entries_of(config, secret),
        faults,
        secret.created,
        secret.labels.get(POLICY_LABEL, ""),
        used_by,
    )


def _overlaps(secret: Secret, config: DockerConfig) -> tuple[Fault, ...]:
    """Tell of the old logins that `rotate --overlap` keeps: they are there on purpose, and for a while."""
    old = {*marked_old(config), *overlaps_of(secret.annotations)}
    return tuple(
        Fault(
            Cause.SECRET_MALFORMED,
            f".auths[{quote(key)}]",
            "keeps an old login beside the new one; nodes try both",
            hint=f"`rotate {secret.name} --registry {registry_of(key)} --finish` drops it",
            harmless=True,
        )
        for key in config.entries
        if key in old
    )


def _with_expired(report: SecretReport, now: datetime) -> SecretReport:
    expired = tuple(
        Fault(
            Cause.CREDENTIAL_EXPIRED,
            f'.auths["{entry.key}"]',
            f"the credential {describe_left(entry.expires, now)}",
            hint=f"`rotate {report.name} --registry {registry_of(entry.key)}` puts a new one in its place",
        )
        for entry in report.registries
        if entry.expires is not None and entry.expires <= now
    )
    return replace(report, faults=(*report.faults, *expired))


def report_of_config(config: DockerConfig, source: str) -> SecretReport:
    """Look through a docker config that is no Secret yet; pure."""
    return SecretReport(source, "", CONFIG_FILE, entries_of(config, Secret(source)), config.faults())


def entries_of(config: DockerConfig, secret: Secret) -> tuple[RegistryEntry, ...]:
    """Give what a config holds, entry by entry."""
    rows = []
    for key, entry in config.entries.items():
        credential = entry.credential(Origin(secret.source, key))
        expires = expiry_of(credential, annotations=secret.annotations)
        host = registry_host(key)
        rows.append(
            RegistryEntry(
                key, host, entry.username, entry.password, entry.email, expires, entry.has_credential
            )
        )
    return tuple(rows)


async def show(cluster: Cluster, name: str, namespace: str) -> Listing:
    """Look through one Secret of the cluster, and find who uses it."""
    secret = Secret.from_manifest(await read_secret(cluster, name, namespace))
    users, unreadable = await _users(cluster, namespace, (SERVICE_ACCOUNT, POD, *WORKLOADS))
    return Listing((report_of(secret, users.get((namespace, name), SecretUsers())),), unreadable)


async def list_secrets(cluster: Cluster, namespace: str) -> Listing:
    """Look through all pull Secrets of one namespace, or of all when it is empty.

    Only Secrets of the two pull types are asked for, never all Secrets of a cluster.
    """
    found = await asyncio.gather(
        *(cluster.list(SECRET, namespace=namespace, field_selector=f"type={kind}") for kind in KEYS)
    )
    if not any(found):
        await need_namespace(cluster, namespace)
    users, unreadable = await _users(cluster, namespace, (SERVICE_ACCOUNT, POD))
    secrets = sorted(
        (Secret.from_manifest(obj) for objects in found for obj in objects),
        key=lambda s: (s.namespace, s.name),
    )
    reports = (report_of(s, users.get((s.namespace, s.name), SecretUsers())) for s in secrets)
    return Listing(tuple(reports), unreadable)


async def _users(
    cluster: Cluster, namespace: str, kinds: Sequence[Kind]
) -> tuple[dict[SecretKey, SecretUsers], tuple[str, ...]]:
    """Read who uses Secrets; kinds that RBAC keeps from us are named, not fatal."""
    objects, unreadable = await list_kinds(cluster, kinds, namespace)
    workloads = [obj for kind in WORKLOADS for obj in objects.get(kind, ())]
    users = users_by_secret(objects[SERVICE_ACCOUNT], objects[POD], workloads)
    return users, tuple(kind.plural for kind in unreadable)
