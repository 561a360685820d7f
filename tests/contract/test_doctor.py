"""Why Pods cannot pull: a Pod for every cause that can be made, what is said of it, and what mends it."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from pullsecret.app.doctor import DoctorRequest, doctor, mend, remedies_of
from pullsecret.cli.diagnoses import diagnosis_body
from pullsecret.cli.output import plain
from pullsecret.core.causes import Cause
from pullsecret.core.diagnosis.model import Diagnosis
from pullsecret.core.objects import POD
from pullsecret.registry.client import RegistryClient
from support.commandline import CommandLine
from support.contract import client_of, make_namespace
from support.doctorscenarios import NOT_MADE, SCENARIOS, Played, runs, scenarios_in
from support.doctorworlds import DoctorWorld
from support.pullworlds import Bench

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]
MENDED = [scenario for scenario in SCENARIOS if scenario.safe and scenario.id != "by-command"]
Cases = dict[str, Played]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(doctor_world: DoctorWorld) -> AsyncIterator[Cases]:
    """All scenarios that can be made in this world, made at once; each waits on connections of its own."""
    made: Cases = {}
    async with AsyncExitStack() as stack:
        for scenario in scenarios_in(doctor_world.kind):
            cluster = await stack.enter_async_context(client_of(doctor_world.pulls.kubeconfig))
            bench = Bench(cluster, f"doctor-{secrets.token_hex(3)}-{scenario.id}")
            made[scenario.id] = Played(scenario, doctor_world, bench)
            stack.push_async_callback(made[scenario.id].leave)
        await asyncio.gather(*(one.set_up() for one in made.values()))
        yield made


async def diagnosis(one: Played, registries: RegistryClient | None = None) -> Diagnosis:
    request = DoctorRequest(one.namespace, on_node=True)
    async with registries or one.world.registries() as client:
        return await doctor(request, one.bench.cluster, client, now)


def now() -> datetime:
    return datetime.now(UTC)


def shown(one: Played, found: Diagnosis) -> dict[str, Any]:
    """Give what a program is shown, which holds no credential in any form."""
    body = plain(diagnosis_body(found))
    text = json.dumps(body, ensure_ascii=False)
    assert [secret for secret in one.world.hidden() if secret in text] == []
    return body


@pytest.fixture
def case(request: pytest.FixtureRequest, played: Cases, doctor_world: DoctorWorld) -> Played:
    """One scenario; those that a world cannot have are known by name."""
    if request.param in NOT_MADE[doctor_world.kind]:
        pytest.skip(NOT_MADE[doctor_world.kind][request.param])
    return played[request.param]


def each(*scenarios: Any) -> Any:
    return pytest.mark.parametrize("case", [scenario.id for scenario in scenarios], indirect=True)


@each(*(scenario for scenario in SCENARIOS if scenario.cause))
async def test_a_failing_pod_has_its_one_cause(case: Played) -> None:
    scenario, found = case.scenario, await diagnosis(case)

    body = shown(case, found)
    (item,) = found.items
    assert item.cause == scenario.cause, item
    assert item.confidence in scenario.sure, item
    assert (item.container, item.role) == case.container
    assert (item.namespace, item.image) == (case.namespace, case.image)
    assert item.owner == ("deployment/web" if scenario.deployed else "")
    assert [name for name in map(case.text, scenario.names) if name not in item.summary] == []
    assert scenario.proof in "\n".join(item.evidence)
    assert item.evidence
    assert item.fixes
    assert any(fix.command for fix in item.fixes) is scenario.command, item.fixes
    source = (f"{case.namespace}-source", "shared")
    assert tuple(remedy.kind for remedy in remedies_of(found, source)) == scenario.safe
    (told,) = body["items"]
    assert [fix["description"] for fix in told["fixes"] if ("command" in fix) != ("argv" in fix)] == []


@each(*(scenario for scenario in SCENARIOS if scenario.cause is None))
async def test_nothing_is_wrong_with_a_pod_that_runs(case: Played) -> None:
    found = await diagnosis(case)
    assert (found.items, found.notes, found.denied) == ((), (), ())


async def test_what_only_the_node_meets_is_told_from_what_both_meet(played: Cases) -> None:
    case = played["unknown-authority"]
    (theirs,) = (await diagnosis(case, case.world.trusting())).items
    (ours,) = (await diagnosis(case)).items

    assert (theirs.cause, ours.cause) == (Cause.TLS_UNKNOWN_AUTHORITY, Cause.TLS_UNKNOWN_AUTHORITY)
    assert "answers from here" in theirs.summary
    assert "from here it is the same" in ours.summary


@each(*MENDED)
async def test_what_is_offered_mends(case: Played) -> None:
    source = (f"{case.namespace}-source", "shared")
    remedies = remedies_of(await diagnosis(case), source)
    assert tuple(remedy.kind for remedy in remedies) == case.scenario.safe

    outcome = await mend(remedies, case.bench.cluster, asyncio.sleep, source)

    assert [change.action.value for change in outcome.changes if change.action.value == "failed"] == []
    await case.bench.waits_any(runs)
    found = await diagnosis(case)
    assert (found.items, found.notes) == ((), ())


async def test_a_secret_is_copied_only_from_where_it_was_said(played: Cases) -> None:
    case = played["missing"]
    found = await diagnosis(case)
    assert remedies_of(found, ("elsewhere", "absent")) == []
    case = played["elsewhere-only"]
    found = await diagnosis(case)
    assert remedies_of(found, None) == []
    assert remedies_of(found, ("elsewhere", "another")) == []


async def test_the_command_tells_and_mends(played: Cases, doctor_world: DoctorWorld, tmp_path: Path) -> None:
    case = played["by-command"]
    run = CommandLine(tmp_path, {"KUBECONFIG": doctor_world.pulls.kubeconfig})

    async def pullsecret(*argv: str) -> Any:
        said = await asyncio.to_thread(run, *argv, "-n", case.namespace, "--on-node")
        assert [secret for secret in doctor_world.hidden() if secret in said.all] == []
        return said

    listed = await pullsecret("doctor", "-o", "json")
    told = await pullsecret("doctor")
    mended = await pullsecret("doctor", "--fix", "--yes")
    again = await pullsecret("doctor", "-vv")

    assert listed.code == 1
    answer = json.loads(listed.out)
    assert answer["kind"] == "Diagnosis"
    assert [item["cause"] for item in answer["items"]] == ["pod-predates-attach"]
    assert told.code == 1
    assert "pod-predates-attach" in told.out
    assert mended.code == 0, mended.all
    assert again.code == 0, again.all
    await case.bench.waits_any(runs)


async def test_without_probing_no_registry_is_asked(
    played: Cases, doctor_world: DoctorWorld, tmp_path: Path
) -> None:
    """An image that is on the node is asked for by doctor alone, so that whoever asks can be told."""
    if doctor_world.kind == "real":
        pytest.skip("the test cluster's registries do not tell who asked, and its node runs no empty image")
    case, asked = played["works"], doctor_world.quiet
    case = Played(case.scenario, doctor_world, Bench(case.bench.cluster, f"doctor-{secrets.token_hex(3)}"))
    await make_namespace(case.bench.cluster, case.namespace)
    image = f"{asked.host}/public/app:1.0"
    await case.bench.pod(image, name="first")
    await case.bench.runs("first")
    await case.bench.pod(image, name="second", policy="IfNotPresent")
    await case.bench.runs("second")
    await case.bench.cluster.delete(POD, "first", namespace=case.namespace)
    await case.bench.gone(POD, "first")
    run = CommandLine(tmp_path, {"KUBECONFIG": doctor_world.pulls.kubeconfig})

    counts = []
    for extra in (["--no-probe"], [], ["--on-node"]):
        asked.seen.clear()
        said = await asyncio.to_thread(run, "doctor", *extra, "-n", case.namespace)
        assert said.code == 0, said.all
        counts.append(len(asked.seen))
    await case.leave()

    assert counts[:2] == [0, 0]
    assert counts[2] > 0
