/** Pieces of HTML. Everything that comes from outside goes through {@link escapeHtml}. */

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Control characters that are white space in HTML. */
const SPACING = "\t\n\r";

/** Text made safe for element content and quoted attributes; control characters become U+FFFD. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "")
    .replace(/\p{Cc}/gu, (character) => (SPACING.includes(character) ? character : "\ufffd"));
}

/** A sample of how something is drawn. */
export interface LegendEntry {
  readonly label: string;
  readonly mark: "line" | "thick" | "dash" | "dot" | "ring" | "band" | "bar";
  /** A colour, usually `var(--…)`. */
  readonly color: string;
}

/** A figure before it is laid out. `body` is HTML, everything else is text. */
export interface Figure {
  readonly title: string;
  readonly body: string;
  readonly legend: readonly LegendEntry[];
  /** Sentences that say what is shown. */
  readonly caption: string;
}

/** A figure with its heading, legend and caption. */
export function figureHtml(figure: Figure): string {
  const legend = figure.legend.map((entry) => `<span class="key">${sample(entry)}${escapeHtml(entry.label)}</span>`);
  return [
    "<figure>",
    `<h3>${escapeHtml(figure.title)}</h3>`,
    legend.length > 0 ? `<div class="legend">${legend.join("")}</div>` : "",
    `<div class="scroll">${figure.body}</div>`,
    `<figcaption>${escapeHtml(figure.caption)}</figcaption>`,
    "</figure>",
  ].join("\n");
}

function sample({ mark, color }: LegendEntry): string {
  const shapes: Record<LegendEntry["mark"], string> = {
    line: `<path d="M0,6H26" stroke="${color}" stroke-width="2"/>`,
    thick: `<path d="M0,6H26" stroke="${color}" stroke-width="5" stroke-opacity="0.4"/>`,
    dash: `<path d="M0,6H26" stroke="${color}" stroke-width="1.5" stroke-dasharray="5,3"/>`,
    dot: `<circle cx="13" cy="6" r="3.2" fill="${color}"/>`,
    ring: `<circle cx="13" cy="6" r="3.8" stroke="${color}" stroke-width="1.5"/>`,
    bar: `<rect y="1" width="26" height="10" fill="${color}" fill-opacity="0.75"/>`,
    band: `<rect y="1" width="26" height="10" fill="${color}" fill-opacity="0.22"/>`,
  };
  return `<svg width="26" height="12" viewBox="0 0 26 12" aria-hidden="true">${shapes[mark]}</svg>`;
}
