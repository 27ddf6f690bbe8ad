"""Draw the stars behind a simulated QA document, and measure the metrics on them.

The arrays are scaled so that the metrics come out as asked, then rounded as they will be written;
metrics are measured on the rounded arrays. So a reader of the document finds the same numbers.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from squash_jenkins.models import LEVELS
from squash_jenkins.simulate.documents.lpm17 import BRIGHT_SNR, REQUIREMENTS, band_group

Array = npt.NDArray[np.float64]
Values = dict[tuple[str, str], float | None]
QUARTILE_SIGMA = 0.7413
"""Standard deviation of a normal distribution over its interquartile range."""
GAMMA = 0.039
SYSTEMATIC_MAG = 0.0005
SEEING = 1400.0
TAIL = 0.12
RADII = np.round(np.geomspace(0.2778, 17.77, 20), 5)
_MAGNITUDE_SHARES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
_MAGNITUDES = (16.8, 20.9, 22.7, 23.4, 23.8, 24.15, 24.9)


@dataclass(frozen=True, slots=True)
class Subject:
    """Name what one document is about; two equal subjects give byte-identical documents."""

    seed: int
    job: str
    number: int
    dataset: str = "cfht"
    filter: str = "r"
    stars: int = 300
    shuffles: int = 10

    def generator(self) -> np.random.Generator:
        """Return the random numbers of this subject alone."""
        return generator(self.seed, self.job, self.number, self.dataset, self.filter)


@dataclass(frozen=True, slots=True)
class Sample:
    """Hold the arrays of one document, rounded as written.

    `snr`, `mag` (mag), `magrms` (mag), `magerr` (mag) and `dist` (mas) have one entry a star;
    `separation` maps x of AMx to the rms of the separations of its star pairs (mas);
    `mag_diff` (mmag) and `mag_mean` (mag) have one row for each shuffle, `rms` (about
    zero) and `iqr` (a sigma, from the interquartile range; both mmag) one entry; `xip` is the
    correlation at the radii `RADII` (arcmin), `xip_err` its uncertainty.
    """

    subject: Subject
    snr: Array
    mag: Array
    magrms: Array
    magerr: Array
    dist: Array
    separation: dict[int, Array]
    mag_diff: Array
    mag_mean: Array
    rms: Array
    iqr: Array
    xip: Array
    xip_err: Array
    depth: float
    floor: float


def generator(seed: int, *names: object) -> np.random.Generator:
    """Return the random numbers that belong to these names, the same on every machine."""
    digest = hashlib.sha256(repr(names).encode()).digest()
    return np.random.default_rng([seed, *np.frombuffer(digest, dtype="<u4")[:4].tolist()])


@lru_cache(maxsize=32)
def _normal_quantiles(count: int) -> Array:
    """Return `count` evenly spread values of the normal distribution, ascending."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse((i + 0.5) / count) for i in range(count)])


def _spread(rng: np.random.Generator, count: int) -> Array:
    """Draw a shuffled normal sample whose quantiles hardly vary from draw to draw.

    A small sample drawn freely would let AFx and PA2 jump by tens of percent between builds.
    """
    values = _normal_quantiles(count) + rng.normal(0.0, 0.02, count)
    return np.asarray(rng.permutation(values), dtype=np.float64)


def draw_sample(subject: Subject, quality: Mapping[str, float]) -> Sample:
    """Draw the stars of `subject` so that AM1, AM2, PA1, TE1 and TE2 come out as in `quality`.

    Parameters
    ----------
    subject
        Fixes the random numbers, the filter and the number of stars.
    quality
        Wanted values: AM1 and AM2 in mas, PA1 in mmag; TE1 and TE2, which have no unit and may
        be left out (documents of 2016 lack them). They are met to the rounding of the arrays,
        better than two in a thousand.
    """
    rng = subject.generator()
    stars, depth = subject.stars, round(24.4 + float(rng.normal(0, 0.03)), 4)
    shares = rng.permutation((np.arange(stars) + rng.random(stars)) / stars)
    mag = np.round(np.interp(shares, _MAGNITUDE_SHARES, _MAGNITUDES), 4)
    flux = 10.0 ** (0.4 * (mag - depth))
    magerr = np.sqrt(SYSTEMATIC_MAG**2 + (0.04 - GAMMA) * flux + GAMMA * flux**2)
    snr = 2.5 / np.log(10.0) / magerr / (1.0 + np.abs(rng.normal(0, 0.02, stars)))
    scatter = np.hypot(1.2 * magerr, quality["PA1"] / 1000.0)
    offset = np.hypot(SEEING / snr, 1.3 * quality["AM1"])
    direction = np.hypot(rng.normal(size=stars), rng.normal(size=stars)) / 1.1774
    mag_diff, mag_mean = _magnitude_pairs(rng, subject, quality["PA1"])
    xip, xip_err = _correlation(rng, quality.get("TE1", 2e-5), quality.get("TE2", 1e-7))
    return Sample(
        subject=subject,
        snr=np.round(snr, 3),
        mag=mag,
        magrms=np.round(np.abs(rng.normal(size=stars)) * scatter, 6),
        magerr=np.round(magerr, 6),
        dist=np.round(offset * direction, 3),
        separation={x: _separations(rng, stars, x, quality[f"AM{x}"]) for x in (1, 2)},
        mag_diff=mag_diff,
        mag_mean=mag_mean,
        rms=np.sqrt(np.mean(mag_diff**2, axis=1)),
        iqr=_quartile_sigma(mag_diff),
        xip=xip,
        xip_err=xip_err,
        depth=depth,
        floor=round(0.83 * quality["AM1"], 4),
    )


def _separations(rng: np.random.Generator, stars: int, x: int, median: float) -> Array:
    """Draw the rms of pair separations, log-normal as in real data; fewer pairs lie far apart."""
    pairs = max(40, int(stars * {1: 0.48, 2: 0.32}[x]))
    shape = float(rng.normal(1.0, 0.015))
    values = np.exp(shape * _spread(rng, pairs))
    return np.asarray(np.round(values * (median / np.median(values)), 3), dtype=np.float64)


def _magnitude_pairs(
    rng: np.random.Generator, subject: Subject, sigma: float
) -> tuple[Array, Array]:
    """Draw the differences of magnitude pairs and their means.

    Shuffling two visits changes nothing but the signs, so all rows hold the same pairs.
    """
    pairs = max(40, int(subject.stars * 0.057))
    normal = _spread(rng, pairs)
    signs = rng.choice(np.array([-1.0, 1.0]), (subject.shuffles, pairs))
    rows = signs * (normal + TAIL * normal**3)
    scale = sigma / float(np.mean(_quartile_sigma(rows)))
    mean = np.round(rng.uniform(17.0, 21.5, pairs), 3)
    return np.round(rows * scale, 3), np.tile(mean, (subject.shuffles, 1))


def _quartile_sigma(rows: Array) -> Array:
    """Return the standard deviation of each row estimated from its interquartile range."""
    low, high = np.percentile(rows, [25, 75], axis=1)
    return np.asarray(QUARTILE_SIGMA * (high - low), dtype=np.float64)


def _correlation(rng: np.random.Generator, near: float, far: float) -> tuple[Array, Array]:
    """Draw a correlation function whose mean is `near` within 1 and `far` beyond 5 arcmin."""
    noise = 1.0 + rng.normal(0.0, 0.25, RADII.size)
    profile = near * np.exp(-RADII / 2.5) * noise
    inner, outer = RADII <= 1.0, RADII >= 5.0
    profile[inner] *= near / profile[inner].mean()
    tail = rng.normal(0.0, 3.0, int(outer.sum()))
    profile[outer] = far * (1.0 + tail - tail.mean())
    error = 0.7 * near / np.sqrt(1.0 + RADII)
    return np.round(profile, 11), np.round(error, 9)


def measure(sample: Sample) -> Values:
    """Measure every metric on the arrays of a sample.

    Returns
    -------
    dict
        Maps (metric, level) to the value; the level is empty for a metric that does not depend
        on one. None is "not measured": the field holds no pairs 200 arcmin apart.
    """
    values: Values = {("PA1", ""): float(np.mean(sample.iqr))}
    for x in (1, 2, 3):
        values |= _astrometry(x, sample.separation.get(x))
    group = band_group(sample.subject.filter)
    values |= _beyond(np.abs(sample.mag_diff[0]), "PA2", "PF1", group)
    values["TE1", ""] = abs(float(np.mean(sample.xip[RADII <= 1.0])))
    values["TE2", ""] = abs(float(np.mean(sample.xip[RADII >= 5.0])))
    return values


def _astrometry(x: int, rms: Array | None) -> Values:
    """Return AMx, ADx and AFx; deviations are counted from the median, on both sides."""
    if rms is None:
        empty: Values = {(f"A{kind}{x}", level): None for kind in "DF" for level in LEVELS}
        return {(f"AM{x}", ""): None, **empty}
    median = float(np.median(rms))
    return {(f"AM{x}", ""): median, **_beyond(np.abs(rms - median), f"AD{x}", f"AF{x}", "")}


def _beyond(deviation: Array, offset: str, share: str, group: str) -> Values:
    """Return for each level the offset that the allowed share exceeds, and the percent beyond."""
    shares = [REQUIREMENTS[share].threshold(level, group) for level in LEVELS]
    limits = [REQUIREMENTS[offset].threshold(level, group) for level in LEVELS]
    offsets = np.percentile(deviation, [100.0 - each for each in shares])
    values: Values = {}
    for level, value, limit in zip(LEVELS, offsets, limits, strict=True):
        values[offset, level] = float(value)
        values[share, level] = 100.0 * int(np.count_nonzero(deviation > limit)) / deviation.size
    return values


def bright_median(sample: Sample, values: Array) -> float:
    """Return the median of `values` over the stars above the bright signal-to-noise cut."""
    return float(np.median(values[sample.snr > BRIGHT_SNR]))
