"""A new password in a docker config, and the old one beside it."""

import json

import pytest

from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import UsageError
from pullsecret.core.keyring import Keyring
from pullsecret.core.rotation import (
    OVERLAP,
    Held,
    Login,
    Mode,
    edited,
    held_in,
    logins_in_use,
    old_key,
    overlap_annotation,
    overlaps_of,
)
from pullsecret.core.sensitive import Sensitive
from support.clusters import login

HOST = "harbor.example.com"
HUB = "https://index.docker.io/v1/"
NEW = Login("robot", Sensitive("new-word"))


def find(config: DockerConfig, registry: str = "", username: str | None = None, overlap=None) -> Held:
    return held_in(config, registry, username, overlap or {}, "Secret 'x'")


def words(config: DockerConfig) -> dict[str, str]:
    return {key: entry.password.reveal() for key, entry in config.entries.items()}


def users(**pairs: str) -> DockerConfig:
    config = DockerConfig.empty()
    for key, username in pairs.items():
        config = config.with_entry(key.replace("__", "://").replace("_", "."), username, "old-word")
    return config


@pytest.mark.parametrize(
    ("keys", "registry", "found"),
    [
        pytest.param([HOST], "", [HOST], id="the-only-one"),
        pytest.param([HOST, "ghcr.io"], HOST, [HOST], id="named"),
        pytest.param([HOST, f"https://{HOST}", "ghcr.io"], HOST, [HOST, f"https://{HOST}"], id="spellings"),
        pytest.param([HOST, f"https://{HOST}"], f"https://{HOST}", [f"https://{HOST}"], id="the-very-key"),
        pytest.param([HOST, f"{HOST}/team"], f"{HOST}/team", [f"{HOST}/team"], id="a-path"),
        pytest.param([HOST, f"{HOST}/team"], HOST, [HOST], id="not-a-path"),
        pytest.param([HUB], "docker.io", [HUB], id="docker-hub"),
        pytest.param(["docker.io"], "docker.io", ["docker.io"], id="docker-hub-by-name"),
        pytest.param([f"http://{HOST}"], HOST, [f"http://{HOST}"], id="plain-http"),
    ],
)
def test_finds_the_login(keys, registry, found):
    held = find(login(*keys), registry)
    assert (list(held.keys), held.username, held.old_keys) == (found, "robot", {})


@pytest.mark.parametrize(
    ("config", "registry", "username", "message", "hint"),
    [
        pytest.param(login("a.io", "b.io"), "", None, "several registries", "a.io, b.io", id="which"),
        pytest.param(login("a.io"), "b.io", None, "no login for b.io", "a.io; `add`", id="not-there"),
        pytest.param(login("a.io/team"), "a.io", None, "no login for a.io", "a.io/team", id="only-a-path"),
        pytest.param(DockerConfig.empty(), "", None, "holds no login", "add", id="empty"),
        pytest.param(
            users(a_io="one", https__a_io="two"), "", None, "several users for a.io", "one, two", id="whose"
        ),
        pytest.param(users(a_io="one", https__a_io="two"), "", "x", "several users", "two", id="neither"),
        pytest.param(
            DockerConfig.parse('{"auths":{"a.io":{}}}'), "", None, "names no user", "--username", id="no-user"
        ),
    ],
)  # fmt: skip
def test_says_what_is_not_clear(config, registry, username, message, hint):
    with pytest.raises(UsageError, match=message) as error:
        find(config, registry, username)
    assert hint in error.value.hint


def test_of_several_users_the_named_one():
    config = users(a_io="one", https__a_io="two")
    held = find(config, "a.io", "two")
    assert held.keys == ("https://a.io",)
    after, _ = edited(config, held, Login("two", NEW.password), Mode.ROTATE)
    assert words(after) == {"a.io": "old-word", "https://a.io": "new-word"}


def test_rotates_in_place_and_nothing_else():
    text = (
        '{"HttpHeaders":{"x":"y"},"auths":{"b.io":{"auth":"dTpw","more":1},'
        '"a.io":{"username":"robot","password":"old","email":"e@x","auth":"cm9ib3Q6b2xk"}}}'
    )
    config = DockerConfig.parse(text)
    after, held = edited(config, find(config, "a.io"), NEW, Mode.ROTATE)
    wanted = json.loads(text)
    wanted["auths"]["a.io"] |= {"password": "new-word", "auth": "cm9ib3Q6bmV3LXdvcmQ="}
    assert json.loads(after.to_secret_bytes()) == wanted
    assert held.keys == ("a.io",)


def test_all_spellings_of_one_login_are_rotated():
    config = login(HOST, f"https://{HOST}")
    after, _ = edited(config, find(config), NEW, Mode.ROTATE)
    assert set(words(after).values()) == {"new-word"}


@pytest.mark.parametrize("mode", [Mode.ROTATE, Mode.OVERLAP, Mode.RENEW])
def test_the_login_that_is_in_use_changes_nothing(mode):
    config = login(HOST, password="new-word")
    assert edited(config, find(config), NEW, mode) == (config, find(config))


@pytest.mark.parametrize(
    ("keys", "old"),
    [
        pytest.param([HOST], f"{HOST}/%3Fold", id="bare"),
        pytest.param([f"https://{HOST}"], f"{HOST}/%3Fold", id="https"),
        pytest.param([f"http://{HOST}/"], f"{HOST}/%3Fold", id="slash"),
        pytest.param(["docker.io"], "docker.io/%3Fold", id="docker-hub-by-name"),
        pytest.param([f"{HOST}/team"], f"{HOST}/team%3Fold", id="path"),
        pytest.param([f"{HOST}/team/"], f"{HOST}/team/%3Fold", id="path-with-slash"),
        pytest.param([f"https://{HOST}/v2/"], f"{HOST}/%3Fold", id="api-path"),
        pytest.param([f"https://{HOST}/v2/team"], f"{HOST}/team%3Fold", id="path-behind-the-api"),
        pytest.param(["10.0.0.1:8080"], "10.0.0.1:8080/%3Fold", id="port"),
        pytest.param([f"ci@{HOST}"], f"ci@{HOST}/%3Fold", id="userinfo"),
        pytest.param([f"{HOST}/%3Fold"], f"{HOST}/%3Folder", id="left-from-an-overlap"),
        pytest.param([f"{HOST}/%3Folder"], f"{HOST}/%3Foldest", id="not-one-that-comes-after"),
        pytest.param([HOST, f"https://{HOST}"], f"{HOST}/%3Fold", id="two-spellings"),
        pytest.param(["*.example.com"], "*.example.com/%3Fold", id="pattern"),
    ],
)
def test_an_overlap_has_the_kubelet_try_the_old_one_first(keys, old):
    """The other way round a pull amid the registry's change would try the new too soon, the old too late."""
    config = login("other.io", *keys, f"https://{HOST}/team/app")
    after, held = edited(config, find(config, keys[0]), NEW, Mode.OVERLAP)
    assert (held.keys, held.old_keys) == (find(config, keys[0]).keys, {old: held.keys[0]})
    image = "docker.io/library/nginx" if "docker" in keys[0] else images_of(keys[0])
    found = Keyring.from_configs([("x", after)]).lookup(image)
    assert [each.password.reveal() for each in found] == ["s3cret-word", *["new-word"] * len(held.keys)]
    assert words(after)["other.io"] == "s3cret-word"
    assert all(fault.harmless for fault in after.faults())
    assert find(after, keys[0], overlap=held.old_keys) == held


def images_of(key: str) -> str:
    place = key.partition("//")[2] or key
    for found, put in (("/v2", ""), ("*", "harbor"), ("ci@", ""), ("%3Folder", ""), ("%3Fold", "")):
        place = place.replace(found, put)
    return place.removesuffix("/") + "/image"


@pytest.mark.parametrize(
    ("key", "old"), [(HUB, "http://index.docker.io/v1/"), ("http://index.docker.io/v1/", "index.docker.io")]
)
def test_docker_hub_has_both_under_one_key(key, old):
    """The kubelet asks for `index.docker.io` only where nothing else matches; the order is left to chance."""
    after, held = edited(login(key), find(login(key)), NEW, Mode.OVERLAP)
    assert held.old_keys == {old: key}
    found = Keyring.from_configs([("x", after)]).lookup("docker.io/library/nginx")
    assert {each.password.reveal() for each in found} == {"s3cret-word", "new-word"}


def test_keys_that_differ_to_the_kubelet_overlap_each_for_itself():
    config = login(HOST, "Harbor.example.com")
    after, held = edited(config, find(config, HOST), NEW, Mode.OVERLAP)
    assert list(held.old_keys) == [f"{HOST}/%3Fold", "Harbor.example.com/%3Fold"]
    assert len(after.entries) == 4


@pytest.mark.parametrize("good", [HOST, f"https://{HOST}"])
def test_of_spellings_with_different_passwords_each_is_kept(good):
    """Nobody knows which of them is the good one."""
    config = login(HOST, f"https://{HOST}", password="stale").with_entry(good, "robot", Sensitive("good"))
    after, held = edited(config, find(config), NEW, Mode.OVERLAP)
    assert held.old_keys == {f"{HOST}/%3Fold": HOST, f"{HOST}/%3Folder": f"https://{HOST}"}
    found = Keyring.from_configs([("x", after)]).lookup(f"{HOST}/image")
    tried = [each.password.reveal() for each in found]
    assert (set(tried[:2]), tried[2:]) == ({"stale", "good"}, ["new-word", "new-word"])
    finished, _ = edited(after, find(after, overlap=held.old_keys), NEW, Mode.FINISH)
    assert set(words(finished).values()) == {"new-word"}


def two_users(renamed: str = "one"):
    """`one` has an overlap open, perhaps under another name by now, and `two` none."""
    config = users(a_io="one", https__a_io="two")
    return edited(config, find(config, "a.io", "one"), Login(renamed, NEW.password), Mode.OVERLAP)


KNOWN = [pytest.param(True, id="annotated"), pytest.param(False, id="a-copy")]


@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.parametrize(
    ("username", "old"), [("one", ["a.io/%3Fold"]), ("two", [])], ids=["its", "anothers"]
)
def test_an_old_login_is_its_own_users(username, old, known):
    config, held = two_users()
    assert list(find(config, "a.io", username, held.old_keys if known else None).old_keys) == old


@pytest.mark.parametrize(
    ("renamed", "known"), [("one", True), ("one", False), ("three", True), ("three", False)]
)
@pytest.mark.parametrize("mode", [Mode.OVERLAP, Mode.RENEW, Mode.FINISH])
def test_the_overlap_of_one_user_stays_whatever_another_does(mode, renamed, known):
    config, held = two_users(renamed)
    found = find(config, "a.io", "two", held.old_keys if known else None)
    after, _ = edited(config, found, Login("two", NEW.password), mode)
    assert words(after).items() >= {"a.io": "new-word", "a.io/%3Fold": "old-word"}.items()
    assert words(after)["https://a.io"] == ("old-word" if mode is Mode.FINISH else "new-word")


def test_a_user_who_was_renamed_keeps_the_overlap():
    config, held = two_users("three")
    assert find(config, "a.io", "three", held.old_keys).old_keys == {"a.io/%3Fold": "a.io"}


def test_the_old_login_of_the_only_user_is_known_without_an_annotation():
    config = two_users("three")[0].without_keys(["https://a.io"])
    assert find(config).old_keys == {"a.io/%3Fold": ""}


def test_what_only_looks_like_an_old_login():
    config = login(HOST, f"https://{HOST}/%3Fold")
    assert find(config, HOST).old_keys == {}
    assert set(find(config, HOST).keys) == {HOST, f"https://{HOST}/%3Fold"}


def opened():
    config = login(HOST)
    return edited(config, find(config), NEW, Mode.OVERLAP)


def test_a_second_overlap_is_refused():
    config, before = opened()
    held = find(config, overlap=before.old_keys)
    assert held == before
    with pytest.raises(UsageError, match=f"kept under {HOST}/%3Fold") as error:
        edited(config, held, Login("robot", Sensitive("newer")), Mode.OVERLAP)
    assert "without --overlap the login in use is corrected" in error.value.hint
    assert "--finish" in error.value.hint
    assert "--replace" in error.value.hint


def test_a_renewed_overlap_keeps_the_login_that_was_in_use():
    config, held = opened()
    after, again = edited(config, held, Login("robot", Sensitive("newer")), Mode.RENEW)
    assert words(after) == {HOST: "newer", f"{HOST}/%3Fold": "new-word"}
    assert again.old_keys == {f"{HOST}/%3Fold": HOST}


def test_rotating_within_an_overlap_leaves_the_old_login():
    config, held = opened()
    after, again = edited(config, held, Login("robot", Sensitive("newer")), Mode.ROTATE)
    assert words(after) == {HOST: "newer", f"{HOST}/%3Fold": "s3cret-word"}
    assert again == held


def test_finishing_takes_out_exactly_the_old_login():
    config = login(f"http://{HOST}", HOST + "/team")
    opened, held = edited(config, find(config, HOST), NEW, Mode.OVERLAP)
    after, held = edited(opened, held, NEW, Mode.FINISH)
    assert words(after) == {f"http://{HOST}": "new-word", HOST + "/team": "s3cret-word"}
    assert held.old_keys == {}


@pytest.mark.parametrize(
    ("key", "taken"),
    [
        pytest.param(HOST, [f"{HOST}/%3F{word}" for word in ("old", "older", "oldest")], id="all-taken"),
        pytest.param(f"{HOST}/%3Foldest", [], id="none-comes-before"),
        pytest.param("ha rbor:x", [], id="malformed"),
        pytest.param(f"{HOST}?x", [], id="query"),
        pytest.param(f"{HOST}/a%25zz", [], id="matches-no-image"),
        pytest.param(f"{HOST}/v1/v2/zoo", [], id="only-for-other-images"),
    ],
)
def test_no_key_is_left(key, taken):
    with pytest.raises(UsageError, match="no free key"):
        old_key(key, taken)


def test_the_overlap_of_another_registry_is_not_this_ones():
    config = login(HOST, f"{HOST}/%3Fold", "ghcr.io", "ghcr.io/%3Fold")
    held = find(config, "ghcr.io", overlap={f"{HOST}/%3Fold": HOST, "ghcr.io/%3Fold": "ghcr.io"})
    assert (held.keys, held.old_keys) == (("ghcr.io",), {"ghcr.io/%3Fold": "ghcr.io"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param('{"a/%3Fold":"a","b/%3Fold":"b"}', {"a/%3Fold": "a", "b/%3Fold": "b"}, id="two"),
        pytest.param(None, {}, id="none"),
        pytest.param("", {}, id="empty"),
        pytest.param("http://a.io", {}, id="no-json"),
        pytest.param('{"a":' * 100_000, {}, id="too-deep"),
        pytest.param('["a.io"]', {}, id="no-object"),
        pytest.param('{"a/%3Fold":"a","b":1,"c":null}', {"a/%3Fold": "a"}, id="no-text"),
    ],
)
def test_reads_the_annotation_as_far_as_it_can(text, found):
    assert overlaps_of({} if text is None else {OVERLAP: text}) == found


def test_the_annotation_names_what_is_there():
    config = login("a.io", "a.io/%3Fold")
    overlaps = {"a.io/%3Fold": "a.io", "b.io/%3Fold": "b.io"}
    assert overlap_annotation(config, overlaps) == '{"a.io/%3Fold": "a.io"}'
    assert overlap_annotation(config, {"b.io/%3Fold": "b.io"}) is None


def test_spellings_with_different_passwords_are_several_logins_in_use():
    config = login(HOST, f"https://{HOST}").with_entry(f"http://{HOST}", "robot", Sensitive("other"))
    in_use = logins_in_use(config, find(config))
    assert [one.password.reveal() for one in in_use] == ["s3cret-word", "other"]


def test_a_login_shows_no_password():
    assert "new-word" not in repr(NEW)
