/**
 * How much do threads gain? A forecast of 100 members of a shallow-water model on 64×64 points by one thread and by two, in
 * turn; the start of the workers, and a task there and back. `npm run bench -- threads` takes the number of threads.
 *
 * On processors that others use, too, look at "processors": how many the process had on average while it ran.
 */
import { performance } from "node:perf_hooks";
import { compile, programOf, runTasks, stopWorkers, useWorkerScript } from "../src/engine/execute/index.ts";
import { trace } from "../src/engine/graph/index.ts";
import { tracedModel } from "../src/problem/models/index.ts";
import type { Operator } from "../src/problem/operators/index.ts";
import { gridSize, initialWater, shallowWaterStep } from "./shallow-water.ts";
import { largestDifference } from "./timing.ts";

useWorkerScript(new URL("../../dist/engine/execute/parallel/worker.js", import.meta.url));

const threads = Number(process.argv[2] ?? 2);
const members = 100;
const shape = [3, gridSize, gridSize];
const model = tracedModel({ name: "shallow-water", shape, dt: 0.001, step: (s) => shallowWaterStep(s, 0.001, 0.05) });
const size = model.size;
const E = { data: new Float64Array(members * size), shape: [members, size] };
for (let member = 0; member < members; member++) E.data.set(initialWater(member), member * size);

const median = (list: number[]): number => list.sort((a, b) => a - b)[list.length >> 1]!;
const digits = (value: number): number => Number(value.toPrecision(3));

/** Microseconds of a small task there and back. */
async function roundTrip(): Promise<number> {
  const executable = compile(
    trace((x) => x!.add(1), [[4]]),
    { executor: "js" },
  );
  const program = programOf(executable)!;
  let away = 0;
  const task = (): Promise<void> =>
    runTasks(
      program,
      2,
      Array.from({ length: 3 }, () => ({
        work: () => {
          away++;
          return { kind: "run" as const, inputs: [new Float64Array(4)] };
        },
        done: () => {},
        here: () => {},
      })),
    );
  const trips: number[] = [];
  for (let round = 0; round < 4000; round++) {
    const [begin, before] = [performance.now(), away];
    await task();
    if (away > before) trips.push(1000 * (performance.now() - begin));
    if (round % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return median(trips);
}

/** Milliseconds of the first forecast by two threads, whose workers start with it, and of the same by one. */
async function coldStart(steps: number): Promise<{ cold: number; alone: number }> {
  const [one, many] = [1, threads].map((count) => model.withCompute!({ threads: count }).advance(steps)) as [
    Operator,
    Operator,
  ];
  for (let warm = 0; warm < 3; warm++) for (const operator of [one, many]) await operator.applyBatch(E);
  const [cold, alone]: [number[], number[]] = [[], []];
  for (let round = 0; round < 9; round++) {
    stopWorkers();
    for (const [operator, list] of [
      [many, cold],
      [one, alone],
    ] as const) {
      const begin = performance.now();
      await operator.applyBatch(E);
      list.push(performance.now() - begin);
    }
  }
  return { cold: median(cold), alone: median(alone) };
}

interface Side {
  readonly run: () => unknown;
  readonly wall: number[];
  cpu: number;
}

async function forecast(steps: number): Promise<Record<string, string | number>> {
  const sides = [1, threads].map((count): Side => {
    const operator = model.withCompute!({ threads: count }).advance(steps);
    return { run: () => operator.applyBatch(E), wall: [], cpu: 0 };
  }) as [Side, Side];
  const results = [];
  for (const { run } of sides) for (let warm = 0; warm < 3; warm++) results.push(await run());
  const [alone, shared] = [results[0], results.at(-1)] as [typeof E, typeof E];
  for (let round = 0; round < 15; round++)
    for (const side of sides) {
      const [begin, before] = [performance.now(), process.cpuUsage()];
      await side.run();
      side.wall.push(performance.now() - begin);
      const { user, system } = process.cpuUsage(before);
      side.cpu += (user + system) / 1000;
    }
  const total = (list: number[]): number => list.reduce((sum, value) => sum + value, 0);
  const processors = sides.map(({ cpu, wall }) => digits(cpu / total(wall)));
  const best = sides.map(({ wall }) => Math.min(...wall));
  const [one, many] = sides.map(({ wall }) => median(wall)) as [number, number];
  return {
    case: `100 members, ${steps} steps`,
    "1 thread ms": digits(one),
    [`${threads} threads ms`]: digits(many),
    ratio: digits(one / many),
    "ratio of the fastest": digits(best[0]! / best[1]!),
    processors: processors.join(" / "),
    "CPU time ratio": digits(sides[0].cpu / sides[1].cpu),
    difference: largestDifference(shared.data, alone.data),
  };
}

const rows = [await forecast(1), await forecast(10), await forecast(100)];
const trip = await roundTrip();
const { cold, alone } = await coldStart(10);
console.log(
  `first forecast of 10 steps, in which the workers start: ${digits(cold)} ms, by one thread ${digits(alone)} ms; a small task there and back: ${digits(trip)} µs`,
);
console.table(rows);
console.log(
  JSON.stringify({
    "first forecast ms": digits(cold),
    "by one thread ms": digits(alone),
    "round trip µs": digits(trip),
    rows,
  }),
);
stopWorkers();
