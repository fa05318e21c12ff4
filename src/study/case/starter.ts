/** A case file to start from, with comments. */
export const starterCase = `# yaml-language-server: $schema=./node_modules/onda-da/schema/case.schema.json
# A twin experiment: a true run is drawn, noisy observations are made of it, and the method has to find it again.
title: Lorenz 63 tracked by an ensemble Kalman filter
seed: 1                         # all randomness comes from here: the same seed gives the same bytes

model:                          # onda info models
  name: lorenz63
  dt: 0.01                      # length of a model step

initial:                        # truth and members are drawn from this distribution
  mean: [1.509, -1.531, 25.46]
  covariance: { variance: 2 }

observations:
  every: 25                     # model steps between observations
  count: 400
  operator: { name: identity }  # all three variables are seen; onda info operators
  error: { std: 1.4 }           # standard deviation of their errors

burnIn: { time: 16 }            # left out of the averages

method:                         # onda info methods
  name: enkf
  members: 20
  inflation: 1.05               # keeps the ensemble from trusting itself too much

outputs:
  save: [analysisMean, forecastMean, spread, truth, observations]
`;
