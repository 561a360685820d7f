"""The catalogue has every cause, and its commands are ones that there are."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from pullsecret.cli.invocation import Invocation
from pullsecret.cli.parser import root
from pullsecret.core.catalogue import ENTRIES, Fix, Mend, entry, fill, variants
from pullsecret.core.catalogue.model import FIELDS, fields_in, filled
from pullsecret.core.causes import Cause
from pullsecret.core.commands import Command

ROOT = Path(__file__).parents[4]
ALL = {field: f"a-{field}" for field in FIELDS} | {
    "workload": "deployment/web",
    "image": "reg.test/a:1",
    "registry": "reg.test",
}


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("causes", ROOT / "tools" / "causes.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_cause_has_an_entry():
    assert set(ENTRIES) == set(Cause)
    assert all(entry(cause).cause is cause for cause in Cause)


def test_the_page_is_made_from_it():
    made = tool()
    assert made.TARGET.read_text(encoding="utf-8") == made.page(), "run: make causes"


@pytest.mark.parametrize("cause", Cause)
def test_an_entry_tells_everything(cause):
    told = entry(cause)
    assert told.title
    assert not told.title.endswith(".")
    # Two sentences: neither more than somebody woken at night reads, nor less than explains it.
    assert len(re.findall(r"[.?](?:\s|$)", told.meaning)) == 2
    assert told.apart.endswith(".")
    assert told.checks
    assert told.mends
    assert all(not mend.description.endswith(".") for mend in told.mends)
    assert all(link.url.startswith("https://") for link in told.links)


@pytest.mark.parametrize("cause", Cause)
def test_codes_that_an_entry_names_exist(cause):
    told = entry(cause)
    named = re.findall(r"`([a-z]+(?:-[a-z]+)+)`", f"{told.meaning} {told.apart}")
    assert set(named) <= set(Cause)


@pytest.mark.parametrize("kind", variants.ENTRIES)
def test_a_kind_tells_everything_too(kind):
    told = variants.ENTRIES[kind]
    assert entry(told.cause, kind) is told
    assert told.title != ENTRIES[told.cause].title
    assert not told.title.endswith(".")
    assert 2 <= len(re.findall(r"[.?](?:\s|$)", told.meaning)) <= 3
    assert told.apart.endswith(".")
    assert told.checks
    assert any(fix.command for fix in fill(told.cause, kind))
    assert all(not mend.description.endswith(".") for mend in told.mends)
    assert set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", f"{told.meaning} {told.apart}")) <= set(Cause)


def test_a_kind_without_an_entry_of_its_own_has_its_causes():
    assert entry(Cause.DNS_FAILURE, "whatever") is ENTRIES[Cause.DNS_FAILURE]


def commands() -> list[Command]:
    fixes = [fix for cause in Cause for fix in fill(cause, **ALL)]
    fixes += [fix for kind, told in variants.ENTRIES.items() for fix in fill(told.cause, kind, **ALL)]
    return [fix.command for fix in fixes if fix.command is not None]


@pytest.mark.parametrize("command", [c for c in commands() if c.argv[0] == "pullsecret"], ids=str)
def test_a_command_of_ours_parses(command):
    parsed = root().main(list(command.argv[1:]), prog_name="pullsecret", standalone_mode=False)
    assert isinstance(parsed, Invocation)


def test_commands_are_of_programs_that_people_have():
    programs = {command.argv[0] for command in commands()}
    assert programs <= {
        "pullsecret", "kubectl", "crictl", "docker", "skopeo", "curl", "df", "getent", "journalctl",
        "systemctl", "timedatectl",
    }  # fmt: skip


def test_a_fix_is_filled_in():
    fix = fill(
        Cause.SECRET_MISSING, secret="regcred", namespace="web", source="platform", registry="reg.test:5000",
        username="robot$ci",
    )  # fmt: skip
    assert [str(f.command) for f in fix] == [
        "pullsecret copy regcred -n platform --to web",
        "pullsecret create regcred -n web --registry reg.test:5000 --username 'robot$ci'",
    ]
    assert fix[0].missing == ()


@pytest.mark.parametrize(
    ("mend", "names", "want", "missing"),
    [
        pytest.param(("a", "{secret}"), {}, "a SECRET", ("secret",), id="unknown"),
        pytest.param(("a", "{secret}"), {"secret": ""}, "a SECRET", ("secret",), id="empty is unknown"),
        pytest.param(("a", "{secret}"), {"secret": "-x"}, "a SECRET", ("secret",), id="an option is no name"),
        pytest.param(("a", ("-n", "{namespace}")), {}, "a", (), id="left out"),
        pytest.param(("a", ("-n", "{namespace}")), {"namespace": "web"}, "a -n web", (), id="kept"),
        pytest.param(
            ("a", "{host}"), {"registry": "reg.test:5000"}, "a reg.test", (), id="host of a registry"
        ),
        pytest.param(("a", "{host}"), {}, "a HOST", ("host",), id="no registry, no host"),
        pytest.param(
            ("a", "{endpoint}/v2/"),
            {"registry": "reg.test:5000", "endpoint": "http://reg.test:5000"},
            "a http://reg.test:5000/v2/",
            (),
            id="where the API is",
        ),
        pytest.param(
            ("a", ("--at", "{endpoint}")),
            {"registry": "reg.test"},
            "a --at https://reg.test",
            (),
            id="where the registry's name says",
        ),
        pytest.param(
            ("a", "{endpoint}/v2/"), {}, "a https://REGISTRY/v2/", ("registry",), id="where nothing says"
        ),
        pytest.param(
            ("{pod}/{image}",), {"pod": "{secret}"}, "'{secret}/IMAGE'", ("image",), id="names are text"
        ),
    ],
)
def test_filling_in(mend, names, want, missing):
    assert filled(Mend("do it", mend), names) == Fix("do it", filled(Mend("", mend), names).command, missing)
    assert str(filled(Mend("do it", mend), names).command) == want


def test_a_mend_without_a_command():
    assert filled(Mend("wait"), {}) == Fix("wait")


def test_a_name_that_no_command_has_is_refused():
    with pytest.raises(TypeError, match="no command has a field colour"):
        fill(Cause.UNKNOWN, colour="red")


def test_fields_in_a_word():
    assert fields_in("{registry}/{image}:{other}") == ["image", "registry"]
