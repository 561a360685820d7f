"""Who we are to the API server, without one."""

from pathlib import Path

import pytest

from pullsecret.core.sensitive import Sensitive
from pullsecret.kube.auth import TOKEN_FILE_AGE, Proof, authenticator_of, unauthorized_hint
from pullsecret.kube.settings import ClientCertificate, ClusterConfig, ExecPlugin, Identity

CERTIFICATE = ClientCertificate("c", Sensitive("k"))
PLUGIN = ExecPlugin("aws", user="jane")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def config(identity: Identity, server: str = "https://one") -> ClusterConfig:
    return ClusterConfig(server, user_name="jane", source="~/.kube/config", identity=identity)


@pytest.mark.parametrize(
    ("identity", "proof"),
    [
        pytest.param(Identity(), Proof(), id="anonymous"),
        pytest.param(Identity(token=Sensitive("t")), Proof(Sensitive("Bearer t")), id="token"),
        pytest.param(
            Identity(username="Aladdin", password=Sensitive("open sesame")),
            Proof(Sensitive("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")),
            id="basic",
        ),
        pytest.param(Identity(certificate=CERTIFICATE), Proof(certificate=CERTIFICATE), id="certificate"),
        pytest.param(
            Identity(token=Sensitive("t"), certificate=CERTIFICATE),
            Proof(Sensitive("Bearer t"), CERTIFICATE),
            id="certificate and token",
        ),
    ],
)
async def test_a_fixed_identity(identity: Identity, proof: Proof) -> None:
    authenticator = authenticator_of(config(identity), now=Clock())
    assert await authenticator.proof() == proof
    assert not await authenticator.renewed(proof)


def rewrite(path: Path, content: str | None) -> None:
    path.unlink() if content is None else path.write_text(content)


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("first\n")
    return path


async def test_a_token_file_is_read_again_after_a_while(token_file: Path) -> None:
    clock = Clock()
    identity = Identity(token=Sensitive("first"), token_file=str(token_file))
    authenticator = authenticator_of(config(identity), now=clock)
    rewrite(token_file, "second\n")

    assert (await authenticator.proof()).authorization == Sensitive("Bearer first")
    clock.now += TOKEN_FILE_AGE
    assert (await authenticator.proof()).authorization == Sensitive("Bearer second")


@pytest.mark.parametrize("content", [None, "", "two words"])
async def test_a_token_file_that_broke_leaves_the_last_good_token(
    token_file: Path, content: str | None
) -> None:
    clock = Clock()
    identity = Identity(token=Sensitive("first"), token_file=str(token_file))
    authenticator = authenticator_of(config(identity), now=clock)
    rewrite(token_file, content)

    clock.now += TOKEN_FILE_AGE
    proof = await authenticator.proof()
    assert proof.authorization == Sensitive("Bearer first")
    assert not await authenticator.renewed(proof)


async def test_a_refused_token_is_read_again_at_once(token_file: Path) -> None:
    identity = Identity(token=Sensitive("first"), token_file=str(token_file))
    authenticator = authenticator_of(config(identity), now=Clock())
    proof = await authenticator.proof()
    rewrite(token_file, "second\n")

    assert await authenticator.renewed(proof)
    assert (await authenticator.proof()).authorization == Sensitive("Bearer second")


@pytest.mark.parametrize(
    ("identity", "server", "hint"),
    [
        pytest.param(Identity(plugin=PLUGIN), "https://one", "log in again with aws", id="plugin"),
        pytest.param(Identity(token=Sensitive("t")), "https://one", "the token of user 'jane'", id="token"),
        pytest.param(
            Identity(certificate=CERTIFICATE), "https://one", "the client certificate of", id="certificate"
        ),
        pytest.param(Identity(username="u"), "https://one", "password of user 'jane'", id="basic"),
        pytest.param(Identity(), "http://one", "over plain http no credential is sent", id="plain HTTP"),
        pytest.param(Identity(), "https://one", "has no credential", id="anonymous"),
    ],
)
def test_a_401_tells_how_to_log_in_again(identity: Identity, server: str, hint: str) -> None:
    assert hint in unauthorized_hint(config(identity, server))
