"""A configuration as pages show it."""

from __future__ import annotations

from seqtag.config import RunConfig, all_keys, to_mapping
from seqtag.report.results import Setting


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
