"""Whatever a file holds, reading gives reports, None or a DocumentError that tells why."""

import copy
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.base import Document, Format, read_document
from squash_jenkins.formats.lsst.verify_job import VerifyJob
from squash_jenkins.formats.plain import Plain

Make = Callable[..., Document]

JOB = {
    "measurements": [{"metric": "p.m", "value": 1.5, "unit": "s", "blob_refs": []}],
    "blobs": [{"identifier": "b", "name": "n", "data": {"x": {"value": [1, 2]}}}],
    "metrics": [{"name": "p.m", "unit": "s", "tags": [], "reference": {}}],
    "specs": [{"name": "p.m.design", "threshold": {"value": 2, "unit": "s", "operator": "<"}}],
    "meta": {"filter_name": "r"},
}


def changed(path: tuple[Any, ...], value: Any) -> Any:
    job = copy.deepcopy(JOB)
    *parents, last = path
    place: Any = job
    for key in parents:
        place = place[key]
    place[last] = value
    return job


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("measurements", 0, "value"), "1.5", ["$.measurements[0].value", '"1.5"', "number"]),
        (("measurements", 0, "value"), True, ["$.measurements[0].value", "boolean", "number"]),
        (("measurements", 0, "value"), [1], ["$.measurements[0].value", "a list of 1"]),
        (("measurements", 0, "value"), 10**400, ["$.measurements[0].value", "double precision"]),
        (("measurements", 0, "metric"), 3, ["$.measurements[0].metric", "number 3", "text"]),
        (("measurements", 0, "metric"), "", ["$.measurements[0].metric", "1 to 10000"]),
        (("measurements", 0, "metric"), "m" * 10_001, ["$.measurements[0].metric", "…"]),
        (("measurements", 0, "unit"), {}, ["$.measurements[0].unit", "an empty object"]),
        (("measurements", 0), "x", ["$.measurements[0]", "an object"]),
        (("measurements",), 5, ["$.measurements is the number 5", "a list"]),
        (("blobs", 0, "data", "x"), 1, ["$.blobs[0].data.x", "an object"]),
        (("blobs", 0, "data", "x\ny"), 1, ['$.blobs[0].data["x\\ny"]', "an object"]),
        (("specs", 0, "threshold", "value"), math.nan, ["$.specs[0].threshold.value", "finite"]),
        (("specs", 0, "threshold", "operator"), "=<", ["$.specs[0].threshold.operator", "<= >="]),
        (("specs", 0, "name"), "design", ["$.specs[0].name", "package.metric.specification"]),
        (("meta",), [], ["$.meta", "a list of 0", "an object"]),
        (("meta", "packages"), {"afw": 1}, ["$.meta.packages.afw", "an object"]),
    ],
)
def test_a_wrong_field_is_named(
    make_document: Make, path: tuple[Any, ...], value: Any, words: list[str]
) -> None:
    document = make_document(changed(path, value))
    assert VerifyJob().matches(document)
    with pytest.raises(DocumentError) as error:
        VerifyJob().read(document)
    assert [word for word in words if word not in str(error.value)] == []
    assert len(str(error.value)) < 500


def test_a_missing_field_is_named(make_document: Make) -> None:
    document = make_document(changed(("measurements", 0), {"metric": "p.m"}))
    with pytest.raises(DocumentError, match=r"\$\.measurements\[0\]\.value is missing"):
        VerifyJob().read(document)


def test_a_second_measurement_of_one_metric_is_refused(make_document: Make) -> None:
    twice = [{"metric": "p.m_design", "value": 1}, {"metric": "p.m_design_gri", "value": 2}]
    document = make_document(changed(("measurements",), twice))
    with pytest.raises(DocumentError, match=r"measurements\[1\].*p\.m.*design.*measurements\[0\]"):
        VerifyJob().read(document)


def test_contradicting_definitions_are_refused(make_document: Make) -> None:
    specs = [copy.deepcopy(JOB["specs"][0]), copy.deepcopy(JOB["specs"][0])]  # type: ignore[index] # JSON of a test
    assert VerifyJob().read(make_document(changed(("specs",), specs)))
    specs[1]["threshold"]["value"] = 3
    with pytest.raises(DocumentError, match=r"specs\[1\] contradicts \$\.specs\[0\]"):
        VerifyJob().read(make_document(changed(("specs",), specs)))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b'{"a": 1', "cut off"),
        (b'{"a": "b', "cut off"),
        (b'{"a": 1,}', "malformed"),
        (b"<html>", "malformed"),
        (b"\xff\xff\xff\xff", "not JSON"),
        (b'{"a": 1, "a": 2}', 'key "a" twice'),
        (b'{"a": 1e999}', "1e999 does not fit"),
        (b'{"a": ' + b"9" * 5000 + b"}", "number"),
        (b"[" * 101 + b"]" * 101, "deeper than 100"),
        (b"[" * 1000 + b"]" * 1000, "deeper than 100"),
        (b"[" * 200_000, "deeper than 100"),
        (b'{"a": "\\u0000"}', "U+0000"),
        (b'{"\\ud800": 1}', "U+D800"),
    ],
)
def test_json_that_cannot_be_read(
    make_document: Make, formats: Sequence[Format], content: bytes, words: str
) -> None:
    with pytest.raises(DocumentError) as error:
        read_document(make_document(content), formats)
    assert words in str(error.value)


def test_json_that_can_be_read(make_document: Make) -> None:
    assert make_document(b"[" * 99 + b"]" * 99).json
    assert make_document('\ufeff{"a": "ä"}'.encode()).json == {"a": "ä"}
    assert make_document('{"a": 1}'.encode("utf-16")).json == {"a": 1}
    assert make_document(b'{"a": "\\ud83d\\ude00"}').json == {"a": "😀"}


def test_a_log_that_begins_with_a_bracket_is_nobodys(
    make_document: Make, formats: Sequence[Format]
) -> None:
    log = b"[INFO] started\n[INFO] done\n"
    assert read_document(make_document(log, "build.log"), formats) is None
    with pytest.raises(DocumentError):
        read_document(make_document(log, "build.JSON"), formats)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "null"])
def test_no_number_is_not_measured(make_document: Make, word: str) -> None:
    (report,) = Plain().read(make_document(f'{{"a": {word}}}'.encode()))
    assert report.measurements[0].value is None
    assert report.measurements[0].extra == {"as_written": word}


@pytest.mark.parametrize(
    "root",
    [
        {},
        {"a": "text"},
        {"a": True},
        {"a": [1]},
        {"metrics": {}},
        {"metrics": {"a": {"p50": 1}}},
        {"metrics": {"a": 1}, "groups": {}},
        {"a": 1, "passed": True},
        [1],
        3,
        "text",
        None,
    ],
)
def test_plain_does_not_take_anything(make_document: Make, root: Any) -> None:
    assert not Plain().matches(make_document(root))


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "../../etc/passwd", "a\nb", "'\"; DROP", "m" * 10_000]
)
def test_any_name_is_kept_as_it_is(make_document: Make, name: str) -> None:
    (report,) = Plain().read(make_document({"metrics": {name: 1}, "dataset": name}))
    assert report.measurements[0].metric == name
    assert report.dataset == name


JSON_VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.just(10**400)
    | st.text()
    | st.sampled_from(["p.m", "validate_drp.AF1_design", "r", "design", "<="]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=3)
            | st.sampled_from(
                [
                    "metric",
                    "measurements",
                    "value",
                    "blobs",
                    "meta",
                    "name",
                    "identifier",
                    "data",
                    "specs",
                    "metrics",
                    "threshold",
                    "packages",
                    "specifications",
                    "filter_name",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)
LIKE_A_DOCUMENT = st.fixed_dictionaries(
    {
        "measurements": JSON_VALUE
        | st.lists(st.fixed_dictionaries({"metric": JSON_VALUE, "value": JSON_VALUE}))
    },
    optional={
        **{key: JSON_VALUE for key in ("ci_id", "name", "build", "packages")},
        **{key: JSON_VALUE | st.lists(JSON_VALUE) for key in ("blobs", "metrics", "specs", "meta")},
    },
)
GENTLY = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@GENTLY
@given(root=JSON_VALUE | LIKE_A_DOCUMENT | st.dictionaries(st.text(), JSON_VALUE))
def test_any_json_gives_reports_or_a_reason(
    make_document: Make, formats: Sequence[Format], root: Any
) -> None:
    try:
        reports = read_document(make_document(root), formats)
    except DocumentError as error:
        assert str(error)
    else:
        for report in reports or ():
            for each in report.measurements:
                assert each.value is None or math.isfinite(each.value)
                json.dumps(each.extra, allow_nan=False)
            json.dumps([report.terms, report.extra], allow_nan=False)


@GENTLY
@given(content=st.binary(), name=st.sampled_from(["a.json", "manifest.txt", "repos.yaml"]))
def test_any_bytes_give_reports_or_a_reason(
    make_document: Make, formats: Sequence[Format], content: bytes, name: str
) -> None:
    for start in (b"", b"BUILD=b1\n", b"a: http://x\n", b"{"):
        try:
            read_document(make_document(start + content, name), formats)
        except DocumentError as error:
            assert str(error)


def test_a_yaml_bomb_costs_nothing(make_document: Make, formats: Sequence[Format]) -> None:
    lines = ["u: http://x", "m0: &m0 {url: http://x}"]
    lines += [f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9)}]}}" for n in range(1, 30)]
    with pytest.raises(DocumentError, match="aliases"):
        read_document(make_document("\n".join(lines).encode(), "repos.yaml"), formats)


def test_a_repository_without_url_is_named(make_document: Make, formats: Sequence[Format]) -> None:
    with pytest.raises(DocumentError, match="'afw' has no URL"):
        read_document(make_document(b"u: http://x\nafw: {ref: main}", "repos.yaml"), formats)


def test_manifest_faults_name_the_line(make_document: Make, formats: Sequence[Format]) -> None:
    sha = b"b56ecf282e296255677bc23bc742639d726270fa"
    for line, word in ((b"afw 1234 1.0", "40 hex"), (b"eigen " + sha + b" 2", "again")):
        manifest = b"BUILD=b1\neigen " + sha + b" 1.0\n" + line
        with pytest.raises(DocumentError, match=f"line 3.*{word}"):
            read_document(make_document(manifest, "manifest.txt"), formats)


def test_yaml_of_very_many_values_is_refused(
    make_document: Make, formats: Sequence[Format]
) -> None:
    many = b"u: http://x\nafw: [" + b"[]," * 30_000 + b"]"
    with pytest.raises(DocumentError, match="holds more than 20000 values"):
        read_document(make_document(many, "repos.yaml"), formats)


@pytest.mark.parametrize("number", [b"1:" * 500 + b"1", b"1" * 500, b"1" * 401 + b".5"])
def test_yaml_numbers_of_any_length_are_told(
    make_document: Make, formats: Sequence[Format], number: bytes
) -> None:
    with pytest.raises(DocumentError, match=r"a number of \d+ characters"):
        read_document(make_document(b"u: http://x\nafw: " + number, "repos.yaml"), formats)
