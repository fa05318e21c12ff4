/**
 * The departures of a window, r(u) of the unknowns u = [state | bias | model errors], and their cost ½|r|² (Jo, the penalty's Jc included):
 * independent of the background and its covariance.
 */
export interface Departures {
  /** The callee may use the gradient's buffer again. */
  evaluate(u: Float64Array): DepartureCost;
  /** Left out where everything answers at once. */
  evaluateAsync?(u: Float64Array): Promise<DepartureCost>;
  /** (∂r/∂u)ᵀ (∂r/∂u) du at u. */
  curvature(u: Float64Array, du: Float64Array): Float64Array;
  curvatureAsync?(u: Float64Array, du: Float64Array): Promise<Float64Array>;
}

export interface DepartureCost {
  readonly Jo: number;
  readonly Jc: number;
  readonly gradient: Float64Array;
}
