"""What `import pullsecret` offers, and what it costs."""

import subprocess
import sys

import pytest

import pullsecret


def test_all_is_sorted_and_there():
    assert pullsecret.__all__ == sorted(pullsecret.__all__)
    assert all(getattr(pullsecret, name) is not None for name in pullsecret.__all__)


def test_all_is_exactly_what_is_public():
    assert dir(pullsecret) == sorted(pullsecret.__all__)
    assert set(pullsecret.__all__) == {
        "Credential", "DockerConfig", "ImageReference", "InvalidDockerConfig", "InvalidImageReference",
        "InvalidPullSecret", "Keyring", "PullSecretError", "Secret", "Sensitive", "__version__", "explain",
    }  # fmt: skip


def test_a_name_comes_from_core():
    from pullsecret.core.images import ImageReference

    assert pullsecret.ImageReference is ImageReference


def test_other_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'explode'"):
        pullsecret.explode  # noqa: B018


@pytest.mark.parametrize(
    "error",
    [pullsecret.InvalidDockerConfig, pullsecret.InvalidImageReference, pullsecret.InvalidPullSecret],
    ids=lambda error: error.__name__,
)
def test_errors_of_input_are_value_errors_and_ours(error):
    assert issubclass(error, ValueError)
    assert issubclass(error, pullsecret.PullSecretError)


def loaded_by(code: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        check=True,
        text=True,
    )
    return set(run.stdout.split())


def test_the_library_imports_neither_network_nor_terminal():
    loaded = loaded_by("from pullsecret import *")
    assert not loaded & {"aiohttp", "click", "yaml", "rich", "asyncio", "ssl", "socket", "cryptography"}


def test_the_package_alone_imports_none_of_it():
    assert not {name for name in loaded_by("import pullsecret") if name.startswith("pullsecret.core")}


def test_making_a_manifest_waits_for_no_slow_import():
    loaded = loaded_by(
        "from pullsecret.core.dockerconfig import DockerConfig\n"
        "from pullsecret.core.secretmanifests import secret_manifest\n"
        "secret_manifest('x', DockerConfig.empty().with_entry('h', 'u', 'p'))"
    )
    assert not loaded & {"dataclasses", "inspect", "json", "urllib.parse", "ipaddress", "datetime"}
