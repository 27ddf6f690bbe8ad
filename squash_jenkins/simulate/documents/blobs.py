"""Write the matched catalogue and the error models behind the metrics, as both document shapes do.

A datum is ``{value, unit, label, description}``. The shapes of 2016 and 2018 differ in some labels
and in one flag of the catalogue.
"""

from typing import Any

from squash_jenkins.simulate.documents.lpm17 import (
    ANNULUS_WIDTH,
    BRIGHT_SNR,
    DISTANCES,
    MAGNITUDE_RANGE,
)
from squash_jenkins.simulate.documents.sample import (
    GAMMA,
    SEEING,
    SYSTEMATIC_MAG,
    Sample,
    bright_median,
)

Json = dict[str, Any]
MATCHED, PHOTOMETRY, ASTROMETRY = (
    "MatchedMultiVisitDataset",
    "PhotometricErrorModel",
    "AnalyticAstrometryModel",
)


def datum(
    value: object, unit: str = "", label: str | None = None, description: str | None = None
) -> Json:
    """Return one datum; a value that was not measured (None) has no unit."""
    unit = "" if value is None else unit
    return {"value": value, "unit": unit, "label": label, "description": description}


def catalogue(sample: Sample, year: int) -> Json:
    """Return the data of the matched catalogue: one entry a star in each column."""
    name = sample.subject.filter
    band = name if year == 2016 else f"{name}\nFilter name"
    head = {"filterName": datum(name, "", "filterName" if year == 2016 else None, "Filter name")}
    if year == 2018:
        head["useJointCal"] = datum(False, "", None, "Whether joint calibration was applied")
    return head | {
        "snr": datum(sample.snr.tolist(), "", f"SNR({band})", "Median signal-to-noise ratio"),
        "mag": datum(sample.mag.tolist(), "mag", band, "Mean magnitude over the visits"),
        "magrms": datum(
            sample.magrms.tolist(), "mag", f"RMS({band})", "Rms of the magnitude over the visits"
        ),
        "magerr": datum(
            sample.magerr.tolist(), "mag", f"sigma({band})", "Median magnitude uncertainty"
        ),
        "dist": datum(sample.dist.tolist(), "marcsec", "d", "Rms of the position over the visits"),
    }


def photometry_model(sample: Sample) -> Json:
    """Return the parameters of the photometric error model that the stars were drawn from."""
    scatter = bright_median(sample, sample.magrms)
    return {
        "brightSnr": datum(BRIGHT_SNR, "", "Bright SNR", "SNR from which a star is bright"),
        "photScatter": datum(scatter, "mag", "RMS", "Median rms of the bright stars"),
        "sigmaSys": datum(SYSTEMATIC_MAG, "mag", "sigma(sys)", "Systematic error floor"),
        "gamma": datum(GAMMA, "", "gamma", "Stands for sky brightness and read noise"),
        "m5": datum(sample.depth, "mag", "m5", "5-sigma depth"),
    }


def astrometry_model(sample: Sample, year: int) -> Json:
    """Return the parameters of the astrometric error model that the stars were drawn from."""
    scatter = bright_median(sample, sample.dist)
    return {
        "brightSnr": datum(BRIGHT_SNR, "", "Bright SNR", "SNR from which a star is bright"),
        "C": datum(1.0, "", "C" if year == 2016 else None, "Scaling factor"),
        "theta": datum(SEEING, "marcsec", "theta", "Seeing"),
        "sigmaSys": datum(sample.floor, "marcsec", "sigma(sys)", "Systematic error floor"),
        "astromRms": datum(scatter, "marcsec", "RMS", "Median rms of the bright stars"),
    }


def repeatability(sample: Sample) -> Json:
    """Return what PA1 was measured on: one entry a shuffle, or one row of pairs a shuffle."""
    return {
        "rms": datum(sample.rms.tolist(), "mmag", "RMS", "Rms of each shuffle"),
        "iqr": datum(
            sample.iqr.tolist(), "mmag", "IQR", "Sigma of each shuffle by interquartile range"
        ),
        "magDiff": datum(
            sample.mag_diff.tolist(), "mmag", "Delta mag", "Differences of the pairs, by shuffle"
        ),
        "magMean": datum(
            sample.mag_mean.tolist(), "mag", "mag", "Mean magnitudes of the pairs, by shuffle"
        ),
    }


def separations(sample: Sample, x: int) -> Json:
    """Return the rms of the separations that AMx, ADx and AFx were measured on."""
    rms = sample.separation.get(x)
    return datum(None if rms is None else rms.tolist(), "marcsec", "RMS")


def annulus(x: int, year: int) -> Json:
    """Return how the star pairs of AMx were chosen, without the width of the annulus."""
    distance, half = DISTANCES[x], ANNULUS_WIDTH / 2
    later = year == 2018
    apart = ("Distance", "Separation of the pairs") if later else ("D", None)
    return {
        "D": datum(distance, "arcmin", *apart),
        "annulus": datum(
            [distance - half, distance + half],
            "arcmin",
            "annulus radii",
            "Inner and outer radius of the annulus",
        ),
        "magRange": datum(
            list(MAGNITUDE_RANGE),
            "mag",
            None if later else "magRange",
            "Magnitudes that the stars were chosen from",
        ),
    }


def width() -> Json:
    """Return the width of the annulus."""
    return datum(ANNULUS_WIDTH, "arcmin", "Width", "Width of the annulus")
