import json
from typing import Any

TARGETS = """
shop.latency:
  unit: s
  operator: "<="
  minimum: 6
  design: {value: 7, filters: [r]}
  stretch: {range: [1, 2]}
"""


def test_definitions_are_loaded_listed_and_written(lab: Any) -> None:
    (lab.folder / "targets.yaml").write_text(TARGETS)
    told = lab.run("metrics", "load", "targets.yaml", "--dry-run")
    assert "+ shop.latency.design_r" in told.stdout
    assert "would be those of 'targets': 3 new, 0 changed, 0 gone." in told.stdout
    assert lab.facts("metrics", "list", "shop.*")["metrics"] == []

    lab.run("metrics", "load", "targets.yaml")
    (lab.folder / "targets.yaml").write_text(TARGETS.replace("minimum: 6", "minimum: 5"))
    told = lab.run("metrics", "load", "targets.yaml")
    log = lab.rows("select action, target, how from audit")
    assert log == [("metric.load", "targets", "command")] * 2
    assert "~ shop.latency.minimum" in told.stdout
    assert "0 new, 1 changed, 0 gone." in told.stdout

    listed = lab.run("metrics", "list", "latency").stdout.splitlines()
    assert listed[0] == "shop.latency (s, <=) [targets]"
    assert listed[1].startswith("  minimum ≤ 5 s")
    assert listed[2] == "  design ≤ 7 s, in r [targets]"
    assert listed[3] == "  stretch 1 … 2 s [targets]"

    assert "validate_drp.AM1" in lab.run("metrics", "export", "-").stdout
    told = lab.run("metrics", "export", "site", "--source", "targets").stdout
    assert told == "1 metrics and 3 specifications are in 2 files of site.\n"
    again = lab.run("metrics", "load", "site", "--source", "targets").stdout
    assert "0 new, 0 changed, 0 gone." in again


def test_what_is_odd_is_a_warning_and_what_is_wrong_an_error(lab: Any) -> None:
    (lab.folder / "odd.yaml").write_text(TARGETS.replace("value: 7, filters: [r]", "value: 7"))
    told = lab.run("metrics", "load", "odd.yaml")
    assert "warning: design ≤ 7 s is looser than minimum ≤ 6 s" in told.stderr
    assert "design ≤ 7 s is looser" in lab.run("metrics", "list").stderr
    findings = {each["what"]: each for each in json.loads(lab.run("check", "--json").stdout)}
    assert findings["specifications"]["well"]
    assert "design ≤ 7 s is looser than" in findings["specifications"]["found"]

    (lab.folder / "wrong.yaml").write_text("shop.latency: {desgin: 5}")
    told = lab.run("metrics", "load", "wrong.yaml", check=1)
    assert "did you mean 'design'?" in told.stderr
    assert "--source" in lab.run("metrics", "load", "odd.yaml", "wrong.yaml", check=2).stderr
    assert "--source" in lab.run("metrics", "load", "odd.yaml", "--source", "seed", check=2).stderr
