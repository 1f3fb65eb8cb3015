import { CheckpointError } from '../errors.js';

/** The part of `fetch` that is used. */
export type Fetch = (
  url: string,
  init: { headers: Record<string, string>; signal?: AbortSignal; redirect?: 'manual' | 'follow' },
) => Promise<Response>;

/** How a file behind a URL is asked for. */
export interface RequestOptions {
  fetch: Fetch;
  /** sent with every request to this host, e.g. an Authorization; never to another one */
  headers?: Record<string, string> | undefined;
  /** how long a server may send nothing, in milliseconds; default 30,000 */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

const defaultTimeoutMs = 30_000;
/** No server may be slower than this for long. */
const leastBytesPerSecond = 1024;
const mostRedirects = 5;

/**
 * https everywhere; http only to this machine, where nobody listens in between.
 *
 * @throws TypeError without the credentials and the query of the URL, which may be secret
 */
export function allowedAddress(url: string | URL): URL {
  let address: URL;
  try {
    address = new URL(url);
  } catch {
    throw new TypeError(`open: a URL must be well-formed, got "${withoutSecrets(String(url))}".`);
  }
  const local = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(address.hostname);
  if (address.protocol === 'https:' || (address.protocol === 'http:' && local)) return address;
  throw new TypeError(
    `open: a URL must begin with https://, got "${withoutSecrets(address.href)}". http is only for this machine.`,
  );
}

/** A URL as messages may show it: without user, password, query and fragment. */
export function withoutSecrets(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@?#]*@/i, '$1').replace(/[?#].*$/s, '');
}

/** How long a server is still waited for; over, it aborts the request. */
export class Patience {
  readonly #controller = new AbortController();
  readonly #timeoutMs: number;
  readonly #deadline: number;
  readonly #error: () => CheckpointError;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(timeoutMs: number, byteLength: number, error: () => CheckpointError) {
    this.#timeoutMs = timeoutMs;
    this.#deadline = Date.now() + timeoutMs + (byteLength / leastBytesPerSecond) * 1000;
    this.#error = error;
    this.renew();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something has arrived. */
  renew(): void {
    clearTimeout(this.#timer);
    const wait = Math.max(0, Math.min(this.#timeoutMs, this.#deadline - Date.now()));
    this.#timer = setTimeout(() => {
      this.#over = true;
      this.#controller.abort(this.#error());
    }, wait);
    // in Node, waiting for a server that is not read any more keeps no process alive
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** Everything has arrived, or nothing more is wanted. */
  end(): void {
    clearTimeout(this.#timer);
  }

  throwIfOver(): void {
    if (this.#over) throw this.#error();
  }
}

/** Requests for one file: redirects are followed where the policy for URLs allows them, and headers stay at home. */
export class Requests {
  readonly #address: URL;
  readonly #name: string;
  readonly #options: RequestOptions;
  readonly #headers: Record<string, string>;

  constructor(address: URL, name: string, options: RequestOptions) {
    this.#name = name;
    this.#options = options;
    this.#headers = { ...basicAuthorization(address), ...options.headers };
    this.#address = new URL(address);
    this.#address.username = '';
    this.#address.password = '';
  }

  /** @throws CheckpointError `io` if nobody answers in time, `bad-response` for a redirect that is not allowed */
  async send(
    headers: Record<string, string>,
    byteLength: number,
    signal: AbortSignal | undefined,
  ): Promise<{ response: Response; patience: Patience }> {
    const timeoutMs = this.#options.timeoutMs ?? defaultTimeoutMs;
    const patience = new Patience(timeoutMs, byteLength, () =>
      this.#error('io', `sent too little for ${timeoutMs} ms`, 'Try again, or raise timeoutMs.'),
    );
    const until = signal ? AbortSignal.any([signal, patience.signal]) : patience.signal;
    try {
      return { response: await this.#follow(headers, until), patience };
    } catch (cause) {
      patience.end();
      signal?.throwIfAborted();
      patience.throwIfOver();
      if (cause instanceof CheckpointError) throw cause;
      throw this.#error('io', 'cannot be reached', 'Check the address and the network.', cause);
    }
  }

  async #follow(headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    let address = this.#address;
    for (let hops = 0; hops <= mostRedirects; hops++) {
      const own = address.host === this.#address.host && address.protocol === this.#address.protocol;
      const sent = { ...(own ? this.#headers : {}), ...headers };
      const response = await this.#options.fetch(address.href, { headers: sent, signal, redirect: 'manual' });
      if (response.type === 'opaqueredirect') return this.#inPage(headers, signal);
      if (response.redirected) this.#checkHop(response.url); // by a fetch that follows by itself
      const to = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
      if (to === null) return response;
      await response.body?.cancel();
      address = this.#checkHop(new URL(to, address).href);
    }
    throw this.#error(
      'bad-response',
      `was redirected more than ${mostRedirects} times`,
      'Check the address.',
    );
  }

  /** A page does not see where a redirect leads. It drops an Authorization on the way by itself, nothing else. */
  async #inPage(headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const custom = Object.keys(this.#headers).find((header) => header.toLowerCase() !== 'authorization');
    if (custom !== undefined) {
      const hint = 'Pass the address that it leads to, or leave the header out.';
      throw this.#error('bad-response', `redirects, and a page would send ${custom} along`, hint);
    }
    const sent = { ...this.#headers, ...headers };
    const response = await this.#options.fetch(this.#address.href, {
      headers: sent,
      signal,
      redirect: 'follow',
    });
    this.#checkHop(response.url);
    return response;
  }

  #checkHop(url: string): URL {
    try {
      return allowedAddress(url);
    } catch {
      const hint = 'Download the file and open it from disk.';
      throw this.#error('bad-response', `redirects to ${withoutSecrets(url)}, which is not https`, hint);
    }
  }

  #error(code: 'io' | 'bad-response', what: string, hint: string, cause?: unknown): CheckpointError {
    return new CheckpointError(code, what, { file: this.#name, hint, cause });
  }
}

/** `fetch` refuses URLs with a name and password in them, and its message repeats them. */
function basicAuthorization({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(text)))}` };
}
