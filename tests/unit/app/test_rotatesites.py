"""Where a login lies that is to be renewed: in the source of the policy whose copy was named."""

import base64
import json

import pytest

from pullsecret.app.rotatesites import Sought, look
from pullsecret.core.errors import InvalidInput, UsageError
from pullsecret.core.objects import SECRET, uid_of
from pullsecret.core.pullsecrets import Secret
from pullsecret.core.rotation import Login, Mode
from pullsecret.core.sensitive import Sensitive
from support.clusters import login
from support.rotations import BASIC, HOST, RotationCluster, changes, rotate


@pytest.fixture
def cluster():
    made = RotationCluster()
    for namespace in ("web", "batch", "platform"):
        made.namespace(namespace)
    return made


def words(cluster, name="login", namespace="platform"):
    return cluster.words(name, namespace)


async def test_a_copy_is_rotated_at_its_source(cluster):
    cluster.secret("login", login(HOST, "ghcr.io"), namespace="platform")
    cluster.operate(policy := cluster.policy())
    cluster.writes.clear()
    rotation = await rotate(cluster, registry=HOST)
    assert changes(rotation) == [("secret/login", "platform", "configured")]
    assert words(cluster) == {HOST: "new-word", "ghcr.io": "s3cret-word"}
    assert words(cluster, "harbor", "web") == {HOST: "s3cret-word", "ghcr.io": "s3cret-word"}
    assert [p.uid for p in rotation.edits[0].site.policies] == [uid_of(policy)]


async def test_the_only_registry_of_a_policy_need_not_be_named(cluster):
    cluster.secret("login", namespace="platform")
    cluster.operate(cluster.policy())
    await rotate(cluster, "web", "batch")
    assert words(cluster) == {HOST: "new-word"}
    assert len(cluster.writes) == 1


async def test_of_several_sources_the_one_that_holds_it(cluster):
    cluster.secret("login", login("ghcr.io"), namespace="platform")
    cluster.basic()
    source = {"type": "DockerConfig", "secretRef": {"namespace": "platform", "name": "login"}}
    cluster.operate(cluster.policy(credentials=[source, BASIC]))
    rotation = await rotate(cluster, registry=HOST)
    assert changes(rotation) == [("secret/robot", "platform", "configured")]
    assert words(cluster) == {"ghcr.io": "s3cret-word"}
    rotation = await rotate(cluster, registry="ghcr.io")
    assert changes(rotation) == [("secret/login", "platform", "configured")]


async def test_a_basic_source_has_its_own_keys(cluster):
    before = cluster.basic(type="Opaque", texts={"user": "robot", "pass": "old-word\n", "more": "kept"})
    ref = {**BASIC["secretRef"], "usernameKey": "user", "passwordKey": "pass"}
    cluster.operate(cluster.policy(credentials=[{**BASIC, "secretRef": ref}]))
    await rotate(cluster)
    after = Secret.from_manifest(cluster.store.get(SECRET, "robot", "platform"))
    assert after.data == Secret.from_manifest(before).data | {"pass": b"new-word"}
    await rotate(cluster, login=Login("robot2", Sensitive("newer")), username="robot2")
    after = Secret.from_manifest(cluster.store.get(SECRET, "robot", "platform"))
    assert (after.data["user"], after.data["pass"], after.uid) == (b"robot2", b"newer", uid_of(before))


async def test_a_basic_source_has_no_room_for_an_overlap(cluster):
    cluster.basic()
    cluster.operate(cluster.policy(credentials=[BASIC]))
    cluster.writes.clear()
    for mode in (Mode.OVERLAP, Mode.RENEW):
        with pytest.raises(UsageError, match="no room for an old one"):
            await rotate(cluster, mode=mode)
    assert cluster.writes == []


async def test_an_overlap_in_a_source(cluster):
    cluster.secret("login", namespace="platform")
    policy = cluster.policy()
    cluster.operate(policy)
    await rotate(cluster, mode=Mode.OVERLAP)
    cluster.operate(policy)
    assert words(cluster, "harbor", "web") == {HOST: "new-word", f"{HOST}/%3Fold": "s3cret-word"}
    await rotate(cluster, mode=Mode.FINISH)
    assert words(cluster) == {HOST: "new-word"}


async def named(cluster, name, **sought):
    return await look(cluster, name, ["platform"], Sought(**sought))


async def test_a_source_is_named_itself(cluster):
    cluster.secret("login", namespace="platform")
    cluster.policy("one")
    cluster.policy("two")
    (site,) = await named(cluster, "login")
    assert [policy.key.name for policy in site.policies] == ["one", "two"]


async def test_a_basic_source_is_named_itself(cluster):
    cluster.basic()
    cluster.policy(credentials=[BASIC])
    (site,) = await named(cluster, "robot", registry=f"https://{HOST}")
    assert (site.held.registry, site.held.username) == (HOST, "robot")


async def test_a_basic_source_that_is_read_for_several_registries(cluster):
    cluster.basic(metadata={"name": "robot", "annotations": {"pullsecret.dev/registry": f"{HOST},b.io"}})
    cluster.policy(credentials=[BASIC, {**BASIC, "registry": "b.io"}])
    with pytest.raises(UsageError, match="read for several registries") as error:
        await named(cluster, "robot")
    assert f"{HOST}, b.io" in error.value.hint
    (site,) = await named(cluster, "robot", registry="b.io")
    assert site.held.registry == "b.io"
    with pytest.raises(UsageError, match=f"is read for {HOST}, b.io, and not for c.io"):
        await named(cluster, "robot", registry="c.io")


async def test_a_policy_that_hands_nothing_out_is_not_rotated(cluster):
    cluster.secret("login", namespace="platform")
    cluster.operate(cluster.policy())
    cluster.store.delete(SECRET, "login", "platform")
    with pytest.raises(InvalidInput, match=r"ClusterPullSecret harbor hands nothing out: spec\.credentials"):
        await rotate(cluster)


@pytest.mark.parametrize("by", ["copy", "source"])
async def test_a_source_with_an_entry_that_holds_no_login_is_refused(cluster, by):
    made = cluster.secret("login", namespace="platform")
    cluster.operate(cluster.policy())
    config = {"auths": {HOST: {"auth": "dTpw"}, "ghcr.io": {}}}
    made["data"] = {".dockerconfigjson": base64.b64encode(json.dumps(config).encode()).decode()}
    cluster.store.update(SECRET, made)
    cluster.writes.clear()
    with pytest.raises(
        InvalidInput, match=r"Secret platform/login is partial: .* the entry of ghcr\.io"
    ) as error:
        await (rotate(cluster, registry=HOST) if by == "copy" else named(cluster, "login", registry=HOST))
    assert "`remove`" in error.value.hint
    assert cluster.writes == []


async def test_a_secret_of_no_policy_may_hold_such_an_entry(cluster):
    config = {"auths": {HOST: {"auth": "dTpw"}, "ghcr.io": {}}}
    cluster.secret(
        "harbor", data={".dockerconfigjson": base64.b64encode(json.dumps(config).encode()).decode()}
    )
    assert changes(await rotate(cluster, registry=HOST)) == [("secret/harbor", "web", "configured")]


async def test_a_copy_that_is_the_source_of_another_policy(cluster):
    cluster.secret("login", namespace="platform")
    cluster.operate(cluster.policy("all", secretName="shared"))
    ref = {"type": "DockerConfig", "secretRef": {"name": "shared"}}
    cluster.operate(cluster.policy("own", namespace="web", secretName="harbor", credentials=[ref]))
    rotation = await rotate(cluster)
    assert changes(rotation) == [("secret/login", "platform", "configured")]
    assert [str(p.key) for p in rotation.edits[0].site.policies] == [
        "PullSecret web/own",
        "ClusterPullSecret all",
    ]


async def test_policies_that_go_round_in_a_circle(cluster):
    for name, other in (("harbor", "back"), ("back", "harbor")):
        ref = {"type": "DockerConfig", "secretRef": {"name": other}}
        policy = cluster.policy(name, namespace="web", credentials=[ref])
        cluster.copy(uid_of(policy), f"PullSecret.{name}", name, "web", login(HOST))
    with pytest.raises(UsageError, match="made of its own copies"):
        await rotate(cluster)
