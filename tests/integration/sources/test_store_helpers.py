"""Logins saved and erased through credential stores, and by several programs at once."""

import json
import subprocess
import sys

import pytest

from pullsecret.core.credentials import Credential
from pullsecret.core.errors import SourceError
from pullsecret.core.sensitive import Sensitive
from pullsecret.sources.store import erase, save
from support.fake_helpers import FakeStore, environment, write_helper

ANN = Credential(username="ann", password=Sensitive("hunter2"))
HUB = "https://index.docker.io/v1/"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / ".docker" / "config.json"
    path.parent.mkdir()
    return path


def configured(path, **content) -> None:
    path.write_text(json.dumps(content))


class TestSave:
    def test_the_store_keeps_the_password_and_the_file_a_mark(self, path, tmp_path):
        store = FakeStore(tmp_path, "keep")
        configured(path, credsStore="keep", auths={"h": {"auth": "b2xkOnA="}})
        saved = save(path, "h", ANN, environment(tmp_path))
        assert store.kept == {"h": ["ann", "hunter2"]}
        assert json.loads(path.read_text()) == {"credsStore": "keep", "auths": {"h": {}}}
        assert (saved.where, saved.plaintext) == ("docker-credential-keep", False)

    def test_a_registrys_own_helper_comes_first(self, path, tmp_path):
        store, own = FakeStore(tmp_path, "keep"), FakeStore(tmp_path, "own")
        configured(path, credsStore="keep", credHelpers={"h": "own"})
        save(path, "h", ANN, environment(tmp_path))
        save(path, "docker.io", ANN, environment(tmp_path))
        assert (own.kept, store.kept) == ({"h": ["ann", "hunter2"]}, {HUB: ["ann", "hunter2"]})

    @pytest.mark.parametrize(
        ("script", "words"),
        [
            pytest.param("echo locked; exit 1", r"credsStore: .*-bad failed to store.*: locked", id="exit 1"),
            pytest.param("sleep 60", r"did not answer store for h within 0\.3 s", id="hangs"),
        ],
    )  # fmt: skip
    def test_one_that_fails_changes_nothing(self, path, tmp_path, script, words):
        write_helper(tmp_path, "bad", script)
        configured(path, credsStore="bad")
        before = path.read_text()
        with pytest.raises(SourceError, match=words):
            save(path, "h", ANN, environment(tmp_path), seconds=0.3)
        assert path.read_text() == before

    def test_one_that_cannot_list_will_do(self, path, tmp_path):
        write_helper(tmp_path, "some", 'test "$1" = store')
        configured(path, credsStore="some")
        assert save(path, "h", ANN, environment(tmp_path)).helper == "docker-credential-some"

    def test_one_that_keeps_answering_with_another_user_is_told(self, path, tmp_path):
        write_helper(tmp_path, "some", """cat >/dev/null; test "$1" = list && echo '{"h":"aaron"}'; exit 0""")
        configured(path, credsStore="some")
        with pytest.raises(SourceError, match="keeps giving the earlier login for h, as aaron") as caught:
            save(path, "h", ANN, environment(tmp_path))
        assert caught.value.hint == "log out first: pullsecret logout h"


class TestErase:
    def test_the_store_forgets_all_spellings(self, path, tmp_path):
        store = FakeStore(tmp_path, "keep", dict.fromkeys(("h", "https://h", "h:5000"), ("ann", "x")))
        configured(path, credsStore="keep", auths={"h": {}, "h:5000": {}})
        erased = erase(path, "h", environment(tmp_path))
        assert list(store.kept) == ["h:5000"]
        assert json.loads(path.read_text())["auths"] == {"h:5000": {}}
        assert [saved.key for saved in erased.saved] == ["h", "https://h"]
        assert {saved.where for saved in erased.saved} == {"docker-credential-keep"}

    def test_what_the_store_does_not_have_is_no_login(self, path, tmp_path):
        FakeStore(tmp_path, "keep")
        configured(path, credsStore="keep")
        assert not erase(path, "h", environment(tmp_path)).found

    def test_a_password_in_the_file_goes_too(self, path, tmp_path):
        FakeStore(tmp_path, "keep")
        configured(path, credsStore="keep", auths={"h": {"auth": "dTpw"}})
        (erased,) = erase(path, "h", environment(tmp_path)).saved
        assert erased.where == str(path)
        assert json.loads(path.read_text())["auths"] == {}

    def test_a_registrys_own_helper_and_the_store_are_both_asked(self, path, tmp_path):
        store = FakeStore(tmp_path, "keep", {"https://h": ("ann", "x")})
        own = FakeStore(tmp_path, "own", {"h": ("ann", "x")})
        configured(path, credsStore="keep", credHelpers={"h": "own"})
        erased = erase(path, "h", environment(tmp_path))
        assert (store.kept, own.kept) == ({}, {})
        assert [saved.helper for saved in erased.saved] == ["docker-credential-own", "docker-credential-keep"]

    def test_a_store_that_cannot_list_is_told_to_erase(self, path, tmp_path):
        write_helper(tmp_path, "some", 'test "$1" = erase && cat > "$HOME/erased"')
        configured(path, credsStore="some")
        assert erase(path, "docker.io", environment(tmp_path)).found
        assert (tmp_path / "erased").read_text() == HUB

    def test_one_that_fails_is_an_error(self, path, tmp_path):
        write_helper(tmp_path, "bad", "echo read only; exit 1")
        configured(path, credsStore="bad", auths={"h": {}})
        before = path.read_text()
        with pytest.raises(SourceError, match=r"docker-credential-bad failed to erase for h .*: read only"):
            erase(path, "h", environment(tmp_path))
        assert path.read_text() == before


def test_two_programs_at_once_lose_nothing(path):
    code = (
        "import sys; from pathlib import Path; from pullsecret.core.credentials import Credential;"
        "from pullsecret.sources.store import save\n"
        "for n in range(50): save(Path(sys.argv[1]), f'{sys.argv[2]}{n}', Credential(username='u'), {})"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in ("a", "b", "c")]
    assert [writer.wait(50) for writer in writers] == [0, 0, 0]
    wanted = {f"{name}{n}" for name in ("a", "b", "c") for n in range(50)}
    assert set(json.loads(path.read_text())["auths"]) == wanted
