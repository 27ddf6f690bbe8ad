"""Write validate_drp documents in their shape of 2016.

28 measurements: AM1 to AM3 and PA1 once, AD, AF, PA2 and PF1 once for each level. What the field
does not allow to measure is null. Job, dataset and packages are not in the document.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

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
    REFERENCE_URL,
    REQUIREMENTS,
    Requirement,
    band_group,
)
from squash_jenkins.simulate.documents.sample import Sample, Subject, Values, draw_sample, measure

_MEASURED_LEVELS = ("stretch", "minimum", "design")
_ASTROMETRY_FILTERS = ["r", "i"]
_FILTERS = {"gri": ["g", "r", "i"], "uzy": ["u", "z", "y"]}


def validate_drp_document(subject: Subject, quality: Mapping[str, float]) -> Json:
    """Return a validate_drp document of 2016 for one filter of one dataset.

    Parameters
    ----------
    subject
        Seed, job, build number, dataset, filter and size; fixes every byte.
    quality
        Wanted AM1 and AM2 (mas) and PA1 (mmag); see `draw_sample`.
    """
    sample = draw_sample(subject, quality)
    values = measure(sample)
    rng = subject.generator().spawn(1)[0]
    blobs: list[Json] = [
        {"identifier": rng.bytes(16).hex(), "name": name, "data": data}
        for name, data in (
            (MATCHED, catalogue(sample, 2016)),
            (PHOTOMETRY, photometry_model(sample)),
            (ASTROMETRY, astrometry_model(sample, 2016)),
        )
    ]
    roles = ("matchedDataset", "photomModel", "astromModel")
    references = {role: blob["identifier"] for role, blob in zip(roles, blobs, strict=True)}
    measurements = [
        _measurement(sample, values, metric, level, references, rng.bytes(16).hex())
        for metric, level in _order()
    ]
    return {"blobs": blobs, "measurements": measurements}


def _order() -> Iterator[tuple[str, str | None]]:
    for x in DISTANCES:
        yield f"AM{x}", None
        for level in _MEASURED_LEVELS:
            yield f"AF{x}", level
            yield f"AD{x}", level
    yield "PA1", None
    for name in ("PA2", "PF1"):
        for level in _MEASURED_LEVELS:
            yield name, level


def _measurement(
    sample: Sample,
    values: Values,
    name: str,
    level: str | None,
    blobs: Mapping[str, str],
    identifier: str,
) -> Json:
    requirement = REQUIREMENTS[name]
    value = values[name, level or ""]
    return {
        "metric": _metric(name),
        "value": value,
        "unit": _unit(requirement) if value is not None else "",
        "spec_name": level,
        "filter_name": sample.subject.filter,
        "identifier": identifier,
        "parameters": _parameters(sample, values, requirement, level),
        "extras": _extras(sample, requirement),
        "blobs": dict(blobs),
    }


def _extras(sample: Sample, requirement: Requirement) -> Json:
    if requirement.name == "PA1":
        return repeatability(sample)
    if requirement.distance and requirement.partner is None:
        return {"rmsDistMas": separations(sample, requirement.distance)}
    return {}


def _parameters(
    sample: Sample, values: Values, requirement: Requirement, level: str | None
) -> Json:
    if requirement.partner is None or level is None:
        if requirement.distance:
            return annulus(requirement.distance, 2016) | {"width": width()}
        return {"numRandomShuffles": datum(sample.subject.shuffles, "", "shuffles", "Shuffles")}
    partner = REQUIREMENTS[requirement.partner]
    threshold = partner.threshold(level, band_group(sample.subject.filter))
    limit = datum(threshold, _unit(partner), level)
    if requirement.distance is None:
        return {partner.name.lower(): limit}
    rms = REQUIREMENTS[f"AM{requirement.distance}"]
    median = datum(values[rms.name, ""], rms.unit, rms.name, rms.description)
    pairs = annulus(requirement.distance, 2016)
    return pairs | {f"{partner.name[:2]}x": limit, "AMx": median}


def _unit(requirement: Requirement) -> str:
    """Return the unit as the documents of 2016 wrote it: they left out the percent sign."""
    return "" if requirement.unit == "%" else requirement.unit


@cache
def _metric(name: str) -> Json:
    """Return a metric with its thresholds, each with the metric that it depends on."""
    return _definition(REQUIREMENTS[name], DOCUMENT_LEVELS)


def _definition(requirement: Requirement, levels: Sequence[str], *, nested: bool = False) -> Json:
    """Return a metric; a nested one is there for a single level, and ends the nesting."""
    x = requirement.distance
    parameters = {"D": datum(DISTANCES[x], "arcmin"), "x": datum(x)} if x else {}
    partner = None if nested or requirement.partner is None else REQUIREMENTS[requirement.partner]
    return {
        "name": requirement.name,
        "description": requirement.description,
        "operator_str": "<=",
        "parameters": parameters,
        "reference": {"doc": "LPM-17", "page": requirement.page, "url": REFERENCE_URL},
        "specifications": [
            {
                "name": level,
                "value": requirement.threshold(level, group),
                "unit": _unit(requirement),
                "filter_names": _filter_names(requirement, group),
                "dependencies": _dependencies(partner, level),
            }
            for level in levels
            for group in requirement.thresholds
        ],
    }


def _dependencies(partner: Requirement | None, level: str) -> dict[str, Any]:
    return {partner.name: _definition(partner, (level,), nested=True)} if partner else {}


def _filter_names(requirement: Requirement, group: str) -> list[str] | None:
    """Return the filters as the documents of 2016 did: r and i for astrometry, none for PF1."""
    if requirement.distance:
        return list(_ASTROMETRY_FILTERS)
    return None if group == ANY else list(_FILTERS[group])
