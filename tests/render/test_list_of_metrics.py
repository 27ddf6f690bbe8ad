"""The list of all metrics, by package."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from squash_jenkins.models import Measurement
from squash_jenkins.plugins import find
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.store import open_store
from tests.findings.test_nodes_of_findings import records

NAMES = ["sums.Sums.time_sum(0.5, 'a')", "hyperfine.sleep (t=0.02)", "coverage"]


def test_metrics_are_listed_below_their_package_without_it(tmp_path: Path) -> None:
    [record] = records(["agent-2"], 9)
    measured = [Measurement(name, 1.0) for name in NAMES]
    record = replace(record, reports=[replace(record.reports[0], measurements=measured)])
    plugins = find()
    given: dict[str, Any] = {"tabs": plugins.tabs, "plots": plugins.plots, "theme": plugins.theme}
    with open_store(f"sqlite:///{tmp_path}/squash.sqlite", str(tmp_path / "blobs")) as store:
        store.save(record, controller_url="http://ci.example/")
        build_site(store, tmp_path / "site", controllers=["ci"], **given)
    page = (tmp_path / "site" / "history" / "index.html").read_text()
    for package in ("sums.Sums", "hyperfine", "Metrics"):
        assert f"<h2>{package}</h2>" in page
    for name in ("time_sum(0.5, &#39;a&#39;)", "sleep (t=0.02)", "coverage"):
        assert f">{name}</a>" in page.replace("<wbr>", "")
