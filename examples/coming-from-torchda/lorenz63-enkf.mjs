// TorchDA's first tutorial problem, with the calls that its users know: Lorenz 63 with rho 35, Euler steps of 0.001 up to time 25, all
// variables observed every 0.5 with a standard deviation of 2, and 50 members that start from a bad guess.
//
//   node examples/coming-from-torchda/lorenz63-enkf.mjs
import { concat, randomStreams, scan, stack } from "onda-da";
import { Algorithms, CaseBuilder } from "onda-da/torchda";

const lorenz63 = (state) => {
  const [x, y, z] = [state.at(0), state.at(1), state.at(2)];
  return stack([y.sub(x).mul(10), x.mul(z.neg().add(35)).sub(y), x.mul(y).sub(z.mul(8 / 3))]);
};

// M(x, times): the states at all times, the first included. A scan instead of a for loop keeps the graph small.
const M = (x, times) => {
  const steps = times.slice([1]).sub(times.slice([0], [-1]));
  const { ys } = scan(
    ([state], [dt]) => {
      const next = state.add(lorenz63(state).mul(dt));
      return { carry: [next], ys: [next] };
    },
    [x],
    [steps],
  );
  return concat([x.reshape([1, 3]), ys[0]]);
};

// The truth and its noisy observations.
const [dt, gap, count] = [1e-3, 500, 50];
const truth = [Float64Array.of(0, 1, 2)];
for (let k = 0; k < gap * count; k++) {
  const [x, y, z] = truth.at(-1);
  truth.push(Float64Array.of(x + dt * 10 * (y - x), y + dt * (x * (35 - z) - y), z + dt * (x * y - (8 / 3) * z)));
}
const noise = randomStreams(1).stream("noise");
const observations = Array.from({ length: count }, (_, k) =>
  Array.from(truth[(k + 1) * gap], (value) => value + 2 * noise.normal()),
);
const eye = (factor) => [0, 1, 2].map((i) => [0, 1, 2].map((j) => (i === j ? factor : 0)));

const builder = new CaseBuilder("Lorenz 63")
  .setAlgorithm(Algorithms.EnKF)
  .setForwardModel(M)
  .setObservationModel(eye(1))
  .setBackgroundState([0, 0, 0])
  .setBackgroundCovarianceMatrix(eye(100))
  .setObservationCovarianceMatrix(eye(4))
  .setObservations(observations)
  .setObservationTimeSteps(Array.from({ length: count }, (_, k) => (k + 1) * gap * dt))
  .setGaps(Array(count).fill(gap))
  .setNumEnsembles(50);

const begin = performance.now();
await builder.execute();
const seconds = (performance.now() - begin) / 1000;

const { data } = builder.getResult("average_ensemble_all_states");
const relative = (components) => {
  let [errors, squares] = [0, 0];
  truth.forEach((state, k) => {
    for (const i of components) {
      errors += (data[3 * k + i] - state[i]) ** 2;
      squares += state[i] ** 2;
    }
  });
  return `${(100 * Math.sqrt(errors / squares)).toFixed(1)} %`;
};
console.log(`relative errors of x, y, z: ${[[0], [1], [2]].map(relative).join(", ")}; together ${relative([0, 1, 2])}`);
console.log(`${gap * count} steps of 50 members in ${seconds.toFixed(2)} s`);
