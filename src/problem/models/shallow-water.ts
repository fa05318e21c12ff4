import { ArgumentError } from "../../engine/errors/index.ts";
import { stack, type Tensor, tensor } from "../../engine/graph/index.ts";
import { checkCount, checkNumber, checkPositive } from "./check.ts";
import { integrate, type Scheme } from "./integrators.ts";
import { type TracedModel, tracedModel } from "./traced.ts";

/** What the edges of the domain are: nothing special, walls all around, or walls in y and none in x. */
export type ShallowWaterBoundary = "periodic" | "walls" | "channel";

export interface ShallowWaterOptions {
  /** Points in y and in x, at least 3 each; [64, 64] by default. */
  readonly grid?: readonly [number, number];
  /** Distance of points in x and y, 0.01 by default. */
  readonly spacing?: number;
  /** Time step, 0.002 by default. Waves of speed c = sqrt(gravity · h) want c · dt < spacing with rk4. */
  readonly dt?: number;
  /** 1 by default. */
  readonly gravity?: number;
  /** Rate at which friction slows the flow down, 0 by default. */
  readonly drag?: number;
  /** The Coriolis parameter f, 0 by default. */
  readonly coriolis?: number;
  readonly boundary?: ShallowWaterBoundary;
  /**
   * `full` (default): with advection of momentum, on a staggered grid. `simplified`: u_t = −g h_x − b u, v_t = −g h_y − b v,
   * h_t = −(uh)_x − (vh)_y by centred differences on one grid, periodic: the equations of published surrogate experiments.
   */
  readonly equations?: "full" | "simplified";
  readonly scheme?: Scheme;
}

/**
 * A layer of water in two dimensions: velocities u (in x) and v (in y) and the height h of the surface above the bottom, a state of
 * [3, points in y, points in x]. On Arakawa's C grid, u on the left and v on the lower edge of the cell around h, in Sadourny's form:
 * mass is conserved to rounding, total energy but for the error of the time steps. Some 70 operations a point and stage.
 * @throws ArgumentError for a grid that is too small, numbers out of range, walls with simplified equations
 * @see [Sadourny1975] [ArakawaLamb1977]
 */
export function shallowWater(options: ShallowWaterOptions = {}): TracedModel {
  const { grid = [64, 64], spacing = 0.01, dt = 0.002, gravity = 1, drag = 0, coriolis = 0 } = options;
  const { boundary = "periodic", equations = "full", scheme = "rk4" } = options;
  const [ny, nx] = grid;
  if (grid.length !== 2) throw new ArgumentError("grid", `expected points in y and x, got ${grid.length} numbers`);
  checkCount("grid[0]", ny, 3);
  checkCount("grid[1]", nx, 3);
  checkPositive("spacing", spacing);
  checkPositive("gravity", gravity);
  checkNumber("coriolis", coriolis);
  if (!(drag >= 0 && Number.isFinite(drag)))
    throw new ArgumentError("drag", `expected a rate of at least 0, got ${drag}`);
  if (!["periodic", "walls", "channel"].includes(boundary))
    throw new ArgumentError("boundary", `expected periodic, walls or channel, got ${boundary}`);
  if (equations !== "full" && equations !== "simplified")
    throw new ArgumentError("equations", `expected full or simplified, got ${equations}`);
  if (equations === "simplified" && (boundary !== "periodic" || coriolis !== 0))
    throw new ArgumentError(
      "equations",
      'the simplified equations are periodic and don\'t rotate: leave boundary and coriolis out, or take "full"',
    );
  const constants = { spacing, gravity, drag, coriolis };
  const slope = equations === "full" ? staggered(constants, wallMasks(boundary, ny, nx)) : centred(constants);
  return tracedModel({
    name: "shallow-water",
    shape: [3, ny, nx],
    dt,
    options: { grid: [ny, nx], spacing, dt, gravity, drag, coriolis, boundary, equations, scheme },
    step: integrate(scheme, dt, slope),
  });
}

/** Calm water of height `depth` with a column of water more on it, in a disk: [3, points in y, points in x]. */
export function waterColumn(options: {
  readonly grid: readonly [number, number];
  /** 1 by default. */
  readonly depth?: number;
  /** How much higher it is there, 0.1 by default. */
  readonly height?: number;
  /** In grid points. */
  readonly radius: number;
  /** Its centre in points, [y, x]; the middle of the grid by default. */
  readonly center?: readonly [number, number];
}): Float64Array {
  const { grid, depth = 1, height = 0.1, radius } = options;
  const [ny, nx] = grid;
  const [y, x] = options.center ?? [(ny - 1) / 2, (nx - 1) / 2];
  const out = new Float64Array(3 * ny * nx);
  for (let j = 0; j < ny; j++)
    for (let i = 0; i < nx; i++)
      out[(2 * ny + j) * nx + i] = depth + ((j - y) ** 2 + (i - x) ** 2 <= radius ** 2 ? height : 0);
  return out;
}

interface Constants {
  readonly spacing: number;
  readonly gravity: number;
  readonly drag: number;
  readonly coriolis: number;
}

/** Ones, and zeros on the edges that are walls, for u and v; nothing where there is no wall. */
interface WallMasks {
  readonly u: Float64Array | undefined;
  readonly v: Float64Array | undefined;
}

function wallMasks(boundary: ShallowWaterBoundary, ny: number, nx: number): WallMasks {
  return {
    u: boundary === "walls" ? Float64Array.from({ length: nx }, (_, i) => (i === 0 ? 0 : 1)) : undefined,
    v: boundary === "periodic" ? undefined : Float64Array.from({ length: ny }, (_, j) => (j === 0 ? 0 : 1)),
  };
}

const Y = 0;
const X = 1;

/** The value at the point before, on an axis. */
const before = (a: Tensor, axis: number): Tensor => a.roll(1, axis);
const after = (a: Tensor, axis: number): Tensor => a.roll(-1, axis);

/** Velocities are zero on walls, whatever the state says there: so nothing flows through, and mean slopes across are not used. */
function staggered({ spacing, gravity, drag, coriolis }: Constants, walls: WallMasks): (state: Tensor) => Tensor {
  const sides = (a: Tensor, axis: number): Tensor => a.add(before(a, axis)).mul(0.5);
  const centre = (a: Tensor, axis: number): Tensor => a.add(after(a, axis)).mul(0.5);
  const backward = (a: Tensor, axis: number): Tensor => a.sub(before(a, axis)).div(spacing);
  const forward = (a: Tensor, axis: number): Tensor => after(a, axis).sub(a).div(spacing);
  const onU = (a: Tensor): Tensor => (walls.u === undefined ? a : a.mul(tensor(walls.u)));
  const onV = (a: Tensor): Tensor =>
    walls.v === undefined ? a : a.mul(tensor({ data: walls.v, shape: [walls.v.length, 1] }));
  return (state) => {
    const [u, v, h] = [onU(state.at(0)), onV(state.at(1)), state.at(2)];
    const flowX = u.mul(sides(h, X));
    const flowY = v.mul(sides(h, Y));
    const bernoulli = h.mul(gravity).add(centre(u.square(), X).add(centre(v.square(), Y)).mul(0.5));
    const vorticity = backward(v, X).sub(backward(u, Y)).add(coriolis);
    const potential = vorticity.div(sides(sides(h, X), Y));
    const turnX = centre(potential.mul(sides(flowY, X)), Y);
    const turnY = centre(potential.mul(sides(flowX, Y)), X);
    return stack([
      onU(turnX.sub(backward(bernoulli, X)).sub(u.mul(drag))),
      onV(turnY.neg().sub(backward(bernoulli, Y)).sub(v.mul(drag))),
      forward(flowX, X).add(forward(flowY, Y)).neg(),
    ]);
  };
}

function centred({ spacing, gravity, drag }: Constants): (state: Tensor) => Tensor {
  const slope = (a: Tensor, axis: number): Tensor =>
    after(a, axis)
      .sub(before(a, axis))
      .mul(0.5 / spacing);
  return (state) => {
    const [u, v, h] = [state.at(0), state.at(1), state.at(2)];
    return stack([
      slope(h, X).mul(-gravity).sub(u.mul(drag)),
      slope(h, Y).mul(-gravity).sub(v.mul(drag)),
      slope(u.mul(h), X)
        .add(slope(v.mul(h), Y))
        .neg(),
    ]);
  };
}
