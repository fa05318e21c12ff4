// The types of the public entry. At run time these only have to load; `npx tsc --noEmit` checks them.
import { describe, expectTypeOf, it } from "vitest";
import {
  type ArgumentSpec,
  type ArrayLike64,
  type Assimilation,
  adam,
  assimilate,
  type Covariance,
  type Cycle,
  compile,
  type DType,
  type Executable,
  enkf,
  ensembleKalmanFilter,
  evaluateGraph,
  extendedKalman,
  type FourDVarOptions,
  type FourDVarProblem,
  fourDVar,
  freeRun,
  type Graph,
  grad,
  hessianVectorProduct,
  jacobian,
  jvp,
  kalman,
  kalmanFilter,
  lbfgs,
  lorenz63,
  lorenz96,
  type Method,
  type MethodRun,
  type Minimizer,
  type Model,
  type NdArray,
  type Operator,
  type observationNetwork,
  observationSeries,
  type Problem,
  type Run,
  type RunContext,
  randomStreams,
  type Summary,
  scalarCovariance,
  scan,
  sgd,
  Tensor,
  type TensorLike,
  type ThreeDVarOptions,
  type ThreeDVarProblem,
  type TracedModel,
  type TracedOperator,
  type TwinExperiment,
  threeDVar,
  trace,
  tracedOperator,
  twinExperiment,
  valueAndGrad,
  vjp,
  vmap,
  type WindowAnalysis,
  where,
} from "../src/index.ts";

describe("tensors", () => {
  it("know their shape and type and can't be changed", () => {
    expectTypeOf<Tensor["shape"]>().toEqualTypeOf<readonly number[]>();
    expectTypeOf<Tensor["dtype"]>().toEqualTypeOf<DType>();
    expectTypeOf<DType>().toEqualTypeOf<"float64" | "float32" | "int32" | "bool">();
  });
  it("combine with tensors, numbers and arrays", () => {
    expectTypeOf<number | Tensor | number[][] | Float64Array | NdArray>().toExtend<TensorLike>();
    expectTypeOf<string>().not.toExtend<TensorLike>();
    for (const name of ["add", "sub", "mul", "div", "pow", "maximum", "less", "matmul"] as const) {
      expectTypeOf<Parameters<Tensor[typeof name]>>().toEqualTypeOf<[other: TensorLike]>();
      expectTypeOf<ReturnType<Tensor[typeof name]>>().toEqualTypeOf<Tensor>();
    }
    expectTypeOf(where).parameter(0).toEqualTypeOf<Tensor>();
  });
  it("give tensors from every method", () => {
    type Methods = {
      [K in keyof Tensor]: Tensor[K] extends (...args: never[]) => unknown ? ReturnType<Tensor[K]> : Tensor;
    };
    expectTypeOf<
      Omit<Methods, "node" | "shape" | "dtype">[Exclude<keyof Tensor, "node" | "shape" | "dtype">]
    >().toEqualTypeOf<Tensor>();
    expectTypeOf<Parameters<Tensor["roll"]>>().toEqualTypeOf<[shift: number, axis?: number | undefined]>();
    expectTypeOf<Parameters<Tensor["sum"]>>().toEqualTypeOf<
      [axes?: number | readonly number[] | undefined, keepDims?: boolean | undefined]
    >();
  });
});

describe("graphs", () => {
  it("come from functions of tensors and the arguments' shapes", () => {
    expectTypeOf(trace).returns.toEqualTypeOf<Graph>();
    expectTypeOf(trace).parameter(1).toEqualTypeOf<readonly ArgumentSpec[]>();
    expectTypeOf<{ shape: number[]; dtype: "float32"; name: string }>().toExtend<ArgumentSpec>();
    trace((x, y) => [x.add(y), x], [[3], []]);
    trace(() => 3, []);
    // @ts-expect-error a string is no tensor
    expectTypeOf(() => trace(() => "x", [])).toBeFunction();
  });
  it("go into graphs", () => {
    expectTypeOf(jvp).toEqualTypeOf<(graph: Graph, wrt?: readonly number[]) => Graph>();
    expectTypeOf(vjp).toEqualTypeOf<(graph: Graph, wrt?: readonly number[]) => Graph>();
    expectTypeOf(grad).toEqualTypeOf<(graph: Graph, wrt?: readonly number[]) => Graph>();
    expectTypeOf(valueAndGrad).toEqualTypeOf<(graph: Graph, wrt?: readonly number[]) => Graph>();
    expectTypeOf(jacobian).toEqualTypeOf<(graph: Graph, wrt?: number) => Graph>();
    expectTypeOf(hessianVectorProduct).toEqualTypeOf<(graph: Graph, wrt?: number) => Graph>();
    expectTypeOf(vmap).toEqualTypeOf<(graph: Graph, size: number, batched?: readonly boolean[]) => Graph>();
  });
  it("have loops of tensors", () => {
    expectTypeOf(scan).returns.toEqualTypeOf<{ carry: Tensor[]; ys: Tensor[] }>();
    expectTypeOf<Parameters<typeof scan>[0]>().parameters.toEqualTypeOf<[carry: Tensor[], xs: Tensor[]]>();
  });
  it("are compiled to functions of arrays", () => {
    const graph = trace((x: Tensor) => x, [[1]]);
    expectTypeOf(compile(graph)).toEqualTypeOf<Executable>();
    expectTypeOf(compile(graph, { executor: "ort" })).toEqualTypeOf<Executable>();
    expectTypeOf<Executable["runSync"]>().parameter(0).toEqualTypeOf<readonly ArrayLike64[]>();
    expectTypeOf<Executable["runSync"]>().returns.toEqualTypeOf<NdArray[]>();
    expectTypeOf<Executable["run"]>().returns.toEqualTypeOf<Promise<NdArray[]>>();
    expectTypeOf(evaluateGraph).returns.toEqualTypeOf<NdArray[]>();
    // @ts-expect-error there is no such executor
    expectTypeOf(compile).toBeCallableWith({} as Graph, { executor: "gpu" });
  });
});

describe("problems", () => {
  it("have models that are differentiable when they are formulas", () => {
    expectTypeOf(lorenz63).returns.toEqualTypeOf<TracedModel>();
    expectTypeOf(lorenz96).returns.toEqualTypeOf<TracedModel>();
    expectTypeOf<TracedModel>().toExtend<Model>();
    expectTypeOf<TracedModel["advance"]>().returns.toEqualTypeOf<TracedOperator>();
    expectTypeOf<Model["advance"]>().returns.toEqualTypeOf<Operator>();
    expectTypeOf<TracedModel["step"]>().toEqualTypeOf<(x: Tensor, t: Tensor) => Tensor>();
    expectTypeOf<Model["step"]>().toEqualTypeOf<((x: Tensor, t: Tensor) => Tensor) | undefined>();
  });
  it("have operators that answer at once, or perhaps later", () => {
    expectTypeOf(tracedOperator).returns.toEqualTypeOf<TracedOperator>();
    expectTypeOf<TracedOperator["apply"]>().returns.toEqualTypeOf<Float64Array>();
    expectTypeOf<Operator["apply"]>().returns.toEqualTypeOf<Float64Array | Promise<Float64Array>>();
    expectTypeOf<undefined>().toExtend<Operator["adjoint"]>();
    expectTypeOf<TracedOperator["adjoint"]>().toBeFunction();
  });
  it("have covariances as operators", () => {
    expectTypeOf(scalarCovariance).returns.toEqualTypeOf<Covariance>();
    expectTypeOf<Covariance["restrict"]>().returns.toEqualTypeOf<Covariance>();
  });
  it("have observations with or without values", () => {
    type Network = ReturnType<typeof observationNetwork>;
    expectTypeOf<Network[number]>().not.toHaveProperty("values");
    expectTypeOf(observationSeries).parameter(0).toEqualTypeOf<Network>();
    expectTypeOf(observationSeries).returns.items.toHaveProperty("values").toEqualTypeOf<Float64Array>();
  });
  it("can be made up", () => {
    expectTypeOf(twinExperiment).returns.resolves.toEqualTypeOf<TwinExperiment>();
    expectTypeOf(randomStreams(1).stream("x").normals(3)).toEqualTypeOf<Float64Array<ArrayBufferLike>>();
  });
});

describe("methods", () => {
  it("are values with a name, options and a run", () => {
    expectTypeOf<Method["run"]>().toEqualTypeOf<
      (problem: Problem, context: RunContext) => AsyncGenerator<Cycle, void, undefined>
    >();
    for (const make of [freeRun, kalman, extendedKalman, enkf] as const)
      expectTypeOf<ReturnType<typeof make>>().toExtend<Method>();
    expectTypeOf(enkf).parameter(0).toHaveProperty("members").toEqualTypeOf<number>();
    // @ts-expect-error members have to be given
    expectTypeOf(enkf).toBeCallableWith({});
    // @ts-expect-error no such kind of perturbations
    expectTypeOf(enkf).toBeCallableWith({ members: 3, perturbations: "none" });
  });
  it("can be run on a problem in one call", () => {
    expectTypeOf(kalmanFilter).returns.toEqualTypeOf<Promise<MethodRun>>();
    expectTypeOf(ensembleKalmanFilter).returns.toEqualTypeOf<Promise<MethodRun>>();
  });
  it("of the variational kind take options or one problem", () => {
    expectTypeOf(threeDVar()).toEqualTypeOf<Method>();
    expectTypeOf(fourDVar({ window: 5, minimizer: lbfgs() })).toEqualTypeOf<Method>();
    expectTypeOf(threeDVar).toBeCallableWith({} as ThreeDVarProblem);
    const three = (problem: ThreeDVarProblem) => threeDVar(problem);
    const four = (problem: FourDVarProblem) => fourDVar(problem);
    const asMethod = (options: ThreeDVarOptions) => threeDVar(options);
    const asWindows = (options: FourDVarOptions) => fourDVar(options);
    expectTypeOf(three).returns.toEqualTypeOf<WindowAnalysis>();
    expectTypeOf(four).returns.toEqualTypeOf<WindowAnalysis>();
    expectTypeOf(asMethod).returns.toEqualTypeOf<Method>();
    expectTypeOf(asWindows).returns.toEqualTypeOf<Method>();
  });
  it("take any minimiser", () => {
    for (const make of [adam, lbfgs, sgd] as const) expectTypeOf<ReturnType<typeof make>>().toEqualTypeOf<Minimizer>();
  });
});

describe("runs", () => {
  it("are iterated or collected", () => {
    expectTypeOf(assimilate).returns.toEqualTypeOf<Assimilation>();
    expectTypeOf<Assimilation>().toExtend<AsyncIterable<Cycle>>();
    expectTypeOf<Assimilation["collect"]>().returns.resolves.toEqualTypeOf<Run>();
    expectTypeOf<Run["summary"]>().toEqualTypeOf<Summary>();
  });
  it("leave out what they don't have", () => {
    expectTypeOf<Summary["status"]>().toEqualTypeOf<"done" | "stopped" | "failed">();
    expectTypeOf<Required<Summary>["rmse"]["analysis"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<Summary["logEvidence"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<Summary["seconds"]["total"]>().toEqualTypeOf<number>();
    expectTypeOf<Cycle["analysisMean"]>().toEqualTypeOf<Float64Array>();
    expectTypeOf<Cycle["chi2"]>().toEqualTypeOf<{ readonly value: number; readonly count: number } | undefined>();
  });
  it("can't be changed", () => {
    const change = (summary: Summary): void => {
      // @ts-expect-error read only
      summary.cycles = 3;
    };
    expectTypeOf(change).toBeFunction();
  });
});

it("Tensor is a class, for instanceof", () => {
  expectTypeOf(Tensor).toBeConstructibleWith({} as Tensor["node"]);
});
