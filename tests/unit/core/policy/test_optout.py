"""Who wants to be left alone is, by our own mark and by those of the tools that people come from."""

import pytest

from pullsecret.core.policy.optout import opt_out_of

OURS = "pullsecret.dev/exclude"


@pytest.mark.parametrize("kind", ["Namespace", "ServiceAccount", "Secret"])
@pytest.mark.parametrize("where", ["labels", "annotations"])
@pytest.mark.parametrize(
    ("value", "out"),
    [
        pytest.param("true", True, id="true"),
        pytest.param("True", True, id="capital"),
        pytest.param("1", True, id="one"),
        pytest.param("false", False, id="false"),
        pytest.param("", False, id="empty"),
        pytest.param(True, False, id="no-text"),
    ],
)
def test_our_own_mark(kind, where, value, out):
    found = opt_out_of({"metadata": {where: {OURS: value}}}, kind)
    assert found == (f"{where[:-1]} {OURS}" if out else "")


@pytest.mark.parametrize(
    ("mark", "kinds"),
    [
        pytest.param("k8s.titansoft.com/imagepullsecret-patcher-exclude", {"Namespace"}, id="titansoft"),
        pytest.param(
            "pborn.eu/imagepullsecret-patcher-exclude",
            {"Namespace", "ServiceAccount", "Secret"},
            id="tamcore",
        ),
        pytest.param("alexellis.io/registry-creds.ignore", {"Namespace"}, id="registry-creds"),
    ],
)
def test_the_marks_of_others(mark, kinds):
    for kind in ("Namespace", "ServiceAccount", "Secret"):
        obj = {"metadata": {"annotations": {mark: "true"}}}
        assert opt_out_of(obj, kind) == (f"annotation {mark}" if kind in kinds else "")


@pytest.mark.parametrize("obj", [{}, {"metadata": None}, {"metadata": {"labels": None}}])
def test_nobody_else_is(obj):
    assert opt_out_of(obj, "Namespace") == ""
