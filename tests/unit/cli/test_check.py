"""`check` as a person and a pipeline see it: exit codes, blocks, JUnit and SARIF."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from support.commandline import CommandLine, Said

MANIFESTS = """\
apiVersion: v1
kind: Secret
metadata: {name: pull}
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: '{"auths":{"harbor.example.com":{"username":"robot","password":"hunter2-pw"}}}'
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      imagePullSecrets: [{name: pull}]
      initContainers:
      - name: setup
        image: harbor.example.com:8443/setup
      containers:
      - name: app
        image: harbor.example.com/app:1
      - name: proxy
        image: nginx
      - name: other
        image: registry.elsewhere.io/x
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: unseen, namespace: shop}
spec:
  template:
    spec:
      containers:
      - {name: a, image: harbor.example.com/a, imagePullPolicy: Never}
      - {name: b, image: harbor.example.com/b}
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    (tmp_path / "web.yaml").write_text(MANIFESTS)
    monkeypatch.chdir(tmp_path)
    return CommandLine(tmp_path)


def check(run: CommandLine, *argv: str, file: str = "web.yaml", **how: Any) -> Said:
    return run("check", "-f", file, "-n", "shop", "--offline", *argv, **how)


# for people


def test_findings_then_notes_then_the_sum(run: CommandLine) -> None:
    said = check(run)
    assert said.code == 1
    assert said.err == ""
    assert said.lines == [
        (
            "secret-host-mismatch (likely): no entry matches harbor.example.com:8443: "
            "Secret pull has one for harbor.example.com, and the image names port 8443: they must be the same"
        ),
        "  web.yaml:17  shop/deployment/web, init container setup  harbor.example.com:8443/setup",
        "  proof: deployment/web names pull itself, so its ServiceAccount's Secrets are not used",
        "         the registry was not asked whether it needs a credential for it",
        "  mend:  add a login for harbor.example.com:8443 to Secret pull, at web.yaml:1",
        "",
        "secret-host-mismatch (possible): Secret pull has no entry for registry.elsewhere.io",
        "  web.yaml:24  shop/deployment/web, container other  registry.elsewhere.io/x",
        "  proof: deployment/web names pull itself, so its ServiceAccount's Secrets are not used",
        "         the registry was not asked whether it needs a credential for it",
        "  mend:  make Secret registry-elsewhere-io with a login for registry.elsewhere.io",
        (
            "           pullsecret create registry-elsewhere-io -n shop --registry registry.elsewhere.io "
            "--username USER"
        ),
        "         name Secret registry-elsewhere-io in spec.template.spec.imagePullSecrets",
        "",
        (
            "6 images in 2 workloads of 1 file: 1 would not pull, 1 may not pull, 1 unknown, "
            "1 covered by a credential, 1 taken for public, 1 never pulled."
        ),
        "--probe asks the registries for what is not certain.",
    ]


def test_wide_shows_every_image(run: CommandLine) -> None:
    said = check(run, "-o", "wide")
    rows = [line for line in said.lines if line.startswith("web.yaml:")]
    assert len(rows) == 6
    assert "never" not in rows[0]
    assert "covered" in rows[1]


def test_one_line_where_nothing_is_wrong(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: nginx}]}\n"
    )
    said = check(run, file="pod.yaml")
    assert said.code == 0
    assert said.lines[0] == "Nothing wrong found in 1 image in 1 workload of 1 file: 1 taken for public."


def test_manifests_without_an_image(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    said = check(run, file="map.yaml")
    assert (said.code, said.out) == (0, "There is no image in 1 file.\n")


def test_findings_of_one_cause_are_one_block(run: CommandLine, tmp_path: Path) -> None:
    containers = "[{{image: h.io/app:{n}}}]"
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {{name: p{n}}}\nspec: {{containers: " + containers + "}}\n"
    pods = "---\n".join(pod.format(n=n) for n in range(40))
    account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\nimagePullSecrets: []\n"
    said = check(run, file="-", stdin=pods + account)
    assert [line for line in said.lines if line.startswith("no-pull-secret")] == [
        "no-pull-secret (possible): neither pod/p0 nor ServiceAccount default names a pull Secret"
    ]
    assert "  and 35 more" in said.lines


# exit codes and what goes to standard error


def test_what_cannot_be_read_is_told_and_the_rest_checked(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "tmpl.yaml").write_text("a: b\n---\nname: {{ .Release.Name }}\n")
    said = check(run, file=".")
    assert said.code == 2
    assert said.err == (
        "error: tmpl.yaml:3, document 2: is no YAML: a key that is no text (column 8); a template must be "
        "rendered first: helm template CHART | pullsecret check -f -\n"
    )
    assert "secret-host-mismatch" in said.out


def test_without_a_kubeconfig_it_goes_on_offline_and_says_so(run: CommandLine) -> None:
    said = run("check", "-f", "web.yaml")
    assert said.code == 0, "the Secret would be made in namespace default, so shop's is not known"
    assert said.err.startswith("note: no kubeconfig was found")
    assert "4 unknown" in said.out


def test_offline_a_broken_kubeconfig_is_no_obstacle(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("[")
    environment = {"KUBECONFIG": str(tmp_path / "broken")}
    assert run("check", "web.yaml", "--offline", environment=environment).code == 0
    assert run("check", "web.yaml", environment=environment).code == 2


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        pytest.param(["check"], "no manifest was named", id="no file"),
        pytest.param(["check", "-f", "nowhere.yaml"], "nowhere.yaml: no such file", id="not there"),
        pytest.param(
            ["check", "-f", "web.yaml", "--platform", "linux/arm64"], "goes with --probe", id="platform"
        ),
        pytest.param(
            ["check", "-f", "web.yaml", "--context", "x"], "no context", id="a context that is not there"
        ),
        pytest.param(["check", "web.yaml", "--as-group", "x"], "no cluster to speak to", id="groups alone"),
        pytest.param(["-o", "sarif", "list"], "list does not print sarif", id="a format of check's alone"),
    ],
)
def test_usage(run: CommandLine, argv: list[str], said: str) -> None:
    answer = run(*argv)
    assert answer.code == 2
    assert said in answer.error


def test_files_without_an_object_are_told_of_and_no_error(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("image: nginx\n")
    said = run("check", "--offline", "-n", "shop", "values.yaml", "web.yaml")
    assert said.code == 1
    assert said.err == "note: values.yaml holds no Kubernetes object\n"
    assert "of 2 files" in said.out


def test_what_makes_manifests_is_told_with_how_to_check_these(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "chart").mkdir()
    (tmp_path / "chart" / "Chart.yaml").write_text("apiVersion: v2\nname: x\n")
    (tmp_path / "chart" / "kustomization.yaml").write_text("resources: [x.yaml]\n")
    said = run("check", "--offline", "-n", "shop", "-f", "chart", "web.yaml")
    assert [line.rpartition(": ")[2] for line in said.err.splitlines()] == [
        "helm template chart | pullsecret check -f -", "kubectl kustomize chart | pullsecret check -f -",
    ]  # fmt: skip


def test_a_binary_file_is_told_so(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "ls").write_bytes(b"\x7fELF\0\0")
    said = run("check", "--offline", "-f", "ls")
    assert said.code == 2
    assert said.err == "error: ls: is no text file; name manifests, as YAML or JSON\n"


# for programs


def test_the_report(run: CommandLine) -> None:
    report = json.loads(check(run, "-o", "json").out)
    assert (report["apiVersion"], report["kind"]) == ("cli.pullsecret.dev/v1alpha1", "CheckReport")
    (item,) = report["items"]
    assert item["workload"] == {"namespace": "shop", "kind": "Deployment", "name": "web"}
    keys = ("container", "role", "cause", "confidence", "file", "document", "line")
    assert {key: item[key] for key in keys} == {
        "container": "setup", "role": "init", "cause": "secret-host-mismatch", "confidence": "likely",
        "file": "web.yaml", "document": 2, "line": 17,
    }  # fmt: skip
    (note,) = report["notes"]
    assert note["fixes"][0]["argv"][:3] == ["pullsecret", "create", "registry-elsewhere-io"]
    assert [part["result"] for part in report["images"]] == [
        "fails", "covered", "assumed-public", "may-fail", "not-pulled", "unknown",
    ]  # fmt: skip


def test_names(run: CommandLine) -> None:
    assert check(run, "-o", "name").out == "deployment/web\n"


def test_junit_has_a_case_for_each_image_and_workload(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "tmpl.yaml").write_text("name: {{ .x }}\n")
    root = ET.fromstring(check(run, "-o", "junit", file=".").out)
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "7", "failures": "1", "errors": "1", "skipped": "2",
    }  # fmt: skip
    cases = {case.get("name"): case for case in root.iter("testcase")}
    failed = cases["init setup: harbor.example.com:8443/setup"]
    assert (failed.get("classname"), failed.get("file"), failed.get("line")) == (
        "shop.deployment/web",
        "web.yaml",
        "17",
    )
    assert failed[0].get("type") == "secret-host-mismatch"
    assert "may not pull" in str(cases["other: registry.elsewhere.io/x"][0].text)
    assert len(cases["proxy: nginx"]) == 0


def test_sarif(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "tmpl.yaml").write_text("name: {{ .x }}\n")
    log = json.loads(check(run, "-o", "sarif", file=".").out)
    assert log["version"] == "2.1.0"
    (part,) = log["runs"]
    driver = part["tool"]["driver"]
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in driver["rules"])
    assert [result["level"] for result in part["results"]] == ["error", "warning"]
    for result in part["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert part["results"][0]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "web.yaml"},
        "region": {"startLine": 17},
    }
    (invocation,) = part["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "helm template" in invocation["toolExecutionNotifications"][0]["message"]["text"]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        pytest.param("my manifests/a b.yaml", "my%20manifests/a%20b.yaml", id="a space"),
        pytest.param("./web.yaml", "web.yaml", id="a dot"),
    ],
)
def test_places_are_uris(run: CommandLine, tmp_path: Path, file: str, uri: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(MANIFESTS)
    for named, wanted in ((file, uri), (str(path), path.as_uri())):
        log = json.loads(check(run, "-o", "sarif", file=named).out)
        location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
        assert location["artifactLocation"]["uri"] == wanted


def test_what_was_rendered_is_placed_in_its_template(run: CommandLine) -> None:
    text = "# Source: shop/templates/a.yaml\n" + MANIFESTS.partition("---\n")[2]
    log = json.loads(check(run, "-o", "sarif", file="-", stdin=MANIFESTS).out)
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "standard-input"
    log = json.loads(check(run, "-o", "sarif", file="-", stdin=text.replace("app:1", "App")).out)
    assert log["runs"][0]["results"][0]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "shop/templates/a.yaml"}
    }
    root = ET.fromstring(check(run, "-o", "junit", file="-", stdin=text).out)
    assert {case.get("file") for case in root.iter("testcase")} >= {"shop/templates/a.yaml"}


@pytest.mark.parametrize("form", ["table", "wide", "json", "yaml", "name", "junit", "sarif"])
def test_no_output_holds_a_password_or_obeys_what_came_from_elsewhere(
    run: CommandLine, tmp_path: Path, form: str
) -> None:
    evil = MANIFESTS.replace("harbor.example.com:8443/setup", '"harbor.example.com/\\e[31mX"')
    (tmp_path / "web.yaml").write_text(evil)
    said = check(run, "-vv", "-o", form)
    assert said.code == 1
    assert "hunter2" not in said.all
    assert "\x1b" not in said.all
