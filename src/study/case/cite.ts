import { libraryKeys, namedKeys, optionRules } from "./citations.ts";
import { REFERENCES } from "./references.generated.ts";
import { resolveCase } from "./resolve.ts";
import { version } from "./version.ts";

/** One publication that a case stands on. */
export interface Citation {
  /** Key of docs/references.bib. */
  readonly key: string;
  /** What of the case it is about: `method: etkf`, `method.rotate: true`. */
  readonly uses: readonly string[];
  /** Its BibTeX entry. */
  readonly bibtex: string;
}

type Kind = keyof typeof namedKeys;

/** What the names below a key are; anything else with a name is a covariance, or has no paper. */
const kinds: Readonly<Record<string, Kind | null>> = {
  model: "models",
  method: "methods",
  filter: "methods",
  minimizer: "minimizers",
  operator: null,
  domain: null,
};

/** Methods whose minimiser has a default of its own. */
const variational: ReadonlySet<unknown> = new Set(["3dvar", "4dvar"]);

/**
 * What to cite for a case: Onda, and who published its model, method, covariances, minimiser and options, in the order of
 * the case. No file of the case is read. Scores, executors and what a module or network does are not looked at.
 * @throws CaseError as {@link resolveCase}
 */
export function citeCase(value: unknown): Citation[] {
  const uses = new Map<string, string[]>(libraryKeys.map((key) => [key, []]));
  const note = (keys: readonly string[] = [], use: string): void => {
    for (const key of keys) uses.set(key, [...(uses.get(key) ?? []), use]);
  };
  const visit = (part: unknown, place: string, kind: Kind | null): void => {
    if (Array.isArray(part))
      part.forEach((entry, i) => {
        visit(entry, `${place}[${i}]`, kind);
      });
    if (!isMapping(part)) return;
    if (typeof part.name === "string" && kind !== null) note(namedKeys[kind][part.name], `${place}: ${part.name}`);
    // A default that isn't written down counts as well.
    const given = variational.has(part.name) && !("minimizer" in part) ? { ...part, minimizer: undefined } : part;
    for (const [key, inner] of Object.entries(given)) {
      const at = place === "" ? key : `${place}.${key}`;
      note(optionRules[key]?.(inner, part), isScalar(inner) ? `${at}: ${inner}` : at);
      visit(inner, at, kinds[key] === undefined ? "covariances" : kinds[key]);
    }
  };
  visit(resolveCase(value), "", null);
  return [...uses].map(([key, list]) => ({ key, uses: list, bibtex: bibtexOf(key) }));
}

/** @throws Error for a key that isn't in the bibliography, which a test excludes */
function bibtexOf(key: string): string {
  const entry = REFERENCES[key];
  if (entry === undefined) throw new Error(`no reference ${key}`);
  return key === "Onda" ? entry.replace(/(note = \{[^}]*)\}/, `$1, version ${version}}`) : entry;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}
