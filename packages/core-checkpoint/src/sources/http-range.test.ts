import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointError } from '../errors.js';
import { open } from '../open.js';
import { toBytes } from '../save.js';
import type { StateDict } from '../tensors/named-tensor.js';

/** 40 encoder tensors of 40 KB, then 40 of a decoder. */
const dict: StateDict = new Map(
  ['encoder', 'decoder'].flatMap((part) =>
    Array.from({ length: 40 }, (_, i) => {
      const data = new Float32Array(10_000).fill(i + 1);
      return [`${part}.layer${i}.weight`, { dtype: 'float32', shape: [100, 100], data }] as const;
    }),
  ),
);
const encoderBytes = 40 * 40_000;
const files: Record<string, Uint8Array> = {
  'model.pt': toBytes(dict, 'pytorch'),
  'model.safetensors': toBytes(new Map([...dict].sort(([a], [b]) => (a < b ? 1 : -1))), 'safetensors'),
};

let handle: RequestListener;
let requests = 0;
let sent = 0;
const server: Server = createServer((request, response) => {
  requests += 1;
  const write = response.end.bind(response);
  response.end = ((chunk?: Uint8Array) => {
    sent += chunk?.byteLength ?? 0;
    return write(chunk);
  }) as typeof response.end;
  handle(request, response);
});
server.listen(0, '127.0.0.1');
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const url = (name: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
const fileOf = (request: IncomingMessage) => files[request.url?.slice(1) ?? ''] ?? new Uint8Array();

/** A server as it should be; `change` makes it worse. */
function serve(
  request: IncomingMessage,
  response: ServerResponse,
  change: {
    etag?: string;
    body?: (b: Uint8Array) => Uint8Array;
    range?: string;
    headers?: Record<string, string>;
  } = {},
) {
  const bytes = fileOf(request);
  const [, first = '0', last = '0'] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
  const end = Math.min(Number(last) + 1, bytes.length);
  const range = change.range ?? `bytes ${first}-${end - 1}/${bytes.length}`;
  response.writeHead(206, { 'content-range': range, etag: change.etag ?? '"1"', ...change.headers });
  const body = bytes.subarray(Number(first), end);
  response.end(change.body?.(body) ?? body);
}

beforeEach(() => {
  requests = 0;
  sent = 0;
  handle = (request, response) => serve(request, response);
});

async function load(name = 'model.pt', include = 'encoder.**'): Promise<StateDict> {
  await using checkpoint = await open(url(name), { fetch });
  return checkpoint.stateDict({ include });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CheckpointError) return error.code;
    throw error;
  }
  return 'loaded';
}

describe('open, from a URL', () => {
  it.each(Object.keys(files))(
    'transfers the header and the encoder of %s, in at most three requests',
    async (name) => {
      const loaded = await load(name);
      expect(loaded.size).toBe(40);
      expect(loaded.get('encoder.layer7.weight')).toEqual(dict.get('encoder.layer7.weight'));
      expect(requests).toBeLessThanOrEqual(3);
      expect(sent).toBeLessThanOrEqual(1.3 * encoderBytes + 65_536);
    },
  );

  it('reads single tensors without the rest', async () => {
    await using checkpoint = await open(url('model.safetensors'), { fetch });
    sent = 0;
    await checkpoint.read('decoder.layer3.weight');
    expect(sent).toBe(40_000);
  });

  it('reads everything where the server knows no ranges, within the limit', async () => {
    handle = (request, response) => response.end(fileOf(request));
    expect((await load()).get('encoder.layer7.weight')).toEqual(dict.get('encoder.layer7.weight'));
    const small = open(url('model.pt'), { fetch, limits: { downloadBytes: 1000 } });
    expect(await codeOf(small)).toBe('limit');
  });

  it('reads a whole body that came compressed', async () => {
    handle = (request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(fileOf(request)));
    };
    expect((await load()).size).toBe(40);
  });

  it.each<[string, RequestListener, string]>([
    ['404', (_, response) => void response.writeHead(404).end(), 'not-found'],
    ['500', (_, response) => void response.writeHead(500).end(), 'bad-response'],
    [
      'a sign-in page',
      (_, response) => void response.end(new TextEncoder().encode('<!DOCTYPE html><html>')),
      'unsupported-format',
    ],
    [
      'another ETag each time',
      (request, response) => serve(request, response, { etag: `"${requests}"` }),
      'source-changed',
    ],
    [
      'a Content-Range that is not the one asked for',
      (request, response) => serve(request, response, { range: 'bytes 7-9/4000000' }),
      'bad-response',
    ],
    [
      'a Content-Range that is none',
      (request, response) => serve(request, response, { range: 'everything' }),
      'bad-response',
    ],
    [
      'a size that changes',
      (request, response) => serve(request, response, requests > 1 ? { range: `bytes 0-1/${requests}` } : {}),
      'bad-response',
    ],
    [
      'a compressed range',
      (request, response) =>
        serve(request, response, { headers: { 'content-encoding': 'gzip' }, body: (body) => gzipSync(body) }),
      'bad-response',
    ],
    [
      'too few bytes',
      (request, response) => serve(request, response, { body: (body) => body.subarray(0, -1) }),
      'truncated',
    ],
    [
      'too many bytes',
      (request, response) => serve(request, response, { body: (body) => Uint8Array.from([...body, 0]) }),
      'bad-response',
    ],
    [
      'other bytes',
      (request, response) =>
        serve(request, response, { body: (body) => (requests > 2 ? body.map((byte) => byte ^ 1) : body) }),
      'bad-zip',
    ],
    [
      '200 to a later range',
      (request, response) => (requests > 2 ? void response.end(fileOf(request)) : serve(request, response)),
      'source-changed',
    ],
    [
      'a connection that ends',
      (request, response) => {
        response.writeHead(206, {
          'content-range': `bytes 0-32767/${fileOf(request).length}`,
          'content-length': '32768',
          etag: '"1"',
        });
        response.write(fileOf(request).subarray(0, 100), () => response.destroy());
      },
      'truncated',
    ],
    ['no answer', (_, response) => void response.destroy(), 'io'],
  ])('says what is wrong with a server that sends %s', async (_, worse, code) => {
    handle = worse;
    expect(await codeOf(load())).toBe(code);
  });

  it('stops when asked to', async () => {
    const controller = new AbortController();
    handle = () => controller.abort(new Error('enough'));
    await expect(open(url('model.pt'), { fetch, signal: controller.signal })).rejects.toThrow();
  });

  it('gives up on a server that is silent, or too slow', async () => {
    handle = () => {};
    const silent = open(url('model.pt'), { fetch, timeoutMs: 50 });
    await expect(silent).rejects.toThrow(
      'model.pt: sent too little for 50 ms. Try again, or raise timeoutMs.',
    );
    handle = (request, response) => {
      response.writeHead(206, { 'content-range': `bytes 0-32767/${fileOf(request).length}`, etag: '"1"' });
      response.write(fileOf(request).subarray(0, 100));
    };
    expect(await codeOf(open(url('model.pt'), { fetch, timeoutMs: 50 }))).toBe('io');
  });

  it('takes a file in one answer where nothing tells one version of it from the next', async () => {
    handle = (request, response) => {
      const bytes = fileOf(request).map((byte, i) => (requests > 2 && i > 40_000 ? byte ^ 1 : byte));
      const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
      if (first === undefined) return void response.end(bytes);
      const range = `bytes ${first}-${Math.min(Number(last), bytes.length - 1)}/${bytes.length}`;
      response.writeHead(206, { 'content-range': range });
      response.end(bytes.subarray(Number(first), Number(last) + 1));
    };
    await using checkpoint = await open(url('model.safetensors'), { fetch });
    for (const key of ['encoder.layer7.weight', 'decoder.layer3.weight'])
      expect(await checkpoint.read(key)).toEqual(dict.get(key));
    expect(requests).toBe(2);
    const small = open(url('model.safetensors'), { fetch, limits: { downloadBytes: 1000 } });
    expect(await codeOf(small)).toBe('limit');
  });

  describe('that redirects', () => {
    const whole = toBytes(new Map([...dict].slice(0, 1)), 'safetensors');
    /** A network of pages: what each address answers; and what was asked for, with which headers. */
    const network = (pages: Record<string, string>) => {
      const asked: [string, Record<string, string>][] = [];
      const fetch = async (address: string, { headers }: { headers: Record<string, string> }) => {
        asked.push([address, headers]);
        const location = pages[address];
        return location ? new Response(null, { status: 302, headers: { location } }) : new Response(whole);
      };
      return { fetch, asked };
    };

    it('keeps headers on their host', async () => {
      const { fetch, asked } = network({
        'https://hub.example/m': '/n',
        'https://hub.example/n': 'https://cdn.example/m?signature=1',
      });
      const headers = { authorization: 'Bearer secret', 'x-api-key': 'secret' };
      await (await open('https://hub.example/m', { fetch, headers })).close();
      expect(asked.map(([address]) => address)).toEqual([
        'https://hub.example/m',
        'https://hub.example/n',
        'https://cdn.example/m?signature=1',
      ]);
      expect(asked.map(([, sent]) => sent['x-api-key'])).toEqual(['secret', 'secret', undefined]);
      expect(asked[2]?.[1].authorization).toBeUndefined();
    });

    it.each(['http://cdn.example/m', 'file:///etc/passwd', 'ftp://cdn.example/m'])(
      'does not follow to %s',
      async (to) => {
        const { fetch } = network({ 'https://hub.example/m': to });
        expect(await codeOf(open('https://hub.example/m', { fetch }))).toBe('bad-response');
      },
    );

    it('follows no more than five', async () => {
      const { fetch, asked } = network({ 'https://hub.example/m': 'https://hub.example/m' });
      expect(await codeOf(open('https://hub.example/m', { fetch }))).toBe('bad-response');
      expect(asked).toHaveLength(6);
    });
  });

  it('keeps names, passwords and queries out of messages, and sends them as a header', async () => {
    const secret = 'http://user:pa55@example.org/m.pt?token=T0KEN';
    for (const promise of [
      open(secret),
      open(secret, { fetch }),
      open(`${url('x')}?token=T0KEN`, { fetch }),
    ]) {
      const error = (await promise.catch((thrown: unknown) => thrown)) as Error;
      expect(`${error.message} ${error.cause}`).not.toMatch(/pa55|T0KEN/);
    }
    let authorization: string | undefined;
    handle = (request, response) => {
      authorization = request.headers.authorization;
      serve(request, response);
    };
    await (await open(url('model.pt').replace('//', '//user:pa55@'), { fetch })).close();
    expect(authorization).toBe(`Basic ${btoa('user:pa55')}`);
  });

  it('takes a name with a stray % as it is, and no other scheme for a path', async () => {
    handle = (_, response) => void response.writeHead(404).end();
    expect(await codeOf(open(url('%ff.pt'), { fetch }))).toBe('not-found');
    await expect(open('ftp://127.0.0.1/x', { fetch })).rejects.toThrow('must begin with https://');
    await expect(open('https://', { fetch })).rejects.toThrow('a URL must be well-formed');
  });

  it('touches no network without a fetch, and no plain http but on this machine', async () => {
    await expect(open(url('model.pt'))).rejects.toThrow('Pass { fetch }.');
    await expect(open('http://example.org/model.pt', { fetch })).rejects.toThrow('must begin with https://');
    expect(requests).toBe(0);
  });
});
