"""doctor's words: what goes together, and what its report looks like."""

import io
import json

import pytest

from pullsecret.cli.commands.doctor import Doctor
from pullsecret.cli.diagnoses import show_diagnosis
from pullsecret.cli.invocation import Globals
from pullsecret.cli.parser import root
from pullsecret.cli.session import RegistryOptions, Session
from pullsecret.core.causes import Cause
from pullsecret.core.commands import Command
from pullsecret.core.diagnosis.model import Confidence, Diagnosis, Fix, Item, Remedy
from pullsecret.core.errors import UsageError

ATTACH = Command(("pullsecret", "attach", "my secret"))
REMEDY = Remedy("attach", "web", secret="my secret")


def item(pod, **changes):
    values = {
        "namespace": "web",
        "pod": pod,
        "container": "app",
        "image": "h.io/app:1",
        "cause": Cause.NO_PULL_SECRET,
        "confidence": Confidence.CERTAIN,
        "summary": "nobody names a Secret",
        "owner": "deployment/shop",
        "state": "ImagePullBackOff",
        "evidence": ("first", "second"),
        "fixes": (Fix("attach it", ATTACH, REMEDY), Fix("or ask somebody")),
        "alternatives": (Cause.DENIED_OR_MISSING,),
    }
    return Item(**{**values, **changes})


def shown(diagnosis, form="table", program="pullsecret"):
    out, err = io.StringIO(), io.StringIO()
    session = Session(Globals(namespace="web", output=form), {}, io.StringIO(), out, err, program=program)
    return show_diagnosis(session, diagnosis), out.getvalue(), err.getvalue()


def test_similar_pods_are_one_block_that_says_what_why_proof_and_mend():
    code, out, _ = shown(Diagnosis(items=(item("a"), item("b"))), program="kubectl pull-secret")
    assert code == 1
    assert out.splitlines() == [
        "web/deployment/shop (pod a +1), container app  h.io/app:1  ImagePullBackOff",
        "  no-pull-secret: nobody names a Secret",
        "  proof: first",
        "         second",
        "  mend:  attach it",
        "           kubectl pull-secret attach 'my secret'",
        "         or ask somebody",
        "  or else denied-or-missing",
    ]


def a_block(workloads, **changes):
    """Findings of several workloads in two namespaces, which differ in names alone."""
    return tuple(
        item(
            f"{name}-{n}", namespace=namespace, owner=f"deployment/{name}", container=name,
            summary=f"Pod {name}-{n} of {namespace} names no Secret for h.io/app:1",
            fixes=(Fix("attach it", Command(("pullsecret", "attach", "x", "-n", namespace))),
                   Fix("make it again", Command(("pullsecret", "attach", "x", "-n", namespace)))), **changes,
        )
        for namespace in ("batch", "web") for name in workloads for n in range(2)
    )  # fmt: skip


def test_similar_workloads_are_one_block_that_lists_them():
    code, out, _ = shown(Diagnosis(items=a_block(["one", "two"])))
    assert code == 1
    assert out.splitlines() == [
        "no-pull-secret: h.io/app:1: 4 workloads alike, 8 Pods, in 2 namespaces",
        "  batch: deployment/one, deployment/two",
        "  web: deployment/one, deployment/two",
        "  of these, batch/deployment/one (pod one-0 +1), container one:",
        "  why:   Pod one-0 of batch names no Secret for h.io/app:1",
        "  proof: first",
        "         second",
        "  mend:  attach it",
        "           pullsecret attach x -n batch",
        "           pullsecret attach x -n web",
        "  or else denied-or-missing",
    ]


def test_in_json_a_block_is_as_many_items_as_before():
    report = json.loads(shown(Diagnosis(items=a_block(["one", "two"])), "json")[1])
    assert len(report["items"]) == 8


def test_a_long_block_is_cut_and_wide_shows_all_of_it():
    names = [f"w{number}" for number in range(60)]
    diagnosis = Diagnosis(items=a_block(names))
    _, out, _ = shown(diagnosis)
    assert "and 20 more (-o wide shows all)" in out
    assert len(out.splitlines()) < 20
    _, wide, _ = shown(diagnosis, "wide")
    assert all(f"web/deployment/{name} (pod {name}-0 +1)" in wide for name in names)
    assert wide.count("pods: ") == 120


def test_other_images_and_registries_are_told_apart():
    two = (*a_block(["one"]), *a_block(["two"], image="h.io/other:2"), *a_block(["far"], image="x.io/app:1"))
    _, out, _ = shown(Diagnosis(items=tuple(one for one in two if one.namespace == "web")))
    assert out.splitlines()[0] == "6 Pods cannot pull, 3 findings: no-pull-secret"
    assert "web/deployment/far (pod far-0 +1), container far  x.io/app:1" in out


def test_in_json_every_pod_has_its_own_item():
    code, out, _ = shown(Diagnosis(items=(item("a"), item("b")), notes=(item("c"),)), "json")
    report = json.loads(out)
    assert (code, report["kind"]) == (1, "Diagnosis")
    assert [i["pod"]["name"] for i in report["items"]] == ["a", "b"]
    assert report["items"][0]["fixes"][0] == {
        "description": "attach it",
        "command": "pullsecret attach 'my secret'",
        "argv": ["pullsecret", "attach", "my secret"],
        "safe": True,
    }
    assert report["items"][0]["pod"]["owner"] == "deployment/shop"


def test_nothing_wrong_is_said_and_notes_are_told():
    code, out, err = shown(Diagnosis(notes=(item("a"),), denied=("list pods",)))
    assert code == 0
    assert out.startswith("Nothing wrong with pulls in namespace web.\n")
    assert "note: web/deployment/shop" in out
    assert "may not list pods" in err


def test_a_bare_pod_and_an_init_container_are_named_so():
    _, out, _ = shown(
        Diagnosis(items=(item("a", owner="", role="init", confidence=Confidence.LIKELY),)), "wide"
    )
    assert out.startswith("web/pod/a, init container app")
    assert "no-pull-secret (likely)" in out
    assert "pods:  a" in out


def test_names_alone():
    assert shown(Diagnosis(items=(item("a"), item("a", container="b"))), "name")[1] == "pod/a\n"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        pytest.param(["--yes"], "go with --fix", id="yes-alone"),
        pytest.param(["--from", "a/b"], "go with --fix", id="from-alone"),
        pytest.param(["--fix", "--from", "harbor"], "names no Secret", id="from-without-a-namespace"),
        pytest.param(["--fix", "--watch"], "do not go together", id="watch-and-fix"),
    ],
)
def test_what_does_not_go_together_is_refused(argv, message):
    with pytest.raises(UsageError, match=message):
        root().main(["doctor", *argv], prog_name="pullsecret", standalone_mode=False)


def test_copying_is_never_for_all_namespaces():
    operation = Doctor((), RegistryOptions(), fix=True, source=("a", "b"))
    session = Session(Globals(all_namespaces=True), {}, io.StringIO(), io.StringIO(), io.StringIO())
    with pytest.raises(UsageError, match="one namespace only"):
        operation.run(session)
