"""Where a login lies that is to be renewed: in the Secret that was named, or in the source of its policy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from pullsecret.app.keepers import keeper_of, policies_reading
from pullsecret.app.ports import Cluster
from pullsecret.app.secrets import config_of, named, read_secret, refuse_immutable
from pullsecret.app.sync.gather import sources_of
from pullsecret.core.dockerconfig import DockerConfig, registry_key
from pullsecret.core.errors import InvalidInput, UsageError
from pullsecret.core.objects import Object, annotations_of
from pullsecret.core.policy.model import BasicSource, Policy, SecretRef
from pullsecret.core.policy.names import POLICY_UID
from pullsecret.core.policy.sources import content_of, refuse_partial
from pullsecret.core.pullsecrets import KEYS, Secret
from pullsecret.core.registrykeys import registry_of
from pullsecret.core.rotation import Held, Login, held_in, logins_in_use, overlaps_of


@dataclass(frozen=True, slots=True)
class Sought:
    """Whose login is meant.

    Attributes:
        registry: as a person types it; empty: the only one there is.
        username: None: that of the only user there is.
    """

    registry: str = ""
    username: str | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """A Secret that holds the login, and who makes copies of it.

    Attributes:
        obj: the Secret as it was read.
        config: what it holds; of a `Basic` source, the entry that is made of it.
        basic: how a policy reads it, where it is no pull Secret.
        policies: those whose copies change when it does.
    """

    obj: Object = field(repr=False)
    secret: Secret
    config: DockerConfig
    held: Held
    basic: BasicSource | None = None
    policies: tuple[Policy, ...] = ()

    @property
    def ref(self) -> SecretRef:
        """Where it is."""
        return SecretRef(self.secret.namespace, self.secret.name)

    @property
    def in_use(self) -> list[Login]:
        """The logins that are in use in it, of which each should be good before an old one goes."""
        return logins_in_use(self.config, self.held)


async def look(cluster: Cluster, name: str, namespaces: Sequence[str], sought: Sought) -> list[Site]:
    """Find every Secret that has to be written for one name in some namespaces.

    Raises:
        PullSecretError: one of them is not there, cannot be changed, or holds no such login.
    """
    sites: dict[SecretRef, Site] = {}
    for namespace in dict.fromkeys(namespaces):
        site = await _site_of(cluster, await read_secret(cluster, name, namespace), sought, ())
        there = sites.get(site.ref)
        policies = (*there.policies, *site.policies) if there else site.policies
        sites[site.ref] = replace(site, policies=_each_once(policies))
    return list(sites.values())


async def look_again(cluster: Cluster, site: Site, sought: Sought) -> Site:
    """Read a Secret anew after somebody else wrote it, for what was found in it before.

    Raises:
        UsageError: it is gone, or somebody else's by now.
    """
    fresh = await read_secret(cluster, site.ref.name, site.ref.namespace)
    if annotations_of(fresh).get(POLICY_UID) != site.secret.annotations.get(POLICY_UID):
        raise UsageError(f"{named(site.secret)} changed hands meanwhile", hint="try again")
    registry, username = sought.registry or site.held.registry, sought.username or site.held.username
    return _site(fresh, Sought(registry, username), site.basic, site.policies)


async def _site_of(cluster: Cluster, obj: Object, sought: Sought, behind: tuple[Policy, ...]) -> Site:
    """Follow a copy to its source, and that one to its own if it is a copy too."""
    secret = Secret.from_manifest(obj)
    keeper = await keeper_of(cluster, obj)
    if keeper is None:
        ref = SecretRef(secret.namespace, secret.name)
        readers = await policies_reading(cluster, ref)
        basic = None if secret.type in KEYS else _basic_of(secret, ref, (*readers, *behind), sought)
        return _site(obj, sought, basic, _each_once((*behind, *readers)))
    if keeper in behind:
        raise UsageError(f"{keeper.key} is made of its own copies", hint="change the source of one of them")
    found, held = await _held_by(cluster, keeper, sought)
    source = next(source for source in keeper.sources if _gives(source.ref, found, held.keys, keeper))
    sought = replace(sought, registry=sought.registry or held.registry)
    return await _site_of(cluster, found[source.ref], sought, (*behind, keeper))


async def _held_by(cluster: Cluster, policy: Policy, sought: Sought) -> tuple[dict[SecretRef, Object], Held]:
    """Find the login among all that a policy hands out; a policy that hands out nothing is an error."""
    found = await sources_of(cluster, policy)
    try:
        config = content_of(policy, found).config
    except InvalidInput as error:
        raise InvalidInput(
            f"{policy.key} hands nothing out: {error}", hint=error.hint or "mend that first"
        ) from error
    overlaps = {old: key for obj in found.values() for old, key in overlaps_of(annotations_of(obj)).items()}
    return found, held_in(config, sought.registry, sought.username, overlaps, str(policy.key))


def _gives(ref: SecretRef, found: dict[SecretRef, Object], keys: Sequence[str], policy: Policy) -> bool:
    """Tell whether what a policy takes from one Secret has these keys; no two give the same registry."""
    part = replace(policy, sources=tuple(source for source in policy.sources if source.ref == ref))
    return keys[0] in content_of(part, found).config.entries


def _site(obj: Object, sought: Sought, basic: BasicSource | None, policies: tuple[Policy, ...]) -> Site:
    secret = Secret.from_manifest(obj)
    refuse_immutable(secret)
    if basic is None:
        config = config_of(secret)
        if policies:  # who would hand nothing out, and nobody could wait for the copies
            refuse_partial(secret, config)
    else:
        single = Policy(policies[0].key, secret.name, (basic,))
        config = content_of(single, {basic.ref: obj}).config
    overlaps = overlaps_of(secret.annotations)
    held = held_in(config, sought.registry, sought.username, overlaps, named(secret))
    return Site(obj, secret, config, held, basic, policies)


def _basic_of(secret: Secret, ref: SecretRef, policies: Iterable[Policy], sought: Sought) -> BasicSource:
    """Tell how policies read a Secret that is no pull Secret."""
    sources = {
        source: None
        for policy in policies
        for source in policy.sources
        if isinstance(source, BasicSource) and source.ref == ref
    }
    if not sources:
        raise UsageError(
            f"{named(secret)} is of type {secret.type}, not a pull Secret, and no policy reads it",
            hint="`list` shows pull Secrets",
        )
    wanted = registry_of(registry_key(sought.registry)) if sought.registry else ""
    fitting = [s for s in sources if not wanted or registry_of(registry_key(s.registry)) == wanted]
    if len(fitting) != 1:
        there = ", ".join(source.registry for source in sources)
        raise UsageError(
            f"{named(secret)} is read for {there}, and not for {sought.registry}"
            if wanted and not fitting
            else f"{named(secret)} is read for several registries, or in several ways",
            hint=f"say which with --registry: {there}",
        )
    return fitting[0]


def _each_once(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    return tuple({policy.uid: policy for policy in policies}.values())
