"""Image references, by the grammar of the distribution project as the kubelet uses it."""

import pytest

from pullsecret.core.errors import InvalidImageReference
from pullsecret.core.images import ImageReference

A64, A96, A128 = "a" * 64, "a" * 96, "a" * 128


@pytest.mark.parametrize(
    ("text", "repository", "tag", "digest"),
    [
        pytest.param("nginx", "docker.io/library/nginx", "latest", "", id="official"),
        pytest.param("team/app", "docker.io/team/app", "latest", "", id="hub-account"),
        pytest.param("a/b/c", "docker.io/a/b/c", "latest", "", id="hub-deep"),
        pytest.param("docker.io/nginx:1", "docker.io/library/nginx", "1", "", id="hub-named"),
        pytest.param("index.docker.io/a/b", "docker.io/a/b", "latest", "", id="hub-by-index"),
        pytest.param(
            "registry-1.docker.io/a/b", "registry-1.docker.io/a/b", "latest", "", id="hub-by-other-name"
        ),
        pytest.param("localhost/app", "localhost/app", "latest", "", id="localhost"),
        pytest.param("myhost/app", "docker.io/myhost/app", "latest", "", id="one-label-is-no-host"),
        pytest.param("myhost:5000/app", "myhost:5000/app", "latest", "", id="one-label-with-port"),
        pytest.param(
            "harbor.example.com:8443/a/b:v2", "harbor.example.com:8443/a/b", "v2", "", id="port-and-tag"
        ),
        pytest.param("HARBOR.example.com/a", "HARBOR.example.com/a", "latest", "", id="capitals-in-host"),
        pytest.param(
            f"nginx@sha256:{A64}", "docker.io/library/nginx", "", f"sha256:{A64}", id="digest-and-no-tag"
        ),
        pytest.param(
            f"h.io/a:v1@sha256:{A64}", "h.io/a", "v1", f"sha256:{A64}", id="tag-and-digest"
        ),
        pytest.param(f"h.io/a@sha384:{A96}", "h.io/a", "", f"sha384:{A96}", id="sha384"),
        pytest.param(f"h.io/a@sha512:{A128}", "h.io/a", "", f"sha512:{A128}", id="sha512"),
        pytest.param(f"sha256:{A64}", "docker.io/library/sha256", A64, "", id="an-id-is-a-tag"),
        pytest.param("h.io/a__b/c---d.e_f", "h.io/a__b/c---d.e_f", "latest", "", id="separators"),
        pytest.param("a_b.c/d", "a_b.c/d", "latest", "", id="host-outside-the-grammar"),
        pytest.param(f"h.io/a:{'t' * 128}", "h.io/a", "t" * 128, "", id="longest-tag"),
        pytest.param(f"h.io/{'a' * 250}", f"h.io/{'a' * 250}", "latest", "", id="longest-name"),
    ],
)  # fmt: skip
def test_parse(text, repository, tag, digest):
    image = ImageReference.parse(text)
    assert (image.repository, image.tag, image.digest) == (repository, tag, digest)
    assert f"{image.registry}/{image.path}" == repository
    assert image.text == text
    assert ImageReference.parse(str(image)) == image


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "it is empty", id="empty"),
        pytest.param("nginx ", "space or line break", id="space"),
        pytest.param("nginx\n", "space or line break", id="line-break-at-the-end"),
        pytest.param("https://h.io/a", "without a scheme", id="scheme"),
        pytest.param("[fd00::1]:5000/a", "no IPv6", id="ipv6"),
        pytest.param("h.io/Team/app", "lower case", id="capitals"),
        pytest.param("Nginx", "lower case", id="capitals-without-registry"),
        pytest.param(A64, "image's ID", id="image-id"),
        pytest.param("h.io/a:-v", "does not fit", id="bad-tag"),
        pytest.param(f"h.io/a:{'t' * 129}", "does not fit", id="tag-too-long"),
        pytest.param("h.io:/a", "does not fit", id="empty-port"),
        pytest.param("h.io/a//b", "does not fit", id="double-slash"),
        pytest.param("h.io/a/", "does not fit", id="slash-at-the-end"),
        pytest.param("h.io/a_-b", "does not fit", id="mixed-separators"),
        pytest.param("h.io/ä", "does not fit", id="not-ascii"),
        pytest.param("h.io/a@sha256:abc", "does not fit", id="digest-too-short"),
        pytest.param(f"h.io/a@md5:{'a' * 32}", "none of sha256", id="unknown-digest"),
        pytest.param(f"h.io/a@sha256:{'A' * 64}", "none of sha256", id="digest-in-capitals"),
        pytest.param(f"h.io/{'a' * 251}", "longer than 255", id="name-too-long"),
        pytest.param("a" * 5000, "does not fit", id="endless"),
    ],
)
def test_refuse(text, reason):
    with pytest.raises(InvalidImageReference, match=reason) as caught:
        ImageReference.parse(text)
    assert len(caught.value.message) < 200
    assert "\n" not in caught.value.message


def test_text_is_not_part_of_identity():
    assert ImageReference.parse("nginx") == ImageReference.parse("docker.io/library/nginx:latest")
    assert len({ImageReference.parse("nginx"), ImageReference.parse("nginx:latest")}) == 1


def test_a_long_run_of_dashes_is_answered_at_once():
    with pytest.raises(InvalidImageReference):
        ImageReference.parse("h.io/" + "a-" * 400 + "!")
