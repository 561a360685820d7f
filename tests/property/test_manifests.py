"""Whatever stands in manifests: they are read, or refused with a place, and checking them never fails."""

import asyncio
import copy
import io
from datetime import UTC, datetime
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pullsecret.app.check import CheckRequest, check
from pullsecret.cli.junit import junit
from pullsecret.cli.sarif import sarif
from pullsecret.sources.manifests import read_manifests
from support.manifests import account, deployment, maker, named, secret
from support.registries import FakeRegistries

GOOD = [
    part.obj
    for part in (
        secret("pull"), account("default", "pull"), deployment("harbor.example.com/app"),
        deployment("nginx", name="own", imagePullSecrets=named("pull", "gone")),
        maker("ExternalSecret", "made", target={"name": "gone"}),
    )
]  # fmt: skip
TEXT = "---\n".join(map(yaml.safe_dump, GOOD))
ODD = st.sampled_from(
    [None, 1, True, "x", "\x1b[31m", "h:99999/x", "a" * 300, [], {}, [1], [None], {"a": 1}, {"name": None}]
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for step, inner in steps for deeper in _paths(inner, (*path, step)))]


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """Good manifests, of which a few values are something else."""
    objects = copy.deepcopy(GOOD)
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from(_paths(objects)[1:]))
        value: Any = objects
        for step in above:
            value = value[step]
        value[last] = copy.deepcopy(draw(ODD))  # what is put in may be spoilt itself, and is drawn again
    return yaml.safe_dump_all(objects)


@st.composite
def torn(draw: st.DrawFn) -> str:
    """The text of good manifests with a piece cut out, or something put in."""
    start = draw(st.integers(0, len(TEXT)))
    end = draw(st.integers(start, min(len(TEXT), start + 40)))
    put_in = draw(st.sampled_from(["", "{{", "\t", "*x", "&x ", "!y ", "- ", "? ", "---\n", "[", '"', "\\"]))
    return TEXT[:start] + put_in + TEXT[end:]


@given(text=spoilt() | torn() | st.text(max_size=60), probed=st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_manifest(text: str, probed: bool) -> None:
    found = read_manifests(["-"], stdin=io.StringIO(text.encode(errors="replace").decode()))
    registries = FakeRegistries() if probed else None
    request = CheckRequest(found.objects, "web")
    report = asyncio.run(check(request, None, registries, lambda: datetime(2026, 11, 21, tzinfo=UTC)))
    for problem in (*found.problems, *report.problems):
        assert problem.message
    said = repr(report) + junit(report) + str(sarif(report))
    assert "s3cret-word" not in said
    assert "\x1b" not in junit(report)
