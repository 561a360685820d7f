"""Whose password goes where: teams keep to their namespace, sources to their host, and none is led astray."""

from base64 import b64encode

import pytest

from pullsecret.core.objects import SECRET
from pullsecret.core.policy.names import PULL_SECRET, REGISTRY
from support.fleets import (
    COPY,
    cluster_policy,
    create_policy,
    policy_gone,
    policy_settled,
    put_source,
    ready,
    source,
    team_policy,
)
from support.realcluster import is_there
from support.witnesses import Witness, address_of_our_own, own_address, witnesses

PASSWORD = "entrusted-51e9"
LOGIN = "Basic " + b64encode(f"robot:{PASSWORD}".encode()).decode()


def verified(policy):
    """Give status and reason of the condition `CredentialVerified`."""
    conditions = policy.get("status", {}).get("conditions") or []
    return next(((c["status"], c["reason"]) for c in conditions if c["type"] == "CredentialVerified"), None)


class Team:
    """One namespace whose policies one operator keeps, each with a source and copies of its own."""

    def __init__(self, cluster, namespace):
        self.cluster, self.namespace, self.made = cluster, namespace, []

    async def tries(self, name, registry):
        """Have a login tried at a registry; give what the policy says of it."""
        await self.cluster.create(
            SECRET, source(PASSWORD, registry, name=f"login-{name}"), namespace=self.namespace
        )
        ref = {"type": "DockerConfig", "secretRef": {"name": f"login-{name}"}}
        await self.policy(name, credentials=[ref], verify={"plainHTTP": True})
        return verified(await self.settled(name, verified))

    async def policy(self, name, **spec):
        spec = {"secretName": f"copy-{name}", **spec}
        await create_policy(self.cluster, team_policy(name, **spec), self.namespace)
        self.made.append(name)

    async def settled(self, name, wanted):
        return await policy_settled(self.cluster, name, wanted, namespace=self.namespace)

    async def has_copy(self, name):
        return await is_there(self.cluster, SECRET, f"copy-{name}", self.namespace)

    async def close(self):
        for name in self.made:
            await self.cluster.delete(PULL_SECRET, name, namespace=self.namespace)
        for name in self.made:
            await policy_gone(self.cluster, name, self.namespace)


@pytest.fixture
async def team(cluster, fleet, home, operators):
    """A team whose operator keeps to the rules."""
    (namespace,) = await fleet.names(cluster, 1, "t")
    await operators.start(home, "--watch-namespaces", namespace)
    made = Team(cluster, namespace)
    yield made
    await made.close()


@pytest.fixture
async def lenient(cluster, fleet, home, operators):
    """A team whose operator may speak to registries on this machine."""
    (namespace,) = await fleet.names(cluster, 1, "l")
    flags = ("--watch-namespaces", namespace, "--lease-name", "lenient", "--allow-local-registries")
    await operators.start(home, *flags)
    made = Team(cluster, namespace)
    yield made
    await made.close()


LINK_LOCAL, ALIAS = "169.254.77.1", "127.1.2.3"


@pytest.fixture
def _link_local_address():
    try:
        with address_of_our_own(LINK_LOCAL):
            yield
    except PermissionError as error:
        pytest.skip(f"no address can be made: {error}")


@pytest.mark.usefixtures("_link_local_address")
async def test_local_addresses_get_nothing(team, lenient, figure):
    """Somebody listens at each, and one who may come there does."""
    local, alias, link_local = Witness(), Witness(), Witness()
    async with (
        witnesses("127.0.0.1", local), witnesses(ALIAS, alias), witnesses(LINK_LOCAL, link_local),
    ):  # fmt: skip
        hosts = [local.host, f"localhost:{local.host.split(':')[1]}", alias.host, link_local.host]
        for number, host in enumerate(hosts):
            status, _ = await team.tries(f"local-{number}", host)
            assert (host, status) == (host, "Unknown")
        everybody = (local, alias, link_local)
        assert [witness.connections for witness in everybody] == [0, 0, 0]
        for number, witness in enumerate(everybody):
            assert await lenient.tries(f"control-{number}", witness.host) == ("True", "CredentialVerified")
            assert witness.logins == [LOGIN]
    figure(
        f"{len(hosts)} local registries ({', '.join(hosts)}) got no connection; with "
        "--allow-local-registries each got the login"
    )


async def test_realms_elsewhere_and_redirects_get_nothing(lenient, figure):
    elsewhere = Witness()
    async with witnesses("127.0.0.1", elsewhere):
        foreign = f"localhost:{elsewhere.host.split(':')[1]}"
        realm, redirect = Witness(realm=f"http://{foreign}/token"), Witness(redirect=foreign)
        secure = Witness(realm=f"https://{foreign}/token")
        async with witnesses("127.0.0.1", realm, redirect, secure):
            for name, witness in (("realm", realm), ("secure", secure), ("redirect", redirect)):
                status, _ = await lenient.tries(name, witness.host)
                assert status != "True"
                assert witness.seen
                assert witness.logins == []
    assert elsewhere.seen == []
    figure("a realm on another host (http, https) and a redirect's target: no request")


async def test_a_registry_leads_nobody_to_a_local_address(team, figure):
    address = own_address()
    if not address:
        pytest.skip("this machine has no address but loopback")
    local = Witness()
    async with witnesses("127.0.0.1", local):
        realm, redirect = Witness(realm=f"http://{local.host}/token"), Witness(redirect=local.host)
        control = Witness()
        async with witnesses(address, realm, redirect, control):
            for name, witness in (("realm", realm), ("redirect", redirect)):
                status, _ = await team.tries(name, witness.host)
                assert status != "True"
                assert witness.logins == []
            assert await team.tries("control", control.host) == ("True", "CredentialVerified")
            assert control.logins == [LOGIN]
    assert local.seen == []
    figure(f"registries at {address} that name 127.0.0.1: 0 requests there; the plain one got its login")


async def test_a_basic_source_goes_to_the_host_it_names_alone(lenient, figure):
    cluster, namespace = lenient.cluster, lenient.namespace
    named, other = Witness(), Witness()
    async with witnesses("127.0.0.1", named, other):
        for name, annotation in (("named", named.host), ("unnamed", "")):
            robot = {
                "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/basic-auth",
                "metadata": {"name": name, "annotations": {REGISTRY: annotation} if annotation else {}},
                "stringData": {"username": "robot", "password": PASSWORD},
            }  # fmt: skip
            await cluster.create(SECRET, robot, namespace=namespace)
        for name, secret, host in (("astray", "named", other.host), ("silent", "unnamed", other.host)):
            basic = {"type": "Basic", "registry": host, "secretRef": {"name": secret}}
            await lenient.policy(name, credentials=[basic], verify={"plainHTTP": True})
            await lenient.settled(name, lambda policy: ready(policy) == "SourceInvalid")
            assert not await lenient.has_copy(name)
        assert other.seen == []
        basic = {"type": "Basic", "registry": named.host, "secretRef": {"name": "named"}}
        await lenient.policy("right", credentials=[basic], verify={"plainHTTP": True})
        await lenient.settled("right", lambda policy: ready(policy) == "Synced")
        assert named.logins == [LOGIN]
    figure("a Basic source: 0 requests to hosts that it does not name, 1 login at the one it does")


async def test_nobody_takes_what_another_namespace_holds(cluster, fleet, home, operators, team, figure):
    """The platform's namespace holds `login`; a team names it, and a cluster's policy names a team's."""
    await put_source(cluster, home, PASSWORD)
    await operators.start(home, "--lease-name", "whole")
    # Unknown fields are dropped by the API server: the reference is to the team's own namespace.
    stolen = {"type": "DockerConfig", "secretRef": {"name": "login", "namespace": home}}
    await team.policy("thief", credentials=[stolen])
    await team.settled("thief", lambda policy: ready(policy) == "SourceMissing")
    assert not await team.has_copy("thief")

    await put_source(cluster, team.namespace, PASSWORD)
    policy = cluster_policy(f"{home}-thief", team.namespace, [team.namespace])
    await create_policy(cluster, policy)
    kind = policy["metadata"]["name"]
    seen = await policy_settled(cluster, kind, lambda policy: ready(policy) == "InvalidSpec")
    assert "spec.credentials[0].secretRef.namespace" in str(seen["status"])
    assert not await is_there(cluster, SECRET, COPY, team.namespace)
    figure("another namespace's Secret: not read for a PullSecret, nor outside --source-namespaces")
