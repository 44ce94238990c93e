from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqtag.errors import ConfigError, DataError, ModelError
from seqtag.io import files, run_folder
from seqtag.io.run_folder import ModelFiles, find_model, load_model, save_model

FILES = ModelFiles(
    description={"task": "tag", "columns": [{"name": "Ä"}]},
    vocabularies={"words": ["a", "b\u2028c", "d"], "characters": []},
    weights={
        "matrix": np.arange(6, dtype=np.float32).reshape(2, 3),
        "number": np.array(3.0, dtype=np.float32),
        "turned": np.arange(6, dtype=np.float32).reshape(2, 3).T,
    },
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    save_model(folder, FILES, "# Card\n")
    return folder


def make_run(folder: Path, *, model: bool = True, metrics: dict[str, Any] | None = None) -> Path:
    """Make a run's folder, complete where it has metrics."""
    run_folder.start_run(folder, "seed = 1\n", keep=False)
    if model:
        save_model(folder / run_folder.MODEL, FILES, "")
    if metrics is not None:
        run_folder.write_json(folder / run_folder.METRICS, metrics)
    return folder


def entries(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def fail_at(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Fill the disk just before the file that is written as number ``number`` is complete."""
    calls = iter(range(1000))

    def fsync(_: int) -> None:
        if next(calls) >= number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)


# Models


def test_model_comes_back_as_it_was_saved(model: Path) -> None:
    files = load_model(model)
    assert files.description["columns"] == [{"name": "Ä"}]
    assert files.vocabularies == FILES.vocabularies
    assert files.weights.keys() == FILES.weights.keys()
    for name, array in FILES.weights.items():
        assert files.weights[name].dtype == array.dtype
        assert files.weights[name].shape == array.shape
        assert np.array_equal(files.weights[name], array)


def test_model_folder_holds_json_and_safetensors_only(model: Path) -> None:
    names = ["README.md", "characters.json", "model.json", "weights.safetensors", "words.json"]
    assert entries(model) == names
    assert json.loads((model / "model.json").read_text("utf-8"))["format_version"] == 3


def test_same_model_is_saved_as_the_same_bytes(model: Path, tmp_path: Path) -> None:
    save_model(tmp_path / "again", load_model(model), "# Card\n")
    for path in model.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_saving_replaces_an_older_model_and_what_lies_beside_it(model: Path) -> None:
    (model / "rare_words.json").write_text("[]")
    save_model(model, FILES, "# Newer\n")
    assert (model / "README.md").read_text() == "# Newer\n"
    assert not (model / "rare_words.json").exists()
    assert entries(model.parent)[0] == "model"  # and nothing hidden before it


def test_saving_through_a_link_keeps_the_link(model: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(model)
    save_model(tmp_path / "latest", FILES, "# Newer\n")
    assert (tmp_path / "latest").is_symlink()
    assert (model / "README.md").read_text() == "# Newer\n"


def test_saving_into_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    save_model(Path(), FILES, "")
    assert load_model(tmp_path / "here").vocabularies == FILES.vocabularies


def test_saving_into_a_folder_of_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="is no model folder and is not overwritten"):
        save_model(tmp_path, FILES, "")
    assert entries(tmp_path) == ["notes.txt"]


def test_model_without_weights_does_not_replace_one_with_weights(model: Path) -> None:
    before = {path.name: path.read_bytes() for path in model.iterdir()}
    slim = ModelFiles(
        description=FILES.description,
        vocabularies=FILES.vocabularies,
        weights={},
        exports={"fp32": b"network"},
    )
    with pytest.raises(ConfigError, match="this model has weights"):
        save_model(model, slim, "")
    assert {path.name: path.read_bytes() for path in model.iterdir()} == before
    other = model.with_name("slim")
    save_model(other, slim, "")
    save_model(other, slim, "")
    save_model(other, FILES, "")
    assert not (other / "model.onnx").exists()


def test_weights_are_counted_by_their_header(model: Path) -> None:
    assert run_folder.count_weights(model) == 13
    path = model / "weights.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(ModelError, match="no safetensors file"):
        run_folder.count_weights(model)
    path.unlink()
    assert run_folder.count_weights(model) == 0
    path.mkdir()
    with pytest.raises(ModelError, match="no regular file"):
        run_folder.count_weights(model)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_export_into_a_read_only_folder_is_refused_with_advice(
    model: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files, "_create", refuse)
    with pytest.raises(DataError, match="read-only; copy it to a place that can be written"):
        run_folder.write_export(model, "fp32", b"network")


def test_export_onto_a_full_disk_says_so(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_at(monkeypatch, 0)
    with pytest.raises(DataError, match="the disk is full"):
        run_folder.write_export(model, "fp32", b"network")


def test_saving_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("mine")
    with pytest.raises(DataError):
        save_model(tmp_path / "model", FILES, "")
    assert entries(tmp_path) == ["model"]


@pytest.mark.parametrize("number", range(9))
def test_full_disk_leaves_the_older_model_whole(
    model: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    before = {path.name: path.read_bytes() for path in model.iterdir()}
    fail_at(monkeypatch, number)
    with pytest.raises(DataError, match="the disk is full"):
        save_model(model, FILES, "# Newer\n")
    assert {path.name: path.read_bytes() for path in model.iterdir()} == before
    assert list(model.parent.iterdir()) == [model]


def test_failing_last_step_puts_the_older_model_back(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def refuse_the_new_one(self: Path, target: Path) -> Path:
        if self.name == ".model.partial":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse_the_new_one)
    with pytest.raises(DataError, match="cannot be written"):
        save_model(model, FILES, "# Newer\n")
    assert (model / "README.md").read_text() == "# Card\n"
    assert list(model.parent.iterdir()) == [model]


@pytest.mark.parametrize(
    ("version", "advice"),
    [
        (4, "install a newer seqtag"),
        (2, "train the model again"),
        (1, "train the model again"),
        (0, "train the model again"),
        (True, "train the model again"),
        (1.0, "train the model again"),
        ("1", "train the model again"),
        (None, "train the model again"),
    ],
)
def test_unknown_format_version_is_refused_with_advice(
    model: Path, version: object, advice: str
) -> None:
    description = json.loads((model / "model.json").read_text("utf-8"))
    (model / "model.json").write_text(json.dumps(description | {"format_version": version}))
    with pytest.raises(ModelError, match=f"format version {version!r} is unknown.*{advice}"):
        load_model(model)


@pytest.mark.parametrize(
    "vocabularies",
    [
        None,
        "words",
        {"words": 1},
        [1],
        ["../outside"],
        ["/etc/passwd"],
        ["words/../../outside"],
        ["words.json"],
        ["words\n"],
        [""],
        ["model"],
        ["missing"],
        ["words", "words"],
        ["words"] * 100_000,
    ],
)
def test_vocabulary_names_lead_nowhere_else(model: Path, vocabularies: object) -> None:
    (model.parent / "outside.json").write_text('["secret"]')
    description = json.loads((model / "model.json").read_text("utf-8"))
    (model / "model.json").write_text(json.dumps(description | {"vocabularies": vocabularies}))
    with pytest.raises(ModelError):
        load_model(model)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b"null",
        b"\xff\xfe{}",
        b"\x80\x04K\x01.",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 10_000,
        b'{"format_version": 3}',
    ],
)
def test_damaged_description_is_refused(model: Path, content: bytes) -> None:
    (model / "model.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.json: "):
        load_model(model)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'["a", null]', b'["\\ud800"]'])
def test_damaged_vocabulary_is_refused(model: Path, content: bytes) -> None:
    (model / "words.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"words\.json: "):
        load_model(model)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 8,
        b"\xff" * 100,
        (10**9).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        b"\x80\x04\x95(c__main__\nevil\n.",
        b"PK\x03\x04" + b"\0" * 60,
    ],
)
def test_damaged_weights_are_refused(model: Path, content: bytes) -> None:
    (model / "weights.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=r"weights\.safetensors: "):
        load_model(model)


@pytest.mark.parametrize("name", ["model.json", "words.json", "weights.safetensors"])
def test_missing_file_is_named(model: Path, name: str) -> None:
    (model / name).unlink()
    with pytest.raises(ModelError):
        load_model(model)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@pytest.mark.parametrize("name", ["model.json", "words.json", "weights.safetensors"])
def test_pipe_in_the_place_of_a_file_is_not_waited_for(model: Path, name: str) -> None:
    (model / name).unlink()
    os.mkfifo(model / name)
    with pytest.raises(ModelError, match="this is no regular file"):
        load_model(model)


@pytest.mark.parametrize("name", ["model.json", "words.json", "weights.safetensors"])
def test_folder_in_the_place_of_a_file_is_refused(model: Path, name: str) -> None:
    (model / name).unlink()
    (model / name).mkdir()
    with pytest.raises(ModelError, match="this is no regular file"):
        load_model(model)


# Which model a path stands for


def test_model_is_found_from_a_run_and_from_itself(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    assert find_model(run) == find_model(run / "model") == run / "model"


def test_best_of_several_seeds_is_found(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", model=False, metrics={"best": "seed-2"})
    make_run(run / "seed-1")
    make_run(run / "seed-2")
    assert find_model(run) == run / "seed-2" / "model"


@pytest.mark.parametrize("best", ["../elsewhere", "seed-2/../../elsewhere", "seed-1", 2, None])
def test_name_of_the_best_seed_leads_nowhere_else(tmp_path: Path, best: object) -> None:
    run = make_run(tmp_path / "run", model=False, metrics={"best": best})
    make_run(tmp_path / "elsewhere")
    with pytest.raises(ModelError):
        find_model(run)


def test_seeds_that_lead_round_in_a_circle_are_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", model=False, metrics={"best": "seed-1"})
    (run / "seed-1").symlink_to(run)
    with pytest.raises(ModelError):
        find_model(run)


def test_path_to_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no such run or model"):
        find_model(tmp_path / "nothing")


def test_folder_of_other_things_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="neither a run's nor a model's folder"):
        find_model(tmp_path)


def test_file_is_refused(model: Path) -> None:
    with pytest.raises(ModelError, match="neither a run's nor a model's folder"):
        find_model(model / "model.json")


def test_path_that_is_too_long_is_refused() -> None:
    with pytest.raises(ModelError):
        find_model("x" * 5000)


def test_run_that_has_no_model_yet_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="finish it with `seqtag train --resume`"):
        find_model(make_run(tmp_path / "run", model=False))


# Where a run may be written


@pytest.mark.parametrize(("resume", "force"), [(False, False), (True, False), (False, True)])
def test_output_may_be_new_or_empty(tmp_path: Path, resume: bool, force: bool) -> None:
    run_folder.check_output(tmp_path, resume=resume, force=force)
    run_folder.check_output(tmp_path / "new" / "run", resume=resume, force=force)


def test_run_that_exists_needs_resume_or_force(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    with pytest.raises(ConfigError, match="--resume.*--force"):
        run_folder.check_output(run, resume=False, force=False)
    run_folder.check_output(run, resume=True, force=False)
    run_folder.check_output(run, resume=False, force=True)


@pytest.mark.parametrize(("resume", "force"), [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("name", ["notes.txt", "config.toml", "model", ".hidden", ".seqtag-1.tmp"])
def test_folder_of_other_things_is_never_written(
    tmp_path: Path, name: str, resume: bool, force: bool
) -> None:
    (tmp_path / name).write_text("seed = 1\n")
    with pytest.raises(ConfigError, match="holds no run and is not overwritten"):
        run_folder.check_output(tmp_path, resume=resume, force=force)


@pytest.mark.parametrize("force", [False, True])
def test_file_is_never_overwritten_by_a_run(tmp_path: Path, force: bool) -> None:
    (tmp_path / "run").write_text("mine")
    with pytest.raises(ConfigError, match="this is a file"):
        run_folder.check_output(tmp_path / "run", resume=False, force=force)


def test_what_a_killed_program_left_in_a_new_folder_does_not_stop_the_next(tmp_path: Path) -> None:
    """A run killed while it writes its very first file has to be begun again like any other."""
    (tmp_path / ".seqtag-0123456789abcdef.tmp").write_text("# The compl")
    run_folder.check_output(tmp_path, resume=True, force=False)
    run_folder.start_run(tmp_path, "seed = 1\n", keep=True)
    assert entries(tmp_path) == ["config.toml"]


def test_starting_anew_removes_the_older_run_and_nothing_else(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", metrics={"dev": {}})
    make_run(run / "seed-1")
    run_folder.write_history(run, [{"epoch": 1}])
    (run / run_folder.REPORT).write_text("page")
    (run / "checkpoint").mkdir()
    (run / "notes.txt").write_text("mine")
    (run / "seed-of-doubt").mkdir()
    (run / ".model.partial").mkdir()
    run_folder.start_run(run, "seed = 2\n", keep=False)
    assert entries(run) == ["config.toml", "notes.txt", "seed-of-doubt"]
    assert "seed = 2" in (run / "config.toml").read_text()


def test_continuing_keeps_what_is_there(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", metrics={"dev": {}})
    before = entries(run)
    (run / ".model.old").mkdir()
    run_folder.start_run(run, "seed = 1\n", keep=True)
    assert entries(run) == before


def test_run_whose_removal_was_killed_is_not_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is left, a later --resume must not take the old run for a finished one."""
    run = make_run(tmp_path / "run", metrics={"dev": {}})

    def killed(path: Path) -> None:
        raise KeyboardInterrupt if path.exists() else FileNotFoundError

    monkeypatch.setattr("shutil.rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        run_folder.start_run(run, "seed = 2\n", keep=False)
    assert run_folder.is_run(run)
    assert not run_folder.is_complete(run)
    with pytest.raises(ModelError):
        find_model(run)


def test_run_is_complete_with_scores_and_model(tmp_path: Path) -> None:
    assert not run_folder.is_complete(make_run(tmp_path / "a"))
    assert not run_folder.is_complete(make_run(tmp_path / "b", model=False, metrics={}))
    assert run_folder.is_complete(make_run(tmp_path / "c", metrics={}))


def test_several_seeds_are_told_from_a_single_run(tmp_path: Path) -> None:
    several = make_run(tmp_path / "several", model=False)
    make_run(several / "seed-1")
    (several / "seed-2").mkdir()
    single = make_run(tmp_path / "single")
    assert run_folder.seed_runs(several) == [several / "seed-1"]
    assert run_folder.seed_runs(single) == run_folder.seed_runs(tmp_path / "nothing") == []
    assert run_folder.has_results(single)
    assert not run_folder.has_results(several)


# Files of a run


def test_history_has_one_line_an_epoch(tmp_path: Path) -> None:
    records = [{"epoch": 1, "dev": {"f1": 0.5}}, {"epoch": 2, "note": "ä"}]
    run_folder.write_history(tmp_path, records)
    lines = (tmp_path / "history.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == records


def test_history_comes_back_as_it_was_written(tmp_path: Path) -> None:
    assert run_folder.read_history(tmp_path) == []
    records: list[dict[str, Any]] = [
        {"epoch": 1, "train_loss": float("inf"), "dev": {"f1": 0.5}},
        {"epoch": 2},
    ]
    run_folder.write_history(tmp_path, records)
    assert run_folder.read_history(tmp_path) == records


@pytest.mark.parametrize(
    "line", [b"{", b"[]", b"{}", b'{"epoch": "1"}', b'{"epoch": true}', b"\xff"]
)
def test_damaged_history_is_refused(tmp_path: Path, line: bytes) -> None:
    (tmp_path / run_folder.HISTORY).write_bytes(b'{"epoch": 1}\n' + line + b"\n")
    with pytest.raises(ModelError, match=r"history\.jsonl.*damaged"):
        run_folder.read_history(tmp_path)


def test_run_is_found_from_its_model_and_from_its_seeds(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", model=False, metrics={"best": "seed-3"})
    seed = make_run(run / "seed-3")
    assert run_folder.find_run(run) == run_folder.find_run(seed / "model") == seed
    save_model(tmp_path / "alone", FILES, "")
    assert run_folder.find_run(tmp_path / "alone") is None
    with pytest.raises(ModelError):
        run_folder.find_run(tmp_path)


def test_text_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbfseed = 1\n")
    assert run_folder.read_text(tmp_path / "a.toml") == "seed = 1\n"


def test_text_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"seed = 1\n# caf\xe9\n")
    with pytest.raises(DataError, match=r"a\.toml:2: byte 0xe9 is not UTF-8"):
        run_folder.read_text(tmp_path / "a.toml")


def test_text_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        run_folder.read_text(tmp_path / "a.toml")


def test_damaged_metrics_are_refused(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text("[]")
    with pytest.raises(ModelError, match=r"metrics\.json: this is not a JSON object"):
        run_folder.read_metrics(tmp_path)
