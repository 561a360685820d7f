import contextlib
import io
import os
import threading
from collections.abc import Iterator

import pytest

from pullsecret.core.errors import InvalidInput, PullSecretError, SourceError
from pullsecret.sources.rawbytes import RawBytes
from pullsecret.sources.reading import place_of, read_bounded, read_text


@pytest.fixture
def nobody():
    """Be somebody whom permissions bind: root may read everything."""

    @contextlib.contextmanager
    def being() -> Iterator[None]:
        us = os.geteuid()
        if us == 0:
            os.seteuid(65534)
        yield
        os.seteuid(us)

    return being()


def refused(path, **options) -> PullSecretError:
    with pytest.raises((SourceError, InvalidInput)) as caught:
        read_bounded(path, **options)
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message
    return caught.value


class TestReadBounded:
    def test_a_file(self, tmp_path):
        (tmp_path / "f").write_bytes(b"\xff\0text")
        assert bytes(read_bounded(tmp_path / "f")) == b"\xff\0text"

    def test_a_missing_file(self, tmp_path):
        assert "no such file" in refused(tmp_path / "none").message

    def test_a_path_through_a_file(self, tmp_path):
        (tmp_path / "f").write_text("x")
        assert "Not a directory" in refused(tmp_path / "f" / "g").message

    def test_a_name_with_a_nul(self):
        with pytest.raises(SourceError, match="null byte"):
            read_bounded("a\0b")

    def test_a_directory(self, tmp_path):
        error = refused(tmp_path)
        assert "is a directory" in error.message
        assert error.hint == "name a file in it"

    def test_a_directory_with_a_config_in_it(self, tmp_path):
        (tmp_path / "config.json").write_text("{}")
        assert refused(tmp_path).hint == f"name the file: {tmp_path}/config.json"

    def test_no_permission(self, tmp_path, nobody):
        (tmp_path / "f").touch(mode=0o000)
        with nobody:
            error = refused(tmp_path / "f")
        assert "no permission" in error.message
        assert error.hint == f"see who may: ls -l {tmp_path}/f"

    def test_a_huge_file_is_not_read(self, tmp_path):
        with (tmp_path / "f").open("wb") as file:
            file.truncate(100 << 20)
        assert "larger than 4 MiB" in refused(tmp_path / "f").message

    def test_the_limit_itself(self, tmp_path):
        (tmp_path / "f").write_bytes(b"x" * 1024)
        assert len(read_bounded(tmp_path / "f", limit=1024)) == 1024
        assert "larger than 0 KiB" in refused(tmp_path / "f", limit=1023).message

    def test_an_endless_device(self):
        assert "larger than 64 KiB" in refused("/dev/zero", limit=1 << 16).message

    def test_an_empty_device(self):
        assert read_bounded("/dev/null") == b""

    def test_a_loop_of_links(self, tmp_path):
        (tmp_path / "f").symlink_to(tmp_path / "f")
        assert "symbolic links" in refused(tmp_path / "f").message


class TestPipes:
    def test_a_pipe_that_nobody_writes_to(self, tmp_path):
        os.mkfifo(tmp_path / "f")
        assert "nothing came through this pipe for 0.05 s" in refused(tmp_path / "f", patience=0.05).message

    def test_a_pipe_that_is_written_to(self, tmp_path):
        os.mkfifo(tmp_path / "f")
        writer = threading.Thread(target=(tmp_path / "f").write_bytes, args=(b"x" * 200_000,))
        writer.start()
        assert len(read_bounded(tmp_path / "f")) == 200_000
        writer.join()

    def test_a_shells_process_substitution(self):
        reader, writer = os.pipe()
        os.write(writer, b"text")
        os.close(writer)
        assert read_bounded(f"/dev/fd/{reader}") == b"text"
        os.close(reader)


class TestStandardInput:
    def test_bytes(self):
        stdin = io.TextIOWrapper(io.BytesIO(b"\xfftext"))
        assert read_bounded("-", stdin=stdin) == b"\xfftext"

    def test_text_of_a_stream_without_bytes(self):
        assert read_bounded("-", stdin=io.StringIO("密")) == "密".encode()

    def test_too_much(self):
        with pytest.raises(InvalidInput, match="standard input: is larger than 1 KiB"):
            read_bounded("-", stdin=io.StringIO("x" * 2000), limit=1024)

    def test_none(self):
        with pytest.raises(SourceError, match="standard input"):
            read_bounded("-")

    def test_its_name(self):
        assert (place_of("-"), place_of("./-")) == ("standard input", "./-")


class TestReadText:
    @pytest.mark.parametrize(
        ("data", "words"),
        [
            pytest.param(b"", "is empty", id="empty"),
            pytest.param(b" \n\t", "is empty", id="space"),
            pytest.param("{}".encode("utf-16"), "UTF-16", id="UTF-16, as PowerShell writes"),
            pytest.param(b"\x7fELF\0\1", "no text", id="binary with NUL"),
            pytest.param(b'{"auths": "\xff"}', "no text", id="no UTF-8"),
        ],
    )
    def test_what_is_no_text(self, tmp_path, data, words):
        (tmp_path / "f").write_bytes(data)
        with pytest.raises(InvalidInput, match=words) as caught:
            read_text(tmp_path / "f")
        assert caught.value.place == str(tmp_path / "f")

    def test_a_byte_order_mark_is_passed_over(self, tmp_path):
        (tmp_path / "f").write_bytes(b"\xef\xbb\xbf{}")
        assert read_text(tmp_path / "f") == b"{}"


def test_raw_bytes_do_not_show_themselves():
    data = RawBytes(b"hunter2")
    assert f"{data} {data!r} {[data]}" == "RawBytes(7 bytes) RawBytes(7 bytes) [RawBytes(7 bytes)]"
