"""Open every kind of page for histories that are hardly there, or extreme."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page

from squash_jenkins.models import Build, BuildId, BuildRecord, Measurement, Report, Specification
from squash_jenkins.plugins import find
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.store import open_store
from tests.dashboards.safety.conftest import crawl, kind_of

pytestmark = pytest.mark.browser
START = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
LONG = "n" * 300
Values = Mapping[str, float | None]


def built(number: int, values: Values, **about: Any) -> BuildRecord:
    """Return a build that measured some values, all with a specification."""
    build = Build(
        BuildId("main", "job", number),
        START + timedelta(days=number),
        duration=about.pop("duration", 600.0),
        result=about.pop("result", "SUCCESS"),
    )
    if not values:
        return BuildRecord(build, (), ())
    report = Report(
        "out/qa.json",
        "plain",
        digest=f"{number:064x}",
        size=10,
        dataset=about.pop("dataset", "data"),
        measurements=[Measurement(name, value, "mas") for name, value in values.items()],
        specifications=[
            Specification(name, f"{name}.minimum", "minimum", "<=", 20.0, "mas") for name in values
        ],
    )
    return BuildRecord(build, [report], ())


def extremes() -> Iterator[BuildRecord]:
    """Yield values of 24 orders of magnitude, and such of both signs."""
    for number in range(1, 26):
        size = 10.0 ** (number - 13)
        values = {"p.all": size, "p.both": size * (-1) ** number, "p.huge": 1.7e308 * (number % 2)}
        yield built(number, values)


HISTORIES: dict[str, Callable[[], list[BuildRecord]]] = {
    "one build": lambda: [built(1, {"p.A": 1.0})],
    "one build without a report": lambda: [built(1, {}, result="FAILURE", duration=None)],
    "one point": lambda: [built(n, {"p.A": 1.0} if n == 3 else {"p.B": 2.0}) for n in range(1, 6)],
    "only missing values": lambda: [built(n, {"p.A": None}) for n in range(1, 6)],
    "24 orders of magnitude": lambda: list(extremes()),
    "400 metrics": lambda: [
        built(n, {f"p{at % 7}.M{at}": at / 13 + n / 7 for at in range(400)}) for n in (1, 2, 5)
    ],
    "long names": lambda: [
        built(n, {f"p.{LONG}": 1.0 * n, LONG: 2.0}, dataset=LONG) for n in (1, 2)
    ],
}


def make_site(folder: Path, records: list[BuildRecord]) -> Path:
    """Build the site of some builds."""
    plugins = find()
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        for record in records:
            store.save(record, controller_url="https://ci.example.org/")
        done = build_site(
            store,
            folder / "site",
            tabs=plugins.tabs,
            plots=plugins.plots,
            controllers=["main"],
            theme=plugins.theme,
        )
    assert list(done.faults) == []
    return folder / "site"


def apart(path: str) -> str:
    """Tell pages of a kind apart by the history (its job) that they show."""
    shown = unquote(path)
    job = next((each for each in HISTORIES if re.search(f"(jobs/|job=){each}", shown)), "")
    return f"{kind_of(path)} {job}"


@pytest.mark.parametrize("history", ["no build at all", "one build", "all"])
def test_pages_of_bad_histories_say_what_there_is(
    history: str, tmp_path: Path, watching: Callable[..., Any]
) -> None:
    wanted = {"no build at all": [], "one build": ["one build"], "all": list(HISTORIES)}[history]
    records = [replaced(record, name) for name in wanted for record in HISTORIES[name]()]
    site = make_site(tmp_path, records)
    faults: list[str] = []

    def look(page: Page, kind: str) -> None:
        path = page.url.removeprefix(site.as_uri())[:120]
        wide = page.evaluate("document.documentElement.scrollWidth")
        said = page.locator("main").inner_text().strip()
        faults.extend([f"{path} is {wide} pixels wide"] if wide > 390 else [])
        faults.extend([f"{path} says only {said!r}"] if len(said.split()) < 5 else [])
        if kind != "help":  # which explains the word
            odd = [word for word in ("NaN", "undefined", "Infinity") if word in said]
            faults.extend(f"{path} says {word}" for word in odd)

    phone = watching(viewport={"width": 390, "height": 844}, is_mobile=True)
    kinds = crawl(phone, site.as_uri(), 1, look, apart)
    assert not faults, "\n".join(faults)
    assert "" in kinds
    assert ("build" in kinds) == bool(records)


def replaced(record: BuildRecord, job: str) -> BuildRecord:
    """Return a build as one of the job that is called as its history."""
    name = f"{job} {LONG}/{LONG}" if job == "long names" else job
    id = replace(record.build.id, job=name)
    return replace(record, build=replace(record.build, id=id))


def test_pages_stand_without_webgl(site: Path, watching: Callable[..., Any]) -> None:
    watch = watching()
    watch.context.add_init_script(
        "for (const each of [HTMLCanvasElement, OffscreenCanvas]) {"
        " const own = each.prototype.getContext;"
        " each.prototype.getContext = function (kind, ...more) {"
        "  return /webgl|webgpu/.test(kind) ? null : own.call(this, kind, ...more); }; }"
    )
    page = watch.page(site.as_uri())
    watch.open(page, f"{site.as_uri()}/metrics/validate_drp.AD1/index.html")
    page.locator("main canvas").first.wait_for()
