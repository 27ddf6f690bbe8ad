"""Write lsst.verify job documents in their shape of 2018, as dispatched.

30 measurements under names that carry the level (``validate_drp.AD1_design``), a blob with what
each was measured on, definitions, and in ``meta`` the instrument, the environment of the build and
the versions of the packages. What was not measured is a literal NaN.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import nan

from squash_jenkins.models import Package
from squash_jenkins.simulate.documents.blobs import (
    ASTROMETRY,
    MATCHED,
    PHOTOMETRY,
    Json,
    annulus,
    astrometry_model,
    catalogue,
    datum,
    photometry_model,
    repeatability,
    separations,
    width,
)
from squash_jenkins.simulate.documents.lpm17 import (
    ANY,
    DISTANCES,
    DOCUMENT_LEVELS,
    GRI,
    REFERENCE_URL,
    REQUIREMENTS,
    UZY,
    Requirement,
    band_group,
)
from squash_jenkins.simulate.documents.sample import RADII, Sample, Subject, draw_sample, measure

_KINDS = {"A": "astrometry", "P": "photometry", "T": "image_quality"}


@dataclass(frozen=True, slots=True)
class Origin:
    """Describe the origin of a document: camera, data, build. `date` is UTC-aware."""

    instrument: str
    dataset_repo_url: str
    date: datetime
    ci_url: str = "https://ci.example.org/"
    ci_label: str = "centos-7"


def verify_job_document(
    subject: Subject,
    quality: Mapping[str, float],
    origin: Origin,
    packages: Sequence[Package] = (),
) -> Json:
    """Return an lsst.verify job document, as after dispatch.

    Parameters
    ----------
    subject
        Seed, job, build number, dataset, filter and size.
    quality
        Wanted AM1 and AM2 (mas), PA1 (mmag), TE1 and TE2; see `draw_sample`.
    origin, packages
        What ``meta`` says of camera, build and package versions.
    """
    sample = draw_sample(subject, quality)
    values = {key: nan if each is None else each for key, each in measure(sample).items()}
    measurements, blobs = _measured(sample, values)
    return {
        "measurements": measurements,
        "blobs": blobs,
        "metrics": [_metric(*each) for each in _definitions()],
        "specs": [*_specifications(), *_camera_specifications(subject, origin)],
        "meta": _meta(subject, origin, packages),
    }


def _measured(
    sample: Sample, values: Mapping[tuple[str, str], float]
) -> tuple[list[Json], list[Json]]:
    """Return the measurements, and the blobs: three that all share, then one for each."""
    rng = sample.subject.generator().spawn(1)[0]
    blobs: list[Json] = [
        {"identifier": rng.bytes(16).hex(), "name": name, "data": data}
        for name, data in (
            (MATCHED, catalogue(sample, 2018)),
            (PHOTOMETRY, photometry_model(sample)),
            (ASTROMETRY, astrometry_model(sample, 2018)),
        )
    ]
    shared = [blob["identifier"] for blob in blobs]
    measurements = []
    for requirement, level in _order():
        name = _full_name(requirement, level, band_group(sample.subject.filter))
        data = _extras(sample, values, requirement, level)
        own = {"identifier": rng.bytes(16).hex(), "name": name, "data": data}
        blobs.append(own)
        measurements.append(
            {
                "metric": name,
                "identifier": rng.bytes(16).hex(),
                "value": values[requirement.name, level],
                "unit": requirement.unit,
                "blob_refs": [*shared, own["identifier"]],
            }
        )
    return measurements, blobs


def _order() -> Iterator[tuple[Requirement, str]]:
    """Yield each metric with its level, in the order that they are measured."""
    for x in DISTANCES:
        yield REQUIREMENTS[f"AM{x}"], ""
        for level in DOCUMENT_LEVELS:
            yield REQUIREMENTS[f"AD{x}"], level
            yield REQUIREMENTS[f"AF{x}"], level
    yield REQUIREMENTS["PA1"], ""
    for level in DOCUMENT_LEVELS:
        yield REQUIREMENTS["PA2"], level
        yield REQUIREMENTS["PF1"], level
    yield REQUIREMENTS["TE1"], ""
    yield REQUIREMENTS["TE2"], ""


def _full_name(requirement: Requirement, level: str, group: str) -> str:
    """Return the metric's name in the document, such as ``validate_drp.PA2_design_gri``."""
    parts = [requirement.name, level, group if requirement.name in ("PA2", "PF1") else ""]
    return "validate_drp." + "_".join(part for part in parts if part)


def _extras(
    sample: Sample, values: Mapping[tuple[str, str], float], of: Requirement, at: str
) -> Json:
    """Return what the measurement was made on."""
    if of.distance:
        data = annulus(of.distance, 2018) | {"Width": width()}
        if of.name.startswith("AF"):
            # The measured ADx, as the real documents have it, though AFx is counted beyond the
            # threshold of ADx.
            offset = _full_name(REQUIREMENTS[f"AD{of.distance}"], at, "")
            limit = values[f"AD{of.distance}", at]
            data["ADx"] = datum(limit, "marcsec", offset, "Deviation, see AFx")
        return data | {"rmsDistMas": separations(sample, of.distance)}
    if of.partner:
        partner = REQUIREMENTS[of.partner]
        threshold = partner.threshold(at, band_group(sample.subject.filter))
        key = "pf1_thresh" if of.name == "PA2" else "pa2_spec"
        return {key: datum(threshold, partner.unit, None, f"Threshold of {partner.name}")}
    if of.name == "PA1":
        band = datum(sample.subject.filter, "", "filter", "Filter of this measurement")
        return {"filter_name": band} | repeatability(sample)
    return _correlation(sample, of)


def _correlation(sample: Sample, of: Requirement) -> Json:
    near = of.name == "TE1"
    return {
        "D": datum(1.0 if near else 5.0, "arcmin", None, "Separation"),
        "radius": datum(RADII.tolist(), "arcmin", None, "Radius"),
        "xip": datum(sample.xip.tolist(), "", None, "Correlation"),
        "xip_err": datum(sample.xip_err.tolist(), "", None, "Uncertainty of the correlation"),
        "bin_range_operator": datum("<=" if near else ">=", "", None, "Which radii count"),
    }


def _definitions() -> Iterator[tuple[Requirement, str, str]]:
    """Yield each metric with level and band group, as the definitions list them."""
    for requirement in REQUIREMENTS.values():
        levels = DOCUMENT_LEVELS if requirement.partner else ("",)
        groups = (GRI, UZY) if requirement.name in ("PA2", "PF1") else (ANY,)
        for group in groups:
            for level in levels:
                yield requirement, level, group


def _metric(requirement: Requirement, level: str, group: str) -> Json:
    return {
        "name": _full_name(requirement, level, group),
        "description": requirement.description,
        "unit": requirement.unit,
        "tags": [_KINDS[requirement.name[0]]],
        "reference": {"doc": "LPM-17", "page": requirement.page, "url": REFERENCE_URL},
    }


def _specifications() -> Iterator[Json]:
    """Yield the requirements: ``AD1_design.srd``, ``AM1.design``, ``PA1.design_gri``."""
    for requirement, level, group in _definitions():
        name = _full_name(requirement, level, group)
        if level:
            yield _specification(requirement, level, group, f"{name}.srd")
            continue
        for each in DOCUMENT_LEVELS:
            for bands in requirement.thresholds:
                ending = each if bands == ANY else f"{each}_{bands}"
                yield _specification(requirement, each, bands, f"{name}.{ending}")


def _camera_specifications(subject: Subject, origin: Origin) -> Iterator[Json]:
    """Yield the same thresholds as they are asked of this camera alone."""
    camera = origin.instrument.lower()
    query = {
        "instrument": origin.instrument,
        "dataset_repo_url": origin.dataset_repo_url,
        "filter_name": subject.filter,
    }
    band = subject.filter.lower()[-1]
    for name in ("AM1", "AM2", "PA1"):
        for level in DOCUMENT_LEVELS:
            ending = f"{camera}_{level}_{band}"
            yield _specification(
                REQUIREMENTS[name],
                level,
                band_group(subject.filter),
                f"validate_drp.{name}.{ending}",
                query,
            )


def _specification(
    requirement: Requirement, level: str, group: str, name: str, query: Json | None = None
) -> Json:
    colours = "chromatic" if requirement.name[0] == "P" else "achromatic"
    return {
        "name": name,
        "type": "threshold",
        "threshold": {
            "value": requirement.threshold(level, group),
            "unit": requirement.unit,
            "operator": "<=",
        },
        "metadata_query": query or {},
        "tags": [requirement.name, level, colours],
    }


def _meta(subject: Subject, origin: Origin, packages: Sequence[Package]) -> Json:
    return {
        "filter_name": subject.filter,
        "instrument": origin.instrument,
        "dataset_repo_url": origin.dataset_repo_url,
        "packages": {
            each.name: {
                "name": each.name,
                "git_sha": each.revision,
                "git_url": each.url,
                "git_branch": each.branch,
                "eups_version": each.version,
            }
            for each in packages
        },
        "env": {
            "env_name": "jenkins",
            "ci_id": str(subject.number),
            "ci_name": subject.job,
            "ci_dataset": subject.dataset,
            "ci_label": origin.ci_label,
            "ci_url": origin.ci_url,
            "date": origin.date.isoformat(),
            "status": 0,
        },
    }
