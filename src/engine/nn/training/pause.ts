/** A function that lets other tasks (a page, an abort) run, when 50 ms have passed since it last did. */
export function breather(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < 50) return;
    await new Promise((done) => setTimeout(done, 0));
    last = performance.now();
  };
}
