"""Read what specifications take over from partials and from each other, as lsst.verify does."""

from itertools import pairwise
from pathlib import Path

import pytest

from squash_jenkins.definitions.verify_metrics import load_definitions
from squash_jenkins.errors import DocumentError

FILES = {
    "metrics/drp.yaml": "PA1: {unit: mmag, tags: photometry}\nPF1_minimum_gri: {unit: '%'}\n"
    "PF1_design_gri: {unit: '%'}\n",
    "specs/drp/LPM-17.yaml": """
---
id: PA1-base
metric: PA1
tags: [PA1, chromatic]
threshold: {unit: mmag, operator: "<="}
---
name: design_gri
base: "#PA1-base"
threshold: {value: 5.0}
tags: [design]
---
id: PF1-base
threshold: {unit: percent, operator: "<="}
---
metric: PF1_minimum_gri
name: srd
base: "#PF1-base"
threshold: {value: 20.0}
""",
    # Named before what it takes over from is read.
    "specs/drp/a_camera/PA1.yaml": """
---
name: camera_design_r
base: [PA1.design_gri, a_camera/base#camera-r]
---
name: strict_r
base: [drp.PA1.design_gri, 'drp:a_camera/base#camera-r']
threshold: {value: 4e0}
""",
    "specs/drp/a_camera/base.yml": """
---
id: camera
metadata_query: {instrument: CFHT, visits: [1, 2]}
---
id: camera-r
base: '#camera'
metadata_query: {filter_name: r, visits: [3]}
""",
}

BOMB = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [*{former}, *{former}, *{former}, *{former}]\n"
    for former, name in pairwise("abcdefghijkl")
)


def site(root: Path, **changes: str) -> Path:
    for path, text in {**FILES, **changes}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def test_bases_are_merged_in_their_order(tmp_path: Path) -> None:
    metrics, specifications = load_definitions(site(tmp_path))
    found = {each.name: each for each in specifications}
    assert len(found) == len(specifications) == 4
    design = found["drp.PA1.design_gri"]
    assert (design.threshold, design.operator, design.unit) == (5.0, "<=", "mmag")
    assert design.tags == ("PA1", "chromatic", "design")
    assert design.filters == ("g", "r", "i", "HSC-G", "HSC-R", "HSC-I")
    camera = found["drp.PA1.camera_design_r"]
    assert (camera.level, camera.filters) == ("design", ("r",))
    assert camera.query == {"instrument": "CFHT", "visits": [1, 2, 3]}
    assert (camera.threshold, camera.tags) == (5.0, design.tags)
    strict = found["drp.PA1.strict_r"]
    assert (strict.threshold, strict.level, strict.query) == (4.0, "design", camera.query)
    assert [metric.tags for metric in metrics if metric.name == "drp.PA1"] == [("photometry",)]


def test_a_metric_with_a_level_in_its_name_is_taken_apart(tmp_path: Path) -> None:
    metrics, specifications = load_definitions(site(tmp_path))
    assert {(each.name, each.document_name) for each in metrics} == {
        ("drp.PA1", None),
        ("drp.PF1", "drp.PF1_minimum_gri"),
        ("drp.PF1", "drp.PF1_design_gri"),
    }
    (found,) = (each for each in specifications if each.metric == "drp.PF1")
    assert (found.name, found.level) == ("drp.PF1_minimum_gri.srd", "minimum")
    assert found.filters == ("g", "r", "i", "HSC-G", "HSC-R", "HSC-I")


def test_a_provenance_query_asks_too_and_may_repeat_itself(tmp_path: Path) -> None:
    text = (
        "name: x\nmetric: PA1\nthreshold: {operator: '==', value: 1}\n"
        "provenance_query: {config: a, config: b, visits: [1]}\n"
    )
    _, specifications = load_definitions(site(tmp_path, **{"specs/drp/x.yaml": text}))
    (found,) = (each for each in specifications if each.name == "drp.PA1.x")
    assert found.query == {"config": "b", "visits": [1]}


def test_a_specification_may_belong_to_a_metric_that_is_known_already(tmp_path: Path) -> None:
    text = "name: x\nmetric: other\nthreshold: {operator: '<', value: 1}\n"
    root = site(tmp_path, **{"specs/drp/x.yaml": text})
    with pytest.raises(DocumentError, match="a metric that a file in metrics/ defines"):
        load_definitions(root)
    _, specifications = load_definitions(root, {"drp.other"})
    assert "drp.other.x" in {each.name for each in specifications}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: x\nbase: '#none'", "needs 'drp:bad#none'"),
        ("name: x\nbase: PA1.none", "needs 'drp.PA1.none'"),
        ("name: x\nbase: '# none'", "expected #id, path#id or package:path#id"),
        ("id: a\nbase: '#b'\n---\nid: b\nbase: '#a'", "needs 'drp:bad#"),
        ("name: x\nbase: 5", r"base is the number 5; expected text"),
        ("name: x\nmetric: PA\nthreshold: {operator: <, value: 1}", "did you mean drp.PA1"),
        ("name: x\nmetric: PA1\nrange: {lower: 1}", r"range\.upper is missing"),
        ("name: x\nmetric: PA1\nrange: {lower: 1, uper: 2}", "'uper'; did you mean 'upper'"),
        (
            "name: x\nmetric: PA1\nrange: {lower: 1, upper: 2}\nthreshold: {value: 1}",
            "no range where there is a threshold",
        ),
        ("name: x\nmetric: PA1\ntype: spline", r"\$\.type.*expected threshold or range"),
        ("name: x\nname: y", "the key 'name' is repeated"),
        ("1: x", "a key must be text"),
        ("name: &a [*a]", "it contains itself"),
        ("name: " + "[" * 3000, "nested too deeply"),
        (BOMB, "its references make more than"),
    ],
)
def test_faults_are_told(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DocumentError, match=words) as error:
        load_definitions(site(tmp_path, **{"specs/drp/bad.yaml": text}))
    assert "bad.yaml" in str(error.value)
    assert len(str(error.value)) < 1000
