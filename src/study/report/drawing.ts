import type { PlotOptions } from "@observablehq/plot";

/** Observable Plot and what turns its options into static SVG. */
export interface Drawing {
  readonly Plot: typeof import("@observablehq/plot");
  /** SVG text of a plot, described for screen readers by `label`. */
  draw(label: string, options: PlotOptions): string;
}

/** Width of all plots in pixels before the page scales them. */
export const WIDTH = 760;
export const MARGIN = { left: 70, right: 22, top: 26, bottom: 38 } as const;

/** Loads Plot and linkedom, which nothing else does. */
export async function loadDrawing(): Promise<Drawing> {
  const [Plot, { parseHTML }] = await Promise.all([import("@observablehq/plot"), import("linkedom")]);
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const draw = (label: string, options: PlotOptions): string => {
    const svg = Plot.plot({
      document,
      className: "plot",
      width: WIDTH,
      marginLeft: MARGIN.left,
      marginRight: MARGIN.right,
      marginTop: MARGIN.top,
      marginBottom: MARGIN.bottom,
      ...options,
    });
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
    // The page has these rules once; the namespaces are of no use inside HTML; and two decimals are a hundredth of a pixel.
    return svg.outerHTML
      .replace(/<style>[\s\S]*?<\/style>/g, "")
      .replace(/ xmlns(:\w+)?="[^"]*"/g, "")
      .replace(/<[^>]+>/g, (tag) => tag.replace(/(\d\.\d\d)\d+/g, "$1"));
  };
  return { Plot, draw };
}
