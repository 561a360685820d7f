import json
from pathlib import Path

import pytest

from pullsecret.core.credentials import Origin
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import InvalidDockerConfig, InvalidInput, SourceError
from pullsecret.core.sensitive import Sensitive
from pullsecret.sources.configstores import is_meant
from pullsecret.sources.dockerconfig import find_credentials
from pullsecret.sources.resolve import resolve

HUB = "https://index.docker.io/v1/"


def entry(user: str, password: str = "x") -> dict:
    raw = DockerConfig.empty().with_entry("k", user, Sensitive(password)).to_secret_bytes()
    return {"auth": json.loads(raw)["auths"]["k"]["auth"]}


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


class Home:
    """A home folder with configs in their places."""

    def __init__(self, folder: Path) -> None:
        self.environment = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder / "run"), "PATH": "/nowhere"}
        self.docker = folder / ".docker" / "config.json"
        self.legacy = folder / ".dockercfg"
        self.runtime = folder / "run" / "containers" / "auth.json"
        self.podman = folder / ".config" / "containers" / "auth.json"

    def write(self, path: Path, auths: dict, **more) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(auths if path == self.legacy else {"auths": auths, **more}))
        return path

    def find(self, **options):
        return find_credentials(self.environment, **options)


class TestPlaces:
    def test_all_places_add_up(self, home):
        for path, host in ((home.docker, "a"), (home.legacy, "b"), (home.runtime, "c"), (home.podman, "d")):
            home.write(path, {host: entry(f"user-{host}")})
        found = home.find()
        assert {key: (e.username, found.sources[key].source) for key, e in found.config.entries.items()} == {
            "a": ("user-a", str(home.docker)),
            "b": ("user-b", str(home.legacy)),
            "c": ("user-c", str(home.runtime)),
            "d": ("user-d", str(home.podman)),
        }
        assert found.places == (home.docker, home.legacy, home.runtime, home.podman)

    @pytest.mark.parametrize(
        ("first", "later", "kept"),
        [
            pytest.param("h", "h", ["h"], id="the same key"),
            pytest.param("h", "https://h", ["h"], id="another spelling"),
            pytest.param(HUB, "docker.io", [HUB], id="Docker Hub, as docker and podman write it"),
            pytest.param("h", "h/team", ["h", "h/team"], id="a path is another thing"),
            pytest.param("h", "h:5000", ["h", "h:5000"], id="a port is another registry"),
        ],
    )
    def test_the_first_file_wins(self, home, first, later, kept):
        home.write(home.docker, {first: entry("first")})
        home.write(home.podman, {later: entry("later")})
        found = home.find()
        assert list(found.config.entries) == kept
        assert found.config.entries[first].username == "first"

    def test_two_spellings_in_one_file_both_stay(self, home):
        home.write(home.docker, {"h": entry("a"), "http://h": entry("b")})
        assert list(home.find().config.entries) == ["h", "http://h"]

    def test_docker_config_takes_the_place_of_the_home_folders(self, home, tmp_path):
        home.write(home.docker, {"a": entry("u")})
        home.write(tmp_path / "other" / "config.json", {"b": entry("u")})
        home.environment["DOCKER_CONFIG"] = str(tmp_path / "other")
        assert list(home.find().config.entries) == ["b"]

    def test_a_named_file_is_the_only_one(self, home, tmp_path):
        home.write(home.docker, {"a": entry("u")})
        path = home.write(tmp_path / "mine.json", {"b": entry("u")})
        assert list(home.find(path=path).config.entries) == ["b"]

    def test_an_empty_file_counts_as_none(self, home):
        home.write(home.podman, {"a": entry("u")})
        home.docker.parent.mkdir()
        home.docker.touch()
        assert home.find().places == (home.podman,)


class TestWhatIsTaken:
    def test_only_credentials(self, home):
        auths = {"h": {**entry("u"), "email": "e", "identitytoken": "t", "x": 1}}
        home.write(home.docker, auths, HttpHeaders={"Authorization": "hunter2"}, proxies={"default": {}})
        (data,) = {home.find().config.to_secret_bytes()}
        assert json.loads(data) == {"auths": {"h": {**entry("u"), "email": "e"}}}

    def test_a_file_that_is_a_dockercfg_becomes_a_config(self, home):
        home.write(home.legacy, {"h": entry("u")})
        assert json.loads(home.find().config.to_secret_bytes()) == {"auths": {"h": entry("u")}}

    def test_fields_instead_of_auth(self, home):
        home.write(home.docker, {"h": {"username": "u", "password": "p"}})
        assert home.find().config.entries["h"].password == Sensitive("p")

    def test_origin_is_the_file_and_the_key(self, home):
        home.write(home.docker, {"http://h": entry("u")})
        assert home.find().sources == {"http://h": Origin(str(home.docker), "http://h")}

    @pytest.mark.parametrize(
        ("raw", "why"),
        [
            pytest.param({}, "has no credential in it", id="empty"),
            pytest.param({"email": "x"}, "has no credential in it", id="an email"),
            pytest.param(None, "has no credential in it", id="null"),
            pytest.param({"identitytoken": "t"}, "holds only an identity token", id="identity token"),
            pytest.param({**entry("0000", ""), "identitytoken": "t"}, "holds only an identity token",
                         id="identity token as Azure gives it"),
            pytest.param({"registrytoken": "t"}, "holds only an identity token", id="registry token"),
            pytest.param(entry("u", ""), "has a user name and no password", id="no password"),
            pytest.param(entry("", "p"), "has a password and no user name", id="no user name"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_used_is_told(self, home, raw, why):
        home.write(home.docker, {"h": raw, "good": entry("u")})
        found = home.find()
        assert list(found.config.entries) == ["good"]
        (skipped,) = found.skipped
        assert (skipped.key, skipped.source) == ("h", str(home.docker))
        assert skipped.why.startswith(why)

    def test_what_another_file_has_is_not_missed(self, home):
        home.write(home.docker, {"https://h": {}})
        home.write(home.podman, {"h": entry("u")})
        found = home.find()
        assert (list(found.config.entries), found.skipped) == (["h"], ())


class TestOnly:
    @pytest.mark.parametrize(
        ("only", "kept"),
        [
            pytest.param(["h"], ["h", "http://h", "h/team"], id="a host: all its keys"),
            pytest.param(["http://h"], ["h", "http://h"], id="a spelling: the whole registry's keys"),
            pytest.param(["h/team"], ["h/team"], id="a path"),
            pytest.param(["docker.io"], [HUB], id="Docker Hub by its name"),
            pytest.param(["index.docker.io", "h/team"], ["h/team", HUB], id="two"),
        ],
    )
    def test_it_chooses(self, home, only, kept):
        home.write(home.docker, {key: entry("u") for key in ("h", "http://h", "h/team", "h:5000", HUB)})
        assert list(home.find(only=only).config.entries) == kept

    def test_others_may_be_broken(self, home):
        home.write(home.docker, {"h": entry("u"), "broken": {"auth": "!!!"}})
        assert list(home.find(only=["h"]).config.entries) == ["h"]

    def test_without_it_a_broken_entry_is_an_error_with_its_place(self, home):
        home.write(home.docker, {"h": entry("u"), "broken": {"auth": "!!!"}})
        with pytest.raises(InvalidDockerConfig, match=r'\.auths\["broken"\]\.auth') as caught:
            home.find()
        assert caught.value.message.startswith(str(home.docker))
        assert "--only" in caught.value.hint

    def test_a_registry_that_is_not_there(self, home):
        home.write(home.docker, {"a": entry("u"), "b": entry("u")})
        with pytest.raises(SourceError, match=f"no credential for zz in {home.docker}") as caught:
            home.find(only=["a", "zz"])
        assert caught.value.hint == "there are entries for: a, b"

    def test_a_registry_that_cannot_be_used(self, home):
        home.write(home.docker, {"a": {"identitytoken": "t"}})
        why = f"no credential for a in {home.docker}; a: holds only an identity token"
        with pytest.raises(SourceError, match=why):
            home.find(only=["a"])


class TestNothing:
    def test_no_file(self, home):
        with pytest.raises(
            SourceError, match=r"no docker config was found; looked for .*/\.docker/config\.json, "
        ):
            home.find()

    def test_files_without_credentials(self, home):
        home.write(home.docker, {}, credHelpers={})
        with pytest.raises(SourceError, match=f"no credential in {home.docker}") as caught:
            home.find()
        assert "docker login" in caught.value.hint

    def test_a_named_file_that_is_missing(self, home):
        with pytest.raises(SourceError, match="/none: no such file"):
            home.find(path="/none")

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            pytest.param("", "is empty", id="empty"),
            pytest.param('{"auths": {', "line 1, column 12", id="truncated"),
            pytest.param("\0\0", "no text file", id="binary"),
        ],
    )
    def test_a_named_file_that_is_none(self, home, tmp_path, text, words):
        (tmp_path / "f").write_text(text)
        with pytest.raises(InvalidInput, match=f"{tmp_path}/f.*{words}"):
            home.find(path=tmp_path / "f")

    def test_a_default_place_that_is_a_directory(self, home):
        home.docker.mkdir(parents=True)
        with pytest.raises(SourceError, match=f"{home.docker}: is a directory"):
            home.find()


def test_no_hosts_mean_every_key():
    assert is_meant("h", [])


def test_a_config_can_be_resolved_alone(home):
    config = DockerConfig.empty().with_entry("h", "u", Sensitive("p"))
    found = resolve(config, "standard input", home.environment)
    assert found.sources == {"h": Origin("standard input", "h")}
