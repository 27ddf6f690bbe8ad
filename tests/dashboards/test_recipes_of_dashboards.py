import inspect
import re
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from squash_jenkins.plugins import find
from squash_jenkins.render import base

ROOT = Path(__file__).resolve().parents[2]
RECIPE = re.compile(r"<!-- recipe: dashboards/(\S+) -->\s*```python\n(.*?)```", re.DOTALL)

CHECK = re.compile(r"<!-- check: (\S+) -->\s*```python\n(.*?)```", re.DOTALL)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a folder with what the recipes say."""
    text = (ROOT / "dashboards" / "README.md").read_text(encoding="utf-8")
    for file, content in [*RECIPE.findall(text), *CHECK.findall(text)]:
        path = tmp_path / "own" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path / "own"


def test_the_recipe_for_a_test(own: Path) -> None:
    test = own / "test_durations.py"
    spec = spec_from_file_location("checks_of_the_recipe", test)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.test_durations()
    module.test_scatter()


def test_the_readme_names_what_a_site_has() -> None:
    text = (ROOT / "dashboards" / "README.md").read_text(encoding="utf-8")
    made = set(re.findall(r"self\.(\w+)", inspect.getsource(base.Site.__init__)))
    named = set(re.findall(r"\bsite\.(\w+)", text))
    assert len(named) > 10
    assert {name for name in named if not hasattr(base.Site, name)} <= made


@pytest.mark.browser
def test_the_recipes_for_a_tab_and_a_plot(
    visit: Callable[..., Page], own: Path, tmp_path: Path
) -> None:
    assert (own / "tabs" / "durations.py").is_file()
    assert (own / "plots" / "scatter.py").is_file()
    site = conftest().make_site(tmp_path, find(own))
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
