import { CapabilityError } from "../../errors/index.ts";
import type { Answer, Order } from "./messages.ts";

/** A worker as both worlds have it. */
export interface Thread {
  post(order: Order, transfer: ArrayBuffer[]): void;
  onAnswer(listen: (answer: Answer) => void): void;
  onError(listen: (error: Error) => void): void;
  /** Whether the process waits for it. */
  hold(busy: boolean): void;
  stop(): void;
}

let script: URL | undefined;

/**
 * Says where the script of workers is, where a bundle has moved it: `new URL("onda-da/worker", import.meta.url)` or what the
 * bundler makes of it.
 */
export function useWorkerScript(url: URL): void {
  script = url;
}

/** The script beside this file; that of the build when this runs from its source. */
function ownScript(): URL {
  const [here] = import.meta.url.split("?") as [string];
  if (!here.endsWith(".ts")) return new URL("./worker.js", import.meta.url);
  return new URL(here.replace("/src/engine/", "/dist/engine/").replace(/[^/]*$/, "worker.js"));
}

/**
 * Starts a worker: of worker_threads in Node, of the page elsewhere.
 * @throws CapabilityError where there are none
 */
export function startThread(): Thread {
  const url = script ?? ownScript();
  const threads = typeof process === "object" ? process.getBuiltinModule?.("worker_threads") : undefined;
  if (threads !== undefined) {
    const worker = new threads.Worker(url);
    worker.unref();
    return {
      post: (order, transfer) => {
        worker.postMessage(order, transfer);
      },
      onAnswer: (listen) => {
        worker.on("message", listen);
      },
      onError: (listen) => {
        worker.on("error", (error: unknown) => {
          listen(error instanceof Error ? error : new Error(String(error)));
        });
      },
      hold: (busy) => {
        if (busy) worker.ref();
        else worker.unref();
      },
      stop: () => {
        void worker.terminate();
      },
    };
  }
  if (typeof Worker === "undefined") throw new CapabilityError("threads", "there are no workers here: use threads 1");
  const worker = new Worker(url, { type: "module" });
  return {
    post: (order, transfer) => {
      worker.postMessage(order, transfer);
    },
    onAnswer: (listen) => {
      worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
        listen(data);
      });
    },
    onError: (listen) => {
      worker.addEventListener("error", ({ message }) => {
        listen(new Error(message));
      });
    },
    hold: () => {},
    stop: () => {
      worker.terminate();
    },
  };
}
