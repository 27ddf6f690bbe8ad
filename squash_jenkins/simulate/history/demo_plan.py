"""Define the demo's world: two stacks of software, and the jobs that build them."""

from dataclasses import replace

from squash_jenkins.models import Branch
from squash_jenkins.simulate.history.history import Drift, JobPlan, Series
from squash_jenkins.simulate.history.stack import Contents, Effect, Event

RELEASE = "26.0"
PIPELINE_PACKAGES = """
    afw base coadd_utils ctrl_orca daf_base daf_persistence geom ip_diffim ip_isr jointcal log
    meas_algorithms meas_astrom meas_base meas_deblender meas_extensions_psfex obs_base obs_cfht
    obs_decam obs_subaru pex_config pex_exceptions pipe_base pipe_drivers pipe_tasks skymap utils
    validate_drp verify
"""
PIPELINES = Contents(
    name="pipelines",
    packages=dict.fromkeys(PIPELINE_PACKAGES.split(), RELEASE),
    fixed={
        "boost": "1.78.lsst1",
        "cfitsio": "4.0.0.lsst2",
        "eigen": "3.4.0",
        "fftw": "3.3.10.lsst1",
        "galsim": "2.4.7",
        "gsl": "2.7.lsst2",
        "minuit2": "5.34.14",
        "testdata_cfht": "14.0",
        "wcslib": "7.11.lsst1",
    },
    teams={
        "meas_astrom": "astrometry team",
        "jointcal": "astrometry team",
        "meas_": "photometry team",
        "ip_": "photometry team",
        "obs_": "camera team",
    },
)
_ASTROMETRY = ("AM1", "AM2")
PIPELINE_EVENTS = (
    Event(
        0.30,
        "meas_astrom",
        "Match with a wider search radius",
        (Effect(_ASTROMETRY, 1.30),),
    ),
    Event(0.40, "meas_extensions_convolved", "Add convolved fluxes", action="add"),
    Event(0.45, "afw", "Change the interface of the table schema", breaks=0.012),
    Event(
        0.52,
        "meas_astrom",
        "Reject outliers before the final fit",
        (Effect(_ASTROMETRY, 1 / 1.36),),
    ),
    Event(0.60, "ctrl_orca", "Retire the old orchestration", action="remove"),
    Event(
        0.68,
        "meas_algorithms",
        "Choose fewer stars for the PSF model",
        (Effect(("PA1",), 1.28, ("hsc_cosmos", "decam")), Effect(("TE1", "TE2"), 1.25)),
    ),
    Event(0.75, "cfitsio", "Update to the newest release"),
    Event(
        0.82,
        "ip_isr",
        "Correct the brighter-fatter effect",
        (Effect(("PA1",), 0.80, ("cfht",)),),
    ),
    Event(
        1.03,
        "jointcal",
        "Fit with fewer degrees of freedom",
        (Effect(_ASTROMETRY, 1.25),),
    ),
)
SHOP = Contents(
    name="shop",
    packages=dict.fromkeys(
        ("cart", "catalogue", "checkout", "gateway", "payment", "search"), "4.2"
    ),
    teams={"": "shop team"},
    commits_a_day=2.5,
)
_LATENCY = ("latency_p50", "latency_p95", "latency_p99")
SHOP_EVENTS = (
    Event(
        0.38,
        "search",
        "Rank results by recent purchases",
        (Effect(_LATENCY, 1.22), Effect(("throughput",), 0.88)),
    ),
    Event(
        0.63,
        "search",
        "Keep the ranking in memory",
        (Effect(_LATENCY, 0.84), Effect(("throughput",), 1.12), Effect(("memory",), 1.15)),
    ),
    Event(0.79, "payment", "Ask the bank twice", (Effect(("checkout_time",), 1.35),)),
)
STOREFRONT = Contents(
    name="storefront",
    packages=dict.fromkeys(("bundler", "router", "templates"), "2.0"),
    teams={"": "storefront team"},
    commits_a_day=1.5,
)
STOREFRONT_EVENTS = (
    Event(
        0.55,
        "templates",
        "Escape prices twice",
        (Effect(("render_time", "bundle_time"), 1.10),),
    ),
)
CFHT_2016 = Series("cfht", "r", {"AM1": 8.4, "AM2": 8.2, "PA1": 7.2})
CFHT = replace(CFHT_2016, usual={**CFHT_2016.usual, "TE1": 2.5e-5, "TE2": 2.1e-7})
DECAM = Series(
    "decam", "z", {"AM1": 15.5, "AM2": 16.4, "PA1": 8.8, "TE1": 2.7e-5, "TE2": 2.4e-7}, 0.025
)
HSC_R = Series(
    "hsc_cosmos", "HSC-R", {"AM1": 7.9, "AM2": 8.3, "PA1": 4.6, "TE1": 1.7e-5, "TE2": 0.8e-7}
)
HSC_I = Series(
    "hsc_cosmos", "HSC-I", {"AM1": 9.2, "AM2": 9.6, "PA1": 5.7, "TE1": 2.2e-5, "TE2": 1.4e-7}
)
LOAD = Series(
    "",
    "",
    {
        "latency_p50": 84.0,
        "latency_p95": 212.0,
        "latency_p99": 390.0,
        "throughput": 640.0,
        "error_rate": 0.42,
        "checkout_time": 910.0,
        "memory": 512.0,
        "cold_start": 6.4,
    },
    0.03,
)
CI_CFHT = JobPlan("ci_cfht", (CFHT_2016,), every=0.9, duration=1900.0)
SQRE = JobPlan(
    "sqre/validate_drp",
    (HSC_R, HSC_I),
    every=1.0,
    duration=5400.0,
    drifts=(Drift(("PA1",), 1.18, 0.15, 0.60, "HSC-I"),),
    outlier=1.9,
)
MATRIX = "validate_matrix"
CONFIGURATIONS = tuple(
    JobPlan(
        f"{MATRIX}/DATASET={series.dataset}",
        (series,),
        every=2.9,
        duration=2600.0,
        outliers=1,
        clock=MATRIX,
    )
    for series in (CFHT, DECAM)
)
LOAD_TEST = JobPlan(
    "shop/load_test",
    (LOAD,),
    every=0.6,
    duration=780.0,
    drifts=(Drift(("memory", "cold_start"), 1.30, 0.20, 0.95),),
    outliers=3,
    flaky=0.07,
)
BENCHMARK = JobPlan(
    "shop/benchmark",
    (Series("", "", {"render_time": 46.0, "bundle_time": 8.2}, 0.012),),
    every=0.6,
    duration=240.0,
    nodes=("agent-2", "agent-7"),
    factors={"agent-7": 1.35},
)
PROJECT = "shop/storefront"
"""A multibranch project with its primary branch and a pull request."""
STOREFRONT_PAGE = Series(
    "",
    "",
    {"first_paint": 820.0, "interaction": 96.0, "script_size": 412.0, "image_size": 1.9},
    0.012,
)
STOREFRONT_MAIN = JobPlan(f"{PROJECT}/main", (STOREFRONT_PAGE,), 0.9, 420.0, outliers=0)
STOREFRONT_PULL = JobPlan(
    f"{PROJECT}/PR-12", (STOREFRONT_PAGE,), 0.25, 420.0, outliers=0, flaky=0.0
)
PULL_BUILDS = 3
PULL_REQUEST = Branch("PR-12", "12", "main", "https://git.example.org/shop/storefront/pull/12")
PULL_EVENT = Event(
    0.99,
    "templates",
    "Load the fonts with the page",
    (Effect(("first_paint",), 1.17), Effect(("script_size",), 1.06), Effect(("interaction",), 0.9)),
)
SHOP_METRICS = """\
# What the shop's load test and benchmark measure; `squash-jenkins metrics load metrics.yaml`.
latency_p50: {unit: ms, operator: "<=", description: Half of all requests are faster}
latency_p95: {unit: ms, operator: "<=", description: 95 of 100 requests are faster, design: 250}
latency_p99:
  unit: ms
  operator: "<="
  description: 99 of 100 requests are faster
  minimum: 500
  design: 450
  stretch: 350
throughput:
  {unit: requests/s, operator: ">=", description: Requests answered in a second, minimum: 500}
error_rate: {unit: "%", operator: "<=", description: Requests that fail, minimum: 1, design: 0.5}
checkout_time:
  unit: ms
  operator: "<="
  description: From the cart to the thank-you page
  minimum: {value: 1.1, unit: s}
memory: {operator: "<=", description: Largest memory of the search service (MiB)}
render_time: {unit: ms, operator: "<=", description: Time to draw the front page}
bundle_time: {unit: s, operator: "<=", description: Time to bundle the scripts}
first_paint:
  unit: ms
  operator: "<="
  description: From the request to the first text on the front page
  minimum: 1000
  design: 900
interaction: {unit: ms, operator: "<=", description: Slowest answer to a click, minimum: 200}
script_size: {unit: kB, operator: "<=", description: Scripts of the front page}
image_size: {unit: MB, operator: "<=", description: Pictures of the front page}
cold_start: {operator: "<=", description: Seconds until the first answer, minimum: 8}
"""
