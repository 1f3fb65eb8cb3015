/** What goes to a worker and comes back: one request, any number of events, one result or failure. */
type ToWorker<Request> = { id: number; request: Request } | { id: number; stop: true };
type FromWorker<Event, Result> =
  | { id: number; event: Event }
  | { id: number; result: Result }
  | { id: number; failure: Failure };

/** An error as it crosses threads. */
export interface Failure {
  name: string;
  message: string;
  /** stable, where the library gives one */
  code?: string | undefined;
}

/** A failure that happened in a worker. */
export class WorkerFailure extends Error {
  readonly code: string | undefined;

  constructor({ name, message, code }: Failure) {
    super(message);
    this.name = name;
    this.code = code;
  }
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error || error instanceof DOMException))
    return { name: 'Error', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { name: error.name, message: error.message, code };
}

export interface CallOptions<Event> {
  onEvent?: ((event: Event) => void) | undefined;
  /** asks the worker to stop; the promise rejects when it has */
  signal?: AbortSignal | undefined;
}

let last = 0;

/** Asks a worker that runs `answerCalls`. */
export function call<Request, Event, Result>(
  worker: Worker,
  request: Request,
  { onEvent, signal }: CallOptions<Event> = {},
): Promise<Result> {
  const id = ++last;
  return new Promise((resolve, reject) => {
    const stop = () => worker.postMessage({ id, stop: true } satisfies ToWorker<Request>);
    const finish = () => {
      worker.removeEventListener('message', onMessage);
      worker.removeEventListener('error', onError);
      signal?.removeEventListener('abort', stop);
    };
    const onMessage = ({ data }: MessageEvent<FromWorker<Event, Result>>) => {
      if (data.id !== id) return;
      if ('event' in data) return onEvent?.(data.event);
      finish();
      if ('result' in data) resolve(data.result);
      else reject(new WorkerFailure(data.failure));
    };
    const onError = (event: ErrorEvent) => {
      finish();
      reject(
        new Error(`The worker stopped: ${event.message || 'it could not be fetched'}. Reload the page.`),
      );
    };
    worker.addEventListener('message', onMessage);
    worker.addEventListener('error', onError);
    signal?.addEventListener('abort', stop);
    worker.postMessage({ id, request } satisfies ToWorker<Request>);
    if (signal?.aborted) stop();
  });
}

/**
 * Answers calls in this worker; each gets a way to tell events and a signal that stops it.
 *
 * @returns a way to fail all calls that are under way at once, when they can never end by themselves
 */
export function answerCalls<Request, Event, Result>(
  answer: (
    request: Request,
    context: { tell: (event: Event) => void; signal: AbortSignal },
  ) => Promise<Result>,
): (error: Error) => void {
  const running = new Map<number, AbortController>();
  const send = (message: FromWorker<Event, Result>) => self.postMessage(message);
  self.addEventListener('message', async ({ data }: MessageEvent<ToWorker<Request>>) => {
    const { id } = data;
    if ('stop' in data) return running.get(id)?.abort(new DOMException('Stopped.', 'AbortError'));
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const tell = (event: Event) => send({ id, event });
      send({ id, result: await answer(data.request, { tell, signal: controller.signal }) });
    } catch (error) {
      send({ id, failure: failureOf(error) });
    } finally {
      running.delete(id);
    }
  });
  return (error) => {
    for (const [id, controller] of running) {
      send({ id, failure: failureOf(error) });
      controller.abort(error);
    }
    running.clear();
  };
}
