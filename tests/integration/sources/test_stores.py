"""Docker configs whose entries live in credential stores."""

import json
import time

import pytest

from pullsecret.core.credentials import Origin
from pullsecret.core.errors import InvalidInput, SourceError
from pullsecret.core.sensitive import Sensitive
from pullsecret.sources.dockerconfig import find_credentials
from support.fake_helpers import FakeStore, environment, write_helper

INLINE = {"auth": "aW5saW5lOnA="}  # inline:p


def config(folder, **content):
    path = folder / ".docker" / "config.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def find(folder, **options):
    return find_credentials(environment(folder), **options)


def users(found) -> dict[str, str]:
    return {key: entry.username for key, entry in found.config.entries.items()}


def test_entries_of_the_default_store_are_fetched(tmp_path):
    FakeStore(tmp_path, "keep", {"h": ("ann", "hunter2")})
    config(tmp_path, auths={"h": {"email": "e"}}, credsStore="keep")
    found = find(tmp_path)
    entry = found.config.entries["h"]
    assert (entry.username, entry.password, entry.email) == ("ann", Sensitive("hunter2"), "e")
    assert found.sources == {"h": Origin("helper docker-credential-keep", "h")}


def test_registries_that_only_the_store_knows_are_found(tmp_path):
    FakeStore(tmp_path, "keep", {"https://index.docker.io/v1/": ("ann", "x"), "h": ("bob", "y")})
    config(tmp_path, credsStore="keep")
    assert users(find(tmp_path)) == {"https://index.docker.io/v1/": "ann", "h": "bob"}


def test_single_registries_have_their_own_helpers(tmp_path):
    store = FakeStore(tmp_path, "keep", {"h": ("ann", "x"), "gcr.io": ("wrong", "x")})
    cloud = FakeStore(tmp_path, "cloud", {"gcr.io": ("oauth2accesstoken", "x")})
    config(tmp_path, auths={"h": {}}, credsStore="keep", credHelpers={"gcr.io": "cloud"})
    assert users(find(tmp_path)) == {"h": "ann", "gcr.io": "oauth2accesstoken"}
    assert cloud.calls == ["get gcr.io"]
    assert sorted(store.calls) == ["get h", "list"]


def test_podmans_file_has_helpers_too(tmp_path):
    FakeStore(tmp_path, "keep", {"h": ("ann", "x")})
    place = tmp_path / "run" / "containers" / "auth.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({"credHelpers": {"h": "keep"}}))
    assert users(find(tmp_path)) == {"h": "ann"}


def test_the_store_comes_before_the_file(tmp_path):
    FakeStore(tmp_path, "keep", {"h": ("ann", "x")})
    config(tmp_path, auths={"h": INLINE, "i": INLINE}, credsStore="keep")
    assert users(find(tmp_path)) == {"h": "ann", "i": "inline"}


def test_what_the_store_does_not_have_is_told(tmp_path):
    FakeStore(tmp_path, "keep", {"h": ("ann", "x"), "t": ("<token>", "x")})
    config(tmp_path, auths={"gone": {}}, credsStore="keep")
    found = find(tmp_path)
    assert {skip.key: skip.why.split(",")[0] for skip in found.skipped} == {
        "gone": "docker-credential-keep has no credential for it",
        "t": "holds only an identity token",
    }


class TestFailing:
    def test_it_is_an_error_that_names_the_helper_and_the_file(self, tmp_path):
        write_helper(tmp_path, "bad", "echo locked; exit 1")
        path = config(tmp_path, credHelpers={"h": "bad"})
        with pytest.raises(SourceError) as caught:
            find(tmp_path)
        assert caught.value.message == (
            f'{path}: credHelpers["h"]: the credential helper docker-credential-bad failed to get for h '
            "(exit status 1): locked"
        )
        assert caught.value.hint.endswith("--only HOST leaves the others out")

    def test_one_that_cannot_list(self, tmp_path):
        write_helper(tmp_path, "bad", "echo not implemented; exit 1")
        config(tmp_path, auths={"h": INLINE}, credsStore="bad")
        with pytest.raises(SourceError, match="docker-credential-bad failed to list"):
            find(tmp_path)

    def test_one_that_is_missing(self, tmp_path):
        config(tmp_path, credsStore="desktop")
        with pytest.raises(
            SourceError, match="credsStore: the credential helper docker-credential-desktop is not on"
        ):
            find(tmp_path)

    def test_a_name_that_is_none(self, tmp_path):
        config(tmp_path, credsStore="../../bin/sh")
        with pytest.raises(InvalidInput, match=r"credsStore: '\.\./\.\./bin/sh' is no name"):
            find(tmp_path)

    def test_one_that_hangs_holds_up_once_though_asked_often(self, tmp_path):
        write_helper(tmp_path, "slow", "sleep 60")
        config(tmp_path, credHelpers={f"h{n}": "slow" for n in range(8)})
        start = time.monotonic()
        with pytest.raises(SourceError, match=r"did not answer get for h0 within 0\.5 s"):
            find(tmp_path, seconds=0.5)
        assert time.monotonic() - start < 4


class TestOnly:
    def test_helpers_of_others_are_not_asked(self, tmp_path):
        store = FakeStore(tmp_path, "keep", {"h": ("ann", "x"), "i": ("bob", "x")})
        write_helper(tmp_path, "bad", "exit 1")
        config(tmp_path, auths={"h": {}}, credsStore="keep", credHelpers={"gcr.io": "bad"})
        assert users(find(tmp_path, only=["h"])) == {"h": "ann"}
        assert store.calls == ["get h"]

    def test_a_registry_that_only_the_store_knows(self, tmp_path):
        FakeStore(tmp_path, "keep", {"https://index.docker.io/v1/": ("ann", "x")})
        config(tmp_path, auths={"h": {}}, credsStore="keep")
        assert users(find(tmp_path, only=["docker.io"])) == {"https://index.docker.io/v1/": "ann"}

    def test_in_the_spelling_that_the_store_has(self, tmp_path):
        FakeStore(tmp_path, "keep", {"https://h": ("ann", "x")})
        config(tmp_path, credsStore="keep")
        assert users(find(tmp_path, only=["h"])) == {"https://h": "ann"}

    def test_a_store_that_cannot_list_is_asked_outright(self, tmp_path):
        script = """test "$1" = get && echo '{"Username":"AWS","Secret":"x"}' || exit 1"""
        write_helper(tmp_path, "ecr-login", script)
        config(tmp_path, credsStore="ecr-login")
        assert users(find(tmp_path, only=["1.ecr.example.com"])) == {"1.ecr.example.com": "AWS"}

    def test_a_registry_that_nobody_knows(self, tmp_path):
        FakeStore(tmp_path, "keep", {"h": ("ann", "x")})
        config(tmp_path, credsStore="keep")
        words = r"no credential for zz in .*; zz: docker-credential-keep has no credential for it"
        with pytest.raises(SourceError, match=words) as caught:
            find(tmp_path, only=["zz"])
        assert caught.value.hint == "there are entries for: h"

    def test_another_file_may_have_what_a_failing_store_may_not(self, tmp_path):
        config(tmp_path, credsStore="desktop")
        (tmp_path / ".dockercfg").write_text(json.dumps({"h": INLINE}))
        assert users(find(tmp_path, only=["h"])) == {"h": "inline"}

    def test_a_failing_store_is_named_where_nobody_else_has_it(self, tmp_path):
        config(tmp_path, credsStore="desktop")
        with pytest.raises(SourceError, match=r"no credential for h .*-desktop is not on PATH"):
            find(tmp_path, only=["h"])
