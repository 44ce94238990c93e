"""Training a model from a configuration to its folder."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from seqtag.api.classification import prepare_classification
from seqtag.api.corpora import ShowProgress
from seqtag.api.generation import prepare_generation
from seqtag.api.given_data import GivenData, take_examples
from seqtag.api.load import check_device, load
from seqtag.api.model_files import Spec, load_spec
from seqtag.api.report import AnyEvaluation, RunFiles, run_page, write_page
from seqtag.api.settings import ConfigSource, given_values, make_config
from seqtag.api.start import Start, described_config
from seqtag.api.tagging import prepare_tagging
from seqtag.api.translation import prepare_translation
from seqtag.config import RunConfig, dump_toml, load_toml, to_mapping
from seqtag.errors import ConfigError, ModelError, SeqtagError
from seqtag.io import given_files, run_folder
from seqtag.io.checkpoint import load_checkpoint, save_checkpoint
from seqtag.io.folders import make_folder, remove_folder
from seqtag.training.scores import dev_score, summarize_seeds
from seqtag.training.spec import GeneratorSpec, TranslatorSpec
from seqtag.training.text_scores import text_dev_score
from seqtag.training.translation_scores import translation_dev_score

if TYPE_CHECKING:
    from seqtag.training.loop import Progress as Progress  # for those who show it
    from seqtag.training.loop import Trainer

logger = logging.getLogger("seqtag")

Tell: TypeAlias = "Callable[[Progress], None]"
"""Is told after every training step how far training has come."""

_SCORES_TOLD = (
    *("accuracy", "accuracy_unseen", "macro_f1"),
    *("precision", "recall", "f1", "conlleval_f1"),
    *("bleu", "chrf", "exact_match", "symbol_error_rate", "perplexity", "bits_per_char"),
)
_SIZES = (
    *("sentences", "texts", "tokens", "pairs", "source_units", "target_units"),
    *("lines", "units"),
)


class Interrupted(Exception):  # noqa: N818 - no error: the user asked for it
    """Training was stopped by ``should_stop``; the best model so far was saved.

    Attributes:
        epochs: Epochs that were completed.
        model: The model's folder; None where training writes nothing.
        teacher: Which teacher was in training, such as "teacher 2 of 4", whose epochs and model
            these are; "" where it was the run's own model.
    """

    def __init__(self, epochs: int, model: Path | None, teacher: str = "") -> None:
        place = f" in {teacher}" if teacher else ""
        super().__init__(f"stopped{place} after {epochs} epoch{'' if epochs == 1 else 's'}")
        self.epochs = epochs
        self.model = model
        self.teacher = teacher


def train(
    config: ConfigSource | None = None,
    *,
    output: str | os.PathLike[str] | None = None,
    resume: bool = False,
    force: bool = False,
    seeds: Sequence[int] = (),
    progress: Tell | Sequence[Tell] = (),
    should_stop: Callable[[], bool] | None = None,
    fetching: ShowProgress | None = None,
    started: float | None = None,
    **settings: Any,  # noqa: ANN401 - values of keys of many types
) -> Any:  # noqa: ANN401 - a model of the task's own type
    """Train a model, or several that differ in their seed.

    Args:
        config: A TOML file, a nested mapping or a `seqtag.config.RunConfig`; may be left out.
        output: Folder of the run; None writes nothing.
        resume: Continue a run in ``output``, by default with its configuration; one that has not
            begun is begun.
        force: Replace a run in ``output``.
        seeds: Train one run for each of these seeds, in ``output/seed-N``, and write the mean and
            standard deviation of their scores to ``output/metrics.json``.
        progress: Called after every step, or several of the kind, called one after the other. What
            they raise ends the training.
        should_stop: Asked after every step whether to stop there.
        fetching: Called as bytes of a public corpus arrive.
        started: ``time.perf_counter()`` at which the whole command began.
        **settings: Keys of the configuration, such as ``train="train.conll"``, ``seed=2`` or
            ``**{"encoder.hidden_size": 100}``. For ``train``, ``dev`` and ``test`` also any
            iterable of examples, which is gone through once: to tag, `Sentence` objects with tags
            or ``(tokens, tags)``, with further tag columns behind; to classify,
            ``(text, label)``, or a text and a whole number as its label in any order; to
            translate, ``(source, target)``; to generate, lines of text. For
            ``embedding.vectors`` also word vectors in memory: of torchtext's or gensim's kind, or
            a mapping. They are written to ``output/data``, without an output to a temporary folder.

    Returns:
        The `Tagger`, `Classifier`, `Translator` or `Generator` with the weights that were best on
        dev; of several seeds the best one's.

    Raises:
        SeqtagError: The configuration, a file or the output folder is not as it must be.
        Interrupted: ``should_stop`` returned True.
    """
    started = time.perf_counter() if started is None else started
    if resume and force:
        raise ConfigError("--resume continues a run and --force replaces it: give one of them")
    folder = None if output is None else Path(output)
    if folder is None and (resume or seeds):
        raise ConfigError(f"{'resume' if resume else 'seeds'} needs an output folder")
    if resume and config is None and folder is not None and run_folder.is_run(folder):
        config = folder / run_folder.CONFIG
    settings, given = take_examples(settings)
    resolved, start = resolve_run(config, settings)
    told = (progress,) if callable(progress) else tuple(progress)
    run = _Run(resolved, start, folder, resume, force, told, should_stop, fetching, started)
    if folder is not None:
        for path in (folder, *(folder / f"seed-{seed}" for seed in seeds)):
            run_folder.check_output(path, resume=resume, force=force)
    with _torch_threads(resolved.threads), _with_files(run, given) as run:
        if folder is not None and seeds:
            return _train_seeds(run, folder, seeds)
        return _carry_out(_prepare(run))


@contextlib.contextmanager
def _torch_threads(count: int) -> Iterator[None]:
    """Let torch use some CPU threads, 0 for as many as it does, and then as many as before."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True, slots=True)
class _Run:
    """What `train` was asked for, the configuration resolved."""

    config: RunConfig
    start: Start | None
    folder: Path | None
    resume: bool
    force: bool
    progress: Sequence[Tell]
    should_stop: Callable[[], bool] | None
    fetching: ShowProgress | None
    started: float
    given: GivenData = GivenData({})
    staged: Path | None = None  # where its files are until the run has begun
    placed: Path | None = None  # where they are to be

    def begin(self, folder: Path, config: RunConfig) -> None:
        """Make a run's folder.

        Args:
            folder: The folder.
            config: The complete configuration.
        """
        place = (folder / given_files.DATA).absolute()
        files = (config.data.train, config.data.dev, config.data.test, config.embedding.vectors)
        paths = [Path(path) for path in files]
        run_folder.start_run(
            folder,
            dump_toml(config),
            keep=self.resume,
            examples=self.staged,
            named=[path.name for path in paths if path.absolute().parent == place],
        )


@contextlib.contextmanager
def _with_files(run: _Run, given: GivenData) -> Iterator[_Run]:
    """Write what was given in place of files, and give the run that reads these."""
    if not given:
        yield run
        return
    folder = run.folder
    names: Mapping[str, str] = {}
    with given_files.stage_examples(folder) as staged:
        placed = staged if folder is None else folder / given_files.DATA
        try:
            config = given.write(run.config, staged)
            names = given.names(config)
            if folder is not None and run.resume and run_folder.is_run(folder):
                for name in given_files.changed_examples(folder, staged):
                    raise ConfigError(
                        "this is other data than the run was begun with: resume it without any, "
                        "since its configuration names the files, or replace it with force",
                        path=placed / name,
                    )
            yield replace(run, config=config, given=given, staged=staged, placed=placed)
        except SeqtagError as error:
            if error.path is not None:  # which may be that of a file that is about to be removed
                error.path = names.get(error.path, error.path)
            raise


def _train_seeds(run: _Run, folder: Path, seeds: Sequence[int]) -> Any:  # noqa: ANN401 - as `train`
    """Train one run a seed and compare them."""
    if len(set(seeds)) != len(seeds):
        raise ConfigError("a seed is given twice; give each once")
    names = [f"seed-{seed}" for seed in seeds]
    if run.resume and run_folder.has_results(folder):
        raise ConfigError("this run was begun without --seeds: resume it so", path=folder)
    # The first run is prepared before anything is written, to find whatever is wrong.
    logger.info("%s", names[0])
    jobs = [_prepare(_seed_run(run, run.config, seeds[0], folder))]
    # What goes by the size of the training part is the same for all.
    config = replace(jobs[0].config, seed=run.config.seed)
    if run.resume and run_folder.is_run(folder):
        _check_same(config, folder)
    run.begin(folder, config)
    metrics: dict[str, dict[str, Any]] = {}
    for name, seed in zip(names, seeds, strict=True):
        if not jobs:
            logger.info("%s", name)
            began = replace(run, started=time.perf_counter())
            jobs.append(_prepare(_seed_run(began, config, seed, folder)))
        _carry_out(jobs.pop())  # and forget it, so that one at a time is in memory
        metrics[name] = run_folder.read_metrics(folder / name)
    summary = summarize_seeds(metrics, _dev_score(load_spec(folder / names[0])[0]))
    run_folder.write_json(folder / run_folder.METRICS, summary)
    return load(folder, device=run.config.device)


def _dev_score(spec: Spec) -> Callable[[Mapping[str, Any]], float]:
    """Return what training maximizes, as a function of the scores on dev."""
    if isinstance(spec, TranslatorSpec):
        return partial(translation_dev_score, reads_characters=spec.reads_characters)
    if isinstance(spec, GeneratorSpec):
        return text_dev_score
    return dev_score


def _seed_run(run: _Run, config: RunConfig, seed: int, folder: Path) -> _Run:
    """Return one run of several, its seed checked like any other value."""
    config = make_config(config, {"seed": seed})
    return replace(run, config=config, folder=folder / f"seed-{seed}", staged=None)


def resolve_run(
    config: ConfigSource | None, settings: Mapping[str, Any]
) -> tuple[RunConfig, Start | None]:
    """Return the configuration, and the run that it starts from if it names one."""
    given = given_values(config, settings)
    init = given.get("init")
    if not init or not isinstance(init, str):
        return make_config(config, settings), None
    spec, files = load_spec(init)
    start = Start(spec, files.weights)
    if "task" in given:
        start.check_task(given["task"])
    # Sizes and kinds are those of the run that is continued, if nothing else is said.
    return make_config(config, settings, base=described_config(spec)), start


class Task(Protocol):
    """A model to be trained, of which everything has been found right; nothing is written yet."""

    @property
    def config(self) -> RunConfig:
        """The configuration, completed by what the data say."""

    @property
    def objective(self) -> Any:  # noqa: ANN401 - of the task's own type
        """The network and its batches."""

    @property
    def has_test(self) -> bool:
        """Whether there is a test part."""

    def model(self, objective: Any) -> Any:  # noqa: ANN401 - as above
        """Return what has been trained with the task's objective or another one of its kind."""

    def examine(
        self,
        model: Any,  # noqa: ANN401 - as above
        part: str,
    ) -> AnyEvaluation:
        """Score a model on part dev or test."""


_PREPARATIONS: Mapping[str, Callable[[RunConfig, Start | None, ShowProgress | None], Task]] = {
    "tag": prepare_tagging,
    "classify": prepare_classification,
    "translate": prepare_translation,
    "generate": prepare_generation,
}


def prepare_task(
    config: RunConfig, start: Start | None, fetching: ShowProgress | None = None
) -> Task:
    """Read all that a run needs, and build what it trains; nothing is written.

    Args:
        config: The run's configuration, from `resolve_run`.
        start: The run whose weights are the start, likewise.
        fetching: Called as bytes of a public corpus arrive.

    Raises:
        SeqtagError: The configuration or a file is not as it must be.
    """
    return _PREPARATIONS[config.task](config, start, fetching)


@dataclass(frozen=True, slots=True)
class _Job:
    """What was asked for, and the task prepared.

    Attributes:
        config: The task's configuration, with the names that files will have where examples were
            given.
    """

    run: _Run
    task: Task
    config: RunConfig


def _prepare(run: _Run) -> _Job:
    """Check all that a run needs.

    Raises:
        SeqtagError: The configuration, a file or the output folder is not as it must be.
    """
    import torch

    from seqtag.training.precision import choose_precision

    config, folder = run.config, run.folder
    if folder is not None and run.resume and run_folder.seed_runs(folder):
        raise ConfigError("this run has several seeds: resume it with --seeds", path=folder)
    check_device(config.device)
    training = choose_precision(config.training, config.device)
    config = replace(config, threads=torch.get_num_threads(), training=training)
    task = prepare_task(config, run.start, run.fetching)
    config = task.config
    if run.placed is not None:
        config = run.given.named(config, run.placed)
    if folder is not None and run.resume and run_folder.is_run(folder):
        _check_same(config, folder)
    return _Job(run, task, config)


def _carry_out(job: _Job) -> Any:  # noqa: ANN401 - as `train`
    """Train, score and write what was prepared."""
    from seqtag.training.loop import Trainer

    run, config, objective, folder = job.run, job.config, job.task.objective, job.run.folder
    if folder is not None:
        if run.resume and run_folder.is_complete(folder):
            logger.info("%s is complete, there is nothing to resume", folder)
            return load(folder, device=config.device)
        run.begin(folder, config)
    if config.distillation.teachers:
        _teach(job)
    trainer = Trainer(objective, config.training, config.seed)
    if folder is not None and run.resume:
        _restore(trainer, folder, taught=bool(config.distillation.teachers))
    if _run(trainer, config, folder, run.progress, run.should_stop):
        raise _interrupted(trainer, objective, job)
    trainer.load_best()
    return _finish(job.task.model(objective), trainer, job)


def _interrupted(
    trainer: Trainer,
    objective: Any,  # noqa: ANN401 - of the task's own type
    job: _Job,
    teacher: str = "",
) -> Interrupted:
    """Save the best model so far as the run's, and return what tells of it."""
    model = None
    trainer.load_best()
    if job.run.folder is not None:
        model = job.run.folder / run_folder.MODEL
        job.task.model(objective).save(model)
    return Interrupted(trainer.state.epoch, model, teacher)


def _teach(job: _Job) -> None:
    """Train the models that the run's model learns from.

    Each is a training like the last one, but for its seed. Their checkpoints lie in the run's
    folder until it is complete, so that a run is resumed within the one that it had come to.
    """
    teachers = []
    count = job.config.distillation.teachers
    for number in range(1, count + 1):
        name = f"teacher {number} of {count}"
        logger.info("%s", name)
        teachers.append(_train_teacher(job, number, name))
    logger.info("learning from %d teachers", count)
    job.task.objective.learn_from(teachers)


def _train_teacher(job: _Job, number: int, name: str) -> Any:  # noqa: ANN401 - as the objective
    """Return a trained teacher with its data."""
    import numpy as np

    from seqtag.training.loop import Trainer

    run, config = job.run, job.config
    sequence = np.random.SeedSequence([config.seed, number])
    seed = int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))
    objective = job.task.objective.with_seed(seed)
    trainer = Trainer(objective, config.training, seed)
    folder = None
    if run.folder is not None:
        folder = run.folder / run_folder.TEACHERS / str(number)
        make_folder(folder)
        if (folder / run_folder.CHECKPOINT).exists():
            _restore(trainer, folder)
    if not trainer.state.finished:
        if _run(trainer, config, folder, run.progress, run.should_stop):
            raise _interrupted(trainer, objective, job, name)
        if folder is not None:
            # A teacher is kept as its last checkpoint, which tells what data it was trained on.
            save_checkpoint(folder / run_folder.CHECKPOINT, *trainer.checkpoint())
    trainer.load_best()
    objective.forget_auxiliary()
    return objective


def _check_same(config: RunConfig, folder: Path) -> None:
    """Refuse to resume a run with another configuration than it was begun with."""
    path = folder / run_folder.CONFIG
    before = make_config(load_toml(run_folder.read_text(path), str(path)), {})
    for key, (old, new) in _differences(to_mapping(before), to_mapping(config)).items():
        raise ConfigError(
            f"{key} was {old!r} when this run was begun and is {new!r} now: resume with the same "
            "options, or train further in a new folder with --init",
            path=path,
        )


def _differences(
    old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = ""
) -> dict[str, tuple[Any, Any]]:
    found: dict[str, tuple[Any, Any]] = {}
    for key, value in old.items():
        if isinstance(value, Mapping):
            found |= _differences(value, new[key], f"{prefix}{key}.")
        elif value != new[key]:
            found[prefix + key] = (value, new[key])
    return found


def _restore(trainer: Trainer, folder: Path, *, taught: bool = False) -> None:
    """Put a trainer where a checkpoint was taken, if there is one."""
    checkpoint = load_checkpoint(folder / run_folder.CHECKPOINT)
    if checkpoint is None:
        if not taught:
            logger.info("%s has no checkpoint, training starts anew", folder)
        return
    try:
        trainer.restore(*checkpoint)
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise ModelError(
            f"the checkpoint does not fit this run: {error}; start anew with --force",
            path=folder / run_folder.CHECKPOINT,
        ) from error
    state = trainer.state
    if state.finished:
        logger.info("its training is over")
    else:
        logger.info("resumed at epoch %d, step %d", state.epoch + 1, state.step + 1)


def _run(
    trainer: Trainer,
    config: RunConfig,
    folder: Path | None,
    progress: Sequence[Tell],
    should_stop: Callable[[], bool] | None,
) -> bool:
    """Train, leaving checkpoints and the history; return whether ``should_stop`` ended it."""
    saved = time.perf_counter()
    for step in trainer.run():
        for tell in progress:
            tell(step)
        stop = should_stop is not None and should_stop()
        if folder is None:
            if stop:
                return True
            continue
        if step.record is not None:
            run_folder.write_history(folder, trainer.state.history)
        due = time.perf_counter() - saved >= config.training.checkpoint_seconds
        if stop or due:
            save_checkpoint(folder / run_folder.CHECKPOINT, *trainer.checkpoint())
            saved = time.perf_counter()
        if stop and not trainer.state.finished:
            return True
    return False


def _finish(model: Any, trainer: Trainer, job: _Job) -> Any:  # noqa: ANN401 - of the task's own type
    """Score the best model, and write it, its scores and a page about them."""
    folder, data = job.run.folder, job.config.data
    if folder is not None:
        # Whatever scoring may find wrong, what has been learnt is not lost.
        model.save(folder / run_folder.MODEL)
    evaluation, source = job.task.examine(model, "dev"), data.dev or "dev part of train"
    scores: dict[str, Any] = {"dev": evaluation.scores}
    if job.task.has_test:
        evaluation, source = job.task.examine(model, "test"), data.test
        scores["test"] = evaluation.scores
    facts = {
        part: {name: values[name] for name in _SCORES_TOLD if name in values}
        for part, values in scores.items()
    }
    spec = replace(model.spec, facts={**model.spec.facts, **facts})
    model = model.with_spec(spec)
    if folder is None:
        return model
    model.save(folder / run_folder.MODEL)
    history = trainer.state.history
    run_folder.write_history(folder, history)
    scores["train"] = {
        "seconds": round(time.perf_counter() - job.run.started, 3),
        "tokens_per_second": round(sum(r["tokens_per_second"] for r in history) / len(history), 1),
        "epochs": trainer.state.epoch,
        "best_epoch": trainer.state.best_epoch,
        "peak_memory_mb": peak_memory_mb(),
        **{name: spec.facts[name] for name in _SIZES if name in spec.facts},
    }
    files = RunFiles(folder, job.config, history, scores)
    write_page(run_page(model, evaluation, files, source), folder / run_folder.REPORT)
    run_folder.write_json(folder / run_folder.METRICS, scores)
    for name in (run_folder.CHECKPOINT, run_folder.TEACHERS):
        remove_folder(folder / name)
    return model


def read_scores(output: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the content of a complete run's ``metrics.json``.

    Raises:
        ModelError: There is none, or it is damaged.
    """
    return run_folder.read_metrics(Path(output))


def peak_memory_mb() -> float | None:
    """Return the most memory that this process has held, in MB; None where it is not told."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    # Linux counts in kilobytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)
