"""A real credential store: `docker-credential-pass` with a throw-away key, beside the real docker client."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pullsecret.core.credentials import Credential, Origin
from pullsecret.core.errors import SourceError
from pullsecret.core.sensitive import Sensitive
from pullsecret.sources.dockerconfig import find_credentials
from pullsecret.sources.helpers import CredentialHelper
from pullsecret.sources.store import erase, save

MISSING = [program for program in ("docker-credential-pass", "pass", "gpg") if not shutil.which(program)]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

HOST = os.environ.get("E2E_REGISTRY", "")
USER = os.environ.get("E2E_REGISTRY_USER", "")
SECRET = os.environ.get("E2E_REGISTRY_PASSWORD", "")

HUB = "https://index.docker.io/v1/"
MAKE_KEY = ("--quick-generate-key", "pullsecret <test@example.invalid>", "future-default", "default", "never")
PASSWORD = 'p$ <>&"`\\\n密码'


@pytest.fixture(scope="module")
def keys() -> Iterator[dict[str, str]]:
    """Two key folders of GnuPG, with and without a passphrase; gone afterwards, with their agents."""
    # Not under pytest's folders: an agent's socket must not have more than 107 characters in its path.
    with tempfile.TemporaryDirectory(prefix="pullsecret-gpg-", ignore_cleanup_errors=True) as folder:
        made = {name: str(Path(folder, name)) for name in ("open", "locked")}
        for name, home in made.items():
            Path(home).mkdir(mode=0o700)
            passphrase = "" if name == "open" else "hunter2"
            gpg(home, "--pinentry-mode", "loopback", "--passphrase", passphrase, *MAKE_KEY)
        yield made
        for home in made.values():
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, timeout=20)


def gpg(home: str, *arguments: str) -> None:
    done = subprocess.run(
        ["gpg", "--homedir", home, "--batch", "--quiet", *arguments],
        check=False, timeout=60, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


class Store:
    """A password store in a home folder, and a docker config that names it."""

    def __init__(self, folder: Path, gnupg_home: str) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "GNUPGHOME": gnupg_home,
            "PASSWORD_STORE_DIR": str(folder / "store"),
        }
        self.config = folder / ".docker" / "config.json"
        self.config.parent.mkdir()
        self.config.write_text('{"credsStore": "pass", "auths": {}}')
        self.run("pass", "init", "test@example.invalid")

    def run(self, *argv: str, said: str = "") -> str:
        done = subprocess.run(
            argv, env=self.environment, input=said, check=False, timeout=60, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def save(self, host: str, username: str, password: str) -> None:
        save(self.config, host, Credential(username, Sensitive(password)), self.environment)

    def find(self, **options):
        return find_credentials(self.environment, **options)


@pytest.fixture
def store(keys, tmp_path) -> Store:
    return Store(tmp_path, keys["open"])


@pytest.fixture
def docker(store):
    return real("docker", store)


@pytest.fixture
def skopeo(store):
    Path(store.environment["XDG_RUNTIME_DIR"]).mkdir()
    return real("skopeo", store)


def real(program: str, store: Store):
    """Another program that logs in to registries, and a registry to log in to."""
    if not shutil.which(program):
        pytest.skip(f"not installed: {program}")
    if not HOST:
        pytest.skip("no registry: E2E_REGISTRY is not set")
    return lambda *words, said="": store.run(program, *words, said=said)


def test_a_login_goes_into_the_store_and_comes_back(store):
    store.save("harbor.example.com:8443", "robot$ci", PASSWORD)
    store.save("docker.io", "ann", "x")
    assert json.loads(store.config.read_text()) == {
        "credsStore": "pass",
        "auths": {"harbor.example.com:8443": {}, HUB: {}},
    }
    found = store.find()
    entry = found.config.entries["harbor.example.com:8443"]
    assert (entry.username, entry.password.reveal()) == ("robot$ci", PASSWORD)
    assert found.sources[HUB] == Origin("helper docker-credential-pass", HUB)


def test_what_only_the_store_knows_is_found(store):
    store.save("h", "ann", "x")
    store.config.write_text('{"credsStore": "pass"}')
    assert list(store.find(only=["h"]).config.entries) == ["h"]


def test_a_logout_empties_the_store(store):
    store.save("h", "ann", "x")
    (erased,) = erase(store.config, "h", store.environment).saved
    assert erased.where == "docker-credential-pass"
    assert CredentialHelper("pass", store.environment).list() == {}
    assert not erase(store.config, "h", store.environment).found


def test_a_second_user_is_not_lost_behind_the_first(store):
    store.save("h", "ann", "x")
    with pytest.raises(SourceError, match="keeps giving the earlier login for h, as ann"):
        store.save("h", "bob", "x")
    erase(store.config, "h", store.environment)
    store.save("h", "bob", "x")
    assert store.find().config.entries["h"].username == "bob"


def test_a_locked_key_is_an_error_that_names_the_helper(keys, tmp_path):
    store = Store(tmp_path, keys["locked"])
    store.save("h", "ann", "x")
    subprocess.run(["gpgconf", "--homedir", keys["locked"], "--kill", "gpg-agent"], check=True, timeout=20)
    with pytest.raises(SourceError, match="docker-credential-pass failed to get for h"):
        store.find()


def test_a_store_that_was_never_set_up_is_an_error_that_names_it(store):
    shutil.rmtree(store.environment["PASSWORD_STORE_DIR"])
    with pytest.raises(SourceError, match=r"-pass failed to store for h .*: pass not initialized"):
        store.save("h", "ann", "x")


class TestDocker:
    """The docker client and we see each other's logins."""

    def test_its_login_is_found(self, docker, store):
        docker("login", "--username", USER, "--password-stdin", HOST, said=SECRET)
        entry = store.find(only=[HOST]).config.entries[HOST]
        assert (entry.username, entry.password) == (USER, Sensitive(SECRET))

    def test_its_logout_removes_ours(self, docker, store):
        store.save(HOST, USER, SECRET)
        docker("logout", HOST)
        with pytest.raises(SourceError, match="no credential in"):
            store.find()

    def test_our_logout_removes_its(self, docker, store):
        docker("login", "--username", USER, "--password-stdin", HOST, said=SECRET)
        assert erase(store.config, HOST, store.environment).found
        assert CredentialHelper("pass", store.environment).list() == {}

    def test_our_file_is_its_file(self, docker, store, tmp_path):
        # An entry keeps docker from looking for a store by itself, which it does where there is none.
        ours, its = tmp_path / "ours.json", store.config
        for path in (ours, its):
            path.write_text('{\n\t"auths": {\n\t\t"": {}\n\t}\n}')
        save(ours, HOST, Credential(USER, Sensitive(SECRET)), store.environment)
        docker("login", "--username", USER, "--password-stdin", HOST, said=SECRET)
        assert ours.read_bytes() == its.read_bytes()


class TestSkopeo:
    """skopeo, which keeps logins as podman and buildah do, and we see each other's."""

    def test_its_login_is_found(self, skopeo, store):
        skopeo("login", "--tls-verify=false", "--username", USER, "--password-stdin", HOST, said=SECRET)
        store.config.unlink()
        found = store.find()
        assert found.config.entries[HOST].password == Sensitive(SECRET)
        assert found.sources[HOST].source.endswith("/run/containers/auth.json")

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param({}, id="from the file"),
            pytest.param({"credHelpers": {HOST: "pass"}}, id="through the helper"),
        ],
    )
    def test_it_takes_ours(self, skopeo, store, content):
        store.config.write_text(json.dumps(content))
        store.save(HOST, USER, SECRET)
        digests = skopeo(
            "inspect", "--tls-verify=false", "--format={{.Digest}}", f"docker://{HOST}/lnmp/nginx:v2"
        )
        assert digests.startswith("sha256:")
