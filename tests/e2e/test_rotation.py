"""`rotate` and real registries of each kind; under load it is tried in operator/test_rotating.py."""

import json
from collections.abc import Callable

from pullsecret.core.objects import SECRET, uid_of
from pullsecret.kube.client import ClusterClient
from support.realcluster import Ran, Registry


async def test_each_registry_proves_a_password_before_it_is_put_in_place(
    run: Callable[..., Ran], cluster: ClusterClient, namespace: str, registry: Registry
) -> None:
    login = ["--registry", registry.host, "-u", registry.username, "--password-stdin"]
    run("create", "pull", "-n", namespace, *login, "--no-verify", stdin="the-old-word")
    before = await cluster.get(SECRET, "pull", namespace=namespace)
    rotate = ["rotate", "pull", "-n", namespace, "--password-stdin", *registry.how]
    refused = run(*rotate, stdin="not-the-password", code=1)
    assert refused.err.count("\n") == 1
    assert await cluster.get(SECRET, "pull", namespace=namespace) == before
    run(*rotate, "--dry-run=server", stdin=registry.password)
    assert await cluster.get(SECRET, "pull", namespace=namespace) == before
    done = json.loads(run(*rotate, "--overlap", "-o", "json", stdin=registry.password).out)
    assert (done["kind"], done["verified"], done["username"]) == ("RotateReport", "login", registry.username)
    finish = ["rotate", "pull", "-n", namespace, "--finish", "--verify", registry.image, *registry.how]
    assert json.loads(run(*finish, "-o", "json", hide=registry.password).out)["verified"] == "pull"
    after = await cluster.get(SECRET, "pull", namespace=namespace)
    assert uid_of(after) == uid_of(before)
    assert json.loads(run("verify", registry.image, "--secret", "pull", "-n", namespace, *registry.how,
                          "-o", "json").out)["images"][0]["proven"]  # fmt: skip
