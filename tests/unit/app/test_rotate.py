"""A new password in place of an old one: found where it lies, all looked at first, then written."""

import asyncio
import base64
import json

import pytest

from pullsecret.app.outcome import Action
from pullsecret.app.rotate import Rotation, plan, stale_expiry, write
from pullsecret.app.rotatesites import Sought, look
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import ClusterError, Forbidden, InvalidInput, UsageError
from pullsecret.core.objects import SECRET, annotations_of, uid_of
from pullsecret.core.policy.names import POLICY_UID
from pullsecret.core.pullsecrets import Secret, with_config
from pullsecret.core.rotation import OVERLAP, Login, Mode
from pullsecret.core.sensitive import Sensitive
from support.clusters import login
from support.rotations import HOST, NEW, RotationCluster, changes, rotate


@pytest.fixture
def cluster():
    made = RotationCluster()
    for namespace in ("web", "batch", "platform"):
        made.namespace(namespace)
    return made


async def test_in_place_and_nothing_else(cluster):
    before = cluster.secret("harbor", login(HOST, "ghcr.io"), metadata={"labels": {"team": "web"}})
    rotation = await rotate(cluster, registry=HOST)
    after = cluster.store.get(SECRET, "harbor", "web")
    assert changes(rotation) == [("secret/harbor", "web", "configured")]
    assert rotation.outcome.changes[0].detail == f"{HOST}, user robot"
    assert cluster.words("harbor", "web") == {HOST: "new-word", "ghcr.io": "s3cret-word"}
    assert (uid_of(after), after["metadata"]["labels"]) == (uid_of(before), {"team": "web"})
    assert annotations_of(after) == {}


async def test_a_dockercfg_stays_one(cluster):
    config = login(HOST)
    legacy = base64.b64encode(config.to_legacy_bytes()).decode()
    cluster.secret("harbor", type="kubernetes.io/dockercfg", data={".dockercfg": legacy})
    await rotate(cluster, mode=Mode.OVERLAP)
    after = cluster.store.get(SECRET, "harbor", "web")
    assert list(after["data"]) == [".dockercfg"]
    assert cluster.words("harbor", "web") == {HOST: "new-word", f"{HOST}/%3Fold": "s3cret-word"}


async def test_only_the_namespaces_that_were_named(cluster):
    for namespace in ("web", "batch", "platform"):
        cluster.secret("harbor", namespace=namespace)
    rotation = await rotate(cluster, "web", "batch", "web")
    assert changes(rotation) == [("secret/harbor", n, "configured") for n in ("web", "batch")]
    assert cluster.words("harbor", "platform") == {HOST: "s3cret-word"}


async def test_the_same_again_writes_nothing(cluster):
    cluster.secret("harbor", login(HOST, password="new-word"))
    for mode in (Mode.ROTATE, Mode.OVERLAP):
        assert changes(await rotate(cluster, mode=mode)) == [("secret/harbor", "web", "unchanged")]
    assert cluster.writes == []


@pytest.mark.parametrize("dry_run", ["client", "server"])
async def test_a_dry_run_keeps_nothing(cluster, dry_run):
    before = cluster.secret("harbor")
    rotation = await rotate(cluster, dry_run=dry_run, mode=Mode.OVERLAP)
    assert changes(rotation) == [("secret/harbor", "web", "configured")]
    assert cluster.store.get(SECRET, "harbor", "web") == before
    assert len(cluster.writes) == (dry_run == "server")


@pytest.mark.parametrize(
    ("made", "error", "message"),
    [
        pytest.param({"immutable": True}, UsageError, "is immutable", id="immutable"),
        pytest.param({"data": {".dockerconfigjson": "eyJhdXRocyI6W119"}}, InvalidInput, "cannot be read",
                     id="malformed"),
        pytest.param({"type": "Opaque"}, UsageError, "is of type Opaque, not a pull Secret", id="wrong-type"),
        pytest.param({"config": login("ghcr.io")}, UsageError, "holds no login for harbor", id="registry"),
        pytest.param({"namespace": "platform"}, UsageError, "there is no Secret 'harbor'", id="missing"),
        pytest.param({"metadata": {"annotations": {POLICY_UID: "x"}}}, UsageError, "no such", id="forged"),
    ],
)  # fmt: skip
async def test_all_is_looked_at_before_the_first_is_written(cluster, made, error, message):
    cluster.secret("harbor")
    cluster.secret("harbor", **{"namespace": "batch", **made})
    with pytest.raises(error, match=message):
        await rotate(cluster, "web", "batch", registry=HOST)
    assert cluster.writes == []


@pytest.mark.parametrize(
    ("config", "message", "hint"),
    [
        pytest.param(login("ghcr.io"), "holds harbor.* ghcr.io", "--registry", id="registry"),
        pytest.param(login(HOST, username="other"), "of robot, .* one of other", "--username", id="user"),
    ],
)  # fmt: skip
async def test_secrets_that_differ_do_not_say_what_is_meant(cluster, config, message, hint):
    cluster.secret("harbor")
    cluster.secret("harbor", config, namespace="batch")
    with pytest.raises(UsageError, match=message) as error:
        await rotate(cluster, "web", "batch")
    assert hint in error.value.hint
    assert cluster.writes == []


async def test_another_user_where_he_is_named(cluster):
    cluster.secret("harbor")
    cluster.secret("harbor", login(HOST, username="other"), namespace="batch")
    new = Login("robot$new", Sensitive("new-word"))
    rotation = await rotate(cluster, "web", "batch", login=new, username="robot$new")
    assert [change.detail for change in rotation.outcome.changes] == [
        f"{HOST}, user robot -> robot$new", f"{HOST}, user other -> robot$new",
    ]  # fmt: skip


async def test_an_overlap_and_its_end(cluster):
    cluster.secret("harbor", login(HOST, "ghcr.io"))
    await rotate(cluster, mode=Mode.OVERLAP, registry=HOST)
    rotation = await rotate(cluster, mode=Mode.OVERLAP, registry="ghcr.io")
    assert "stays under ghcr.io/%3Fold until --finish" in rotation.outcome.changes[0].detail
    annotations = annotations_of(cluster.store.get(SECRET, "harbor", "web"))
    assert annotations == {OVERLAP: json.dumps({f"{HOST}/%3Fold": HOST, "ghcr.io/%3Fold": "ghcr.io"})}

    newer = Login("robot", Sensitive("newer"))
    with pytest.raises(UsageError, match=r"Secret 'harbor' .* an overlap is open"):
        await rotate(cluster, login=newer, mode=Mode.OVERLAP, registry=HOST)
    await rotate(cluster, login=newer, mode=Mode.RENEW, registry=HOST)
    assert cluster.words("harbor", "web")[f"{HOST}/%3Fold"] == "new-word"

    rotation = await rotate(cluster, login=newer, mode=Mode.FINISH, registry=HOST)
    assert f"the old login under {HOST}/%3Fold is gone" in rotation.outcome.changes[0].detail
    annotations = annotations_of(cluster.store.get(SECRET, "harbor", "web"))
    assert annotations == {OVERLAP: '{"ghcr.io/%3Fold": "ghcr.io"}'}
    await rotate(cluster, mode=Mode.FINISH, registry="ghcr.io")
    assert annotations_of(cluster.store.get(SECRET, "harbor", "web")) == {}
    assert cluster.words("harbor", "web") == {HOST: "newer", "ghcr.io": "new-word"}


async def test_finishing_what_is_not_open_is_an_error(cluster):
    cluster.secret("harbor", login(HOST, f"http://{HOST}"))
    with pytest.raises(UsageError, match="no overlap is open") as error:
        await rotate(cluster, mode=Mode.FINISH)
    assert "`remove`" in error.value.hint
    assert cluster.writes == []


async def test_finishing_is_refused_where_the_login_that_stays_changed_meanwhile(cluster):
    """Nobody has shown that one to the registry; the old one may be the only good one."""
    cluster.secret("harbor")
    await rotate(cluster, mode=Mode.OVERLAP)

    def meddle():
        obj = cluster.store.get(SECRET, "harbor", "web")
        config = Secret.from_manifest(obj).config.with_entry(HOST, "robot", "mistyped")
        cluster.store.update(SECRET, {**obj, **with_config(obj, config), "metadata": obj["metadata"]})

    cluster.meddle("patch", meddle)
    rotation = await rotate(cluster, mode=Mode.FINISH)
    assert [error.message for error in rotation.outcome.failures] == [
        "Secret 'harbor' in namespace 'web': the login that is to stay changed meanwhile"
    ]
    assert cluster.words("harbor", "web") == {HOST: "mistyped", f"{HOST}/%3Fold": "s3cret-word"}


async def test_finishing_where_one_is_done_already(cluster):
    cluster.secret("harbor")
    cluster.secret("harbor", namespace="batch")
    await rotate(cluster, "web", mode=Mode.OVERLAP)
    rotation = await rotate(cluster, "web", "batch", mode=Mode.FINISH)
    assert [change.action for change in rotation.outcome.changes] == [Action.CONFIGURED, Action.UNCHANGED]


async def test_a_copy_that_was_made_in_an_overlap_ends_it_too(cluster):
    """It has no annotation; without an end each pull from there would try the old login first, for ever."""
    cluster.secret("harbor", login(HOST, f"{HOST}/%3Fold"))
    await rotate(cluster)
    assert cluster.words("harbor", "web")[f"{HOST}/%3Fold"] == "s3cret-word", (
        "the old one is not the one in use"
    )
    await rotate(cluster, mode=Mode.FINISH)
    assert cluster.words("harbor", "web") == {HOST: "new-word"}


# writers beside us


def touch(cluster, change=lambda _: None, name="harbor", namespace="web"):
    def act():
        obj = cluster.store.get(SECRET, name, namespace)
        obj["metadata"].setdefault("annotations", {})["at"] = obj["metadata"]["resourceVersion"]
        change(obj)
        cluster.store.update(SECRET, obj)

    return act


async def test_what_somebody_else_wrote_meanwhile_stays(cluster):
    cluster.secret("harbor")
    more = DockerConfig.parse(login(HOST, "ghcr.io").to_secret_bytes())
    data = {".dockerconfigjson": base64.b64encode(more.to_secret_bytes()).decode()}
    cluster.meddle("patch", touch(cluster, lambda obj: obj.update(data=data)))
    await rotate(cluster)
    assert cluster.words("harbor", "web") == {HOST: "new-word", "ghcr.io": "s3cret-word"}


async def test_gives_up_where_others_write_without_end_and_goes_on(cluster):
    cluster.secret("harbor")
    cluster.secret("harbor", namespace="batch")
    cluster.meddle("patch", *[touch(cluster)] * 5)
    rotation = await rotate(cluster, "web", "batch")
    assert [change.action for change in rotation.outcome.changes] == [Action.FAILED, Action.CONFIGURED]
    assert isinstance(rotation.outcome.failures[0], ClusterError)
    assert rotation.outcome.exit_code == 3
    assert len(rotation.edits) == 1


async def test_what_changed_hands_is_left(cluster):
    cluster.secret("harbor")
    taken = touch(cluster, lambda obj: obj["metadata"]["annotations"].update({POLICY_UID: "x"}))
    cluster.meddle("patch", taken)
    rotation = await rotate(cluster)
    assert "changed hands meanwhile" in rotation.outcome.changes[0].detail
    assert cluster.words("harbor", "web") == {HOST: "s3cret-word"}


async def test_one_that_refuses_does_not_stop_the_others(cluster):
    cluster.secret("harbor")
    cluster.secret("harbor", namespace="batch")
    cluster.refuse("patch", Forbidden("no", status=403, reason="Forbidden"))
    rotation = await rotate(cluster, "web", "batch")
    assert [change.action for change in rotation.outcome.changes] == [Action.FAILED, Action.CONFIGURED]


async def test_whoever_is_interrupted_is_told_what_may_be_written(cluster):
    cluster.secret("harbor")
    cluster.secret("harbor", namespace="batch")

    def stop():
        raise asyncio.CancelledError

    cluster.meddle("patch", lambda: None, stop)
    rotation, sites = Rotation(), await look(cluster, "harbor", ["web", "batch"], Sought())
    with pytest.raises(asyncio.CancelledError):
        await write(cluster, plan(sites, NEW, Mode.ROTATE), NEW, Mode.ROTATE, Sought(), rotation)
    assert changes(rotation) == [("secret/harbor", "web", "configured")]
    assert rotation.outcome.warnings == ["Secret 'harbor' in namespace 'batch' was being written, and may be"]


async def test_an_annotation_that_told_the_old_ones_end_is_warned_of(cluster):
    cluster.secret("harbor", metadata={"annotations": {"pullsecret.dev/expires-at": "2026-11-30T00:00:00Z"}})
    edits = plan(await look(cluster, "harbor", ["web"], Sought()), NEW, Mode.ROTATE)
    (warning,) = stale_expiry(edits, NEW)
    assert "2026-11-30T00:00:00Z" in warning
    claims = base64.urlsafe_b64encode(b'{"exp":1800000000}').decode().rstrip("=")
    token = Sensitive(f"eyJhbGciOiJub25lIn0.{claims}.x")
    assert stale_expiry(edits, Login("robot", token)) == []


async def test_no_password_in_what_is_kept_for_telling(cluster):
    cluster.secret("harbor")
    rotation = await rotate(cluster)
    assert "new-word" not in repr(rotation)
    assert "s3cret" not in repr(rotation)
