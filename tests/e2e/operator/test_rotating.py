"""A registry's password changes while Deployments roll without stop, in namespaces that the operator keeps.

The registry is distribution's, which reads its htpasswd file again when it changes; kubelet and containerd
are real. The user is one of these tests' own, so that nobody else's pulls fail.
"""

import asyncio
import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from pullsecret.core.objects import SECRET, uid_of
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from support.fleets import (
    COPY,
    cluster_policy,
    create_policy,
    policy_gone,
    policy_settled,
    ready,
    source,
)
from support.rollouts import Account, rolling

NAMESPACES, EACH = 3, 2
DEPLOYMENTS = NAMESPACES * EACH
WITHIN = 60.0
"""Seconds in which every Pod that failed must run, from the verification of the new password on."""
CHANGES = 3
"""How many times the password changes under the rolling Deployments in one run."""
SOURCE = "rolling"


@dataclass(frozen=True)
class Kept:
    """Namespaces whose Pods pull as the account, with copies that an operator makes of one source."""

    cluster: object
    run: object
    home: str
    names: list[str]
    account: Account
    policy: str

    async def rotate(self, *words, **how):
        """Rotate at the source, beside the watches; it waits for the operator's fan-out, and says so."""
        argv = ("rotate", SOURCE, "-n", self.home, "--timeout", "60s", *words)
        ran = await asyncio.to_thread(self.run, *argv, **how)
        assert f"clusterpullsecret/{self.policy}: {NAMESPACES} of {NAMESPACES} copies hold it" in ran.out

    async def copies(self):
        """Give each copy's UID, and the registry keys that it holds."""
        found = {}
        for name in self.names:
            copy = await self.cluster.get(SECRET, COPY, namespace=name)
            shown = await asyncio.to_thread(self.run, "show", COPY, "-n", name, "-o", "json")
            found[uid_of(copy)] = [entry["key"] for entry in json.loads(shown.out)["registries"]]
        return found


@pytest.fixture
def account(real):
    file = Path(real["E2E_CA_FILE"]).with_name("htpasswd")
    if not file.exists():
        pytest.skip("the registry's htpasswd file is not beside its CA: its passwords cannot be changed")
    made = Account(str(file), f"roller-{secrets.token_hex(4)}")
    yield made
    made.remove()


@pytest.fixture
async def kept(cluster, fleet, home, operators, account, plain, run):
    """An operator that tries credentials by a pull before it hands them out."""
    password = secrets.token_hex(8)
    account.set(password)
    names = await fleet.names(cluster, NAMESPACES, "x")
    login = source(password, plain.host, name=SOURCE, username=account.name)
    await cluster.create(SECRET, login, namespace=home)
    ref = {"type": "DockerConfig", "secretRef": {"namespace": home, "name": SOURCE}}
    policy = cluster_policy(
        f"{home}-rolling", home, [fleet.pattern("x")], credentials=[ref], verify={"image": plain.image}
    )
    await operators.start(home, "--allow-local-registries")
    await create_policy(cluster, policy)
    made = Kept(cluster, run, home, names, account, f"{home}-rolling")
    await policy_settled(cluster, made.policy, lambda policy: ready(policy) == "Synced")
    yield made
    await cluster.delete(CLUSTER_PULL_SECRET, made.policy)
    await policy_gone(cluster, made.policy)
    await cluster.delete(SECRET, SOURCE, namespace=home)


async def test_with_an_overlap_no_pod_ever_fails(cluster, kept, plain, figure):
    """A registry with one password a user: the new one is put beside the old, then it changes there.

    The kubelet tries the old one first. A pull that is under way amid the change is refused the old one only
    when the registry knows the new one already.
    """
    before = await kept.copies()
    async with rolling(cluster, kept.names, plain.image, each=EACH) as rolled:
        for _ in range(CHANGES):
            new = secrets.token_hex(8)
            await kept.rotate("--password-stdin", "--overlap", "--no-verify", stdin=new)
            await rolled.more(DEPLOYMENTS)
            kept.account.set(new)
            await rolled.more(2 * DEPLOYMENTS)
            await kept.rotate("--finish", "--verify", plain.image, hide=new)
            await rolled.more(DEPLOYMENTS)
    figure(
        f"with --overlap, by the operator in {NAMESPACES} namespaces, {CHANGES} times: "
        f"{len(rolled.ran)} Pods pulled, {len(rolled.failed)} failed"
    )
    assert not rolled.failed, "\n".join(rolled.messages)
    assert await kept.copies() == {uid: [plain.host] for uid in before}


async def test_without_one_all_that_failed_run_soon_after(cluster, kept, plain, figure):
    """All that ever failed until the rolling ends; the time is taken from before the verification on."""
    new = secrets.token_hex(8)
    async with rolling(cluster, kept.names, plain.image, each=EACH) as rolled:
        kept.account.set(new)
        await rolled.seen(lambda: {namespace for namespace, _ in rolled.failed} == set(kept.names))
        began, before = time.monotonic(), len(rolled.failed)
        await kept.rotate("--password-stdin", stdin=new)
        fanned_out = time.monotonic() - began
        await rolled.seen(lambda: rolled.ran.keys() >= rolled.failed.keys())
        await rolled.more(2 * DEPLOYMENTS)
        rolled.stop()
        await rolled.seen(lambda: rolled.ran.keys() >= rolled.failed.keys())
        took = max(rolled.ran[name] for name in rolled.failed) - began
    figure(
        f"without: {len(rolled.failed)} of {len(rolled.ran)} Pods failed ({before} before the rotation); all "
        f"run {took:.1f} s after it began (at most {WITHIN:.0f}), the copies {fanned_out:.1f} s"
    )
    assert took <= WITHIN
