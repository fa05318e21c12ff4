import type { z } from "zod";

interface TimeKeys {
  readonly every?: number | undefined;
  readonly count?: number | undefined;
  readonly steps?: readonly number[] | undefined;
  readonly times?: readonly number[] | undefined;
  readonly atStart: boolean;
}

/** Checks that observation times are said in exactly one way and are in order. */
export function observationTimes(context: z.core.ParsePayload<TimeKeys>): void {
  const { every, count, steps, times, atStart } = context.value;
  const fault = (path: PropertyKey[], message: string, input: unknown): void => {
    context.issues.push({ code: "custom", path, message, input });
  };
  const ways = Object.entries({ "every and count": every ?? count, steps, times }).flatMap(([way, value]) =>
    value === undefined ? [] : [way],
  );
  if (ways.length > 1) fault([], `expected only one of every and count, steps, times; got ${ways.join(" and ")}`, ways);
  else if (ways.length === 0) fault(["every"], "missing; expected every and count, or steps, or times", undefined);
  else if (every === undefined && count !== undefined && !(atStart && count === 1))
    fault(["every"], "missing; expected a positive integer beside count", undefined);
  else if (every !== undefined && count === undefined)
    fault(["count"], "missing; expected a positive integer beside every", undefined);
  if (atStart && every === undefined && count === undefined && ways.length > 0)
    fault(
      ["atStart"],
      "expected it only beside every and count: write the step or time 0 into the list instead",
      atStart,
    );
  for (const [key, list] of [["steps", steps] as const, ["times", times] as const])
    list?.forEach((value, k) => {
      const before = list[k - 1];
      if (before !== undefined && value <= before)
        fault([key, k], `expected ${key} in increasing order, got ${value} after ${before}`, value);
    });
}
