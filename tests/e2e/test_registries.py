"""What real registries say to right, wrong and narrow logins and to none, beside what skopeo makes of it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.errors import RegistryFailure
from pullsecret.core.images import ImageReference
from pullsecret.core.sensitive import Sensitive
from pullsecret.registry.client import RegistryClient
from support.realcluster import registry_of

RIGHT, WRONG, NARROW, NONE = "right", "wrong", "narrow", "none"
THERE, ELSEWHERE, PUBLIC, NO_TAG, NO_NAME = (
    "lnmp/nginx:v2", "team/app:1.0", "public/app:1.0", "lnmp/nginx:nope", "nope/nope:1",
)  # fmt: skip

CASES = [
    *((kind, RIGHT, image, None) for kind in ("plain", "tls", "token") for image in (THERE, ELSEWHERE)),
    *(
        (kind, RIGHT, image, Cause.IMAGE_NOT_FOUND)
        for kind in ("plain", "token")
        for image in (NO_TAG, NO_NAME)
    ),
    *(
        (kind, WRONG, image, Cause.CREDENTIAL_REJECTED)
        for kind in ("plain", "tls", "token")
        for image in (THERE, NO_NAME)
    ),
    *((kind, NONE, image, Cause.AUTH_MISSING) for kind in ("plain", "tls") for image in (THERE, NO_NAME)),
    ("token", NARROW, THERE, None),
    ("token", NARROW, NO_TAG, Cause.IMAGE_NOT_FOUND),
    ("token", NARROW, ELSEWHERE, Cause.DENIED_OR_MISSING),
    ("token", NARROW, NO_NAME, Cause.DENIED_OR_MISSING),
    ("token", NONE, PUBLIC, None),
    ("token", NONE, THERE, Cause.DENIED_OR_MISSING),
    ("token", NONE, NO_NAME, Cause.DENIED_OR_MISSING),
]


def credential_of(real: dict[str, str], who: str) -> Credential:
    if who == NONE:
        return ANONYMOUS
    if who == NARROW:
        return Credential("robot$lnmp+ci", Sensitive("robot-secret"))
    password = real["E2E_REGISTRY_PASSWORD"] if who == RIGHT else "wrong-password"
    return Credential(real["E2E_REGISTRY_USER"], Sensitive(password))


@pytest.mark.parametrize(("kind", "who", "image", "cause"), CASES)
async def test_a_pull_and_skopeos(
    real: dict[str, str], tmp_path: Path, kind: str, who: str, image: str, cause: Cause | None
) -> None:
    registry, credential = registry_of(real, kind), credential_of(real, who)
    reference = ImageReference.parse(f"{registry.host}/{image}")
    async with RegistryClient(ca_file=registry.ca_file or None, environment={}) as registries:
        pull = registries.manifest(reference, credential, platforms=True)
        if cause is None:
            assert (await pull).platforms == ("linux/amd64",)
        else:
            with pytest.raises(RegistryFailure) as caught:
                await pull
            assert caught.value.cause is cause
    if shutil.which("skopeo"):
        assert (skopeo(registry.host, registry.ca_file, credential, image, tmp_path) == 0) is (cause is None)


def skopeo(host: str, ca_file: str, credential: Credential, image: str, folder: Path) -> int:
    login = (
        ["--no-creds"]
        if credential.anonymous
        else ["--creds", f"{credential.username}:{credential.password.reveal()}"]
    )
    if ca_file:
        shutil.copy(ca_file, folder / "ca.crt")
    tls = f"--cert-dir={folder}" if ca_file else "--tls-verify=false"
    command = ["skopeo", "inspect", tls, *login, f"docker://{host}/{image}"]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode


@pytest.mark.parametrize(
    ("kind", "trusted", "plain", "cause"),
    [
        pytest.param("tls", False, False, Cause.TLS_UNKNOWN_AUTHORITY, id="authority-missing"),
        pytest.param("token", False, False, Cause.TLS_UNKNOWN_AUTHORITY, id="authority-missing-token"),
        pytest.param("tls", True, True, Cause.HTTP_HTTPS_MISMATCH, id="plain-http-to-tls"),
    ],
)
async def test_the_way_there(
    real: dict[str, str], kind: str, trusted: bool, plain: bool, cause: Cause
) -> None:
    registry = registry_of(real, kind)
    ca_file = registry.ca_file if trusted else None
    async with RegistryClient(ca_file=ca_file, plain_http=lambda _: plain, environment={}) as registries:
        with pytest.raises(RegistryFailure) as caught:
            await registries.login(registry.host, credential_of(real, RIGHT))
    assert caught.value.cause is cause
