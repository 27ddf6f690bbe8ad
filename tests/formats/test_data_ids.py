"""Documents that say what they are about: one file of a build for each band, tract or machine."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from squash_jenkins.formats.base import Document, Format, read_document
from squash_jenkins.models import Report


def read(formats: Sequence[Format], root: Any) -> list[Report]:
    content = json.dumps(root).encode()
    found = read_document(Document("a.json", "0" * 64, len(content), content), formats)
    assert found is not None
    return found


def verify(**meta: Any) -> dict[str, Any]:
    return {"measurements": [{"metric": "nsrc.n", "value": 7.0}], "blobs": [], "meta": meta}


GEN3 = {
    "butler_generation": "Gen3",
    "ci_dataset": "HSC/RC2",
    "instrument": "HSC",
    "skymap": "hsc_rings_v1",
    "tract": 9813,
    "band": "r",
    "filter": "HSC-R",
}


@pytest.mark.parametrize(
    ("meta", "dataset", "band"),
    [
        (GEN3, "HSC/RC2", "HSC-R"),
        ({key: GEN3[key] for key in ("ci_dataset", "band")}, "HSC/RC2", "r"),
        ({"physical_filter": "HSC-I", "band": "i"}, None, "HSC-I"),
        ({"filter_name": "r", "filter": "HSC-R", "dataset": "cfht"}, "cfht", "r"),
        ({"env": {"ci_dataset": "decam"}, "ci_dataset": "other"}, "decam", None),
        ({"ci_dataset": "unknown", "filter": ""}, None, None),
    ],
)
def test_a_job_of_the_third_generation_names_dataset_and_filter(
    formats: Sequence[Format], meta: dict[str, Any], dataset: str | None, band: str | None
) -> None:
    [found] = read(formats, verify(**meta))
    assert (found.dataset, found.filter) == (dataset, band)


def test_its_data_id_is_among_the_terms(formats: Sequence[Format]) -> None:
    [found] = read(formats, verify(**GEN3))
    assert found.terms["tract"] == 9813


@pytest.mark.parametrize(
    "root",
    [
        {"metrics": {"speed": 1}, "arch": "arm64", "tract": 4},
        {"speed": 1, "arch": "arm64", "commit": "ab"},
        {"name": "j", "build": 1, "arch": "arm64", "measurements": [{"metric": "s", "value": 1}]},
        {"ci_id": 1, "arch": "arm64", "measurements": [{"metric": "speed", "value": 1}]},
    ],
)
def test_other_documents_name_theirs_beside_what_they_measure(
    formats: Sequence[Format], root: dict[str, Any]
) -> None:
    [found] = read(formats, root)
    assert found.terms["arch"] == "arm64"
    assert [each.metric.rpartition(".")[2] in ("speed", "s") for each in found.measurements] == [
        True
    ]
