"""Folders with a table per run, as CSV loggers leave them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from longform import WRITERS, assert_as_committed, committed_frame, declared
from reprobench.harness.base.errors import InputError
from reprobench.harness.importing.assembly import Imported, imported
from reprobench.harness.importing.readers import read_tables

LIGHTNING = """\
epoch,step,train_loss,val_acc,val_loss
0,9,2.274721622467041,,
0,18,,0.25,2.2661831378936768
1,19,2.256985902786255,,
1,29,2.2269880771636963,,
1,37,,0.75,2.1936028003692627
"""
"""What its CSVLogger writes: a row for what was logged in training, and one for validation."""

KERAS = """\
epoch,accuracy,loss,val_accuracy,val_loss
0,0.1666666716337204,2.238917350769043,0.25,2.0928280353546143
1,0.3408333361148834,1.9483662843704224,0.75,1.7700138092041016
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def read(folder: Path, **asked: Any) -> Imported:
    wanted = declared(**asked)
    return imported(wanted, read_tables([folder], wanted.columns))


@pytest.mark.parametrize(
    ("name", "text", "asked"),
    [
        (
            "{}/version_{}/metrics.csv",
            LIGHTNING,
            {"value": "val_acc", "folders": "{recipe}/version_{seed}/metrics"},
        ),
        ("{}-{}.csv", KERAS, {"value": "val_accuracy", "folders": "{recipe}-{seed}"}),
        (
            "{}/{}.jsonl",
            '{"lr": 0.1}\n{"epoch": 1, "value": 0.25}\n{"epoch": 2, "value": 0.75}\n',
            {},
        ),
    ],
)
def test_the_path_of_a_file_says_which_run_it_is(
    name: str, text: str, asked: dict[str, Any], tmp_path: Path
) -> None:
    files = {name.format(recipe, seed): text for recipe in "ab" for seed in (3, 4)}
    found = read(write(tmp_path / "logs", files), **asked)
    assert {
        recipe: [(record.seed, record.values) for record in own]
        for recipe, own in found.records.items()
    } == {recipe: [(3, (0.25, 0.75)), (4, (0.25, 0.75))] for recipe in "ab"}
    reader = found.records["a"][0].sources[0].reader
    assert reader in ("folder of .csv files", "folder of .jsonl files")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_committed_runs_come_back_as_they_were(suffix: str, tmp_path: Path) -> None:
    for (recipe, seed, size), rows in committed_frame().groupby(["recipe", "seed", "parameters"]):
        file = tmp_path / "logs" / recipe / f"{size}-{seed}{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        WRITERS[suffix](rows[["epoch", "correct", "total"]], file)
    columns = 'folders = "{recipe}/{parameters}-{seed}"'
    assert_as_committed([tmp_path / "logs"], tmp_path, columns)


def test_files_that_name_their_runs_are_read_as_if_each_was_given(tmp_path: Path) -> None:
    head = "recipe,seed,epoch,value\n"
    rows = {"one.csv": "a,1,1,0.5\na,1,2,0.5\n", "two.csv": "b,1,1,0.4\nb,1,2,0.4\n"}
    folder = write(tmp_path / "logs", {name: head + text for name, text in rows.items()})
    records = read(folder).records
    assert records.keys() == {"a", "b"}
    assert records["a"][0].sources[0].file.endswith("one.csv")


def test_each_message_leads_on_until_the_runs_are_found(tmp_path: Path) -> None:
    """From nothing but the folder, beside a file that has nothing of what is measured."""
    files = {f"a/version_{seed}/metrics.csv": LIGHTNING for seed in (1, 2)}
    files |= {"a/predictions.csv": "image,class\n1,7\n"}
    folder = write(tmp_path / "logs", files)
    asked: dict[str, Any] = {}
    for said, key, value in (
        (
            r"--folders '\{recipe\}/version_\{seed\}/metrics'`",
            "folders",
            "{recipe}/version_{seed}/metrics",
        ),
        (r"has no metric correct or value, but step, train_loss, val_acc and", "value", "val_acc"),
    ):
        with pytest.raises(InputError, match=said):
            read(folder, **asked)
        asked[key] = value
    assert read(folder, **asked).records["a"][0].values == (0.25, 0.75)


def test_messages_do_not_lead_in_a_circle(tmp_path: Path) -> None:
    """Between the folders in which Keras keeps what it logs for TensorBoard."""
    files = {f"a/{seed}/{split}.csv": KERAS for seed in (1, 2) for split in ("train", "validation")}
    folder = write(tmp_path / "logs", files)
    asked: dict[str, Any] = {"value": "val_accuracy"}
    for said, key, value in (
        (r"--folders '\{recipe\}/\{seed\}/train'`", "folders", "{recipe}/{seed}/train"),
        (r"--folders '\{recipe\}/\{seed\}/\{split\}'`", "folders", "{recipe}/{seed}/{split}"),
        (r"has epoch 0 already, .* `--only COLUMN=TEXT`", "only", {"split": "validation"}),
    ):
        with pytest.raises(InputError, match=said):
            read(folder, **asked)
        asked[key] = value
    assert [record.seed for record in read(folder, **asked).records["a"]] == [1, 2]


@pytest.mark.parametrize(
    ("name", "proposed"),
    [
        ("wide/version_3/metrics", "{recipe}/version_{seed}/metrics"),
        ("2026-11-28/lr=0.1,seed=3/metrics", "{group}/{recipe},seed={seed}/metrics"),
        ("resnet_seed3_v2", "{recipe}_seed{seed}{rest}"),
        ("wide/3/runs/Nov28_01-36-59_vm", "{recipe}/{seed}/runs/{part1}"),
        ("wide-3", "{recipe}-{seed}"),
    ],
)
def test_the_pattern_that_a_message_proposes_fits(name: str, proposed: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "logs", {f"{name}.csv": "epoch,value\n1,0.25\n2,0.75\n"})
    with pytest.raises(InputError) as caught:
        read(folder, folders="{recipe}/{seed}" if "-" in name[:5] else "{recipe}+{seed}")
    assert f"as in `--folders '{proposed}'`" in str(caught.value)
    (records,) = read(folder, folders=proposed).records.values()
    assert [(record.seed, record.values) for record in records] == [(3, (0.25, 0.75))]


def test_a_link_to_a_run_of_the_folder_is_no_second_run(tmp_path: Path) -> None:
    folder = write(tmp_path / "logs", {f"a/{seed}.csv": KERAS for seed in (1, 2)})
    (folder / "a" / "latest.csv").symlink_to("2.csv")
    (folder / "b").symlink_to("a")
    assert {name: len(own) for name, own in read(folder, value="val_accuracy").records.items()} == {
        "a": 2
    }
    (tmp_path / "link").symlink_to(folder)
    assert len(read(tmp_path / "link", value="val_accuracy").records["a"]) == 2
    outside = write(tmp_path / "outside", {"1.csv": KERAS})
    (outside / "latest.csv").symlink_to("1.csv")
    (folder / "c").symlink_to(outside)
    assert len(read(folder, value="val_accuracy").records["c"]) == 1


def test_rows_without_an_epoch_are_epochs_if_that_is_declared(tmp_path: Path) -> None:
    folder = write(tmp_path / "logs", {"a/1.csv": "value\n0.25\n0.75\n"})
    with pytest.raises(InputError, match=r"1\.csv: has no column epoch; .* `--in-order` if each"):
        read(folder)
    assert read(folder, in_order=True).records["a"][0].values == (0.25, 0.75)


def test_what_is_wrong_in_one_of_many_files_is_named_there(tmp_path: Path) -> None:
    folder = write(tmp_path / "logs", {"a/1.csv": KERAS, "a/2.csv": KERAS.replace("0.75", "x")})
    with pytest.raises(InputError, match=r"a/2\.csv: row 3, column val_accuracy: 'x' is not a"):
        read(folder, value="val_accuracy")
    write(folder, {"a/2.csv": "epoch,val_accuracy\n"})
    with pytest.raises(InputError, match="run a/2: has logged no number, as if it was ended early"):
        read(folder, value="val_accuracy")


def test_epochs_that_keras_did_not_validate_are_skipped(tmp_path: Path) -> None:
    """With `validation_freq=2`, it writes NA for the others."""
    text = "epoch,loss,val_accuracy\n0,2,NA\n1,1,0.25\n2,1,NA\n3,1,0.75\n"
    found = read(write(tmp_path / "logs", {"a/1.csv": text}), value="val_accuracy", in_order=True)
    assert found.records["a"][0].values == (0.25, 0.75)


@pytest.mark.parametrize(
    ("name", "text", "remarks"),
    [
        ("a/1.csv", "epoch,value\n1,0.25\n2,0.75\n3,\n4,\n", ["value"]),
        ("a/1.jsonl", '{"epoch":1,"value":0.2}\n{"epoch":2,"value":1}\n{"epoch":3}\n', ["value"]),
        ("a/1.csv", "epoch,value,correct,total\n1,1,3,4\n2,1,3,4\n3,,,4\n", ["correct"]),
        ("a/1.csv", "epoch,value,loss\n1,0.25,\n2,0.75,\n2,,1\n3,,1\n", []),
        ("a/1.csv", "epoch,value\n1,0.25\n2,0.75\n3,nan\n4,\n", []),
    ],
)
def test_a_run_that_may_have_diverged_where_its_file_is_empty_is_remarked_on(
    name: str, text: str, remarks: list[str], tmp_path: Path
) -> None:
    """pandas writes NaN as an empty cell; but other metrics may have rows of their own."""
    found = read(write(tmp_path / "logs", {name: text}))
    said = [line for line in found.remarks if "has no number from here on" in line]
    assert [line.partition(", column ")[2].partition(":")[0] for line in said] == remarks
    assert all(f"{name}: row " in line for line in said)


def test_a_run_whose_loss_was_lost_is_remarked_on(tmp_path: Path) -> None:
    """What Keras writes with TerminateOnNaN: an accuracy is still a number. No epoch is added."""
    ended = "epoch,accuracy,loss,val_accuracy,val_loss\n0,0.36,nan,0.6,nan\n"
    found = read(
        write(tmp_path / "logs", {"a/1.csv": ended, "a/2.csv": KERAS}),
        value="val_accuracy",
        window=1,
    )
    (said,) = found.remarks[1:]
    assert ": the last number is not finite: loss in a/1; val_loss in a/1; val_accuracy c" in said
    assert [(record.status, record.values) for record in found.records["a"]] == [
        ("completed", (0.6,)),
        ("completed", (0.25, 0.75)),
    ]


def test_a_column_that_contradicts_the_path_is_refused(tmp_path: Path) -> None:
    """Else the rows of two seeds would be one run."""
    seeds = write(tmp_path / "seeds", {"a/01.csv": "seed,epoch,value\n1,1,0.5\n2,2,0.5\n"})
    with pytest.raises(
        InputError,
        match=r"a/01\.csv: row 3, column seed: is 2, but the file's path says 01; correct one",
    ):
        read(seeds)
    names = write(tmp_path / "names", {"a/1.csv": "recipe,epoch,value\nb,1,0.5\nb,2,0.5\n"})
    with pytest.raises(InputError, match=r"row 2, column recipe: is b, but .* path says a;"):
        read(names)


def test_rows_are_selected_within_the_file_of_a_run(tmp_path: Path) -> None:
    text = "epoch,split,value\n1,train,0.5\n1,test,0.25\n2,train,1\n2,test,0.75\n"
    folder = write(tmp_path / "logs", {"a/1.csv": text})
    assert read(folder, only={"split": "test"}).records["a"][0].values == (0.25, 0.75)
    with pytest.raises(InputError, match="holds no row with split = tset, but train and test;"):
        read(folder, only={"split": "tset"})
    named = write(tmp_path / "named", {f"{name}/1.csv": "epoch,value\n1,1\n2,1\n" for name in "ab"})
    assert [*read(named, only={"recipe": "a"}).records] == ["a"]


def test_a_column_called_total_matters_to_counts_alone(tmp_path: Path) -> None:
    folder = write(tmp_path / "logs", {"a/1.csv": "epoch,value,total\n1,0.5,3 s\n2,0.5,6 s\n"})
    assert read(folder).records["a"][0].values == (0.5, 0.5)
    assert read(folder, value="value").records["a"][0].values == (0.5, 0.5)


def test_files_of_the_other_kind_are_not_left_out_in_silence(tmp_path: Path) -> None:
    text = '{"epoch": 1, "value": 0.5}\n'
    folder = write(tmp_path / "logs", {"a/1.csv": "epoch,value\n1,1\n2,1\n", "a/2.jsonl": text})
    said = f"{folder}: its files *.jsonl are left out, since it has others *.csv"
    assert read(folder).remarks[1:] == [said]
    (folder / "a" / "3.PARQUET").touch()
    said = f"{folder}: its files *.jsonl and *.parquet are left out, since it has others *.csv"
    assert read(folder).remarks[1:] == [said]


def test_endings_in_capitals_are_endings(tmp_path: Path) -> None:
    text = "epoch,value\n1,1\n2,1\n"
    folder = write(tmp_path / "logs", {"a/1.csv": text, "a/2.CSV": text})
    assert [record.seed for record in read(folder).records["a"]] == [1, 2]
    write(folder, {"a/2.csv": text})
    with pytest.raises(InputError, match=r"a/2\.csv: is the same run as .*a/2\.CSV; leave one"):
        read(folder)


def test_a_whole_name_in_capitals_is_another(tmp_path: Path) -> None:
    """`Meta.yaml` makes no store of MLflow's."""
    text = "epoch,value\n1,1\n2,1\n"
    folder = write(tmp_path / "logs", {"a/1.csv": text, "a/Meta.yaml": "a: 1"})
    assert [*read(folder).records] == ["a"]


def test_a_report_in_the_folder_is_no_run(tmp_path: Path) -> None:
    """As where runs are judged in the folder that they are in, twice."""
    folder = write(tmp_path / "logs", {"a/1.csv": "epoch,value\n1,1\n2,1\n"})
    report = folder / "out" / "logs"
    write(report, {"epochs.csv": "recipe,seed,epoch,correct\n", "environment.json": "{}"})
    write(report, {"report.html": "", "decision.json": "{}"})
    assert [*read(folder).records] == ["a"]
    with pytest.raises(InputError, match=r"epochs\.csv: has no column total"):
        read(report)  # unless it is named


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("4.csv", 'epoch,value\n1,"0.5\n', r"4\.csv: is not a CSV file with a header: .*; save it"),
        ("4.csv", "", r"4\.csv: is empty; give a header, "),
        ("4.jsonl", '{"epoch": 1, "va', r"4\.jsonl: row 1: is not JSON: "),
    ],
)
def test_a_file_that_cannot_be_read_may_be_no_run(
    name: str, text: str, said: str, tmp_path: Path
) -> None:
    folder = write(tmp_path / "logs", {f"a/{name}": text})
    with pytest.raises(InputError, match=f"{said}.*; or move it out of .*logs, if it is no run$"):
        read(folder)
