"""Image references: any text gives one or our own error, and one survives being written."""

import contextlib
import re

from hypothesis import given
from hypothesis import strategies as st

from pullsecret.core.errors import InvalidImageReference
from pullsecret.core.images import PATH_COMPONENT, ImageReference

HOSTS = st.sampled_from(["", "docker.io/", "index.docker.io/", "h.io:5000/", "localhost/", "a_b.c/", "h/"])
PATHS = st.lists(st.from_regex(PATH_COMPONENT, fullmatch=True), min_size=1, max_size=3).map("/".join)
TAGS = st.just("") | st.from_regex(r":[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)
DIGESTS = st.sampled_from(["", f"@sha256:{'0f' * 32}", f"@sha512:{'a' * 128}"])
REFERENCES = st.builds("{}{}{}{}".format, HOSTS, PATHS, TAGS, DIGESTS)
IMAGE_ID = re.compile("[a-f0-9]{64}")
LONGEST_CERTAIN = 255 - len("docker.io/library/")
ALMOST = st.text("abA0./:-_@[]sh256 \n", max_size=40)


@given(st.text(max_size=60) | ALMOST | REFERENCES)
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidImageReference):
        image = ImageReference.parse(text)
        assert ImageReference.parse(str(image)) == image
        assert str(ImageReference.parse(str(image))) == str(image)
        assert f"{image.registry}/{image.path}" == image.repository
        assert image.tag or image.digest


@given(REFERENCES)
def test_what_fits_the_grammar_is_read(text: str) -> None:
    if len(text) <= LONGEST_CERTAIN and not IMAGE_ID.fullmatch(text):
        assert ImageReference.parse(text).text == text
