import { ArgumentError } from "../../engine/errors/index.ts";
import { type Drawing, loadDrawing } from "./drawing.ts";
import { chi2Figure } from "./figures/chi2.ts";
import { comparisonFigure } from "./figures/comparison.ts";
import { costFigure } from "./figures/cost.ts";
import { errorsFigure } from "./figures/errors.ts";
import { hovmollerFigure } from "./figures/hovmoller.ts";
import { mapsFigure } from "./figures/maps.ts";
import { ranksFigure } from "./figures/ranks.ts";
import { statesFigure } from "./figures/states.ts";
import { glossary } from "./glossary.ts";
import { escapeHtml, figureHtml } from "./html.ts";
import { checkRun, type ReportInput, type ReportRun } from "./input.ts";
import { page } from "./page.ts";
import { summaryTable } from "./table.ts";
import { comparisonVerdict, runVerdict, statusWarning } from "./verdict.ts";

/**
 * The report of one run, or of several on the same truth, as one self-contained HTML file: figures as SVG and PNG
 * inside, no script, nothing loaded from outside (its own content policy forbids it), all text escaped, light and dark.
 *
 * The same input gives the same bytes. Long runs are thinned: the size stays under 1 MB per run whatever the number of
 * cycles. Observable Plot and linkedom are loaded on the first call. Cost `O(runs · cycles · n)`.
 * @throws ArgumentError without a run
 * @throws ShapeError if the arrays of a run don't belong together
 */
export async function renderReport(input: ReportInput): Promise<string> {
  const { runs } = input;
  if (runs.length === 0) throw new ArgumentError("runs", "expected at least one run, got none");
  for (const [index, run] of runs.entries()) checkRun(run, `runs[${index}]`);
  const drawing = await loadDrawing();
  const warnings = runs.map(statusWarning).filter((warning) => warning !== undefined);
  const notes = (input.notes ?? []).map((note) => `<li>${escapeHtml(note)}</li>`);
  const body = [
    "<header>",
    `<h1>${escapeHtml(input.title)}</h1>`,
    ...warnings.map((warning) => `<p class="warning">${escapeHtml(warning)}</p>`),
    `<p class="lead">${escapeHtml(runs.length === 1 ? runVerdict(runs[0]!) : comparisonVerdict(runs))}</p>`,
    notes.length > 0 ? `<ul class="notes">${notes.join("")}</ul>` : "",
    "</header>",
    "<main>",
    summaryTable(runs),
    ...(runs.length === 1 ? runFigures(runs[0]!, drawing) : comparedRuns(runs, drawing)),
    "</main>",
    '<div class="folded">',
    glossary(),
    `<details><summary>Resolved case</summary><pre><code>${escapeHtml(input.caseText)}</code></pre></details>`,
    `<footer>Made by ${escapeHtml(input.createdBy)}. Hover over a row of the table to see what it means.</footer>`,
    "</div>",
  ];
  return page(input.title, body);
}

function comparedRuns(runs: readonly ReportRun[], drawing: Drawing): string[] {
  const comparison = comparisonFigure(runs, drawing);
  const links = runs.map((run, index) => `<a href="#run-${index}">${escapeHtml(run.label)}</a>`);
  const sections = runs.map((run, index) =>
    [
      `<section id="run-${index}">`,
      `<h2>${escapeHtml(run.label)}</h2>`,
      `<p>${escapeHtml(runVerdict(run))}</p>`,
      ...runFigures(run, drawing),
      "</section>",
    ].join("\n"),
  );
  return [comparison === undefined ? "" : figureHtml(comparison), `<nav>${links.join("")}</nav>`, ...sections];
}

function runFigures(run: ReportRun, drawing: Drawing): string[] {
  return [
    statesFigure(run, drawing),
    errorsFigure(run, drawing),
    hovmollerFigure(run, drawing),
    mapsFigure(run),
    chi2Figure(run, drawing),
    ranksFigure(run, drawing),
    costFigure(run, drawing),
  ]
    .filter((figure) => figure !== undefined)
    .map(figureHtml);
}
