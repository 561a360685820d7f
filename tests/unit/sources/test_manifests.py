"""Manifests read from files, folders and standard input: what counts, where it stands, what is refused."""

import io
import json
from pathlib import Path

import pytest

from pullsecret.core.errors import SourceError
from pullsecret.core.objects import name_of
from pullsecret.core.workloads import workloads_of
from pullsecret.sources.manifests import Manifests, read_manifests

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: NAME}
spec:
  containers:
  - name: a
    image: nginx
"""


def pod(name: str) -> str:
    return POD.replace("NAME", name)


@pytest.fixture
def read(tmp_path: Path):
    def from_text(text: str | bytes, name: str = "web.yaml") -> Manifests:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_manifests([str(path)])

    return from_text


def names(found: Manifests) -> list[str]:
    return [name_of(part.obj) for part in found.objects]


# what counts


def test_documents_comments_and_empty_ones(read) -> None:
    found = read(f"# a comment\n---\n---\n# nothing\n---\n{pod('a')}...\n---\n{pod('b')}---\n")
    assert names(found) == ["a", "b"]
    assert [part.place.line for part in found.objects] == [6, 15]
    assert not found.problems


def test_lists_are_flattened_with_a_line_for_each_item(read) -> None:
    items = "".join(
        f"- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: p{number}\n" for number in range(3)
    )
    found = read(f"apiVersion: v1\nkind: List\nitems:\n{items}")
    assert names(found) == ["p0", "p1", "p2"]
    assert [part.place.line for part in found.objects] == [4, 8, 12]
    assert {part.place.document for part in found.objects} == {1}


def test_items_of_a_typed_list(read) -> None:
    found = read("apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n")
    assert [part.obj["kind"] for part in found.objects] == ["Pod"]


def test_lines_of_images(read) -> None:
    (found,) = read(pod("a") + "  - name: b\n    command:\n    - sh\n    image: redis\n").objects
    (view,) = workloads_of(found.obj)
    assert [found.place_at(part.path).line for part in view.containers] == [7, 11]


FIELDS = """\
apiVersion: v1
kind: Pod
metadata:
  name: a
spec:
  a:
  - b
  - image: x
    c: {d: 1,
      e: 2}
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param((), 2, id="the-object"),
        pytest.param(("metadata", "name"), 5, id="a-field"),
        pytest.param(("spec", "a", 0), 8, id="an-element"),
        pytest.param(("spec", "a", 1), 9, id="an-object-in-a-list"),
        pytest.param(("spec", "a", 1, "c"), 10, id="after-an-image"),
        pytest.param(("spec", "a", 1, "c", "e"), 11, id="the-next-line"),
        pytest.param(("spec", "a", 1, "z"), 9, id="not-there"),
        pytest.param(("spec", "z", "y"), 6, id="nothing-there"),
        pytest.param(("spec", "a", 7), 7, id="no-such-element"),
        pytest.param(("kind", "x"), 3, id="text-has-no-fields"),
    ],
)
def test_lines_of_fields_where_they_are_asked_for(path, line) -> None:
    (found,) = read_manifests(["-"], stdin=io.StringIO("# first\n" + FIELDS), fields=True).objects
    assert found.place_of_field(path).line == line
    (without,) = read_manifests(["-"], stdin=io.StringIO("# first\n" + FIELDS)).objects
    assert without.place_of_field(path).line == 2


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}), id="a line"),
        pytest.param(
            '{\n\t"apiVersion": "v1",\n\t"kind": "Pod",\n\t"metadata": {"name": "a"}\n}\n', id="tabs"
        ),
        pytest.param(
            '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","x":"\\ud83d\\ude00"}}', id="surrogates"
        ),
    ],
)
def test_json(read, text: str) -> None:
    found = read(text, "a.json")
    assert (names(found), found.problems) == (["a"], ())


def test_json_one_after_the_other(read) -> None:
    one = '{\n\t"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "NAME"}}'
    text = "\n".join(one.replace("NAME", name) for name in "ab")
    found = read(text + "\n", "a.json")
    assert [(name_of(part.obj), part.place.line, part.place.document) for part in found.objects] == [
        ("a", 1, 1),
        ("b", 3, 2),
    ]


def test_standard_input() -> None:
    found = read_manifests(["-"], stdin=io.StringIO(pod("a")))
    assert str(found.objects[0].place) == "standard input:1"


def test_where_helm_says_that_it_comes_from(read) -> None:
    text = (
        "---\n# Source: shop/charts/db/templates/a.yaml\n" + pod("a")
        + "---\n# Source: shop/templates/b.yaml\r\n" + pod("b") + "---\n" + pod("c")
    )  # fmt: skip
    assert [part.place.template for part in read(text).objects] == [
        "shop/charts/db/templates/a.yaml",
        "shop/templates/b.yaml",
        "",
    ]


def test_folders_with_what_is_in_them(tmp_path: Path) -> None:
    for name in ("b/c.yml", "a.yaml", "d.json", "notes.txt", ".hidden.yaml", ".git/x.yaml", "values.yaml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            "image: nginx\n" if name == "values.yaml" else pod(name.partition(".")[0] or "hidden")
        )
    (tmp_path / "empty.yaml").write_text("\n")
    found = read_manifests([str(tmp_path), str(tmp_path / "a.yaml")])
    assert sorted({part.place.file.removeprefix(f"{tmp_path}/") for part in found.objects}) == [
        "a.yaml",
        "b/c.yml",
        "d.json",
    ]
    assert not found.problems


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(pod("a"))
    assert read_manifests([str(path), str(path)]).files == 1


@pytest.mark.parametrize(
    ("line", "value"),
    [
        pytest.param("2026-13-45", "2026-13-45", id="what looks like a date stays text"),
        pytest.param("0b_", "0b_", id="what looks like a number stays text"),
        pytest.param("!Ref Thing", "Thing", id="a tag that nobody knows"),
        pytest.param("!Sub [a, b]", ["a", "b"], id="on a list"),
        pytest.param("!Sub {a: b}", {"a": "b"}, id="on an object"),
        pytest.param("!!python/object/apply:os.system [id]", ["id"], id="nothing is ever called"),
    ],
)
def test_values_of_others_are_no_obstacle(read, line: str, value: object) -> None:
    found = read(f"apiVersion: v1\nkind: Thing\nspec: {line}\n")
    assert [part.obj["spec"] for part in found.objects] == [value]


def test_aliases_and_merges(read) -> None:
    found = read(
        "apiVersion: v1\nkind: Pod\nx: &c {name: a, image: nginx}\n"
        "spec:\n  containers:\n  - *c\n  - {<<: *c, name: b}\n"
    )
    (view,) = workloads_of(found.objects[0].obj)
    assert view.images == ("nginx",)
    assert [part.name for part in view.containers] == ["a", "b"]


# what is refused, with its place


@pytest.mark.parametrize(
    ("text", "line", "document", "said", "hint"),
    [
        pytest.param(
            pod("a") + "---\nname: {{ .Values.x }}\n",
            9,
            2,
            "a key that is no text",
            "helm template",
            id="Helm",
        ),
        pytest.param(
            "{{- if .x }}\n" + pod("a"), 1, 1, "is no YAML", "helm template", id="Helm, at the start"
        ),
        pytest.param("a: [\n", 2, 1, "is no YAML", "", id="unfinished"),
        pytest.param("# x\n---\na: b\n---\nc: d\n---\n\te: f\n", 7, 3, "is no YAML", "", id="third document"),
        pytest.param("a: " + "[" * 200, 0, 0, "nested deeper", "", id="too deep"),
        pytest.param(
            "apiVersion: v1\nkind: List\nitems: [1]\n", 1, 1, "no Kubernetes object", "", id="no object"
        ),
        pytest.param(b"a: \x01\n", 0, 0, "is no YAML", "", id="control character"),
        pytest.param(b"\xff\xfea\0", 0, 0, "UTF-16", "UTF-8", id="UTF-16"),
        pytest.param('{"a":', 2, 1, "is no YAML", "", id="JSON cut off"),
    ],
)
def test_what_cannot_be_read(read, text: str | bytes, line: int, document: int, said: str, hint: str) -> None:
    (problem,) = read(text).problems
    assert said in problem.message
    assert (problem.place.line, problem.place.document) == (line, document)
    assert hint in problem.hint
    assert bool(problem.hint) is bool(hint)


@pytest.mark.parametrize("text", ["image: nginx\n", "- a\n- b\n", "", "kind: [a]\napiVersion: v1\n"])
def test_what_is_no_kubernetes_object_is_passed_over(read, text: str) -> None:
    found = read(text)
    assert (found.objects, found.problems, len(found.foreign)) == ((), (), 1)


def test_nothing_on_standard_input_is_refused() -> None:
    (problem,) = read_manifests(["-"], stdin=io.StringIO("")).problems
    assert (str(problem.place), problem.message) == ("standard input", "is empty")


def test_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("{{ x }}: [")
    (tmp_path / "b.yaml").write_text(pod("b"))
    found = read_manifests([str(tmp_path)])
    assert (names(found), len(found.problems)) == (["b"], 1)


def test_merge_keys_that_stand_for_billions(read) -> None:
    lines = ["a0: &a0 {k: v}"] + [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 40)]
    (problem,) = read("\n".join(lines)).problems
    assert "merge keys stand for too many fields" in problem.message


@pytest.mark.parametrize("name", ["nowhere.yaml", "nowhere/"])
def test_what_is_named_and_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="no such file"):
        read_manifests([f"{tmp_path}/{name}"])


def test_a_folder_without_manifests(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"has no \*\.yaml, \*\.yml, \*\.json in it"):
        read_manifests([str(tmp_path)])


def test_no_problem_repeats_what_stands_there(read) -> None:
    text = "apiVersion: v1\nkind: Secret\nstringData:\n  password: *hunter2-pw\n"
    (problem,) = read(text).problems
    assert "hunter2" not in repr(problem)


def test_reprs_show_no_content(read) -> None:
    found = read("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {p: hunter2-pw}\n")
    assert "hunter2" not in repr(found)
