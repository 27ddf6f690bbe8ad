import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.render.engine.static import Built
from squash_jenkins.store import Store

Save = Callable[..., Any]
BuildSite = Callable[..., Built]


def text_of(file: Path) -> str:
    words = re.sub(r"<[^>]+>", "", file.read_text().replace("<wbr>", ""))
    return re.sub(r"\s+", " ", words)


@pytest.fixture
def filled(store: Store, samples: Any) -> None:
    def save(job: str, number: int, terms: dict[str, Any], **about: Any) -> None:
        made = samples.record(job, number, **about)
        reports = [replace(each, terms=terms) for each in made.reports]
        store.save(replace(made, reports=reports), controller_url=samples.ROOT)

    for number in range(1, 5):
        save("ci_hsc", number, {}, dataset="COSMOS", filters=("r", "i"))
    save("ci_hsc", 5, {}, dataset="../<i>odd</i>")
    save("nightly", 1, {}, dataset="COSMOS", filters=("z",))
    save("ci_cfht", 1, {"instrument": "CFHT", "run": 7})


def test_datasets_stand_by_camera(filled: None, build: BuildSite, output: Path) -> None:
    assert not build().faults
    words = text_of(output / "datasets/index.html")
    assert "3 datasets of 1 camera" in words
    assert words.index("CFHT") < words.index("unknown camera") < words.index("COSMOS")
    assert "i, r, z" in words
    assert "ci_hsc 4 builds" in words
    assert "<i>odd" not in (output / "datasets/index.html").read_text()


def test_the_page_of_a_dataset_has_its_runs_and_values(
    filled: None, build: BuildSite, output: Path
) -> None:
    build()
    page = (output / "datasets/COSMOS/index.html").read_text()
    words = text_of(output / "datasets/COSMOS/index.html")
    assert "Measured by 2 jobs in 5 builds" in words
    assert "4 builds since #1" in words and "The newest is #4" in words
    assert 'href="../../compare/index.html?job=ci_hsc&amp;a=1&amp;b=4"' in page
    assert "validate_drp.AM1/index.html?job=ci_hsc&amp;dataset=COSMOS&amp;filter=r" in page
    assert "misses minimum" in words
    assert "unknown: no report names the instrument" in words
    words = text_of(output / "datasets/cfht/index.html")
    assert "cameraCFHT" in words and "run7" in words


def test_a_dataset_of_any_name_stays_in_its_folder(
    filled: None, build: BuildSite, output: Path
) -> None:
    build()
    assert len([each for each in (output / "datasets").iterdir() if each.is_dir()]) == 3
    assert not (output / "<i>odd").exists()


def test_a_new_build_renews_only_the_datasets_it_used(
    filled: None, save: Save, build: BuildSite
) -> None:
    build()
    save("ci_cfht", 2)
    written = [path for path in build().written if path.startswith("datasets/")]
    assert written == ["datasets/index.html", "datasets/cfht/index.html"]


def test_uses_of_many_blocks_are_put_together(
    samples: Any, store: Store, build: BuildSite, output: Path
) -> None:
    for number in (130, 70, 2):
        store.save(samples.record("ci_hsc", number), controller_url=samples.ROOT)
        build()
    words = text_of(output / "datasets/cfht/index.html")
    assert "3 builds since #2" in words and "The newest is #130" in words


def test_a_site_without_datasets_says_how_to_name_them(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("ci_hsc", 1, dataset=None)
    assert not build().faults
    assert "No report has named a dataset yet" in text_of(output / "datasets/index.html")
