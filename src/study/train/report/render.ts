import { loadDrawing } from "../../report/drawing.ts";
import { escapeHtml, figureHtml } from "../../report/html.ts";
import { formatNumber } from "../../report/numbers.ts";
import { page } from "../../report/page.ts";
import type { TrainRun } from "../result.ts";
import { lossFigure } from "./loss.ts";
import { rolloutFigure } from "./rollout.ts";
import { scatterFigure } from "./scatter.ts";
import { skillFigure } from "./skill.ts";
import { trainTable } from "./table.ts";
import { trainVerdict } from "./verdict.ts";

/**
 * The report of a training as one self-contained HTML file: losses, skill on unseen states against persistence and
 * climatology, a rollout against the truth, all numbers. No script, nothing loaded from outside, all text escaped.
 * @param text the resolved training, as YAML
 */
export async function renderTrainReport(run: TrainRun, text: string): Promise<string> {
  const drawing = await loadDrawing();
  const { skill, fit } = run.evaluation;
  const { title } = run.training;
  const figures = [
    skill && skillFigure(run, skill, drawing),
    skill && rolloutFigure(run, skill, drawing),
    fit && scatterFigure(fit, drawing),
    lossFigure(run, drawing),
  ];
  const notes = run.notes.map((note) => `<li>${escapeHtml(note)}</li>`);
  const { status, reason = "" } = run.summary;
  return page(title, [
    "<header>",
    `<h1>${escapeHtml(title)}</h1>`,
    status === "done"
      ? ""
      : `<p class="warning">${escapeHtml(status === "stopped" ? `The training was ${reason}.` : `The training failed: ${reason}`)}</p>`,
    `<p class="lead">${escapeHtml(trainVerdict(run))}</p>`,
    notes.length > 0 ? `<ul class="notes">${notes.join("")}</ul>` : "",
    "</header>",
    "<main>",
    trainTable(run),
    ...figures.filter((figure) => figure !== undefined).map(figureHtml),
    "</main>",
    '<div class="folded">',
    `<details><summary>Resolved training</summary><pre><code>${escapeHtml(text)}</code></pre></details>`,
    `<footer>Made by onda ${escapeHtml(run.summary.onda)} in ${escapeHtml(formatNumber(run.summary.seconds.total ?? 0))} s. Hover over a row of the table to see what it means.</footer>`,
    "</div>",
  ]);
}
