export { type Domain, placeOf } from "./domain.ts";
export { type GridDomainOptions, gridDomain, lineDomain, ringDomain } from "./grid.ts";
export { type Neighbours, neighbourSearch } from "./neighbours.ts";
export { checkedPlaces, type PlacesDomainOptions, placesDomain } from "./places.ts";
export type { Taper } from "./taper.ts";
export { type TaperName, tapers } from "./tapers.ts";
