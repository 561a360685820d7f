import errno
import fcntl
import os
import stat
from pathlib import Path

import pytest

from pullsecret.core.errors import SourceError
from pullsecret.sources import atomic
from pullsecret.sources.atomic import check_replaceable, locked, replace_file


def bind(path: Path) -> None:
    """Leave a socket's file; binding one needs no network."""
    os.mknod(path, stat.S_IFSOCK | 0o600)


def mode(path) -> int:
    return path.stat().st_mode & 0o777


class TestReplaceFile:
    def test_a_new_file_is_for_its_owner_alone(self, tmp_path):
        replace_file(tmp_path / "f", b"x")
        assert ((tmp_path / "f").read_bytes(), mode(tmp_path / "f")) == (b"x", 0o600)

    def test_an_existing_one_keeps_its_mode(self, tmp_path):
        (tmp_path / "f").touch(mode=0o640)
        (tmp_path / "f").chmod(0o640)
        replace_file(tmp_path / "f", b"x")
        assert mode(tmp_path / "f") == 0o640

    def test_nothing_is_left_beside_it(self, tmp_path):
        replace_file(tmp_path / "f", b"x")
        assert [path.name for path in tmp_path.iterdir()] == ["f"]

    @pytest.mark.parametrize("exists", [True, False], ids=["to a file", "dangling"])
    def test_a_link_is_followed(self, tmp_path, exists):
        (tmp_path / "there").mkdir()
        if exists:
            (tmp_path / "there" / "f").write_text("old")
        (tmp_path / "f").symlink_to(tmp_path / "there" / "f")
        replace_file(tmp_path / "f", b"x")
        assert (tmp_path / "f").is_symlink()
        assert (tmp_path / "there" / "f").read_bytes() == b"x"

    def test_a_reader_of_the_old_file_keeps_it(self, tmp_path):
        (tmp_path / "f").write_text("old")
        with (tmp_path / "f").open() as reader:
            replace_file(tmp_path / "f", b"new")
            assert reader.read() == "old"

    def test_a_failed_write_leaves_the_old_file_and_nothing_else(self, tmp_path, monkeypatch):
        (tmp_path / "f").write_text("old")

        def full(descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(SourceError, match=r"/f: cannot be written: No space left"):
            replace_file(tmp_path / "f", b"new")
        assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]

    @pytest.mark.parametrize("linked", [False, True], ids=["itself", "by a link"])
    @pytest.mark.parametrize(
        ("make", "kind"),
        [
            pytest.param(os.mkfifo, "a pipe", id="pipe"),
            pytest.param(bind, "a socket", id="socket"),
            pytest.param(os.mkdir, "a directory", id="directory"),
        ],
    )
    def test_what_is_no_file_is_left_as_it_is(self, tmp_path, make, kind, linked):
        make(tmp_path / "f")
        (tmp_path / "link").symlink_to("f")
        path, before = tmp_path / ("link" if linked else "f"), (tmp_path / "f").lstat()
        with pytest.raises(SourceError) as caught:
            replace_file(path, b"x")
        assert caught.value.message == f"{path}: is {kind}, which no file may take the place of"
        assert (caught.value.exit_code, caught.value.hint) == (2, "name a file, or one that is not there yet")
        assert (tmp_path / "f").lstat() == before
        assert sorted(entry.name for entry in tmp_path.iterdir()) == ["f", "link"]

    def test_a_device_too(self, tmp_path, monkeypatch):
        """No real one is needed to tell, and none is risked."""
        (tmp_path / "f").write_text("old")
        for kind in (stat.S_IFCHR, stat.S_IFBLK):
            monkeypatch.setattr(Path, "stat", lambda _, kind=kind: os.stat_result((kind, *range(9))))
            with pytest.raises(SourceError, match="is a device, which"):
                check_replaceable(tmp_path / "f")

    def test_links_that_go_round_in_a_circle(self, tmp_path):
        (tmp_path / "f").symlink_to("g")
        (tmp_path / "g").symlink_to("f")
        with pytest.raises(SourceError, match="cannot be written"):
            replace_file(tmp_path / "f", b"x")
        assert (tmp_path / "f").is_symlink()

    def test_a_folder_that_is_not_there(self, tmp_path):
        with pytest.raises(SourceError, match="cannot be written: No such file"):
            replace_file(tmp_path / "none" / "f", b"x")

    def test_without_permission_the_hint_says_where_to_look(self, tmp_path, monkeypatch):
        def forbidden(descriptor: int) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(os, "fsync", forbidden)
        with pytest.raises(SourceError) as caught:
            replace_file(tmp_path / "f", b"x")
        assert caught.value.hint == f"see who may write there: ls -ld {tmp_path}"


class TestLocked:
    def test_the_folder_is_made_for_its_owner_alone(self, tmp_path):
        with locked(tmp_path / ".docker" / "config.json"):
            assert mode(tmp_path / ".docker") == 0o700
        assert list((tmp_path / ".docker").iterdir()) == []

    def test_others_wait(self, tmp_path, monkeypatch):
        monkeypatch.setattr(atomic, "LOCK_SECONDS", 0.1)
        refused = pytest.raises(SourceError, match="another program is writing it")
        with locked(tmp_path / "f"), refused, locked(tmp_path / "f"):
            pass

    def test_it_is_let_go(self, tmp_path):
        for _ in range(2):
            with locked(tmp_path / "f"):
                pass

    def test_a_file_system_without_locks_does_without(self, tmp_path, monkeypatch):
        def unsupported(descriptor: int, operation: int) -> None:
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr(fcntl, "flock", unsupported)
        with locked(tmp_path / "f"):
            pass

    def test_a_folder_that_cannot_be_made(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(SourceError, match="cannot be written"), locked(tmp_path / "file" / "f"):
            pass
