import re
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from squash_jenkins.plugins import find

ROOT = Path(__file__).resolve().parents[2]
RECIPE = re.compile(r"<!-- recipe: dashboards/(\S+) -->\s*```python\n(.*?)```", re.DOTALL)


@pytest.mark.browser
def test_the_recipes_for_a_tab_and_a_plot(visit: Callable[..., Page], tmp_path: Path) -> None:
    steps = RECIPE.findall((ROOT / "dashboards" / "README.md").read_text(encoding="utf-8"))
    assert [file for file, _ in steps] == ["tabs/durations.py", "plots/scatter.py"]
    for file, text in steps:
        path = tmp_path / "own" / file
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    site = conftest().make_site(tmp_path, find(tmp_path / "own"))
    page = visit("durations/index.html", site.as_uri())
    page.wait_for_function("() => squash.plots.length && squash.plots[0].empty.hidden")
    count = "() => squash.source(squash.plots[0], 'durations').data.hours.length"
    assert page.evaluate(count) == 43
    assert page.locator(".menu a[aria-current]").inner_text() == "Durations"
    assert "centos-7-c4" in page.locator("table").inner_text()


def conftest() -> Any:
    spec = spec_from_file_location("dashboards_conftest", Path(__file__).with_name("conftest.py"))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
