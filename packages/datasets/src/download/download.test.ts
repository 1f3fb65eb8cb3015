import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { collectBytes } from '../formats/byte-reader.js';
import type { DownloadOptions, DownloadStore } from '../index.js';
import { download, downloadSet, memoryStore } from '../index.js';
import { diskStore } from '../node.js';

const root = mkdtempSync(join(tmpdir(), 'warmstart-store-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const body = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) & 255);
const file = {
  name: 'set.bin',
  url: 'https://data.example/set.bin',
  sizeBytes: body.length,
  sha256: createHash('sha256').update(body).digest('hex'),
};

interface Behaviour {
  /** Bytes sent before the connection drops, per request. */
  readonly drops?: number[];
  readonly etags?: string[];
  readonly answer?: (request: number) => Response | undefined;
  readonly content?: Uint8Array;
  /** Answers a range that was not asked for. */
  readonly wrongRange?: boolean;
}

/** A server of one file, as good or bad as told. */
function server({ drops = [], etags = ['"1"'], answer, content = body, wrongRange = false }: Behaviour) {
  const requests: { range: string | undefined; ifRange: string | undefined }[] = [];
  const fetch: DownloadOptions['fetch'] = async (_url, init) => {
    const headers = new Headers(init.headers);
    const number = requests.length;
    requests.push({
      range: headers.get('range') ?? undefined,
      ifRange: headers.get('if-range') ?? undefined,
    });
    const special = answer?.(number);
    if (special !== undefined) return special;
    const etag = etags[Math.min(number, etags.length - 1)] ?? '';
    const asked = Number(/bytes=(\d+)-/.exec(headers.get('range') ?? '')?.[1] ?? 0);
    const isPart = asked > 0 && headers.get('if-range') === etag;
    const start = isPart ? asked : 0;
    const rest = content.subarray(start);
    const drop = drops[number];
    let at = 0;
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const end = Math.min(at + 700, drop ?? rest.length);
          if (at < end) controller.enqueue(rest.slice(at, end));
          else if (drop === undefined) controller.close();
          else controller.error(new Error('connection reset'));
          at = end;
        },
      },
      { highWaterMark: 0 }, // else the error would overtake what is queued
    );
    const from = wrongRange ? start + 1 : start;
    const range: Record<string, string> = isPart
      ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }
      : {};
    return new Response(stream, {
      status: isPart ? 206 : 200,
      headers: { etag, 'content-length': String(rest.length), ...range },
    });
  };
  return { fetch, requests };
}

const stores: [string, () => DownloadStore][] = [
  ['memoryStore', memoryStore],
  ['diskStore', () => diskStore(mkdtempSync(join(root, 's-')))],
];

describe.each(stores)('download into a %s', (_, make) => {
  const get = (fetch: DownloadOptions['fetch'], store = make(), more = {}) =>
    download(file, { fetch, store, retryDelayMs: 1, ...more });

  it('fetches once, then finds it kept', async () => {
    const { fetch, requests } = server({});
    const store = make();
    expect(await collectBytes((await get(fetch, store)).stream())).toEqual(body);
    expect(await collectBytes((await get(fetch, store)).stream())).toEqual(body);
    expect(requests).toHaveLength(1);
  });

  it('goes on where a dropped connection left it', async () => {
    const { fetch, requests } = server({ drops: [2100, 700] });
    expect(await collectBytes((await get(fetch)).stream())).toEqual(body);
    expect(requests.map(({ range }) => range)).toEqual([undefined, 'bytes=2100-', 'bytes=2800-']);
    expect(requests[1]?.ifRange).toBe('"1"');
  });

  it('goes on in a later program', async () => {
    const store = make();
    const first = server({ drops: [1400] });
    await expect(get(first.fetch, store, { retries: 0 })).rejects.toMatchObject({ code: 'network' });
    const second = server({});
    expect(await collectBytes((await get(second.fetch, store)).stream())).toEqual(body);
    expect(second.requests[0]?.range).toBe('bytes=1400-');
  });

  it('starts again when the file has changed meanwhile', async () => {
    const { fetch, requests } = server({ drops: [2100], etags: ['"1"', '"2"'] });
    expect(await collectBytes((await get(fetch)).stream())).toEqual(body);
    expect(requests).toHaveLength(2);
  });

  it('starts again when the server sends another part than asked for', async () => {
    const { fetch, requests } = server({ drops: [2100], wrongRange: true });
    expect(await collectBytes((await get(fetch)).stream())).toEqual(body);
    expect(requests.at(-1)?.range).toBeUndefined();
  });

  it('keeps nothing of a file with another digest', async () => {
    const store = make();
    const content = body.map((byte) => byte ^ 1);
    await expect(get(server({ content }).fetch, store)).rejects.toThrow(
      /^download: set.bin has sha256 [0-9a-f]+, expected .*Nothing was kept/,
    );
    expect(await store.find(file.sha256, 'x')).toBeUndefined();
    expect(await collectBytes((await get(server({}).fetch, store)).stream())).toEqual(body);
  });

  it('refuses a size that is not announced as expected', async () => {
    const content = body.subarray(0, 4000);
    await expect(get(server({ content }).fetch)).rejects.toThrow(
      'download: https://data.example/set.bin must have 5000 bytes, the server announces 4000.',
    );
  });

  it('refuses a web page, and waits when asked to', async () => {
    const page = server({
      answer: () => new Response('<html>', { headers: { 'content-type': 'text/html; charset=utf-8' } }),
    });
    await expect(get(page.fetch)).rejects.toMatchObject({ code: 'malformed' });
    const busy = server({
      answer: (request) =>
        request < 2 ? new Response('', { status: 503, headers: { 'retry-after': '0' } }) : undefined,
    });
    expect(await collectBytes((await get(busy.fetch)).stream())).toEqual(body);
    expect(busy.requests).toHaveLength(3);
    const gone = server({ answer: () => new Response('', { status: 404 }) });
    await expect(get(gone.fetch)).rejects.toThrow('download: https://data.example/set.bin answered 404.');
    expect(gone.requests).toHaveLength(1);
  });

  it('stops on a signal', async () => {
    const controller = new AbortController();
    const { fetch } = server({ drops: [700, 700, 700, 700, 700, 700] });
    const running = get(fetch, make(), { signal: controller.signal, retryDelayMs: 10_000 });
    setTimeout(() => controller.abort(new Error('enough')), 30);
    await expect(running).rejects.toThrow('enough');
  });
});

describe('download', () => {
  it('takes https only', async () => {
    const { fetch } = server({});
    await expect(
      download({ ...file, url: 'http://data.example/set.bin' }, { fetch, store: memoryStore() }),
    ).rejects.toThrow('download: the address must begin with https://, got "http://data.example/set.bin".');
  });

  it('leaves no other file behind on disk', async () => {
    const path = mkdtempSync(join(root, 'k-'));
    await download(file, { fetch: server({ drops: [700] }).fetch, store: diskStore(path), retryDelayMs: 1 });
    expect(readdirSync(path)).toEqual([file.sha256]);
  });
});

describe('downloadSet', () => {
  it('does not fetch what must be obtained by hand', async () => {
    const { fetch } = server({});
    await expect(downloadSet('imagenet', { fetch, store: memoryStore() })).rejects.toThrow(
      /^downloadSet: imagenet is not fetched for you \(terms of access.*Get it at https:\/\/image-net.org\/ and pass it as source\.$/,
    );
  });
});
