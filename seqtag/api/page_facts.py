"""What pages about models of all tasks tell besides their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqtag.config import RunConfig, all_keys, to_mapping
from seqtag.report.results import Setting
from seqtag.training.spec import GeneratorSpec, ModelSpec, TranslatorSpec


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page is about.

    Attributes:
        title: What it is about, such as the run's name.
        source: The evaluated file or part, such as ``test``.
        config: The configuration of the run; None where there is no run.
        history: The lines of ``history.jsonl``.
        training: What ``metrics.json`` says under ``train``.
    """

    title: str
    source: str
    config: RunConfig | None = None
    history: Sequence[Mapping[str, Any]] = ()
    training: Mapping[str, Any] | None = None

    @property
    def settings(self) -> dict[str, list[Setting]]:
        """The configuration by section, with the meaning of its keys; nothing without a run."""
        return {} if self.config is None else shown_settings(self.config)

    def of(self, spec: ModelSpec | TranslatorSpec | GeneratorSpec, *sizes: str) -> dict[str, Any]:
        """Return sizes of what a model was trained on, its words, and how training went.

        Args:
            spec: The model.
            sizes: Which of its facts are sizes.
        """
        facts = {name: spec.facts.get(name) for name in sizes}
        if isinstance(spec, ModelSpec):
            facts["words"] = len(spec.words)
        return {**facts, **(self.training or {})}


def shown_settings(config: RunConfig) -> dict[str, list[Setting]]:
    """Return a configuration by section, with the meaning of its keys."""
    values = to_mapping(config)
    settings: dict[str, list[Setting]] = {}
    for key, field in all_keys().items():
        section, _, name = key.rpartition(".")
        value = values[section][name] if section else values[name]
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        setting = Setting(name, shown, field.metadata["meaning"], value == field.default)
        settings.setdefault(section or "run", []).append(setting)
    return settings
