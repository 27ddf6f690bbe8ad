"""The pages are those of the data, whichever database holds it."""

import random
from dataclasses import replace

from squash_jenkins.config import Settings
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.models import Blob, Column, Measurement, Package
from squash_jenkins.plugins import find
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.store import open_store
from tests.store.conftest import URL, make_record, make_report

BUILDS = 14


def history():
    """Return builds whose parts come in no order, and later ones that change earlier ones."""
    chance = random.Random(13)
    records = []
    for number in range(1, BUILDS + 1):
        reports = []
        for path in ("x/b.json", "x/a.json", "a.json"):
            names = [f"{package}.{metric}" for package in ("q", "p") for metric in "CABED"]
            chance.shuffle(names)
            blobs = [Blob(str(i), f"t{i}", {"a": Column([chance.random(), i])}) for i in range(6)]
            chance.shuffle(blobs)
            measured = [
                Measurement(
                    name,
                    chance.gauss(9, 0.1) + 3 * (number > 9),
                    "s",
                    blobs=chance.sample("012345", 3),
                )
                for name in names
            ]
            packages = [
                Package(name, f"1.{number}", f"{chance.random()}") for name in ("z", "afw", "b")
            ]
            reports.append(
                make_report(
                    number,
                    path=path,
                    filter=path[0],
                    dataset=path[-6:-5],
                    measurements=measured,
                    metrics=[],
                    specifications=[],
                    blobs=blobs,
                    packages=packages,
                )
            )
        records.append(replace(make_record(number), reports=reports))
    changed = [replace(each, rejected=[], reports=each.reports[::-1]) for each in records[3:7]]
    return [*records, *changed]


def site(store, folder):
    """Store the history and return the pages, by path."""
    for record in history():
        store.save(record, controller_url=URL)
    settings = Settings(folder=folder).resolved()
    detect_findings(settings, store)
    plugins = find(settings.dashboards)
    about = {"tabs": plugins.tabs, "plots": plugins.plots, "theme": plugins.theme}
    built = build_site(store, settings.output, controllers=["ci"], **about)
    assert built.faults == []
    return {path: (settings.output / path).read_bytes() for path in sorted(built.written)}


def test_pages_are_the_same_from_every_database(store, tmp_path):
    with open_store(f"sqlite:///{tmp_path}/other.sqlite", str(tmp_path / "other_blobs")) as other:
        expected = site(other, tmp_path / "other")
    found = site(store, tmp_path / "here")
    assert found.keys() == expected.keys()
    assert [path for path in found if found[path] != expected[path]] == []
    assert len([path for path in found if "/builds/" in path or "/1/" in path]) > 0
