/** Lets timers, clicks and aborts in, at most every `intervalMs`; most calls cost one comparison. */
export function breather(intervalMs: number): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    const now = performance.now();
    if (now - last < intervalMs) return undefined;
    last = now;
    return nextTask();
  };
}

/** The next turn of the event loop, without the 4 ms a browser adds to nested timers. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
