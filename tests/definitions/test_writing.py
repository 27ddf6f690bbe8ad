"""Write definitions and read them again: nothing is lost, whatever the names are."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from squash_jenkins.definitions.plain import load_plain
from squash_jenkins.definitions.verify_metrics import load_definitions
from squash_jenkins.definitions.writing import folder_texts, plain_text
from squash_jenkins.errors import DocumentError
from squash_jenkins.models import LEVELS, WITHIN, Metric, Specification
from squash_jenkins.resources import folder

Definitions = tuple[list[Metric], list[Specification]]
NAMES = st.sampled_from(["x", "PA1", "size_design", "y", "no", "a.b", "p", "p.x", "1e5", "on_gri"])
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12)
TIDY = WORDS.map(lambda text: " ".join(text.split())).filter(bool)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = (
    st.none()
    | st.builds(lambda step: MIDNIGHT + step, st.timedeltas(timedelta(-9999), timedelta(9999)))
    | st.just(MIDNIGHT)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
LABELS = st.lists(WORDS, max_size=3, unique=True).map(tuple)
OPERATOR = st.sampled_from(["<=", ">=", "<", ">", "==", "!="])
FILTERS = LABELS | st.just(("g", "r", "i", "HSC-G", "HSC-R", "HSC-I"))


@st.composite
def metrics(draw: st.DrawFn) -> Metric:
    return Metric(
        f"{draw(st.sampled_from(['p', 'shop']))}.{draw(NAMES)}",
        unit=draw(st.none() | WORDS | st.just("")),
        description=draw(st.none() | TIDY),
        reference=draw(st.dictionaries(WORDS, JSON, max_size=2)),
        tags=draw(LABELS),
        operator=draw(st.none() | OPERATOR),
    )


@st.composite
def specifications(draw: st.DrawFn, metric: Metric) -> Specification:
    ranged = draw(st.booleans())
    ends = st.floats(allow_nan=False) if ranged else NUMBERS
    last = draw(
        st.sampled_from(["design", "design_gri", "FY17", "cfht_minimum_r", f"{metric.name}.x"])
        | WORDS
    )
    return Specification(
        metric=metric.name,
        name=f"{metric.name}.{last}",
        level=draw(st.sampled_from([*LEVELS, "dsign", "levels", "unit"]) | WORDS),
        operator=WITHIN if ranged else draw(OPERATOR),
        threshold=draw(ends),
        upper=draw(ends) if ranged else None,
        unit=draw(st.none() | st.just(metric.unit) | WORDS),
        filters=draw(FILTERS),
        query=draw(st.dictionaries(WORDS | st.just("dataset") | st.just("filter_name"), JSON)),
        tags=draw(LABELS),
        since=draw(MOMENTS),
        until=draw(MOMENTS),
    )


@st.composite
def definitions(draw: st.DrawFn) -> Definitions:
    known = draw(st.lists(metrics(), min_size=1, max_size=4, unique_by=lambda each: each.name))
    asked = draw(
        st.lists(
            st.sampled_from(known).flatmap(specifications),
            max_size=4,
            unique_by=lambda each: each.name,
        )
    )
    return known, asked


def in_order(found: Definitions) -> Definitions:
    return tuple(sorted(each, key=lambda each: each.name) for each in found)  # type: ignore[return-value, attr-defined] # things with names


def written(root: Path, texts: dict[str, str]) -> Path:
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


SETTINGS = settings(max_examples=40, suppress_health_check=list(HealthCheck))


@SETTINGS
@given(given_definitions=definitions())
def test_the_layout_of_lsst_verify_keeps_everything(
    tmp_path_factory: pytest.TempPathFactory, given_definitions: Definitions
) -> None:
    root = written(tmp_path_factory.mktemp("site"), folder_texts(*given_definitions))
    assert in_order(load_definitions(root)) == in_order(given_definitions)


@SETTINGS
@given(given_definitions=definitions())
def test_the_plain_form_keeps_everything(
    tmp_path_factory: pytest.TempPathFactory, given_definitions: Definitions
) -> None:
    file = tmp_path_factory.mktemp("site") / "all.yaml"
    file.write_text(plain_text(*given_definitions), encoding="utf-8")
    assert in_order(load_plain(file)) == in_order(given_definitions)


def test_the_seed_is_written_as_it_was_read(tmp_path: Path) -> None:
    seed = load_definitions(folder("db") / "seed")
    assert in_order(load_definitions(written(tmp_path, folder_texts(*seed)))) == in_order(seed)
    (tmp_path / "plain.yaml").write_text(plain_text(*seed))
    assert in_order(load_plain(tmp_path / "plain.yaml")) == in_order(seed)


def test_names_of_documents_are_written_as_documents_write_them(tmp_path: Path) -> None:
    metric = Metric("validate_drp.PF1", document_name="validate_drp.PF1_minimum_gri")
    asked = Specification(
        "validate_drp.PF1",
        "validate_drp.PF1_minimum_gri.srd",
        "minimum",
        "<=",
        20.0,
        filters=("g", "r", "i", "HSC-G", "HSC-R", "HSC-I"),
    )
    texts = folder_texts([metric], [asked])
    assert "PF1_minimum_gri:" in texts["metrics/validate_drp.yaml"]
    assert "level" not in texts["specs/validate_drp/validate_drp.yaml"]
    assert load_definitions(written(tmp_path, texts)) == ([metric], [asked])


def specified(**changes: Any) -> Specification:
    usual: dict[str, Any] = {"metric": "p.x", "name": "p.x.design", "level": "design"}
    return Specification(**{**usual, "operator": "<=", "threshold": 1.0, **changes})


@pytest.mark.parametrize(
    ("metric", "specification", "words"),
    [
        ("x", None, "expected package.metric"),
        ("../../etc.x", None, "expected package.metric"),
        ("p.x", specified(name="elsewhere"), "use the plain form"),
        ("p.x", specified(threshold=math.nan), "no number"),
        ("p.x", specified(operator=WITHIN), "range without ends"),
    ],
)
def test_what_cannot_be_written_is_told(
    metric: str, specification: Specification | None, words: str
) -> None:
    with pytest.raises(DocumentError, match=words):
        folder_texts([Metric(metric)], [specification] if specification else [])


def test_a_name_of_its_own_is_kept_by_the_plain_form(tmp_path: Path) -> None:
    odd = specified(name="elsewhere", since=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=1))
    (tmp_path / "all.yaml").write_text(plain_text([], [odd]))
    assert load_plain(tmp_path / "all.yaml") == ([Metric("p.x")], [odd])
