export type Algorithm = "EnKF" | "3DVar" | "4DVar";

/** The algorithms that a case can have. */
export const Algorithms: { readonly EnKF: "EnKF"; readonly Var3D: "3DVar"; readonly Var4D: "4DVar" } = Object.freeze({
  EnKF: "EnKF",
  Var3D: "3DVar",
  Var4D: "4DVar",
});
