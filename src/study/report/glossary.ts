import { escapeHtml } from "./html.ts";

const TERMS: readonly (readonly [string, string])[] = [
  ["Truth", "The state that made the observations, known because the experiment was simulated."],
  ["Forecast (background)", "What the model says before the observations of a time are used."],
  ["Analysis", "The forecast corrected by the observations."],
  ["Innovation", "Observation minus what the forecast says about it."],
  ["RMSE", "Root mean square over the state of the difference from the truth."],
  ["Spread", "Root mean square over the state of the standard deviations that the method gives."],
  [
    "CRPS",
    "Continuous ranked probability score: the error of a distribution, in the units of the state; for one value the absolute error.",
  ],
  [
    "Innovation chi-square",
    "Squared innovation in units of its assumed covariance, divided by the number of observations; 1 if consistent.",
  ],
  ["Log evidence", "Logarithm of the probability density that the method gave to the observations before it saw them."],
  [
    "J, Jb, Jo",
    "The cost function, half the squared distance to the background plus half that to the observations, in units of their covariances.",
  ],
  ["Window", "The span of time whose observations are assimilated together."],
  ["Burn-in", "First cycles, in which the start is forgotten; scores leave them out."],
];

/** A folded list of the report's terms. */
export function glossary(): string {
  const entries = TERMS.map(([term, meaning]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(meaning)}</dd>`);
  return `<details><summary>Terms</summary><dl>\n${entries.join("\n")}\n</dl></details>`;
}
