"""Check plug-ins, for their authors and for the project's own tests.

::

    def test_my_format():
        document = open_document(Path("sample.json"), "sample.json", limit=10**8)
        reports = check_format(MyFormat(), document)
        assert report_summary(reports[0])["measurements"] == {"latency": 0.31}

    def test_my_tab():
        check_tab(MyTab())

    def test_my_plot():
        check_plot(MyPlot())
"""

from squash_jenkins.testing.formats import check_format, report_summary
from squash_jenkins.testing.plots import check_plot
from squash_jenkins.testing.stores import HOSTILE, SAMPLES, sample_store
from squash_jenkins.testing.tabs import check_tab

__all__ = [
    "HOSTILE",
    "SAMPLES",
    "check_format",
    "check_plot",
    "check_tab",
    "report_summary",
    "sample_store",
]
