"""What is said of a configuration that is refused."""

from __future__ import annotations

from typing import Any

import pytest

from seqtag.config import RunConfig, from_mapping
from seqtag.errors import ConfigError


def refused(values: dict[str, Any]) -> str:
    """Return the message with which a mapping is refused."""
    with pytest.raises(ConfigError) as caught:
        from_mapping(RunConfig, values)
    return caught.value.message
