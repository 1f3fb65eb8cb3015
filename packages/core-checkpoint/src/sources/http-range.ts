import { CheckpointError, type CheckpointErrorCode } from '../errors.js';
import { type ByteRange, type ByteSource, bufferFor } from './byte-source.js';
import { allowedAddress, type Patience, type RequestOptions, Requests } from './http-request.js';
import { memorySource } from './memory.js';

/** How a URL is read. */
export interface HttpOptions extends RequestOptions {
  /** a body that comes whole, because the server knows no ranges, may be this large */
  downloadBytes: number;
}

/** The first request fetches this much: most headers and pickles fit. */
const headBytes = 32_768;
/** Ranges nearer than this are fetched as one: a request costs more than the bytes between. */
const gapBytes = 4096;
/** Requests under way at once. */
const parallel = 4;

/** Bytes kept from earlier requests, so that a header read in steps costs one request. */
interface Kept {
  start: number;
  bytes: Uint8Array<ArrayBuffer>;
}

/**
 * A file behind a URL, of which only the ranges asked for are transferred.
 *
 * A server that ignores ranges sends the whole file, which is then kept in memory, within the limit.
 * A file that changes between two requests, a range that is not the one asked for, a body that is
 * compressed or cut: each is an error, never wrong bytes.
 *
 * @throws CheckpointError `bad-response`, `not-found`, `source-changed`, `truncated` or `limit`
 * @see RFC 9110 §14
 */
export async function httpSource(url: string, options: HttpOptions): Promise<ByteSource> {
  const address = allowedAddress(url);
  const name = nameOf(address);
  const remote = new Remote(new Requests(address, name, options), name, options);
  const first = await remote.begin();
  const sibling = (other: string) => {
    const path = other.split('/').map(encodeURIComponent).join('/');
    return httpSource(new URL(path, address).href, options);
  };
  if (first.whole) return { ...memorySource(first.whole, name), sibling };
  return {
    name,
    size: first.size,
    read: (ranges, signal = options.signal) => remote.read(ranges, signal),
    sibling,
    async close() {},
  };
}

/** The last part of the path: a query may hold a token. */
function nameOf({ pathname, hostname }: URL): string {
  const last = pathname.split('/').pop() || hostname;
  try {
    return decodeURIComponent(last);
  } catch {
    return last; // a % that begins no escape
  }
}

class Remote {
  private readonly requests: Requests;
  private readonly patience = new WeakMap<Response, Patience>();
  private readonly name: string;
  private readonly options: HttpOptions;
  private size = 0;
  private version = '';
  private readonly kept: Kept[] = [];

  constructor(requests: Requests, name: string, options: HttpOptions) {
    this.requests = requests;
    this.name = name;
    this.options = options;
  }

  /** Asks for the beginning, which tells whether ranges are served and how large the file is. */
  async begin(): Promise<{ size: number; whole?: Uint8Array }> {
    const response = await this.request(0, headBytes, this.options.signal);
    this.version = versionOf(response);
    // an empty file has no first byte to give a range of
    if (response.status === 416 && /\/0$/.test(response.headers.get('content-range') ?? ''))
      return { size: 0, whole: new Uint8Array() };
    if (response.status === 200) return { size: 0, whole: await this.wholeBody(response) };
    if (this.version.trim() === '') return this.downloadUnversioned(response);
    const { start, end, size } = this.rangeOf(response);
    this.size = size;
    if (start !== 0 || end !== Math.min(headBytes, size))
      throw this.bad(`answered with bytes ${start} to ${end}`);
    const bytes = bufferFor({ start, end });
    await this.fill(response, bytes);
    this.kept.push({ start, bytes });
    return { size };
  }

  /** Neither ETag nor Last-Modified: two ranges could be of two versions, so everything comes in one answer. */
  private async downloadUnversioned(first: Response): Promise<{ size: number; whole: Uint8Array }> {
    const { size } = this.rangeOf(first);
    await first.body?.cancel();
    this.patience.get(first)?.end();
    if (size > this.options.downloadBytes) throw await this.tooLarge(first, size);
    const response = await this.request(0, undefined, this.options.signal);
    if (response.status !== 200)
      throw this.bad(`answered a request for the whole file with ${response.status}`);
    return { size, whole: await this.wholeBody(response) };
  }

  async *read(ranges: readonly ByteRange[], signal: AbortSignal | undefined) {
    const groups = this.groupsOf(ranges);
    const running: Promise<Uint8Array<ArrayBuffer>[]>[] = [];
    const start = (group: ByteRange[]) => {
      const promise = this.fetchGroup(group, signal);
      promise.catch(() => {}); // awaited below, perhaps after an earlier one has failed
      return promise;
    };
    for (let i = 0; i < groups.length; i++) {
      while (running.length < Math.min(groups.length, i + parallel))
        running.push(start(groups[running.length] ?? []));
      yield* (await running[i]) ?? [];
      running[i] = Promise.resolve([]); // let go of what has been handed over
    }
  }

  /** Neighbours share a request, unless what lies between them would be wasted. */
  private groupsOf(ranges: readonly ByteRange[]): ByteRange[][] {
    const groups: ByteRange[][] = [];
    let end = Number.NEGATIVE_INFINITY;
    for (const range of ranges) {
      const group = groups.at(-1);
      if (group && range.start - end <= gapBytes && !this.keptFor(range)) group.push(range);
      else groups.push([range]);
      end = Math.max(this.keptFor(range) ? Number.NEGATIVE_INFINITY : end, range.end);
    }
    return groups;
  }

  private keptFor({ start, end }: ByteRange): Kept | undefined {
    return this.kept.find((kept) => kept.start <= start && end <= kept.start + kept.bytes.byteLength);
  }

  private async fetchGroup(group: readonly ByteRange[], signal: AbortSignal | undefined) {
    const start = Math.min(...group.map((range) => range.start));
    const end = Math.max(...group.map((range) => range.end));
    const [only] = group;
    const whole = this.keptFor({ start, end }) ?? { start, bytes: await this.fetchRange(start, end, signal) };
    // small pieces near the ends are headers and directories, which are read again in parts
    if (end - start <= headBytes && !this.kept.includes(whole) && this.kept.length < 8) this.kept.push(whole);
    const own = group.length === 1 && !this.kept.includes(whole) && only;
    return group.map((range) => {
      const bytes = own ? whole.bytes : bufferFor(range);
      if (!own) bytes.set(whole.bytes.subarray(range.start - whole.start, range.end - whole.start));
      range.onArrival?.(bytes, bytes.byteLength);
      return bytes;
    });
  }

  private async fetchRange(start: number, end: number, signal: AbortSignal | undefined) {
    const bytes = bufferFor({ start, end });
    if (start === end) return bytes;
    const response = await this.request(start, end, signal);
    if (versionOf(response) !== this.version) {
      await response.body?.cancel();
      throw this.error('source-changed', 'changed on the server while it was read', 'Open it again.');
    }
    if (response.status !== 206) {
      await response.body?.cancel();
      throw this.bad(`answered a later range with status ${response.status}`);
    }
    const range = this.rangeOf(response);
    if (range.start !== start || range.end !== end || range.size !== this.size) {
      await response.body?.cancel();
      throw this.bad(
        `answered a request for bytes ${start} to ${end} of ${this.size} with ${range.start} to ${range.end} of ${range.size}`,
      );
    }
    await this.fill(response, bytes);
    return bytes;
  }

  private async request(
    start: number,
    end: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const range = end === undefined ? {} : { range: `bytes=${start}-${end - 1}` };
    const headers = { ...range, 'accept-encoding': 'identity' };
    const byteLength = end === undefined ? this.options.downloadBytes : end - start;
    const { response, patience } = await this.requests.send(headers, byteLength, signal);
    this.patience.set(response, patience);
    const { status } = response;
    if (status === 404 || status === 410)
      throw this.error('not-found', `is not there (status ${status})`, 'Check the address.');
    if (status !== 200 && status !== 206 && status !== 416) throw this.bad(`answered with status ${status}`);
    const encoding = response.headers.get('content-encoding') ?? 'identity';
    if (status === 206 && encoding !== 'identity') throw this.bad(`compressed a range with ${encoding}`);
    return response;
  }

  private rangeOf(response: Response): { start: number; end: number; size: number } {
    const text = response.headers.get('content-range') ?? '';
    const [, start = '', last = '', size = ''] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(text) ?? [];
    const range = { start: Number(start), end: Number(last) + 1, size: Number(size) };
    const sane =
      size !== '' && range.start < range.end && range.end <= range.size && Number.isSafeInteger(range.size);
    if (sane) return range;
    throw this.bad(`sent Content-Range ${JSON.stringify(text)}; across origins it must be exposed`);
  }

  private async fill(response: Response, bytes: Uint8Array): Promise<void> {
    let at = 0;
    for await (const chunk of this.chunks(response)) {
      if (at + chunk.byteLength > bytes.byteLength) throw this.bad('sent more bytes than it announced');
      bytes.set(chunk, at);
      at += chunk.byteLength;
    }
    if (at < bytes.byteLength) throw this.cut(at, bytes.byteLength);
  }

  private async wholeBody(response: Response): Promise<Uint8Array> {
    const announced = Number(response.headers.get('content-length') ?? Number.NaN);
    const encoded = (response.headers.get('content-encoding') ?? 'identity') !== 'identity';
    const pieces: Uint8Array[] = [];
    let size = 0;
    if (!encoded && announced > this.options.downloadBytes) throw await this.tooLarge(response, announced);
    for await (const chunk of this.chunks(response)) {
      pieces.push(chunk);
      size += chunk.byteLength;
      if (size > this.options.downloadBytes) throw await this.tooLarge(response, size);
    }
    if (!encoded && size < announced) throw this.cut(size, announced);
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.byteLength;
    }
    return bytes;
  }

  private async tooLarge(response: Response, size: number): Promise<CheckpointError> {
    await response.body?.cancel().catch(() => {}); // it is given up in any case
    const hint = 'Raise limits.downloadBytes, or use a server that serves ranges and an ETag.';
    return this.error('limit', `is served whole, and takes at least ${size} bytes`, hint);
  }

  /** The body piece by piece; leaving early hangs up. */
  private async *chunks(response: Response): AsyncGenerator<Uint8Array> {
    const patience = this.patience.get(response);
    const reader = response.body?.getReader();
    if (!reader) return patience?.end();
    let done = false;
    try {
      for (let step = await reader.read(); !step.done; step = await reader.read()) {
        patience?.renew();
        yield step.value;
      }
      done = true;
    } catch (cause) {
      this.options.signal?.throwIfAborted();
      patience?.throwIfOver();
      if (cause instanceof CheckpointError || (cause as Error).name === 'AbortError') throw cause;
      throw this.error('truncated', 'was cut off while it was sent', 'Try again.', cause);
    } finally {
      patience?.end();
      if (!done) await reader.cancel().catch(() => {}); // it is given up in any case
    }
  }

  private cut(got: number, wanted: number): CheckpointError {
    return this.error('truncated', `was cut off after ${got} of ${wanted} bytes`, 'Try again.');
  }

  private bad(what: string): CheckpointError {
    return this.error('bad-response', what, 'Download the file and open it from disk.');
  }

  private error(code: CheckpointErrorCode, what: string, hint: string, cause?: unknown): CheckpointError {
    return new CheckpointError(code, what, { file: this.name, hint, cause });
  }
}

/** What tells one version of a file from the next. */
function versionOf(response: Response): string {
  return `${response.headers.get('etag') ?? ''} ${response.headers.get('last-modified') ?? ''}`;
}
