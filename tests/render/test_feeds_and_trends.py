import importlib.util
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squash_jenkins.models import Measurement, Report
from squash_jenkins.render.svg.trend_picture import Panel, trend_picture
from squash_jenkins.render.svg.trends import trend
from squash_jenkins.store import Store


def beside(name: str) -> Any:
    """Return the module of a file beside this one."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


samples, builds = beside("sample_findings"), beside("sample_builds")
JOB = "sqre/ci_hsc"
ATOM = "{http://www.w3.org/2005/Atom}"
EVIL = "<script>alert(1)</script>\"'&\x00\ud800"


def parsed(text: str) -> Any:
    """Return the root of a document; raise where it is no XML."""
    return ET.fromstring(text)  # noqa: S314 - made by ourselves


@pytest.fixture
def found(store: Store) -> Iterator[Mapping[str, Any]]:
    """Store 40 builds with a finding of every kind; return the findings by name."""
    for number in range(1, 41):
        record = builds.record(JOB, number, dataset="COSMOS")
        store.save(record, controller_url=builds.ROOT)
    yield samples.write(store, JOB, samples.every_kind(samples.keys(store, JOB)[1]))


def entries_of(file: Path) -> dict[str, Any]:
    """Return the entries of a feed by the path of their page."""
    root = parsed(file.read_text())
    assert root.tag == f"{ATOM}feed"
    for tag in ("id", "title", "updated"):
        assert root.findtext(f"{ATOM}{tag}")
    return {each.find(f"{ATOM}link").get("href"): each for each in root.iter(f"{ATOM}entry")}


def test_each_finding_is_an_entry_that_leads_to_its_page(
    found: Any, store: Store, output: Path, build: Callable[..., Any]
) -> None:
    build(public_url="https://qa.example.org/site")
    entries = entries_of(output / "feed.atom")
    shown = [row for row in found.values() if not row.withdrawn]
    assert set(entries) == {f"https://qa.example.org/site/findings/{row.name}/" for row in shown}
    for entry in entries.values():
        assert entry.findtext(f"{ATOM}title").startswith(f"{JOB}: ")
        assert entry.findtext(f"{ATOM}summary")
        assert entry.findtext(f"{ATOM}published") <= entry.findtext(f"{ATOM}updated")
    own = entries_of(output / "jobs" / JOB / "plain" / "feed.atom")
    assert set(own) == set(entries)


def test_without_a_public_url_links_are_relative_to_the_feed(
    found: Any, store: Store, output: Path, build: Callable[..., Any]
) -> None:
    build()
    names = {row.name for row in found.values() if not row.withdrawn}
    assert set(entries_of(output / "feed.atom")) == {
        f"findings/{name}/index.html" for name in names
    }
    below = entries_of(output / "jobs" / JOB / "plain" / "feed.atom")
    assert set(below) == {f"../../../../findings/{name}/index.html" for name in names}


def test_triage_changes_the_entry_and_not_its_id(
    found: Any, store: Store, output: Path, build: Callable[..., Any]
) -> None:
    build()
    before = {e.findtext(f"{ATOM}id"): e for e in entries_of(output / "feed.atom").values()}
    row = next(each for each in found.values() if each.open)
    store.add_triage(row.key, samples.said("known", note="The new mask."))
    build()
    after = {e.findtext(f"{ATOM}id"): e for e in entries_of(output / "feed.atom").values()}
    assert set(after) == set(before)
    changed = [name for name in after if ET.tostring(after[name]) != ET.tostring(before[name])]
    assert len(changed) == 1
    entry = after[changed[0]]
    assert entry.findtext(f"{ATOM}updated") > before[changed[0]].findtext(f"{ATOM}updated")
    assert "Expected change by" in entry.findtext(f"{ATOM}summary")


def test_each_metric_of_a_job_has_a_picture_of_its_trend(
    store: Store, output: Path, build: Callable[..., Any]
) -> None:
    for number in range(1, 31):
        record = builds.record(JOB, number, dataset="COSMOS")
        store.save(record, controller_url=builds.ROOT)
    build()
    badges = {file.name for file in (output / "jobs" / JOB / "badges").glob("*.svg")}
    pictures = {file.name: file for file in (output / "jobs" / JOB / "badges" / "trends").iterdir()}
    assert set(pictures) == badges
    for name, file in pictures.items():
        root = parsed(file.read_text())
        assert JOB in root.get("aria-label")
        link = root.find("{http://www.w3.org/2000/svg}a")
        page = link.get("href").partition("?")[0]
        assert (file.parent / page).resolve().is_file(), name
        assert link.get("target") == "_top"
    assert not any(word in file.read_text() for word in ("<style", "<script", "style="))


def test_a_metric_that_is_gone_says_since_when(
    store: Store, output: Path, build: Callable[..., Any]
) -> None:
    for number in (1, 2, 3):
        measured = Measurement("p.AM1" if number < 3 else "p.AM2", 4.0 + number)
        report = Report("x", "plain", "a" * 64, 1, "a.json", measurements=[measured])
        record = replace(builds.record(JOB, number), reports=[report])
        store.save(record, controller_url=builds.ROOT)
    build()
    picture = (output / "jobs" / JOB / "badges/trends/p.AM1.svg").read_text()
    assert "not measured since #2" in picture


@given(
    texts=st.lists(st.text(max_size=120), min_size=5, max_size=5),
    values=st.lists(st.none() | st.floats(), max_size=30),
)
def test_any_text_and_number_gives_a_whole_picture(texts: list[str], values: list[Any]) -> None:
    drawing = trend(values, range(1, len(values) + 1), (), [(texts[4], 1.0, "misses")])
    name, title, newest, status, unit = texts
    panel = Panel(f"{title}{EVIL}", newest, status, "misses", unit, drawing)
    root = parsed(trend_picture(name, "?a=1&b=%22", [panel, panel]))
    assert {each.tag.partition("}")[2] for each in root.iter()} <= {
        *("svg", "title", "rect", "a", "g", "text", "path", "polyline"),
    }
