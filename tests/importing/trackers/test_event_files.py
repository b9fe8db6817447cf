"""TensorBoard's event files, as torch writes them."""

from __future__ import annotations

import errno
import math
import os
from pathlib import Path
from typing import Any

import pytest
from longform import assert_as_committed, committed_frame, declared, frame
from reprobench.harness.base.errors import InputError
from reprobench.harness.importing.assembly import Imported, imported
from reprobench.harness.importing.readers import read_tables
from torch.utils import tensorboard

pytestmark = pytest.mark.filterwarnings("ignore")

GOOD, BAD = [0.6, 0.7, 0.9], [0.6, 0.7, 0.4]


def log(logs: Path, values: dict[str, list[list[float]]], folder: str = "{}/seed-{}") -> Path:
    """Write a folder of event files for each run."""
    for (recipe, seed), rows in frame(values).groupby(["recipe", "seed"]):
        with tensorboard.SummaryWriter(str(logs / folder.format(recipe, seed))) as writer:
            writer.add_text("note", "no scalar")
            for epoch, value in zip(rows["epoch"], rows["value"], strict=True):
                writer.add_scalar("test/acc", value, int(epoch))
    return logs


def read(logs: Path, **asked: Any) -> Imported:
    wanted = declared(**{"value": "test/acc", "folders": "{recipe}/seed-{seed}", **asked})
    return imported(wanted, read_tables([logs], wanted.columns))


def test_runs_come_back_as_they_were_logged(tmp_path: Path) -> None:
    logs = log(tmp_path / "logs", {"a": [GOOD] * 3, "b": [BAD, [0.6, math.nan, math.nan]]})
    found = read(logs)
    assert {name: [r.values for r in own] for name, own in found.records.items()} == {
        "a": [tuple(GOOD)] * 3,  # 0.9 is below 0.9 in 32 bits
        "b": [tuple(BAD), (0.6,)],
    }
    assert found.records["b"][1].status == "diverged"
    assert found.records["a"][0].sources[0].reader == "TensorBoard"


@pytest.mark.slow
def test_committed_runs_come_back_as_they_were(tmp_path: Path) -> None:
    for (recipe, seed, size), rows in committed_frame().groupby(["recipe", "seed", "parameters"]):
        folder = tmp_path / "logs" / recipe / f"{size}-{seed}"
        with tensorboard.SummaryWriter(str(folder)) as writer:
            writer.add_scalar("total", 10_000, 0)
            for epoch, count in zip(rows["epoch"], rows["correct"], strict=True):
                writer.add_scalar("correct", count, epoch)
    columns = 'folders = "{recipe}/{parameters}-{seed}"'
    assert_as_committed([tmp_path / "logs"], tmp_path, columns)


def test_a_run_that_was_resumed_is_one(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    for first in (1, 3):
        with tensorboard.SummaryWriter(str(logs / "a" / "seed-1")) as writer:
            for epoch in (first, first + 1):
                writer.add_scalar("test/acc", epoch, epoch)
    assert read(logs).records["a"][0].values == (1, 2, 3, 4)
    log(logs, {"a": [GOOD]})
    with pytest.raises(InputError, match=r"run a/seed-1, step 1, column epoch: .* already, in "):
        read(logs)


def test_what_a_program_logs_anew_counts_instead_of_what_it_had_logged(tmp_path: Path) -> None:
    """It was killed after epoch 4, and goes on from its checkpoint of epoch 2."""
    folder = tmp_path / "logs" / "a" / "seed-1"
    with tensorboard.SummaryWriter(str(folder)) as writer:
        for epoch in (1, 2, 3, 4):
            writer.add_scalar("test/acc", 0.1 * epoch, epoch)
    (first,) = folder.iterdir()
    first.rename(folder / "events.out.tfevents.0")  # both may be of one second
    with tensorboard.SummaryWriter(str(folder), purge_step=3) as writer:
        writer.add_scalar("test/acc", 0.7, 3)
    assert read(tmp_path / "logs").records["a"][0].values == (0.1, 0.2, 0.7)


def test_hyperparameters_in_a_folder_of_their_own_are_no_run(tmp_path: Path) -> None:
    logs = log(tmp_path / "logs", {"a": [GOOD]})
    with tensorboard.SummaryWriter(str(logs / "a" / "seed-1")) as writer:
        writer.add_hparams({"lr": 0.1}, {"best": 0.9}, run_name="1795826137.4")
    assert len(read(logs).records["a"]) == 1
    with pytest.raises(InputError, match="run a/seed-1: has no metric acc, but test/acc; name"):
        read(logs, value="acc")
    log(logs, {"b": [GOOD]}, "{}-{}")
    with pytest.raises(InputError, match=r": b-1 is not of the form \{recipe\}/seed-\{seed\}; say"):
        read(logs)


def test_what_the_folders_do_not_say(tmp_path: Path) -> None:
    logs = log(tmp_path / "logs", {"a": [GOOD]}, "{}-{}")
    assert read(logs, folders="{recipe}-{seed}").records["a"][0].seed == 1
    with pytest.raises(InputError, match=r": a-1 is not of the form \{recipe\}/\{seed\}; say"):
        read(logs, folders="{recipe}/{seed}")
    with pytest.raises(InputError, match="run a-1: has no parameter seed, but run_name and recipe"):
        read(logs, folders="{recipe}")
    with pytest.raises(InputError, match="has no metric acc, but test/acc"):
        read(logs, folders="{recipe}-{seed}", value="acc")
    with pytest.raises(ValueError, match="should have fields in braces, each once"):
        read(logs, folders="{recipe}/{recipe}")


def test_an_experiment_of_several_is_chosen_as_the_messages_say(tmp_path: Path) -> None:
    """Each message has the option that leads to the next one, and the last to the runs."""
    for experiment, curve in (("first", GOOD), ("second", BAD)):
        logs = log(tmp_path / "logs" / experiment, {"a": [curve]}).parent
    with pytest.raises(InputError, match=r"`--folders '\{group\}/\{recipe\}/seed-\{seed\}'`, or"):
        read(logs, folders="{recipe}/{seed}")
    folders = "{group}/{recipe}/seed-{seed}"
    with pytest.raises(InputError, match=r"already, in .*; drop one .* `--only COLUMN=TEXT`, or"):
        read(logs, folders=folders)
    with pytest.raises(InputError, match=r"group = 1st, but first and second; .* `--only group="):
        read(logs, folders=folders, only={"group": "1st"})
    found = read(logs, folders=folders, only={"group": "first"})
    assert [record.values for record in found.records["a"]] == [tuple(GOOD)]


def test_what_is_no_event_file(tmp_path: Path) -> None:
    folder = tmp_path / "logs" / "a" / "seed-1"
    folder.mkdir(parents=True)
    (folder / "events.out.tfevents.1.here").write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match=r"here: is damaged after 0 bytes; restore it, or leave"):
        read(tmp_path / "logs")


def test_a_damaged_record_does_not_hide_those_after_it(tmp_path: Path) -> None:
    """A last record that is only cut short was never written: the run was killed."""
    logs = log(tmp_path / "logs", {"a": [GOOD]})
    (file,) = logs.rglob("*.tfevents.*")
    whole = file.read_bytes()
    for content, values in ((whole[:-5], GOOD[:-1]), (whole + b"\0" * 100, GOOD)):
        file.write_bytes(content)
        assert read(logs).records["a"][0].values == tuple(values)
    for place in (len(whole) // 2, len(whole) - 5):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(InputError, match=r"is damaged after \d+ bytes; restore it, or leave"):
            read(logs)


def test_links_are_followed_but_not_in_a_circle(tmp_path: Path) -> None:
    log(tmp_path / "elsewhere", {"a": [GOOD]})
    logs = log(tmp_path / "logs", {"b": [BAD]})
    (logs / "a").symlink_to(tmp_path / "elsewhere" / "a")
    (logs / "b" / "back").symlink_to(logs)
    (logs / "c").mkdir()
    (logs / "d").mkdir()
    for name in "xy":  # two folders that lead to each other, in two ways
        (logs / "c" / name).symlink_to(logs / "d")
        (logs / "d" / name).symlink_to(logs / "c")
    found = read(logs)
    assert {name: len(own) for name, own in found.records.items()} == {"a": 1, "b": 1}


def test_a_folder_that_cannot_be_listed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = log(tmp_path / "logs", {"a": [GOOD], "b": [GOOD]})
    scan = os.scandir

    def closed(path: Path) -> Any:
        if str(path).endswith("b"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr("os.scandir", closed)
    with pytest.raises(InputError, match=r"logs/b: cannot be read: Permission denied; name"):
        read(logs)
