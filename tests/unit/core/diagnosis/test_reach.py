"""Commands that are offered speak to a registry as the run that offers them did, or should have."""

import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.commands import Command
from pullsecret.core.credentials import ANONYMOUS
from pullsecret.core.diagnosis import diagnose
from pullsecret.core.diagnosis.model import Fix, Probe
from pullsecret.core.diagnosis.reach import Reach
from support.podcases import HOST, IMAGE, a_pod, a_snapshot, failed

CREATE = Command(("pullsecret", "create", "x", "--registry", HOST, "--verify", IMAGE))
UNKNOWN, MIXED = Cause.TLS_UNKNOWN_AUTHORITY, Cause.HTTP_HTTPS_MISMATCH
WITH_CA = Reach(ca_file="ca.crt")
PLAIN = Reach(plain_hosts=frozenset({HOST}))


@pytest.mark.parametrize(
    ("reach", "met", "added"),
    [
        pytest.param(Reach(), {None}, "", id="as usual"),
        pytest.param(WITH_CA, {None}, "--registry-ca ca.crt", id="with a CA"),
        pytest.param(PLAIN, {Cause.AUTH_MISSING}, "--plain-http", id="plain"),
        pytest.param(Reach("ca.crt", PLAIN.plain_hosts), {None}, "--plain-http", id="plain needs no CA"),
        pytest.param(Reach(), {UNKNOWN}, "--registry-ca FILE", id="a CA is needed"),
        pytest.param(WITH_CA, {UNKNOWN}, "--registry-ca FILE", id="another CA is needed"),
        pytest.param(Reach(), {MIXED}, "--plain-http", id="it speaks plain HTTP"),
        pytest.param(PLAIN, {MIXED}, "", id="it speaks HTTPS"),
        pytest.param(Reach(plain_hosts=frozenset({"other"})), {None}, "", id="another is plain"),
    ],
)
@pytest.mark.parametrize("command", ["create", "add", "verify"])
def test_how_the_registry_is_reached(reach: Reach, met: set[Cause | None], added: str, command: str) -> None:
    asking = Command(("pullsecret", command, *CREATE.argv[2:]))
    assert reach.applied_to(asking, HOST, met).shell.removeprefix(asking.shell).strip() == added


@pytest.mark.parametrize(
    "command",
    [Command(("kubectl", "create", "x")), Command(("pullsecret", "attach", "x"))],
    ids=["not ours", "asks no registry"],
)
def test_what_asks_no_registry_stays_as_it_is(command: Command) -> None:
    assert WITH_CA.applied_to(command, HOST, {UNKNOWN}) == command
    assert Fix("words").reaching(HOST, WITH_CA, {UNKNOWN}) == Fix("words")


@pytest.mark.parametrize("registry", ["127.0.0.1:5000", "localhost", "[::1]:5000"])
def test_the_nodes_own_registry_proves_nothing_elsewhere(registry: str) -> None:
    create = Command(("pullsecret", "create", "x", "--verify", f"{registry}/app:1", "--attach", "default"))
    without = Command(("pullsecret", "add", "x"))

    assert Reach().applied_to(create, registry, ()).argv[2:] == ("x", "--attach", "default", "--no-verify")
    assert Reach().applied_to(without, registry, ()).argv[2:] == ("x", "--no-verify")
    assert Reach(on_node=True).applied_to(create, registry, ()) == create


@pytest.mark.parametrize(
    ("message", "probe", "command"),
    [
        pytest.param(
            "x509: certificate signed by unknown authority", Probe(UNKNOWN),
            f"pullsecret verify {IMAGE} -n shop --registry-ca FILE", id="unknown CA",
        ),
        pytest.param(
            "http: server gave HTTP response to HTTPS client", Probe(MIXED),
            f"pullsecret verify {IMAGE} -n shop --plain-http", id="plain HTTP",
        ),
        pytest.param(
            "x509: certificate signed by unknown authority", Probe(Cause.AUTH_MISSING, status=401), None,
            id="it answers from here",
        ),
    ],
)  # fmt: skip
def test_what_both_meet_can_be_tried_in_the_other_way(
    message: str, probe: Probe, command: str | None
) -> None:
    said = f'failed to resolve reference "{IMAGE}": Head "https://{HOST}/v2/": {message}'
    snapshot = a_snapshot(
        a_pod(message=said), events=(failed(message=said),), probes={(IMAGE, ANONYMOUS): probe}
    )
    (item,) = diagnose(snapshot).items

    assert [str(fix.command) for fix in item.fixes if fix.command] == ([command] if command else [])


def test_without_asking_what_the_node_met_is_the_best_guess() -> None:
    (item,) = diagnose(a_snapshot(reach=WITH_CA)).items

    assert str(item.fixes[0].command).endswith("--registry-ca ca.crt")
