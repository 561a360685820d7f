from pathlib import Path

import pytest

from pullsecret.sources.places import default_places, docker_config_path, has_something

HOME = {"HOME": "/home/ann"}
NAMES = ("DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")


@pytest.mark.parametrize(
    ("environment", "places"),
    [
        pytest.param(
            HOME,
            ["/home/ann/.docker/config.json", "/home/ann/.dockercfg", "/run/containers/7/auth.json",
             "/home/ann/.config/containers/auth.json"],
            id="nothing set",
        ),
        pytest.param(
            {**HOME, "DOCKER_CONFIG": "/d", "XDG_RUNTIME_DIR": "/run/user/7", "XDG_CONFIG_HOME": "/c"},
            ["/d/config.json", "/home/ann/.dockercfg", "/run/user/7/containers/auth.json",
             "/c/containers/auth.json"],
            id="folders set",
        ),
        pytest.param(
            {**HOME, "REGISTRY_AUTH_FILE": "/a.json", "XDG_RUNTIME_DIR": "/run/user/7"},
            ["/home/ann/.docker/config.json", "/home/ann/.dockercfg", "/a.json"],
            id="podman's file set",
        ),
        pytest.param(
            {**HOME, "REGISTRY_AUTH_FILE": "/home/ann/.docker/config.json"},
            ["/home/ann/.docker/config.json", "/home/ann/.dockercfg"],
            id="podman's file is docker's",
        ),
        pytest.param(
            {**HOME, **dict.fromkeys(NAMES, "")},
            ["/home/ann/.docker/config.json", "/home/ann/.dockercfg", "/run/containers/7/auth.json",
             "/home/ann/.config/containers/auth.json"],
            id="set and empty is not set",
        ),
    ],
)  # fmt: skip
def test_default_places(environment, places):
    assert [str(path) for path in default_places(environment, uid=7)] == places


def test_who_we_are_is_the_user():
    import os

    assert Path(f"/run/containers/{os.getuid()}/auth.json") in default_places(HOME)


def test_without_home_the_user_database_tells():
    import os
    import pwd

    assert docker_config_path({}) == Path(pwd.getpwuid(os.getuid()).pw_dir, ".docker", "config.json")


def test_a_user_without_a_name_lives_at_the_root(monkeypatch):
    monkeypatch.setattr("os.getuid", lambda: 2_000_000_000)
    assert docker_config_path({}) == Path("/.docker/config.json")


class TestHasSomething:
    def test_files(self, tmp_path):
        (tmp_path / "empty").touch()
        (tmp_path / "full").write_text("x")
        (tmp_path / "dangling").symlink_to(tmp_path / "none")
        found = {
            name: has_something(tmp_path / name) for name in ("empty", "full", "none", "full/x", "dangling")
        }
        assert found == {"empty": False, "full": True, "none": False, "full/x": False, "dangling": False}

    def test_a_directory_is_something_that_reading_complains_of(self, tmp_path):
        assert has_something(tmp_path)

    def test_what_cannot_be_told_is_something(self, tmp_path):
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        assert has_something(tmp_path / "loop")
