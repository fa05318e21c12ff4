/** Names of the generated program: a prefix and a number. */
export class NameSource {
  #count = 0;

  next(prefix: string): string {
    return `${prefix}${this.#count++}`;
  }
}
