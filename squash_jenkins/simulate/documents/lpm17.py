"""State the LPM-17 requirements that simulated QA documents carry.

Numbers are those of the science requirements (LPM-17, pages 21, 23 and 31); TE2 has the values of
its Table 27, since the later definition files say a design looser than the minimum.
"""

from dataclasses import dataclass, field

from squash_jenkins.models import LEVELS

ANY = "any"
GRI = "gri"
UZY = "uzy"
DISTANCES = {1: 5.0, 2: 20.0, 3: 200.0}
"""Separation of star pairs in arcmin, by the last digit of AMx, ADx and AFx."""
ANNULUS_WIDTH = 2.0
MAGNITUDE_RANGE = (17.0, 21.5)
BRIGHT_SNR = 100.0
REFERENCE_URL = "http://ls.st/lpm-17"
DOCUMENT_LEVELS = ("design", "minimum", "stretch")
"""The order in which documents list the levels."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """Hold one metric: `thresholds` maps a band group to its (minimum, design, stretch).

    `partner` is the metric whose threshold its value depends on (AD1 and AF1, PA2 and PF1):
    such a metric is measured once for every level. `distance` is the x of AMx, ADx and AFx.
    """

    name: str
    unit: str
    page: int
    description: str
    thresholds: dict[str, tuple[float, float, float]] = field(repr=False)
    partner: str | None = None
    distance: int | None = None

    def threshold(self, level: str, group: str) -> float:
        """Return the threshold of `level` for a band group (``gri`` or ``uzy``)."""
        values = self.thresholds.get(group) or self.thresholds[ANY]
        return values[LEVELS.index(level)]


def band_group(filter_name: str) -> str:
    """Return ``gri`` or ``uzy`` for a filter such as ``r`` or ``HSC-I``."""
    return GRI if filter_name.lower()[-1] in GRI else UZY


def _astrometry(x: int) -> list[Requirement]:
    apart = f"{DISTANCES[x]:g} arcmin"
    far = x == max(DISTANCES)
    rms = {ANY: (30.0, 15.0, 10.0) if far else (20.0, 10.0, 5.0)}
    offset = {ANY: (50.0, 30.0, 20.0) if far else (40.0, 20.0, 10.0)}
    return [
        Requirement(
            f"AM{x}", "marcsec", 23, f"Rms of the separation of stars {apart} apart.", rms, None, x
        ),
        Requirement(
            f"AD{x}",
            "marcsec",
            23,
            f"Deviation that the AF{x} share of separations may exceed.",
            offset,
            f"AF{x}",
            x,
        ),
        Requirement(
            f"AF{x}",
            "%",
            23,
            f"Share of separations that deviate by more than AD{x}.",
            {ANY: (20.0, 10.0, 5.0)},
            f"AD{x}",
            x,
        ),
    ]


def _photometry() -> list[Requirement]:
    return [
        Requirement(
            "PA1",
            "mmag",
            21,
            "Scatter of repeated magnitudes of bright stars.",
            {GRI: (8.0, 5.0, 3.0), UZY: (12.0, 7.5, 4.5)},
        ),
        Requirement(
            "PA2",
            "mmag",
            21,
            "Deviation that the PF1 share of magnitudes may exceed.",
            {GRI: (15.0, 15.0, 10.0), UZY: (22.5, 22.5, 15.0)},
            "PF1",
        ),
        Requirement(
            "PF1",
            "%",
            21,
            "Share of magnitudes that deviate by more than PA2.",
            {ANY: (20.0, 10.0, 5.0)},
            "PA2",
        ),
    ]


def _shape() -> list[Requirement]:
    near = "Residual ellipticity correlation within 1 arcmin."
    wide = "Residual ellipticity correlation beyond 5 arcmin."
    return [
        Requirement("TE1", "", 31, near, {ANY: (3e-5, 2e-5, 1e-5)}),
        Requirement("TE2", "", 31, wide, {ANY: (3e-7, 1e-7, 5e-8)}),
    ]


REQUIREMENTS: dict[str, Requirement] = {
    each.name: each
    for each in (
        *_astrometry(1),
        *_astrometry(2),
        *_astrometry(3),
        *_photometry(),
        *_shape(),
    )
}
