"""Where docker and podman keep their configs."""

import os
import pwd
import stat
from collections.abc import Mapping
from pathlib import Path

CONFIG = "config.json"
AUTH = Path("containers", "auth.json")


def default_places(environment: Mapping[str, str], *, uid: int | None = None) -> tuple[Path, ...]:
    """Give the files that may hold credentials, in the order they are looked at; they need not exist.

    Docker's come first, then podman's. `DOCKER_CONFIG` takes the place of `~/.docker`, and
    `REGISTRY_AUTH_FILE` that of podman's other files, as in those programs
    (docker/cli, `cli/config/config.go`; containers-auth.json(5); containers/image, `pkg/docker/config`).

    Args:
        environment: the environment variables.
        uid: the user, for podman's folder where `XDG_RUNTIME_DIR` is not set; default: who we run as.
    """
    home = _home(environment)
    user = os.getuid() if uid is None else uid
    docker = [docker_config_path(environment), home / ".dockercfg"]
    if named := environment.get("REGISTRY_AUTH_FILE"):
        podman = [Path(named)]
    else:
        runtime = environment.get("XDG_RUNTIME_DIR")
        podman = [
            Path(runtime) / AUTH if runtime else Path("/run/containers", str(user), "auth.json"),
            Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / AUTH,
        ]
    return tuple(dict.fromkeys(docker + podman))


def docker_config_path(environment: Mapping[str, str]) -> Path:
    """Give the file that `docker login` writes: `config.json` in `DOCKER_CONFIG`, else in ``~/.docker``."""
    folder = environment.get("DOCKER_CONFIG")
    return (Path(folder) if folder else _home(environment) / ".docker") / CONFIG


def has_something(path: Path) -> bool:
    """Whether there is a file to read; an empty one counts as none. What cannot be told counts as one."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # reading it will say what is wrong
        return True
    return not stat.S_ISREG(status.st_mode) or status.st_size > 0


def _home(environment: Mapping[str, str]) -> Path:
    """Give `HOME`, else what the user database says, as docker does."""
    if home := environment.get("HOME"):
        return Path(home)
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:  # a container's user with a number and no name
        return Path("/")
