/** The distance of two places where axes that begin again are circles in a plane of their own. */
export function chord(a: ArrayLike<number>, b: ArrayLike<number>, periods: readonly number[]): number {
  let square = 0;
  periods.forEach((period, axis) => {
    const way = Math.abs(a[axis]! - b[axis]!);
    square +=
      (period === Number.POSITIVE_INFINITY ? way : (period / Math.PI) * Math.sin((Math.PI * way) / period)) ** 2;
  });
  return Math.sqrt(square);
}
