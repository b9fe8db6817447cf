"""Files that an option names: replaced as a whole, and written in place only where they must be."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from select import select

import pytest
from filesystems import run_on_tmpfs
from reprobench.harness.base.disk import folders, option_files
from reprobench.harness.base.disk.option_files import check_file, make_way, write_file
from reprobench.harness.base.disk.scratch import locked
from reprobench.harness.base.errors import InputError, StorageError
from waiting import PATIENCE


def test_a_file_that_is_cut_short_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_: int) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "facts.json"
    path.write_text("old")
    monkeypatch.setattr(folders.os, "fsync", cut)
    with pytest.raises(KeyboardInterrupt):
        write_file("json", path, "new")
    assert (os.listdir(tmp_path), path.read_text()) == (["facts.json"], "old")


def test_a_full_disk_leaves_no_part_of_a_file(tmp_path: Path) -> None:
    fill = "head -c 65536 /dev/zero > disk/rest"
    command = [sys.executable, "-m", "reprobench.harness", "studies", "--json", "disk/facts.json"]
    done = run_on_tmpfs(tmp_path / "disk", "size=64k", command, fill, "ls -A disk")
    assert done.returncode == 4, done.stderr
    assert done.stderr == (
        "harness: --json disk/facts.json: No space left on device; give another file\n"
    )
    assert done.stdout.endswith("rest\n")
    assert "facts.json" not in done.stdout


RESULT = '{"verdict": "pass", "exit_code": 0}'
"""Of an earlier gate."""


def test_what_is_in_the_way_is_removed(tmp_path: Path) -> None:
    """An earlier result, also where a link leads to it, and what killed commands left beside it."""
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for name in ("facts.json", "file", ".new.a1b2c3d4", ".file.a1b2c3d4"):
        (tmp_path / name).write_text(RESULT)
    for name in ("facts.json", "link", "new"):
        make_way("json", tmp_path / name, ())
    assert os.listdir(tmp_path) == ["link"]


KILLED = """
import os, signal, sys
from pathlib import Path
from reprobench.harness.base.disk import folders, option_files

folders.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
option_files.write_file("json", Path(sys.argv[1]), "cut short")
"""


def test_what_a_killed_command_left_is_cleared_even_by_one_that_fails(tmp_path: Path) -> None:
    """But not what a command that lives is writing, nor what was left of other files."""
    for name in ("facts.json", "other.json"):
        subprocess.run([sys.executable, "-c", KILLED, tmp_path / name], check=False)
    left = {name.rsplit(".", 1)[0] for name in os.listdir(tmp_path)}
    assert left == {".facts.json", ".other.json"}
    living = tmp_path / ".facts.json.a1b2c3d4"
    living.touch()
    gate = [sys.executable, "-m", "reprobench.harness", "gate", "nowhere", "--json", "facts.json"]
    with locked(living):
        assert subprocess.run(gate, cwd=tmp_path, check=False).returncode == 2
    (other,) = {*os.listdir(tmp_path)} - {living.name}
    assert other.startswith(".other.json.")


def test_what_is_no_earlier_result_stays(tmp_path: Path) -> None:
    """A pipe, a device, what standard output goes to, and what the command reads."""
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    for path in (tmp_path / "pipe", Path(os.devnull)):
        make_way("json", path, ())
        assert path.exists()
    os.close(reader)
    with (tmp_path / "output").open("w") as file:
        file.write("said")
        file.flush()
        make_way("json", Path("/dev/fd", str(file.fileno())), ())
    assert (tmp_path / "output").read_text() == "said"
    (tmp_path / "link").symlink_to("output")
    for check in (check_file, make_way):
        with pytest.raises(InputError, match=r"--json .*link: is read by this command; name ano"):
            check("json", tmp_path / "link", ["tiny", tmp_path / "output"])
    assert (tmp_path / "output").read_text() == "said"


@pytest.mark.parametrize(
    ("option", "result"),
    [
        ("json", RESULT),
        ("json", '{"folder": "out/tiny", "title": "Study tiny", "criterion": {}}'),
        ("junit", '<?xml version="1.0"?>\n<testsuite name="gate tiny" tests="1" />'),
    ],
)
def test_only_an_earlier_result_is_removed(tmp_path: Path, option: str, result: str) -> None:
    """What is no result is refused, or stays until it is replaced if it has the same format."""
    path = tmp_path / "file"
    path.write_text(result)
    make_way(option, path, ())
    assert not path.exists()
    other = {"json": "1.0", "junit": "<!DOCTYPE html><html></html>"}[option]
    for text in ("recipe,seed\na,1\n", "[study]\nname = 'tiny'\n", "[" * 100_000, other):
        path.write_text(text)
        with pytest.raises(InputError, match=r"file: is no earlier result; name another file"):
            make_way(option, path, ())
        assert path.read_text() == text
    alike = {"json": '[{"seed": 1}]', "junit": '<testsuite name="mine" />'}[option]
    cut = {"json": '\ufeff{"verdict": "pa', "junit": '<?xml version="1.0"?>\n<testsuite nam'}
    for text in ("", alike, cut[option]):
        path.write_text(text)
        make_way(option, path, ())
        assert path.read_text() == text


def test_what_is_in_a_folder_that_is_read_is_no_place_for_results(tmp_path: Path) -> None:
    """But an earlier result, which no command reads, is one."""
    path = tmp_path / "record.json"
    path.write_text("{}")
    with pytest.raises(InputError, match=r"record\.json: is read by this command; name another"):
        make_way("json", path, [tmp_path])
    assert path.read_text() == "{}"
    path.write_text(RESULT)
    make_way("json", path, [tmp_path])
    assert not path.exists()


def test_what_cannot_be_removed_is_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(path))

    (tmp_path / "facts.json").write_text(RESULT)
    monkeypatch.setattr(Path, "unlink", refuse)
    make_way("json", tmp_path / "facts.json", ())
    assert (tmp_path / "facts.json").read_text() == ""


def test_a_link_stays_and_leads_to_the_new_content(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_file("json", tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    write_file("json", path, "new")
    assert (os.read(reader, 10), path.is_fifo()) == (b"new", True)
    os.close(reader)


def test_a_reader_of_a_pipe_gets_what_is_written_after_the_check(tmp_path: Path) -> None:
    """The check opens no pipe: it would wait for a reader, and the reader would be told its end."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    script = f"""
import sys
from pathlib import Path
from reprobench.harness.base.disk.option_files import make_way, write_file
path = Path({str(path)!r})
make_way("json", path, ())
print("checked", flush=True)
sys.stdin.read(1)
write_file("json", path, "new")
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdin
        assert writer.stdout
        try:
            assert select([writer.stdout], [], [], PATIENCE)[0], "it waits for a reader"
            assert writer.stdout.readline() == b"checked\n"
            with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as reader:
                writer.stdin.write(b".")
                writer.stdin.close()
                assert writer.wait(PATIENCE) == 0
                assert reader.communicate(timeout=PATIENCE) == (b"new", None)
        finally:
            writer.kill()


def test_a_pipe_that_may_not_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe", 0o400)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(StorageError, match="Permission denied; give another file"):
        check_file("json", tmp_path / "pipe")


@pytest.mark.parametrize("letter", ["a", "\N{SNOWMAN}", "\N{ROCKET}"])
def test_a_name_may_be_as_long_as_the_disk_allows(tmp_path: Path, letter: str) -> None:
    """Its file is replaced as a whole, too, and what killed commands left of it is removed."""
    name = letter * (255 // len(letter.encode()))
    path = tmp_path / name
    make_way("json", path, ())
    subprocess.run([sys.executable, "-c", KILLED, path], check=False)
    (left,) = os.listdir(tmp_path)
    assert left.startswith(f".{name[:48]}")
    write_file("json", path.with_name(name[:-1] + "b"), "of another file")
    assert left in os.listdir(tmp_path)
    write_file("json", path, "new")
    assert (left in os.listdir(tmp_path), path.read_text()) == (False, "new")
    with pytest.raises(StorageError, match="File name too long; give another file"):
        check_file("json", tmp_path / (name + letter))


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.EBUSY])
def test_what_cannot_be_replaced_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(path: Path, _: str) -> None:
        raise OSError(code, os.strerror(code), str(path))

    monkeypatch.setattr(option_files, "write_whole", refuse)
    write_file("json", tmp_path / "file", "new")
    assert (tmp_path / "file").read_text() == "new"


def test_a_check_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "astray").symlink_to(tmp_path / "nowhere" / "file")
    for name in ("new", "link"):
        check_file("json", tmp_path / name)
    with pytest.raises(StorageError, match=r"--json .*astray: No such file or directory"):
        check_file("json", tmp_path / "astray")
    assert sorted(os.listdir(tmp_path)) == ["astray", "link"]
