import type { OfficialFile } from '../card.js';
import { DatasetError } from '../errors.js';
import type { DataProgress } from '../events.js';
import type { DataFile, DataFiles } from '../files.js';
import { readStream } from '../files.js';
import type { DatasetName } from '../sets/definitions.js';
import { definitionOf } from '../sets/definitions.js';
import type { DownloadStore, PartialDownload } from './store.js';

export interface DownloadOptions {
  /** The network: `fetch`, or one of your own. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly store: DownloadStore;
  readonly onEvent?: (event: DataProgress) => void;
  readonly signal?: AbortSignal;
  /** Times a failed request is tried again, waiting longer each time. Default 4. */
  readonly retries?: number;
  /** Most bytes a file of unknown size may have. Default 4 GiB. */
  readonly maxBytes?: number;
  /** First wait before trying again; a server's Retry-After counts more. Default 1000. */
  readonly retryDelayMs?: number;
}

/**
 * Fetches one file over https, checked against size and digest, kept by digest. A download that broke off
 * goes on where it stopped if the server still has the same version. One request at a time.
 *
 * @throws DatasetError `network`, `integrity` (size or digest; nothing is kept), `malformed` (a web page came), `limit`
 */
export async function download(file: OfficialFile, options: DownloadOptions): Promise<DataFile> {
  const url = secureUrl(file);
  const key = await keyOf(file, url);
  const kept = await options.store.find(key, file.name);
  if (kept !== undefined) return kept;
  const partial = await options.store.partial(key);
  try {
    await fetchAll(file, url, partial, options);
  } finally {
    await partial.close();
  }
  await check(file, partial);
  return partial.finish(file.name);
}

/**
 * The official files of a set, downloaded where its terms allow that.
 *
 * @param options.variant - the edition wanted; default the first
 * @throws RangeError if the set must be obtained by hand; else as `download`
 */
export async function downloadSet(
  name: DatasetName,
  options: DownloadOptions & { readonly variant?: string },
): Promise<DataFiles> {
  const { card } = definitionOf(name);
  const offered = card.files.filter(({ url }) => url !== undefined);
  const variant = options.variant ?? offered[0]?.variant;
  const wanted = offered.filter((file) => file.variant === variant);
  if (!card.downloadable || wanted.length === 0) {
    throw new RangeError(
      `downloadSet: ${name} is not fetched for you (${card.licence}). Get it at ${card.source} and pass it as source.`,
    );
  }
  const files: DataFile[] = [];
  for (const file of wanted) files.push(await download(file, options));
  return {
    async *list() {
      yield* files;
    },
  };
}

function secureUrl(file: OfficialFile): string {
  const url = file.url ?? '';
  if (url.startsWith('https://')) return url;
  throw new RangeError(`download: the address must begin with https://, got ${JSON.stringify(url)}.`);
}

async function keyOf(file: OfficialFile, url: string): Promise<string> {
  if (file.sha256 !== undefined) return file.sha256;
  const { sha256 } = await import('hash-wasm');
  return `url-${await sha256(url)}`;
}

async function fetchAll(
  file: OfficialFile,
  url: string,
  partial: PartialDownload,
  options: DownloadOptions,
): Promise<void> {
  const { retries = 4, retryDelayMs = 1000, signal } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      await fetchRest(file, url, partial, options);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      const again = error instanceof Interrupted && attempt < retries;
      if (!again)
        throw error instanceof Interrupted
          ? new DatasetError(
              'network',
              `download: ${error.message} Try again later: it goes on where it stopped.`,
              { file: file.name },
              { cause: error.cause },
            )
          : error;
      await wait(error.retryAfterMs ?? retryDelayMs * 2 ** attempt, signal);
    }
  }
}

/** Something that may work next time. */
class Interrupted extends Error {
  readonly retryAfterMs: number | undefined;
  constructor(message: string, retryAfterMs?: number, cause?: unknown) {
    super(message, { cause });
    this.retryAfterMs = retryAfterMs;
  }
}

async function fetchRest(
  file: OfficialFile,
  url: string,
  partial: PartialDownload,
  options: DownloadOptions,
): Promise<void> {
  if (file.sizeBytes !== undefined && partial.sizeBytes === file.sizeBytes) return;
  const from = partial.sizeBytes;
  const headers: Record<string, string> = { 'User-Agent': 'warmstart-datasets' };
  // without an etag nothing says that the rest belongs to what is there
  if (from > 0 && partial.etag !== '')
    Object.assign(headers, { Range: `bytes=${from}-`, 'If-Range': partial.etag });
  const response = await options
    .fetch(url, { headers, ...(options.signal ? { signal: options.signal } : {}) })
    .catch((cause: unknown) => {
      throw new Interrupted(`${url} could not be reached.`, undefined, cause);
    });
  checkResponse(response, url, file);
  const etag = response.headers.get('etag') ?? '';
  const goesOn = response.status === 206 && startOf(response) === from && etag === partial.etag;
  if (response.status === 206 && !goesOn) {
    await response.body?.cancel();
    await partial.restart('');
    throw new Interrupted(`${url} answered with another part than was asked for.`, 0);
  }
  if (!goesOn) await partial.restart(etag);
  await receive(response, url, file, partial, options);
}

function checkResponse(response: Response, url: string, file: OfficialFile): void {
  const place = { file: file.name };
  if (response.url !== '' && !response.url.startsWith('https://')) {
    throw new DatasetError(
      'network',
      `download: ${url} leads to ${response.url}, which is not https.`,
      place,
    );
  }
  if (response.status === 429 || response.status >= 500) {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    throw new Interrupted(
      `${url} answered ${response.status}.`,
      Number.isFinite(seconds) ? Math.min(seconds, 120) * 1000 : undefined,
    );
  }
  if (response.status === 416) throw new Interrupted(`${url} has no such part.`, 0);
  if (response.status !== 200 && response.status !== 206) {
    throw new DatasetError('network', `download: ${url} answered ${response.status}.`, place);
  }
  if (/^text\/html/i.test(response.headers.get('content-type') ?? '')) {
    throw new DatasetError(
      'malformed',
      `download: a file is needed, ${url} answered with a web page. It may have moved: look at the page.`,
      place,
    );
  }
}

function startOf(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? -1);
}

async function receive(
  response: Response,
  url: string,
  file: OfficialFile,
  partial: PartialDownload,
  { onEvent, maxBytes = 2 ** 32 }: DownloadOptions,
): Promise<void> {
  const announced = Number(response.headers.get('content-length') ?? Number.NaN);
  const total = file.sizeBytes ?? (Number.isFinite(announced) ? partial.sizeBytes + announced : undefined);
  const most = file.sizeBytes ?? Math.min(maxBytes, total ?? maxBytes);
  if (
    file.sizeBytes !== undefined &&
    Number.isFinite(announced) &&
    partial.sizeBytes + announced !== file.sizeBytes
  ) {
    await response.body?.cancel();
    await partial.restart('');
    throw new DatasetError(
      'integrity',
      `download: ${url} must have ${file.sizeBytes} bytes, the server announces ${partial.sizeBytes + announced}.`,
      { file: file.name },
    );
  }
  if (response.body === null) throw new Interrupted(`${url} answered with nothing.`);
  try {
    for await (const piece of readStream(response.body)) {
      if (partial.sizeBytes + piece.length > most) {
        await partial.restart('');
        throw new DatasetError('limit', `download: ${url} may have at most ${most} bytes, got more.`, {
          file: file.name,
        });
      }
      await partial.append(piece);
      onEvent?.({ type: 'progress', file: file.name, bytesRead: partial.sizeBytes, bytesTotal: total });
    }
  } catch (cause) {
    throw cause instanceof DatasetError
      ? cause
      : new Interrupted(`${url} broke off after ${partial.sizeBytes} bytes.`, undefined, cause);
  }
  if (total !== undefined && partial.sizeBytes < total)
    throw new Interrupted(`${url} broke off after ${partial.sizeBytes} of ${total} bytes.`);
}

async function check(file: OfficialFile, partial: PartialDownload): Promise<void> {
  const algorithm = file.sha256 !== undefined ? 'sha256' : 'md5';
  const expected = file[algorithm];
  if (expected === undefined) return;
  const { createMD5, createSHA256 } = await import('hash-wasm');
  const hasher = await (algorithm === 'md5' ? createMD5() : createSHA256());
  for await (const piece of partial.stream()) hasher.update(piece);
  const actual = hasher.digest('hex');
  if (actual === expected) return;
  await partial.restart('');
  await partial.close();
  throw new DatasetError(
    'integrity',
    `download: ${file.name} has ${algorithm} ${actual}, expected ${expected}. Nothing was kept; the host may have changed the file.`,
    { file: file.name },
  );
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
