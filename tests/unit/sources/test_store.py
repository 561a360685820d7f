import json
import os
from pathlib import Path

import pytest

from pullsecret.core.credentials import Credential
from pullsecret.core.errors import InvalidDockerConfig, SourceError
from pullsecret.core.sensitive import Sensitive
from pullsecret.sources.dockerconfig import find_credentials
from pullsecret.sources.store import erase, login_key, save

HUB = "https://index.docker.io/v1/"
CREDENTIAL = Credential(username="ann", password=Sensitive("p<&>:密"))
AUTH = "YW5uOnA8Jj46" + "5a+G"


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / ".docker" / "config.json"


def written(path: Path, text: str) -> Path:
    path.parent.mkdir()
    path.write_text(text)
    return path


def auths(path: Path) -> dict:
    return dict(json.loads(path.read_text())["auths"])


@pytest.mark.parametrize(
    ("host", "key"),
    [
        pytest.param("docker.io", HUB, id="Docker Hub"),
        pytest.param("index.docker.io", HUB, id="its other name"),
        pytest.param(HUB, HUB, id="its key"),
        pytest.param("h", "h", id="a host"),
        pytest.param("127.0.0.1:5000", "127.0.0.1:5000", id="host and port"),
        pytest.param("https://h:5000/v2/", "h:5000", id="an address"),
        pytest.param("http://h/", "h", id="a plain HTTP address"),
        pytest.param("h/team/app", "h", id="a repository"),
    ],
)
def test_keys_are_those_that_docker_login_writes(host, key):
    assert login_key(host) == key


class TestSave:
    def test_a_first_login_makes_the_file(self, path):
        saved = save(path, "h", CREDENTIAL, {})
        assert path.read_text() == f'{{\n\t"auths": {{\n\t\t"h": {{\n\t\t\t"auth": "{AUTH}"\n\t\t}}\n\t}}\n}}'
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        assert (saved.key, saved.where, saved.plaintext) == ("h", str(path), True)

    def test_what_else_is_in_the_file_stays_as_it_is(self, path):
        text = '{\n\t"psFormat": "x",\n\t"auths": {\n\t\t"a": {}\n\t},\n\t"n": [\n\t\t1e3\n\t]\n}'
        written(path, text)
        save(path, "b", CREDENTIAL, {})
        erase(path, "b", {})
        assert path.read_text() == text

    def test_a_second_login_takes_the_place_of_the_first(self, path):
        written(path, json.dumps({"auths": {"h": {"auth": "dTpw", "identitytoken": "old"}, "i": {}}}))
        save(path, "h", CREDENTIAL, {})
        assert auths(path) == {"h": {"auth": AUTH}, "i": {}}

    def test_an_identity_token_is_written_as_docker_does(self, path):
        save(path, "h", Credential(identity_token=Sensitive("t")), {})
        save(path, "i", Credential(username="ann", identity_token=Sensitive("t")), {})
        assert auths(path) == {"h": {"identitytoken": "t"}, "i": {"auth": "YW5uOg==", "identitytoken": "t"}}

    @pytest.mark.parametrize("text", ["", "\n", "{}", "null"])
    def test_an_empty_file_is_an_empty_config(self, path, text):
        save(written(path, text), "h", CREDENTIAL, {})
        assert auths(path) == {"h": {"auth": AUTH}}

    def test_the_same_again_writes_nothing(self, path):
        save(path, "h", CREDENTIAL, {})
        before = path.stat()
        save(path, "h", CREDENTIAL, {})
        assert path.stat() == before

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param('{"auths": {', id="truncated"),
            pytest.param('{"auths": []}', id="auths is a list"),
            pytest.param("[]", id="a list"),
        ],
    )
    def test_a_broken_file_is_left_as_it_is(self, path, text):
        written(path, text)
        with pytest.raises(InvalidDockerConfig, match=str(path)):
            save(path, "h", CREDENTIAL, {})
        assert path.read_text() == text

    @pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["a pipe", "a directory"])
    def test_what_is_no_file(self, path, make):
        path.parent.mkdir()
        make(path)
        with pytest.raises(SourceError, match=r"is a (pipe|directory), which no file may take the place of"):
            save(path, "h", CREDENTIAL, {})
        with pytest.raises(SourceError, match=r"is a (pipe|directory), which"):
            erase(path, "h", {})
        assert list(path.parent.iterdir()) == [path]
        assert not path.is_file()

    def test_what_is_saved_is_found(self, path, tmp_path):
        save(path, "docker.io", CREDENTIAL, {})
        found = find_credentials({"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)})
        assert found.config.entries[HUB].password == CREDENTIAL.password


class TestErase:
    def test_all_spellings_go_and_paths_and_ports_stay(self, path):
        keys = ["h", "http://h", "https://h", "https://h/v2/", "h/team", "h:5000", "i"]
        written(path, json.dumps({"auths": {key: {"auth": "dTpw"} for key in keys}}))
        erased = erase(path, "h", {})
        assert list(auths(path)) == ["h/team", "h:5000", "i"]
        assert [saved.key for saved in erased.saved] == keys[:4]
        assert {saved.where for saved in erased.saved} == {str(path)}

    @pytest.mark.parametrize("host", ["docker.io", "index.docker.io", HUB])
    def test_docker_hub_goes_by_any_name(self, path, host):
        written(path, json.dumps({"auths": {HUB: {"auth": "dTpw"}, "docker.io": {"auth": "dTpw"}}}))
        erase(path, host, {})
        assert auths(path) == {}

    def test_no_login(self, path):
        written(path, '{"auths": {"i": {"auth": "dTpw"}}}')
        assert not erase(path, "h", {}).found
        assert path.read_text() == '{"auths": {"i": {"auth": "dTpw"}}}'

    def test_no_file(self, path):
        assert not erase(path, "h", {}).found
        assert not path.exists()

    def test_an_entry_without_a_credential_goes_and_counts_for_none(self, path):
        written(path, '{"auths": {"h": {}}}')
        assert not erase(path, "h", {}).found
        assert auths(path) == {}
