import { ArgumentError, CapabilityError, ShapeError } from "../../engine/errors/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import {
  checkedPlaces,
  type Domain,
  gridDomain,
  lineDomain,
  neighbourSearch,
  placeOf,
  ringDomain,
  type TaperName,
  tapers,
} from "../../problem/localization/index.ts";
import type { Model } from "../../problem/models/index.ts";
import type { Observation } from "../../problem/observe/index.ts";
import type { Operator } from "../../problem/operators/index.ts";
import { tangentRows } from "./root.ts";
import type { SerialReach } from "./serial.ts";

/** How far observations reach. */
export interface LocalizationOptions {
  /** The taper, `gaspari-cohn` by default. */
  readonly function?: TaperName;
  /**
   * Distance that its shape is scaled by, in units of the domain (grid points unless it says otherwise), Infinity for no
   * localisation. gaspari-cohn is 0.634 there and vanishes at 3.64 radii, soar is 0.736, box ends.
   */
  readonly radius: number;
  /** Where the variables are. Left out: a ring for the models on one, else a line or grid of the model's shape. */
  readonly domain?: Domain;
  /**
   * Where the observations of a time are, [m, axes]. Left out: each is at the variable that it picks, or that it depends on
   * most.
   */
  readonly observations?: NdArray | ((observation: Observation) => NdArray);
}

/** Coefficients up to this are dropped. */
const least = 1e-3;

/** @throws ArgumentError for an unknown taper or a radius that isn't positive */
export function checkLocalization(options: LocalizationOptions | undefined): void {
  if (options === undefined) return;
  const { radius, function: name = "gaspari-cohn" } = options;
  if (!Object.hasOwn(tapers, name))
    throw new ArgumentError("localization.function", `expected one of ${Object.keys(tapers).join(", ")}, got ${name}`);
  if (!(radius > 0)) throw new ArgumentError("localization.radius", `expected a positive number, got ${radius}`);
}

/** Models whose variables are on a ring. */
const rings: ReadonlySet<string> = new Set(["lorenz96", "kuramoto-sivashinsky"]);

/**
 * Where a model's variables are unless somebody says so: on a ring, a line, or a grid of the last two axes of its shape, the
 * axes before them being fields. Not periodic, distances in grid points.
 * @throws CapabilityError for latent variables, which have no places
 */
export function modelDomain({ name, shape, size, latent }: Model): Domain {
  if (latent !== undefined)
    throw new CapabilityError("localization", "needs places, which latent variables don't have: give it a domain");
  if (rings.has(name)) return ringDomain(size);
  if (shape.length < 2) return lineDomain(size);
  const grid = shape.slice(-2);
  return gridDomain({ shape: grid, fields: size / (grid[0]! * grid[1]!) });
}

/** The observations that a place's analysis takes, of all those of a time, with the tapers of R⁻¹. */
export interface LocalPatch {
  /** State variables at the place. */
  readonly variables: Int32Array;
  readonly observations: Int32Array;
  readonly tapers: Float64Array;
}

/**
 * The patches of all places, each made when it is asked for: together they can be larger than an ensemble. A patch may share
 * its arrays with the next one.
 */
export interface LocalPatches {
  readonly length: number;
  at(place: number): LocalPatch | undefined;
}

/** Patches that tell the variables at a place without a search. */
export interface PlacedPatches extends LocalPatches {
  variables(place: number): Int32Array;
}

/** Patches and reaches, made once for each operator. */
export interface Localizer {
  /** Where the variables are. */
  readonly domain: Domain;
  /** For every place with variables what its analysis takes: for local analyses. */
  patches(observation: Observation, x: Float64Array): Promise<PlacedPatches>;
  /** For every observation what it touches: for serial filters. */
  reaches(observation: Observation, x: Float64Array): Promise<readonly SerialReach[]>;
  /** Tapers between variables and observations, [n, m], and among observations, [m, m]. */
  matrices(
    observation: Observation,
    x: Float64Array,
  ): Promise<{ readonly HX: Float64Array; readonly HH: Float64Array }>;
  /** The variable at each observation's place, or nearest to it, [m]. */
  nearest(observation: Observation, x: Float64Array): Promise<Int32Array>;
}

/**
 * What a localisation means for a model. `x` is a state about which operators that don't simply pick are looked at.
 * @throws ShapeError for a domain of another size than the model
 */
export function localizer(method: string, options: LocalizationOptions, model: Model): Localizer {
  checkLocalization(options);
  const { radius, function: name = "gaspari-cohn" } = options;
  const domain = options.domain ?? modelDomain(model);
  if (domain.places.shape[0] !== model.size)
    throw new ShapeError(
      "localization.domain",
      `expected places of ${model.size} variables, as the model has, got ${domain.places.shape[0]}`,
    );
  const taper = tapers[name];
  let groups: ReturnType<typeof samePlaces> | undefined;
  const reach = taper.support(radius);
  const near = (from: NdArray) => {
    const search = neighbourSearch(domain, from, reach);
    return (place: ArrayLike<number>): { indices: Int32Array; tapers: Float64Array } => {
      const { indices, distances } = search(place);
      let kept = 0;
      for (let i = 0; i < indices.length; i++) {
        const value = taper.value(distances[i]!, radius);
        if (value <= least) continue;
        indices[kept] = indices[i]!;
        distances[kept++] = value;
      }
      return { indices: indices.subarray(0, kept), tapers: distances.subarray(0, kept) };
    };
  };
  const places = (observation: Observation, x: Float64Array): Promise<NdArray> =>
    observationPlaces(method, options, observation, x, domain);
  const reaches = perOperator(async (observation, x) => {
    const at = await places(observation, x);
    const [variables, observations] = [near(domain.places), near(at)];
    return Array.from({ length: at.shape[0]! }, (_, j) => {
      const [state, others] = [variables(placeOf(at, j)), observations(placeOf(at, j))];
      return {
        variables: state.indices.slice(),
        variableTapers: state.tapers.slice(),
        observations: others.indices.slice(),
        observationTapers: others.tapers.slice(),
      };
    });
  });
  return {
    domain,
    reaches,
    nearest: perOperator(async (observation, x) =>
      options.observations === undefined
        ? observedVariables(method, observation, x)
        : nearestVariables(domain, await places(observation, x)),
    ),
    patches: perOperator(async (observation, x) => {
      const search = near(await places(observation, x));
      groups ??= samePlaces(domain.places);
      const { starts, order } = groups;
      const at = (place: number): Int32Array => order.subarray(starts[place], starts[place + 1]);
      return {
        length: starts.length - 1,
        variables: at,
        at(place) {
          const variables = at(place);
          const { indices, tapers: values } = search(placeOf(domain.places, variables[0]!));
          return { variables, observations: indices, tapers: values };
        },
      };
    }),
    matrices: perOperator(async (observation, x) => {
      const list = await reaches(observation, x);
      const [n, m] = [model.size, list.length];
      const [HX, HH] = [new Float64Array(m * n), new Float64Array(m * m)];
      list.forEach((reached, j) => {
        reached.variables.forEach((i, k) => {
          HX[j * n + i] = reached.variableTapers[k]!;
        });
        reached.observations.forEach((i, k) => {
          HH[j * m + i] = reached.observationTapers[k]!;
        });
      });
      return { HX, HH };
    }),
  };
}

function perOperator<T>(
  make: (observation: Observation, x: Float64Array) => Promise<T>,
): (observation: Observation, x: Float64Array) => Promise<T> {
  const known = new WeakMap<Operator, Promise<T>>();
  return (observation, x) => {
    const found = known.get(observation.operator) ?? make(observation, x);
    known.set(observation.operator, found);
    return found;
  };
}

/** Variables by their places, in the order of their coordinates: those of place p are order[starts[p]] to order[starts[p + 1]]. */
function samePlaces({ data, shape }: NdArray): { readonly starts: Int32Array; readonly order: Int32Array } {
  const [n, axes] = [shape[0]!, shape[1]!];
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const compare = (i: number, j: number): number => {
    for (let k = 0; k < axes; k++) {
      const difference = data[i * axes + k]! - data[j * axes + k]!;
      if (difference !== 0) return difference;
    }
    return i - j;
  };
  // Regular grids of one field are in order already.
  let ordered = true;
  for (let i = 1; i < n && ordered; i++) ordered = compare(i - 1, i) < 0;
  if (!ordered) order.sort(compare);
  const same = (i: number, j: number): boolean => {
    for (let k = 0; k < axes; k++) if (data[i * axes + k] !== data[j * axes + k]) return false;
    return true;
  };
  const starts: number[] = [];
  for (let i = 0; i < n; i++) if (i === 0 || !same(order[i - 1]!, order[i]!)) starts.push(i);
  return { starts: Int32Array.from([...starts, n]), order };
}

async function observationPlaces(
  method: string,
  { observations }: LocalizationOptions,
  observation: Observation,
  x: Float64Array,
  { places }: Domain,
): Promise<NdArray> {
  const { operator } = observation;
  const [m, axes] = [operator.outSize, places.shape[1]!];
  if (observations !== undefined) {
    const given = typeof observations === "function" ? observations(observation) : observations;
    checkedPlaces(given, "localization.observations");
    if (given.shape[0] !== m || given.shape[1] !== axes)
      throw new ShapeError(
        "localization.observations",
        `expected shape (${m}, ${axes}), a place for each observation, got (${given.shape.join(", ")})`,
      );
    return given;
  }
  const variables = await observedVariables(method, observation, x);
  const data = new Float64Array(m * axes);
  variables.forEach((variable, j) => {
    data.set(placeOf(places, variable), j * axes);
  });
  return { data, shape: [m, axes] };
}

/** The variables that observations are of: those that an operator picks, or depends on most. */
async function observedVariables(
  method: string,
  { operator, time }: Observation,
  x: Float64Array,
): Promise<Int32Array> {
  return operator.indices === undefined ? strongest(method, operator, x, time) : Int32Array.from(operator.indices);
}

/** The variable nearest to each place. O(n m). */
function nearestVariables({ places, distance }: Domain, at: NdArray): Int32Array {
  const n = places.shape[0]!;
  return Int32Array.from({ length: at.shape[0]! }, (_, j) => {
    let [best, least] = [0, Number.POSITIVE_INFINITY];
    for (let i = 0; i < n; i++) {
      const d = distance(placeOf(places, i), placeOf(at, j));
      if (d < least) [best, least] = [i, d];
    }
    return best;
  });
}

/** The variable that each result of an operator depends on most at x. O(n) tangents, 64 at a time. */
async function strongest(method: string, operator: Operator, x: Float64Array, t: number): Promise<Int32Array> {
  const [n, m, block] = [operator.inSize, operator.outSize, 64];
  if (!operator.linear && operator.tangentBatch === undefined)
    throw new CapabilityError(
      method,
      `can't tell where the observations of "${operator.name}" are: give localization.observations`,
    );
  const best = new Float64Array(m);
  const found = new Int32Array(m).fill(-1);
  for (let first = 0; first < n; first += block) {
    const rows = Math.min(block, n - first);
    const units = { data: new Float64Array(rows * n), shape: [rows, n] };
    for (let i = 0; i < rows; i++) units.data[i * n + first + i] = 1;
    const { data } = await tangentRows(method, operator, x, units, t);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < m; j++) {
        const size = Math.abs(data[i * m + j]!);
        if (size <= best[j]!) continue;
        best[j] = size;
        found[j] = first + i;
      }
  }
  const blind = found.indexOf(-1);
  if (blind >= 0)
    throw new CapabilityError(
      method,
      `can't tell where observation ${blind} of "${operator.name}" is, it depends on no variable at the mean: give localization.observations`,
    );
  return found;
}
