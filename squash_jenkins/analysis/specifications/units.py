"""Find the factor between two units, or why there is none.

pint does it rather than astropy.units. Measured on CPython 3.11, fresh import with its registry and
one conversion: 0.59 s and 50 MB of memory against 0.32 s and 42 MB. But pint and what it needs are
1.6 MB to install against 39 MB (astropy has no smaller part), and it knows the units of a build
(s, GiB, requests per second) beside those of the sky. Most pairs of units are the same or aliases
of each other, so that pint is hardly ever imported.

pint evaluates what it is given as an expression, exponents included, so only what looks like a
product of plain words gets to it.
"""

import math
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pint

_ALIASES = {
    "millimag": "mmag",
    "milliarcsec": "marcsec",
    "milliarcsecond": "marcsec",
    "mas": "marcsec",
    "percent": "%",
    "1": "dimensionless",
    "unitless": "dimensionless",
}
# Beside pint's own. Angles and magnitudes are no bare numbers here: a percentage is no angle.
# `ct` are counts, as on the sky, and no carats.
_DEFINITIONS = (
    "radian = [angle] = rad",
    "magnitude = [magnitude] = mag",
    "jansky = 1e-26 * watt / meter ** 2 / hertz = Jy",
    "count = [] = ct",
    "electron = []",
    "request = []",
    "operation = []",
    "event = []",
    "adu = [signal] = DN",
)
_SPELLINGS = {"pix": "pixel", "Angstrom": "angstrom", "μas": "uarcsec", "uas": "uarcsec"}
_LONGEST = 60
_LETTERS = "A-Za-zµμΩ"
_SIGNS = "%‰°Å"
_WORD = rf"[{_LETTERS}][{_LETTERS}0-9_]{{0,29}}|[{_SIGNS}]"
_BARE = rf"(?<=[{_LETTERS}{_SIGNS}])-[1-9]"
_FACTOR = rf"(?:{_WORD})(?: ?(?:\*\*|\^) ?-?[1-9]|{_BARE})?"
_PRODUCT = re.compile(rf"(?:1 ?/ ?)?{_FACTOR}(?:(?: ?[*/·.] ?| ){_FACTOR}){{0,7}}")
_BARE_POWER = re.compile(rf"(?<=[{_LETTERS}{_SIGNS}])(-?[1-9])(?=\W|$)")


class _Relation(NamedTuple):
    """Hold the factor between two units, or why there is none."""

    factor: float | None
    reason: str = ""


def same_unit(one: str | None, other: str | None) -> bool:
    """Return whether two units are the same; an empty one counts as whatever the other is.

    That is so because documents of 2016 leave out the ``%`` that those of 2018 have. A value
    that is meant to have no unit says ``dimensionless`` (or ``1``).
    """
    if not one or not other:
        return True
    return _ALIASES.get(one, one) == _ALIASES.get(other, other)


def factor(unit: str | None, to: str | None) -> float | None:
    """Return what a value in `unit` is multiplied by to be in `to`; None when it cannot be."""
    return _relation(unit or "", to or "").factor


def convert(value: float, unit: str | None, to: str | None) -> float | None:
    """Return a value in another unit; None when there is no way or the result is not finite.

    What is converted is rounded to 15 digits, so that 0.008 mag is 8 mmag and not almost.
    """
    by = factor(unit, to)
    if by is None or by == 1.0:
        return None if by is None else value
    converted = value * by
    if not math.isfinite(converted):
        return None
    return float(f"{converted:.15g}")


def why_not(unit: str | None, to: str | None) -> str:
    """Say why one unit cannot be converted to the other; the empty string when it can be."""
    return _relation(unit or "", to or "").reason


def known_unit(unit: str | None) -> bool:
    """Return whether a unit is known; having none is fine."""
    return not unit or not _unknown(_ALIASES.get(unit, unit))


@lru_cache(maxsize=4096)
def _relation(unit: str, to: str) -> _Relation:
    if same_unit(unit, to):
        return _Relation(1.0)
    one, other = (_ALIASES.get(each, each) for each in (unit, to))
    unknown = _unknown(one) or _unknown(other)
    return _Relation(None, unknown) if unknown else _by_pint(one, other)


def _by_pint(unit: str, to: str) -> _Relation:
    import pint

    make = _registry().Quantity
    try:
        found, twice = (make(n, _spelled(unit)).to(_spelled(to)).magnitude for n in (1.0, 2.0))
    except pint.DimensionalityError:
        return _Relation(None, "different kinds of quantities")
    except Exception as error:  # noqa: BLE001 # on odd units pint fails in many ways
        return _Relation(None, f"{_shown(unit)} cannot be converted to {_shown(to)}: {error}")
    if not math.isclose(twice, 2 * found, rel_tol=1e-9):
        return _Relation(None, f"{_shown(unit)} and {_shown(to)} do not have the same zero")
    if not (math.isfinite(found) and found > 0.0):
        return _Relation(None, f"{_shown(unit)} and {_shown(to)} are too far apart")
    return _Relation(float(f"{found:.15g}"))


@lru_cache(maxsize=4096)
def _unknown(unit: str) -> str:
    """Return a sentence when the unit is none that pint knows, else the empty string."""
    sentence = f"the unit {_shown(unit)} is not known"
    if len(unit) > _LONGEST or not _PRODUCT.fullmatch(unit):
        return sentence
    try:
        _registry().parse_units(_spelled(unit))
    except Exception:  # noqa: BLE001 # on odd units pint fails in many ways
        return sentence
    return ""


@cache
def _registry() -> "pint.UnitRegistry[float]":
    from importlib.resources import as_file, files

    import pint

    # Begun empty: what is redefined once it has worked out its units it would not believe.
    registry: pint.UnitRegistry[float] = pint.UnitRegistry(None, on_redefinition="ignore")
    with as_file(files("pint") / "default_en.txt") as usual:
        registry.load_definitions(usual)
    for each in _DEFINITIONS:
        registry.define(each)
    return registry


def _spelled(unit: str) -> str:
    """Return a unit as pint spells it: ``arcsec2`` as ``arcsec**2``, a dot as ``*``."""
    words = re.sub(f"[{_LETTERS}]+", lambda found: _SPELLINGS.get(found[0], found[0]), unit)
    return _BARE_POWER.sub(r"**\1", words).replace("·", "*").replace(".", "*")


def _shown(unit: str) -> str:
    return repr(unit if len(unit) <= _LONGEST else f"{unit[:_LONGEST]}…")
