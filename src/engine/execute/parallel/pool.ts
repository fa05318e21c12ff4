import { CapabilityError } from "../../errors/index.ts";
import type { Image } from "../js/link.ts";
import { type Answer, buffersOfWork, type Work } from "./messages.ts";
import { startThread, type Thread } from "./thread.ts";

/** Tasks that a worker has at a time: one to work on, one to go on with. */
const QUEUED = 2;

/** A program that workers can be given. */
export interface SharedProgram {
  image(): Image;
}

/** A task, which a worker does or this thread. */
export interface Task {
  /** What a worker is to do, in arrays of their own, which are handed over to it. */
  work(): Work;
  /** Takes what a worker has computed, in arrays that may be handed over again. */
  done(outputs: readonly Float64Array[]): void;
  /** Does it on this thread. */
  here(): void;
}

interface Member {
  readonly thread: Thread;
  readonly known: Set<number>;
  open: number;
  /** Whether it has started. */
  ready: boolean;
}

const members: Member[] = [];
const waiting = new Map<number, { readonly member: Member; answer(answer: Answer): void }>();
const numbers = new WeakMap<SharedProgram, number>();
let programs = 0;
let tasks = 0;
let done = 0;

/** Programs that are gone are dropped by the workers that have them. */
const registry = new FinalizationRegistry<number>((program) => {
  for (const { thread, known } of members) if (known.delete(program)) thread.post({ kind: "drop", program }, []);
});

/**
 * Runs tasks, those that run a program all of one, on `threads` threads, this one among them, each taking the next task when it is
 * done with one; in any order. Workers are started at the first use, and kept; while they start this thread does the work, so that
 * nobody waits for them.
 * @throws CapabilityError where there are no workers, or what a worker reports
 */
export async function runTasks(
  program: SharedProgram | undefined,
  threads: number,
  list: readonly Task[],
): Promise<void> {
  const crew = hire(Math.min(threads - 1, list.length - 1));
  const number = program === undefined ? 0 : numberOf(program);
  let image: Image | undefined;
  let next = 0;
  let failure: Error | undefined;
  const running: Promise<void>[] = [];
  const feed = (): void => {
    for (const member of crew) {
      while (failure === undefined && member.open < queue(member, list.length - next, crew.length)) {
        if (program !== undefined && !member.known.has(number)) {
          image ??= program.image();
          member.thread.post({ kind: "load", program: number, image }, []);
          member.known.add(number);
        }
        running.push(
          give(member, number, list[next++]!).then(feed, (error: Error) => {
            failure ??= error;
          }),
        );
      }
    }
  };
  feed();
  while (next < list.length && failure === undefined) {
    list[next++]!.here();
    await turn();
    feed();
  }
  for (let i = 0; i < running.length; i++) await running[i];
  if (failure !== undefined) throw failure;
}

function numberOf(program: SharedProgram): number {
  const known = numbers.get(program);
  if (known !== undefined) return known;
  const number = ++programs;
  registry.register(program, number);
  numbers.set(program, number);
  return number;
}

/** How many tasks a worker may have: none while it starts, and one when few are left, so that all threads end together. */
function queue({ ready }: Member, left: number, workers: number): number {
  if (left === 0 || !ready) return 0;
  return left > workers + 1 ? QUEUED : 1;
}

function give(member: Member, program: number, own: Task): Promise<void> {
  const task = ++tasks;
  const work = own.work();
  if (member.open++ === 0) member.thread.hold(true);
  member.thread.post({ kind: "task", program, task, work }, buffersOfWork(work));
  return new Promise((resolve, reject) => {
    waiting.set(task, {
      member,
      answer(answer) {
        if (--member.open === 0) member.thread.hold(false);
        if (answer.kind === "failed") reject(new CapabilityError("worker", answer.message));
        else if (answer.kind === "done") {
          done++;
          own.done(answer.outputs);
          resolve();
        }
      },
    });
  });
}

/** The first `count` workers. */
function hire(count: number): Member[] {
  while (members.length < count) {
    const member: Member = { thread: startThread(), known: new Set(), open: 0, ready: false };
    member.thread.onAnswer((answer) => {
      if (answer.kind === "ready") {
        member.ready = true;
        return;
      }
      const task = waiting.get(answer.task);
      waiting.delete(answer.task);
      task?.answer(answer);
    });
    member.thread.onError((error) => {
      const at = members.indexOf(member);
      if (at >= 0) members.splice(at, 1);
      for (const [task, { member: own, answer }] of waiting) {
        if (own !== member) continue;
        waiting.delete(task);
        answer({ kind: "failed", task, message: error.message });
      }
    });
    members.push(member);
  }
  return members.slice(0, count);
}

/** Lets messages come in. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (): void => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

/** Ends all workers; the next tasks start new ones. */
export function stopWorkers(): void {
  for (const { thread } of members.splice(0)) thread.stop();
}

/** How many workers there are, how many of them have started, and how many tasks workers have done so far. */
export function workerStatistics(): { readonly workers: number; readonly ready: number; readonly done: number } {
  return { workers: members.length, ready: members.filter(({ ready }) => ready).length, done };
}
