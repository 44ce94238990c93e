"""Numbers as people read them."""

from __future__ import annotations

import math

THIN = "\u202f"
"""A narrow space at which no line breaks."""

MINUS = "\u2212"


def percent(value: float | None, decimals: int = 1) -> str:
    """Return a fraction as a percentage; only what is whole is shown as ``100 %``."""
    if value is None or not math.isfinite(value):
        return "–"
    if value in (0.0, 1.0):
        return f"{value * 100:.0f}{THIN}%"
    shown = f"{value * 100:.{decimals}f}"
    if float(shown) == 100:
        shown = f">{100 - 10**-decimals:.{decimals}f}"
    elif float(shown) == 0:
        shown = f"<{10**-decimals:.{decimals}f}"
    return f"{shown}{THIN}%"


def fixed(value: float, decimals: int) -> str:
    """Return a number with so many decimals."""
    return f"{value:.{decimals}f}" if math.isfinite(value) else "–"


def points(value: float) -> str:
    """Return a difference of fractions in percentage points, with its sign."""
    shown = f"{abs(value) * 100:.1f}"
    if float(shown) == 0:
        return "0.0"
    return f"{MINUS if value < 0 else '+'}{shown}"


def probability(value: float) -> str:
    """Return a p value."""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def count(value: float) -> str:
    """Return a number of things, its thousands apart."""
    return f"{value:,.0f}"


def things(number: int, name: str) -> str:
    """Return a number of things with their name, ``1 token`` or ``1,200 tokens``."""
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Return a time in the two largest units that it needs."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def memory(megabytes: float) -> str:
    """Return an amount of memory."""
    return f"{megabytes / 1000:.1f} GB" if megabytes >= 1000 else f"{megabytes:.0f} MB"


def score(name: str, value: float | None) -> str:
    """Return a score by its name: fractions with four decimals, what is greater with two.

    A perplexity without bounds is shown as a power of ten where its digits tell nothing.
    """
    if value is None:
        return "–"
    if name == "perplexity":
        return f"{value:,.2f}" if value < 1e6 else compact(value)
    return f"{value:.{2 if name in ('bleu', 'chrf') else 4}f}"


def compact(value: float) -> str:
    """Return a number of any size with two or three digits that count."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "–"
    if 0.0001 <= abs(value) < 1e6:
        decimals = max(0, 2 - math.floor(math.log10(abs(value))))
        text = f"{value:,.{decimals}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}".replace("-", MINUS)
