// Types of the page scripts: all members of `window.squash`, what the data files hold, and the few
// parts of BokehJS in use. Only the check of the scripts reads this file (see .ci/page-scripts).

// ---- data files; written by render/content/data_files.py ----
type Columns = Record<string, ArrayLike<any>>;

/** A job of data/jobs.js; `series` is added by `squash.catalogue`. */
interface Job {
  title: string;
  name: string;
  controller: string;
  /** Folder of the job's pages. */
  folder: string;
  /** Folder of the job's data files. */
  data: string;
  jenkins: string | null;
  /** Start of the newest build, in milliseconds of Unix time. */
  newest: number;
  count: number;
  /** Title of the job that its builds are compared with; empty for none. */
  target: string;
  /** Why numbers between its builds may be missing, and the command that imports them. */
  unstored: { text: string; command: string };
  /** Whether Jenkins began to count its builds anew. */
  recreated: boolean;
  blocks: number[];
  groups: [group: number, first: number, last: number][];
  series?: SeriesName[];
}

interface SeriesName {
  metric: string;
  dataset: string;
  filter: string;
  level: string;
  unit: string;
}

interface Build {
  job: Job;
  number: number;
  /** Start and end in milliseconds of Unix time. */
  start: number;
  end: number;
  result: string;
  /** Role of the colour of the result. */
  tone: string;
  outcome: "running" | "failed" | "good" | "other";
  /** The machine it ran on; empty where that is not known. */
  node: string;
  /** Last part of its address; not the number for a build of a job that was made anew. */
  name: string;
  block: number;
  /** null: the build has no list of packages; undefined: not loaded yet. */
  packages: Packages | null | undefined;
  /** undefined: not loaded yet. */
  commits?: { total: number; rows: [revision: string, message: string, author: string][] };
  /** The name that it was given in Jenkins, empty for none. */
  label: string;
  measured: boolean;
  /** Why it has no report. */
  missing: Missing | null;
  /** Why it has no value of the metric that is shown. */
  without?: Missing;
  readonly good: boolean;
  readonly failed: boolean;
  readonly replaced: boolean;
  readonly page: string;
  readonly jenkins: string | null;
}

/** Why a value is missing; see verification/missing.py. */
interface Missing {
  kind: string;
  text: string;
}

interface Packages {
  total: number;
  rows: [name: string, text: string, url: string | null][];
}

type Limit = [level: string, limit: number, text: string];

/** What a measurement reaches, as Python found it. */
interface Status {
  name: string;
  /** 0 is the worst; 5 and more do not tell how good it is. */
  rank: number;
  /** Role of the colour that stands for it. */
  tone: string;
  /** The status as readers see it. */
  word: string;
  /** Whether the value meets a level, by level. */
  met: Record<string, boolean>;
}

/** What the builds of a block or a group measured of one series. */
interface BlockSeries extends SeriesName {
  entry: any;
  readonly values: Float64Array;
  /** The status in the build at a place, null if the build has no such measurement. */
  status(at: number): Status | null;
  limits(at: number): Limit[];
  /** 1 if more is better at a place, -1 for less, 0 if neither is, null if that is not known. */
  way(at: number): { sign: number | null; source: string };
  /** 1 if more is better at a place, -1 for less, 0 if neither is or that is not known. */
  better(at: number): number;
  missing(at: number): Missing | null;
  /** The noise as of the last build of the block, in the unit of the values; NaN if not known. */
  readonly noise: number;
}

interface Part {
  builds: Build[];
  series: BlockSeries[];
}

/** A finding of a job's findings.js. */
interface Finding {
  page: string;
  headline: string;
  place: string;
  tone: string;
  word: string;
  state: string;
  open: boolean;
  direction: string;
  details: { text: string; page?: string }[];
  since: { text: string; page?: string }[];
  begin: BuildKey;
  ended: BuildKey | null;
  suspects: Suspect[];
  more: number;
  reason: string;
  series: any[];
  job?: Job;
  marks?: Mark[];
}

/** Number and start (milliseconds) of a build. */
type BuildKey = [number: number, start: number];

interface Suspect {
  rank: number;
  name: string;
  text: string;
  url: string | null;
  reasons: string[];
}

interface Mark {
  text: string;
  over: boolean;
  tone: string;
  /** Labels of the series that it is about. */
  labels: string[];
  at: [build: BuildKey, first: BuildKey, last: BuildKey];
}

/** A metric of data/finder.js. */
interface Metric {
  name: string;
  page: string;
  /** Whether any build measured it. */
  measured: boolean;
}

// ---- plots ----
interface Plot {
  /** The element that holds the figure, and the note that stands there while it is empty. */
  place: HTMLElement;
  empty: HTMLElement;
  document: any;
  model: any;
  /** The view of the figure. */
  view?: any;
  linear?: any;
  held?: TrendPlan;
}

// ---- history ----
/** A series of the history page, with its points in order of start. */
interface ShownSeries extends SeriesName {
  key: string;
  job: Job;
  /** The node of its builds where each node has a colour, else empty. */
  node: string;
  points: Point[];
  label?: string;
  color?: number;
  index?: number;
}

interface Point {
  build: Build;
  value: number | null;
  missing: Missing | null;
  status: Status;
  limits: Limit[];
  unit: string;
  series: ShownSeries;
  /** The measured point before it in its series. */
  before: Point | null;
  readonly change: string;
}

/** A row of the table: a measurement, or a build without any. */
interface TableRow {
  build: Build;
  point: Point | null;
  element?: HTMLElement;
  packages?: HTMLElement;
}

interface Shown {
  builds: Build[];
  series: ShownSeries[];
}

interface Choice {
  job: string;
  dataset: string;
  filter: string;
  level: string;
  period: string;
  x: "time" | "build";
  y: "" | "linear" | "log" | "percent";
  color: "" | "node";
  [name: string]: string;
}

type View = Pick<Choice, "dataset" | "filter" | "level" | "period" | "x" | "y"> & {
  /** Labels of the series that are hidden. */
  hidden: Set<string>;
  /** Name of the build that is 100 %, else empty. */
  base: string;
  median: boolean;
};

interface TrendPlan {
  axis: string;
  sources: Record<string, Columns>;
  models: Record<string, any>;
  columns: { x: number[]; y: number[]; color: string[] };
  log: boolean;
  points: Point[];
  failed: Build[];
  /** Builds that did not fail and have no value of what is drawn. */
  missing: { build: Build; reasons: [label: string, missing: Missing][] }[];
  gaps: [before: Build, after: Build, missing: number][];
  marks: any[];
  notes: string[];
}

/** A column of a table that can be sorted. */
interface SortColumn {
  key: string;
  text: string;
  title?: string;
  class?: string;
  sorts?: string;
}

// ---- a build ----
interface BuildRow {
  series: SeriesName;
  value: number | null;
  unit: string;
  status: Status;
  limits: Limit[];
  earlier: (any | null)[];
  last: any | null;
  /** The median of the builds before; NaN if these are too few. */
  usual: number;
  /** The distance from it in units of the noise. */
  away: number;
  far: boolean;
  name: string;
  group: string;
  change: string;
  moved: number;
  /** 1 if it moved for the better, -1 for the worse, 0 if that is not known. */
  way: number;
  turn: number;
  kind: "misses" | "moved" | "gone" | "usual" | "empty";
  why: HTMLElement | null;
  text?: string;
  node?: HTMLElement;
}

/** One of the plots of the history page; without a plan while it is not needed. */
interface Panel {
  plot: Plot;
  plan: TrendPlan | null;
  hover: any;
}

// ---- comparison ----
/** One side of a comparison: a build, or a range of builds of which the median counts. */
interface Side {
  job: Job;
  builds: Build[];
  range: boolean;
  /** The build, or the last one of the range. */
  build: Build;
  /** What stands in the address. */
  word: string;
  label: string;
  /** Older builds of the range that are not read. */
  left?: number;
}

interface ComparedRow {
  series: SeriesName;
  unit: string;
  /** The units of both sides, if they cannot be compared. */
  units: [string, string] | null;
  from: number;
  to: number;
  difference: number;
  noise: number;
  /** The difference in units of the noise. */
  times: number;
  past: Float64Array | undefined;
  statuses: (Status | null)[];
  /** Why a side has no value. */
  missing: (HTMLElement | null)[];
  /** Names of the statuses, empty for none. */
  names: string[];
  /** The difference in percent. */
  share: number;
  trend: "better" | "worse" | "";
  /** Nothing says which values are better. */
  open: boolean;
  guessed: boolean;
  steps: number;
  changed: boolean;
  name: string;
  where: string;
  package: string;
  text: string;
  node?: HTMLElement;
}

/** A side that a build may be compared with, as the address names it. */
interface ReadyChoice {
  text: string;
  title: string;
  job: string;
  a: string;
}

interface Comparison {
  from: Side;
  to: Side;
  end: number;
  named: boolean;
  /** Whether any value has a target. */
  judged: boolean;
  pages: Map<string, string>;
}

// ---- drill-down ----
interface Table_ {
  name: string;
  dataset: string;
  filter: string;
  metrics: string[];
  digest: string | null;
  rows: number;
  parameters: Parameter[];
}
type Parameter = [name: string, value: any, unit: string, label: string, description: string];
type BuildWithTables = { number: number; start: number; page: string; begins: boolean; blobs: Table_[] };
type BuildsWithTables = BuildWithTables[] & { first: number };

interface TableColumn {
  name: string;
  kind: string;
  unit: string;
  label: string;
  description: string;
  size: number;
  /** Numbers; words if `kind` is "word". */
  values: any;
}

interface BlobTable {
  rows: number;
  columns: Map<string, TableColumn>;
}

/** A way to look at tables. */
interface DrillView {
  name: string;
  title: string;
  fits(table: BlobTable): boolean;
  toAddress(): Record<string, string>;
  /** Draws a table and returns notes about it. */
  show(about: any): Promise<string[]>;
}

interface Drill {
  views: DrillView[];
  /** How many builds of each job have their tables here; null for all. */
  kept(): Promise<number | null>;
  builds(job: Job): Promise<BuildsWithTables>;
  buildsAround(job: Job, number: number): Promise<BuildWithTables[]>;
  table(digest: string): Promise<BlobTable>;
  isNumeric(column: TableColumn | undefined): boolean;
  take(table: BlobTable, names: string[]): Record<string, TableColumn> | null;
  withUnit(column: { name: string; unit: string }): string;
  valueText(value: number, unit: string): string;
  sorted(values: any): Float64Array;
  median(values: any): number;
  rms(values: Float64Array): number;
  bins(values: Iterable<number>, start: number, end: number, many: number, log?: boolean): Bins;
  convert(value: number, from: string, to: string): number;
  parameter(parameters: Parameter[], name: string, unit?: string): number;
  label(plot: Plot, names: string[], text: string[]): void;
  figure(name: string, listen?: (plot: Plot) => void): Promise<Plot>;
  show(names: string[]): void;
  rowFacts(table: BlobTable, size: number): (row: number) => [name: string, text: string][];
  hover(
    plot: Plot,
    x: ArrayLike<number>,
    y: ArrayLike<number>,
    facts: (at: number) => [name: string, text: string][],
  ): void;
  specks(x: ArrayLike<number>, y: ArrayLike<number>): { x: Float64Array; y: Float64Array };
  legend(plot: Plot, entries: [kind: string, text: string][]): void;
}
type Bins = { low: number[]; high: number[]; count: Float64Array };

// ---- pooled tables ----
interface Axis {
  low: number;
  high: number;
  log: boolean;
}
interface Box {
  left: number;
  right: number;
  bottom: number;
  top: number;
}
interface PooledCounts {
  u?: Float32Array;
  v?: Float32Array;
  sides(wanted: number): number;
  count(box: Box): number;
}

// ---- Explore ----
interface ExploreChoice {
  job: string;
  dataset: string;
  filter: string;
  table: string;
  builds: number;
  x: string;
  y: string;
  colour: string;
  /** `linear` or `log`. */
  xscale: string;
  yscale: string;
  filters: any[];
}
interface Exploring {
  form: HTMLFormElement;
  refresh(wanted: Partial<ExploreChoice>): Promise<boolean>;
  chosen(): ExploreChoice;
  current(): { rows: number; columns: { name: string; unit: string; kind: string }[] };
  offerWords(words: Record<string, [word: string, count: number][]>): void;
  fromAddress(): Partial<ExploreChoice> & { view: number[] | null };
  toAddress(choice: ExploreChoice, view: number[] | null, step: boolean): void;
}

// ---- lists to choose from ----
interface ListToChoose {
  title: string;
  options: { value: string; text: string; detail?: string }[];
  chosen: Iterable<string>;
  /** Whether several can be chosen; the list stays open then. */
  several?: boolean;
  /** Is called with all that is chosen, after every change. */
  choose(values: string[]): void;
}

// ---- the table of series ----
/** The newest measurement of a series; numbers that are not known are NaN. */
interface SeriesRow extends SeriesName {
  /** Title of the job, and the folder of its pages. */
  job: string;
  folder: string;
  /** Page of the metric's history. */
  history: string;
  short: string;
  limits: number[];
  tone: string;
  word: string;
  rank: number;
  build: { number: number; page: string; end: number };
  /** Whether the newest build of the job does not have it. */
  old: boolean;
  value: number;
  usual: number;
  noise: number;
  /** The distance from the usual value in units of the noise, and in percent. */
  times: number;
  share: number;
  trend: "better" | "worse" | "";
  /** What the newest open finding says. */
  mark: { text: string; trend: string; page: string; size: number } | null;
  spark: string;
  /** What matters most: the smallest weight, then the largest size. */
  weight: number;
  size: number;
  text: string;
}
type SeriesChoices = Record<"find" | "job" | "dataset" | "status" | "only" | "sort", string>;

// ---- the members ----
/** A build with the commits and package changes that fit. */
interface CodeFound {
  build: Build;
  commits: string[][];
  packages: any[][];
}

interface CodeSearch {
  left(): boolean;
  step(): Promise<{ job: Job; builds: CodeFound[] }[]>;
}

interface Squash {
  // every_page/squash.js
  /** Takes the content of a data file: each data file is a script that calls this. */
  data(key: string, payload: any): void;
  /** Returns the address of a path of the site. */
  href(path: string): string;
  load(path: string, file?: string): Promise<any>;
  finder(): Promise<any>;
  expect(paths: string[]): void;
  onChange(handler: () => unknown): void;
  changed(): Promise<void>;
  keepZoom(plots: Plot[]): () => void;
  forget(now: string): Promise<void>;
  make<K extends keyof HTMLElementTagNameMap>(
    name: K,
    attributes?: Record<string, string | number | boolean | null | undefined>,
    ...children: (Node | string)[]
  ): HTMLElementTagNameMap[K];
  svg(name: string, attributes?: Record<string, string | number>, ...children: (Node | string)[]): SVGElement;
  /** Returns the colour of a role of the theme. */
  ink(name: string): string;
  draw(place: HTMLElement, columns?: Record<string, Columns>, models?: Record<string, object>): Promise<Plot | null>;
  plots: Plot[];
  source(plot: Plot, name: string): any;
  fill(plot: Plot, name: string, columns: Columns): void;
  setRange(plot: Plot, name: string, start: number, end: number): void;
  repaint(plot: Plot): void;
  tint(plot: Plot): void;

  // every_page/format.js
  /** Writes a number, with the digits that distinguish it from those beside it, and that its noise leaves. */
  number(value: number | null | undefined, beside?: number[], noise?: number | null): string;
  /** Writes a number with its unit, which gets a prefix where that reads better: 19.4 MB. */
  quantity(value: number | null | undefined, unit?: string, beside?: number[], noise?: number | null): string;
  /** Writes numbers that are compared, with one unit: 27.1 → 32.1 marcsec. */
  quantities(values: number[], unit?: string, beside?: number[], noise?: number | null): string;
  /** The labels of the ticks of an axis. */
  ticks(values: number[]): string[];
  /** Sets the short names that several metrics have. */
  nameAlike(names: string[]): void;
  /** The name of a metric, without its package where that stays unique. */
  shortName(metric: string): string;
  packageName(metric: string): string;
  thresholds(limits: [string, number, string][]): number[];
  breakable(name: string): (HTMLElement | string)[];
  /** Writes a count with its digits in groups of three. */
  whole(number: number): string;
  /** Returns a count with its noun, such as `1 build` or `2 builds`. */
  counted(number: number, word: string): string;
  change(value: number | null, before: number | null | undefined): string;
  /** Date and time where the reader is: 14 Nov 2026, 09:12. */
  moment(milliseconds: number): string;
  /** Date and time where the reader is, with UTC where that differs: for titles of elements. */
  absolute(milliseconds: number): string;
  ago(milliseconds: number): string;

  // every_page/combobox.js
  /** Opens a list below an element, with a search field where it is long; `text` stands in that field. */
  openList(anchor: HTMLElement, about: ListToChoose, text?: string): void;

  // code/code_query.js
  /** Says which commits and package changes a ticket, hash or name means. */
  codeQuery(text: string): { commit(row: string[]): boolean; package(row: string[]): boolean };

  // code/code_search.js
  searchCode(jobs: Job[], text: string): CodeSearch;

  // shared/data.js
  jobs(): Promise<Job[]>;
  blockOf(number: number): number;
  catalogue(path: string): Promise<Job[]>;
  listSeries(path: string): Promise<{ metric: string; folder: string; jobs: any[] }>;
  readBuilds(job: Job, since?: number): Promise<Build[]>;
  blockBuilds(job: Job, block: number): Promise<Build[]>;
  readPackages(builds: Build[]): Promise<Build[]>;
  steps(before: Status | null, now: Status | null): number;
  /** Decodes floats of 64 or 32 bits from base64. */
  floats(text: string, bits: number): Float64Array;
  whyMissing(build: Build, series: BlockSeries | null, at: number): Missing;
  /** Returns a reason as a link or a text. */
  missingText(missing: Missing, build: Build): HTMLElement;
  readBlock(job: Job, block: number): Promise<Part>;
  readMetric(job: Job, metric: string, since?: number): Promise<Part[]>;
  gaps(builds: Build[]): [before: Build, after: Build, missing: number][];
  periodStart(word: string, now?: number): number;

  // shared/statistics.js
  quantile(sorted: ArrayLike<number>, share: number): number;
  median(values: ArrayLike<number>): number;
  runningMedian(values: ArrayLike<number>, width?: number): Float64Array;

  // shared/bullet.js
  spark(values: (number | null)[]): SVGElement | null;
  bullet(value: number | null, limits: Limit[], tone: string): SVGElement | null;
  difference(from: number, to: number): number;

  // shared/finding_card.js
  findingAbout(finding: Finding, series: any): Finding;
  findingCard(finding: Finding, where: string, more: Node[], below: Node[]): HTMLElement;

  // shared/between.js
  codeIn(builds: Build[]): Promise<HTMLElement>;
  showBetween(
    place: HTMLElement,
    shown: Shown,
    first: Build,
    last: Build,
    act: Record<"zoom" | "base" | "clear", () => void>,
  ): Promise<void>;
  hideBetween(place: HTMLElement): void;

  // shared/sharing.js
  save(name: string, mime: string, content: string | Blob): void;
  fileName(text: string, ending: string): string;
  csv(rows: unknown[][]): string;
  copyLink(button: HTMLElement): Promise<void>;

  // shared/sorting.js
  sortHead(columns: SortColumn[], sorted: string, choose: (sorted: string) => void): HTMLElement;
  sortRows<T>(rows: T[], sorted: string, keys: Record<string, (row: T) => string | number | null>): T[];

  // series_table
  seriesRows(file: { alike: string[]; parts: any[] }): SeriesRow[];
  sparkOfCode(code: string): SVGElement | null;
  placeOfSeries(row: SeriesRow): string;
  fittingSeries(rows: SeriesRow[], choice: SeriesChoices): SeriesRow[];
  sortedSeries(rows: SeriesRow[], sort: string): SeriesRow[];
  seriesOrder(sort: string, name: string): "none" | "ascending" | "descending";
  SeriesChoice: new (form: HTMLFormElement, columns: string[][], change: () => void) => any;
  seriesRowNode(row: SeriesRow, at: number, without: Set<string>): HTMLElement;

  // build
  findingsHere(page: HTMLElement, findings: Finding[], here: BuildKey): Finding[];
  readBuildRows(job: Job, number: number, start: number): Promise<{ self: Build; rows: BuildRow[]; earlier: Build[] }>;
  BuildTable: new (place: HTMLElement, view: any, choice: any, changed: (choice: any) => void) => any;

  // history
  readSeries(jobs: Job[], metrics: string[], choice: Choice, also: Record<string, Set<string>>): Promise<Shown>;
  planPanels(place: HTMLElement, shown: Shown, view: View, findings: Finding[]): TrendPlan[];
  Panels: new (place: HTMLElement, view: () => View, act: any) => any;
  showAlso(place: HTMLElement, choices: any, change: (parts: string[]) => void): void;
  offerAlso(button: HTMLElement, choices: any, metric: string, change: (parts: string[]) => void): Promise<void>;
  nameSeries(series: ShownSeries[]): void;
  baseline(series: ShownSeries, build: string): { value: number | null; text: string };
  relative(value: number | null, base: number | null): number | null;
  wantsLog(values: number[]): boolean;
  yRange(values: number[], thresholds: number[], log: boolean): [low: number, high: number];
  place(build: Build, axis: string): number;
  /** Converts a time to its place on an axis that shows local time. */
  toAxisTime(time: number): number;
  zoomText(start: number, end: number, axis: string): string;
  zoomEnds(text: string, axis: string): [start: number, end: number] | null;
  withRoomAbove(bounds: [low: number, high: number], share: number, log: boolean): [low: number, high: number];
  planTrend(place: HTMLElement, shown: Shown, view: View, findings: Finding[]): TrendPlan;
  showTrend(plot: Plot, plan: TrendPlan): void;
  readFindings(jobs: Job[], shown: Shown): Promise<Finding[]>;
  readNodes(jobs: Job[], shown: Shown): Promise<string[]>;
  planMarks(
    shown: Shown,
    found: Finding[],
    axis: string,
    ends: [number, number],
    width: number,
  ): { marks: any[]; sources: Record<"bands" | "marks", Columns> };
  listFindings(place: HTMLElement, found: Finding[], several: boolean): void;
  showLegend(
    list: HTMLElement,
    series: ShownSeries[],
    hidden: Set<string>,
    notes: string[],
    change: (what: "toggle" | "only" | "all" | "none", label?: string) => void,
  ): void;
  Choices: new (form: HTMLFormElement, catalogue: Job[]) => any;
  offerMetrics(choices: any, metric: string): Promise<void>;
  Hover: new (plot: Plot, view: () => View, act: any) => any;
  Table: new (
    body: HTMLElement,
    note: HTMLElement,
    pick: (row: any, event: MouseEvent) => void,
    near: (point: Point | null) => void,
  ) => any;
  keysDialog(): HTMLDialogElement;
  listenToKeys(place: HTMLElement, act: Record<string, (...given: any[]) => any>): void;
  savePicture(plots: Plot[], about: PictureTexts, name: string): Promise<void>;
  saveVectors(plots: Plot[], about: PictureTexts, name: string): void;

  // compare
  resolveSides(a: AskedSide, b: AskedSide): [Side, Side];
  inReadingOrder(sides: [Side, Side]): [from: Side, to: Side];
  compareRows(from: Side, to: Side): Promise<{ rows: ComparedRow[]; ignored: Set<string>; end: number }>;
  fittingRows(rows: ComparedRow[], choice: Record<string, string>): ComparedRow[];
  drawCompared(
    place: HTMLElement,
    rows: ComparedRow[],
    view: Comparison,
    act: { sorted: string; sort: (sorted: string) => void },
    limit?: number,
  ): void;
  splitMeasured(rows: ComparedRow[], choice: Record<string, string>): { shown: ComparedRow[]; hidden: ComparedRow[] };
  readyChoices(side: Side, builds: Build[], jobs: Job[]): ReadyChoice[];
  sideLine(side: Side): HTMLElement;
  nodeNote(from: Side, to: Side): Promise<HTMLElement[]>;
  summarizeCompared(view: Comparison & { rows: ComparedRow[]; ignored: Set<string> }, over: number): HTMLElement[];
  comparedCsv(rows: ComparedRow[], view: Comparison): string;

  // drill_down, pooled, explore
  drill: Drill;
  pooledCounts(about: any): PooledCounts;
  pooledCell(counts: PooledCounts, x: number, y: number, wide: number, pixels: number, size?: number): Box;
  valueAt(axis: Axis, place: number): number;
  placeOf(axis: Axis, value: number): number;
  exploring: Exploring;
  ExploreHover: new (place: HTMLElement, choosing: Exploring) => any;
  dragTools(place: HTMLElement, plots: () => Plot[]): (word: string | null) => void;

  // live
  /** Who one is; null if the server does not answer. */
  me: Promise<{ name: string; role: string; how: string } | null>;
  Part: new (shown: Element) => { update(now: Element): void };
}

interface PictureTexts {
  title: string;
  subtitle: string;
  legend: { text: string; ink: string }[];
}
interface AskedSide {
  job: Job;
  builds: Build[];
  word: string;
}

declare const squash: Squash;
interface Window {
  squash: Squash;
}

/** An event of a page, with the element that it happened on. */
type EventOn<E extends Element = HTMLElement, V extends Event = Event> = V & { target: E };

/** BokehJS, as far as it is in use. */
declare const Bokeh: {
  Models: { LogScale: { prototype: any } };
  embed: {
    embed_item(item: object, place: Element): Promise<any>;
    add_document_from_session(address: string, token: string, place: Element): Promise<any>;
  };
  index: { find_one_by_id(id: string): any };
};

// The pages are HTML: what is looked for by a selector is an HTML element.
interface ParentNode {
  querySelector<K extends keyof HTMLElementTagNameMap>(selectors: K): HTMLElementTagNameMap[K] | null;
  querySelector<K extends keyof HTMLElementTagNameMap>(selectors: `${K}[${string}]`): HTMLElementTagNameMap[K] | null;
  querySelector<E extends Element = HTMLElement>(selectors: string): E | null;
  querySelectorAll<K extends keyof HTMLElementTagNameMap>(selectors: K): NodeListOf<HTMLElementTagNameMap[K]>;
  querySelectorAll<E extends Element = HTMLElement>(selectors: string): NodeListOf<E>;
}
