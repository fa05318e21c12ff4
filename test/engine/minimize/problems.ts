import type { Objective } from "../../../src/engine/minimize/index.ts";

/** ½ Σ d (x − t)² + offset. */
export function quadratic(d: ArrayLike<number>, t: ArrayLike<number>, offset = 0): Objective {
  const gradient = new Float64Array(d.length);
  return {
    size: d.length,
    evaluate(x) {
      let value = offset;
      for (let i = 0; i < x.length; i++) {
        gradient[i] = d[i]! * (x[i]! - t[i]!);
        value += 0.5 * gradient[i]! * (x[i]! - t[i]!);
      }
      return { value, gradient };
    },
  };
}

/** Rosenbrock's valley, chained: minimum 0 at (1, …, 1). */
export function rosenbrock(size: number): Objective {
  return {
    size,
    evaluate(x) {
      const gradient = new Float64Array(size);
      let value = 0;
      for (let i = 0; i < size - 1; i++) {
        const a = x[i + 1]! - x[i]! ** 2;
        const b = 1 - x[i]!;
        value += 100 * a * a + b * b;
        gradient[i]! += -400 * a * x[i]! - 2 * b;
        gradient[i + 1]! += 200 * a;
      }
      return { value, gradient };
    },
  };
}

type State = [number, number, number];

const tendency = ([x, y, z]: State): State => [10 * (y - x), x * (28 - z) - y, x * y - (8 / 3) * z];
const adjoint = ([x, y, z]: State, [a, b, c]: State): State => [
  -10 * a + (28 - z) * b + y * c,
  10 * a - b + x * c,
  -x * b - (8 / 3) * c,
];
const along = (x: State, by: number, k: State): State => [x[0] + by * k[0], x[1] + by * k[1], x[2] + by * k[2]];
const dt = 0.01;

function stages(x: State): [State, State, State, State] {
  const x2 = along(x, dt / 2, tendency(x));
  const x3 = along(x, dt / 2, tendency(x2));
  return [x, x2, x3, along(x, dt, tendency(x3))];
}

/** A Runge-Kutta step of Lorenz 63. */
function step(x: State): State {
  const [k1, k2, k3, k4] = stages(x).map(tendency) as [State, State, State, State];
  return along(along(along(along(x, dt / 6, k1), dt / 3, k2), dt / 3, k3), dt / 6, k4);
}

function stepAdjoint(x: State, l: State): State {
  const [x1, x2, x3, x4] = stages(x);
  const zero: State = [0, 0, 0];
  const g4 = adjoint(x4, along(zero, dt / 6, l));
  const g3 = adjoint(x3, along(along(zero, dt / 3, l), dt, g4));
  const g2 = adjoint(x2, along(along(zero, dt / 3, l), dt / 2, g3));
  const g1 = adjoint(x1, along(along(zero, dt / 6, l), dt / 2, g2));
  return [g1, g2, g3, g4].reduce((sum, g) => along(sum, 1, g), l);
}

/** Strong-constraint 4D-Var of Lorenz 63 over one time unit, perfect observations every tenth step. */
export function lorenz4dvar(truth: State, background: State, observationError: number): Objective {
  const steps = 100;
  const observed = (at: number): boolean => at > 0 && at % 10 === 0;
  const trajectory = (x0: State): State[] => {
    const states = [x0];
    for (let at = 0; at < steps; at++) states.push(step(states[at]!));
    return states;
  };
  const observations = trajectory(truth);
  const weight = observationError ** -2;
  let parts = { Jb: 0, Jo: 0 };
  return {
    size: 3,
    parts: () => parts,
    evaluate(x) {
      const x0: State = [x[0]!, x[1]!, x[2]!];
      const states = trajectory(x0);
      const db = along(x0, -1, background);
      let l: State = [0, 0, 0];
      let Jo = 0;
      for (let at = steps; at > 0; at--) {
        if (observed(at)) {
          const d = along(states[at]!, -1, observations[at]!);
          Jo += 0.5 * weight * (d[0] ** 2 + d[1] ** 2 + d[2] ** 2);
          l = along(l, weight, d);
        }
        l = stepAdjoint(states[at - 1]!, l);
      }
      parts = { Jb: 0.5 * (db[0] ** 2 + db[1] ** 2 + db[2] ** 2), Jo };
      return { value: parts.Jb + Jo, gradient: Float64Array.from(along(l, 1, db)) };
    },
  };
}
