/** A function of distance that falls from 1 at 0; all that an observation says is multiplied by it. */
export interface Taper {
  readonly name: string;
  /** From which distance on it counts as zero. */
  support(radius: number): number;
  /** Its value at a distance; 1 everywhere for an infinite radius. */
  value(distance: number, radius: number): number;
}
