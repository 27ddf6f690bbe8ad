"""Make builds whose every name and text is hostile, and put them through a real ingest."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from squash_jenkins.config import Settings
from squash_jenkins.config.settings import ControllerSettings
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.ingest.artifacts import FileReader
from squash_jenkins.ingest.pipeline import rebuild_site
from squash_jenkins.ingest.saving import open_store_for, save
from squash_jenkins.models import Artifact, Build, BuildId, BuildRecord, Cause, Change
from squash_jenkins.models.finding import Triage
from squash_jenkins.plugins import find
from squash_jenkins.store import Store

HIT = "window.__hit=1"
MARKUP = (
    f"<script>{HIT}</script>",
    f"</script><script>{HIT}</script>",
    f'"><img src=x onerror={HIT}>',
    f"'><svg/onload={HIT}>",
    f"</title></style></textarea><iframe srcdoc='<script>parent.{HIT}</script>'>",
    f'" autofocus onfocus={HIT} x="',
    "{{7*7}}{% raw %}${7*7}<%=7*7%>",
    "&lt;b&gt;&amp;&#x3c;script&#x3e;",
    "<!-- ]]> --!>",
)
NAMES = (
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "toString",
    "CON",
    "plain",
    "index.html",
    "7",
)
ODD = (
    "line\u2028sep\u2029par\ttab\nline",
    "\u202eesrever\u2066 bidi",
    "../../../etc/passwd",
    "a?b#c&d=%2e%2e%2f",
    "=1+1+cmd|' /C calc'!A0",
    "\U0001f52d e\u0301moji",
    "W" * 300,
)
URLS = (
    f"javascript:{HIT}",
    f"data:text/html,<script>{HIT}</script>",
    f" JaVaScRiPt:{HIT}//",
    f'https://example.org/"><img src=x onerror={HIT}>',
    "//example.org/x.git",
)
UNSTORABLE = ("nul\x00here", "half \ud800 pair")
"""A document with one of these is set aside as a whole, with the reason."""
TEXTS = (*MARKUP, *NAMES, *ODD, *URLS)
START = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
ROOT = "https://ci.example.org/jenkins/"
STEP_AT, BUILDS = 15, 24
JOBS = ("__proto__", MARKUP[0], f"folder/{MARKUP[2]}", MARKUP[6], "constructor/7", "W" * 300, "..")


def metric_names() -> Iterator[str]:
    """Yield names of metrics, some with a package of the same kind."""
    for at, text in enumerate(TEXTS):
        yield text if at % 3 == 0 else f"pkg{at}.{text}" if at % 3 == 1 else f"{text}.x"


def document(number: int, at: int = 0, many: int = 99) -> dict[str, Any]:
    """Return an lsst.verify job document of hostile names; values step at build `STEP_AT`."""
    names = list(metric_names())[at : at + many]
    level = 10.0 if number < STEP_AT else 30.0
    text = TEXTS[at % len(TEXTS)]
    return {
        "measurements": [
            _measurement(name, place, level, number) for place, name in enumerate(names)
        ],
        "blobs": [_blob(place) for place in range(3)],
        "metrics": [
            {
                "name": name,
                "description": TEXTS[place],
                "unit": "",
                "tags": [text],
                "reference": {"doc": text, "page": 1, "url": URLS[place % len(URLS)]},
            }
            for place, name in enumerate(names)
        ],
        "specs": [_specification(name, place) for place, name in enumerate(names)],
        "meta": {
            "filter_name": TEXTS[(at + 2) % len(TEXTS)],
            "instrument": TEXTS[(at + 1) % len(TEXTS)],
            "packages": {text: _package(place, number) for place, text in enumerate(TEXTS)},
            "env": {"ci_dataset": text, "ci_id": text, "ci_name": text},
            text: text,
        },
    }


def _measurement(name: str, place: int, level: float, number: int) -> dict[str, Any]:
    wave = ((number * 7 + place * 3) % 11) / 20
    return {
        "metric": name,
        "identifier": f"m{place}",
        "value": level + wave,
        "unit": MARKUP[place % 3] if place % 5 == 0 else "",
        "blob_refs": [f"b{place % 3}"],
    }


def _specification(name: str, place: int) -> dict[str, Any]:
    levels = ("minimum", "design", TEXTS[place].replace(".", "") or "x")
    unit = MARKUP[place % 3] if place % 5 == 0 else ""
    limit = {"value": 20.0, "unit": unit, "operator": "<="}
    return {"name": f"{name}.{levels[place % 3]}", "type": "threshold", "threshold": limit}


def _blob(place: int) -> dict[str, Any]:
    rows = 12
    data: dict[str, Any] = {
        text: {
            "value": [each * 1.5 for each in range(rows)] if at % 2 else [text] * rows,
            "unit": text,
            "label": text,
            "description": text,
        }
        for at, text in enumerate(TEXTS[place::3])
    }
    data["snr"] = {"value": list(range(rows)), "unit": "", "label": MARKUP[0], "description": None}
    return {"identifier": f"b{place}", "name": MARKUP[place], "data": data}


def _package(place: int, number: int) -> dict[str, Any]:
    text = TEXTS[place]
    return {
        "name": text,
        "git_sha": text if place % 4 == 0 else f"{number * 7919 + place:040x}",
        "git_url": URLS[place % len(URLS)],
        "git_branch": text,
        "eups_version": f"{text}{number // 5}",
    }


def make_site(folder: Path) -> tuple[Path, Sequence[str]]:
    """Take everything in and return the folder of the site and what the run warned of."""
    settings = Settings(folder=folder, controllers={"main": ControllerSettings(url=ROOT)})
    settings, plugins = settings.resolved(), find()
    reader = FileReader(settings, plugins.formats)
    records = [_read(reader, folder, *each) for each in _builds()]
    with open_store_for(settings) as store:
        save(settings, store, records)
        detect_findings(settings, store)
        _say(store)
    built = rebuild_site(settings, plugins, everything=True)
    return settings.output, list(built.faults)


def _builds() -> Iterator[tuple[str, int, Sequence[Any]]]:
    """Yield job, number and documents of each build; one is broken."""
    for number in range(1, BUILDS + 1):
        documents: list[Any] = [document(number)] if number != 9 else []
        if number == BUILDS:
            documents += ["{ broken " + MARKUP[0], *({text: MARKUP[0]} for text in UNSTORABLE)]
        yield JOBS[0], number, documents
    for at, job in enumerate(JOBS[1:], 1):
        for number in (1, 2):
            yield job, number, [document(number, at * 4, 5)]


def _read(
    reader: FileReader, folder: Path, job: str, number: int, documents: Sequence[Any]
) -> BuildRecord:
    paths = {f"out/{TEXTS[at]}{number}.json": each for at, each in enumerate(documents)}

    def copy(artifact: Artifact, to: Path) -> None:
        content = paths[artifact.path]
        to.write_text(content if isinstance(content, str) else json.dumps(content))

    build = Build(
        BuildId("main", job, number),
        START + timedelta(days=number),
        duration=3600.0,
        result="FAILURE" if not documents else "SUCCESS",
        node=MARKUP[number % len(MARKUP)],
        display_name=TEXTS[number % len(TEXTS)],
        description="".join(MARKUP),
        parameters={text: text for text in (*TEXTS, *UNSTORABLE)},
        causes=[Cause(text, text, text, 3) for text in TEXTS[number % 5 :: 5]],
        changes=[Change(text, text, f"{text}\nmore", START, [text]) for text in TEXTS],
        artifacts=[Artifact(path) for path in paths],
        runs=[BuildId("main", JOBS[1], 1)],
    )
    return reader.read(build, copy)


def _say(store: Store) -> None:
    """Triage what was found in hostile words."""
    with store.reader() as reader:
        rows = reader.findings.find()
    for row, text in zip(rows, TEXTS, strict=False):
        note = "".join(MARKUP)
        store.add_triage(
            row.key, Triage("known", text[:60], START, note, URLS[row.key % len(URLS)])
        )
