import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatasetError } from '../errors.js';
import { memoryFile, memoryFiles } from '../files.js';
import { nativeGunzip } from '../node/native-gunzip.js';
import { walk } from '../walk.js';
import { readArrayPickle } from './array-pickle.js';
import { collectBytes } from './byte-reader.js';
import { crc32 } from './crc32.js';
import { gunzip } from './gzip.js';
import { readIdx } from './idx.js';
import { readJsonLines, readLines } from './lines.js';
import { readMatrixMarket } from './matrix-market.js';
import { readTar } from './tar.js';
import { readZip } from './zip.js';

const encode = (text: string) => new TextEncoder().encode(text);

async function* of(bytes: Uint8Array | string): AsyncGenerator<Uint8Array, void, undefined> {
  const whole = typeof bytes === 'string' ? encode(bytes) : bytes;
  for (let at = 0; at < whole.length; at += 1000) yield whole.subarray(at, at + 1000);
}

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) void item;
}

async function failure(items: AsyncIterable<unknown>): Promise<Partial<DatasetError>> {
  try {
    await drain(items);
  } catch (error) {
    return error as DatasetError;
  }
  throw new Error('nothing was thrown');
}

const packed = gzipSync(Buffer.from('some text that is packed '.repeat(50)));

describe.each([
  ['gunzip', (bytes: Uint8Array) => gunzip(of(bytes), { file: 'a.gz' })],
  ['nativeGunzip', (bytes: Uint8Array) => nativeGunzip(of(bytes), 'a.gz')],
])('%s', (_, unpack) => {
  it('refuses a file cut anywhere', async () => {
    for (let cut = 1; cut < packed.length; cut++) {
      expect(await failure(unpack(packed.subarray(0, cut)))).toMatchObject({
        name: 'DatasetError',
        file: 'a.gz',
      });
    }
  });

  it('refuses a checksum or a size that is not right', async () => {
    for (const at of [packed.length - 8, packed.length - 1]) {
      const damaged = Uint8Array.from(packed);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(await failure(unpack(damaged))).toMatchObject({ code: 'integrity' });
    }
  });

  it('never fails otherwise than by a DatasetError, whatever byte is damaged', async () => {
    for (let at = 0; at < packed.length; at++) {
      const damaged = Uint8Array.from(packed);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      await drain(unpack(damaged)).catch((error: Error) => expect(error.name).toBe('DatasetError'));
    }
  });

  it('stops at a bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(40e6));
    const error = await failure(unpack(bomb));
    expect(error).toMatchObject({ code: 'limit' });
    expect(error.message).toMatch(
      /^unpack: each packed byte may unpack to at most 200, got \d+ over \d+ bytes/,
    );
  });
});

describe('gunzip', () => {
  it('unpacks any data Node packs, at any level', async () => {
    const data = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }),
      fc.string({ maxLength: 3000 }).map(encode),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.integer({ min: 1, max: 4000 }))
        .map(([bytes, times]) => {
          const whole = new Uint8Array(bytes.length * times);
          for (let i = 0; i < times; i++) whole.set(bytes, i * bytes.length);
          return whole;
        }),
    );
    await fc.assert(
      fc.asyncProperty(data, fc.integer({ min: 0, max: 9 }), async (bytes, level) => {
        expect(await collectBytes(gunzip(of(gzipSync(bytes, { level }))))).toEqual(Uint8Array.from(bytes));
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  it('says what is wrong, and where', async () => {
    expect((await failure(gunzip(of('no gzip at all'), { file: 'x.gz' }))).message).toBe(
      'gunzip: member 1 must begin with 1f 8b, got 6e 6f. [x.gz, byte 0]',
    );
    const twice = Buffer.concat([packed, Buffer.from('junk')]);
    expect((await failure(gunzip(of(twice)))).message).toMatch(
      /^gunzip: member 2 must begin with 1f 8b, got 6a 75\./,
    );
    expect((await failure(gunzip(of(new Uint8Array(0))))).code).toBe('truncated');
  });
});

/** A ustar header of any kind. */
function tarHeader(name: string, { type = '0', size = '0', checksum = '' } = {}): Uint8Array {
  const block = new Uint8Array(512);
  block.set(encode(name).subarray(0, 100));
  block.set(encode(size.padStart(11, '0')), 124);
  block.set(encode(type), 156);
  block.set(encode('ustar\x0000'), 257);
  const sum = block.reduce((total, byte) => total + byte, 8 * 32);
  block.set(encode(checksum || `${sum.toString(8).padStart(6, '0')}\0 `), 148);
  return block;
}

describe('readTar', () => {
  it.each([
    ['../../evil.txt', 'stay inside its archive'],
    ['a/../../b', 'stay inside its archive'],
    ['/etc/passwd', 'have a relative path'],
    ['C:\\evil.txt', 'have a relative path'],
    ['..\\evil.txt', 'stay inside its archive'],
  ])('refuses the member %s', async (name, reason) => {
    const error = await failure(readTar(of(tarHeader(name)), { file: 'a.tar' }));
    expect(error).toMatchObject({ code: 'unsafe-member', file: 'a.tar', byte: 0 });
    expect(error.message).toContain(`every member must ${reason}, got ${JSON.stringify(name)}`);
  });

  it('refuses links and devices', async () => {
    for (const type of ['1', '2', '3', '4', '6']) {
      expect(await failure(readTar(of(tarHeader('x', { type }))))).toMatchObject({ code: 'unsafe-member' });
    }
  });

  it('refuses a cut body, a cut header, a wrong checksum and sizes past the limit', async () => {
    const cut = Buffer.concat([tarHeader('a', { size: '2000' }), Buffer.alloc(512)]);
    expect(await failure(readTar(of(cut)))).toMatchObject({ code: 'truncated' });
    expect(await failure(readTar(of(tarHeader('a').subarray(0, 300))))).toMatchObject({ code: 'truncated' });
    expect(await failure(readTar(of(tarHeader('a', { checksum: '000001\0 ' }))))).toMatchObject({
      code: 'malformed',
    });
    const huge = tarHeader('a', { size: '77777777777' });
    expect(await failure(readTar(of(huge), { limits: { memberBytes: 1e6 } }))).toMatchObject({
      code: 'limit',
    });
    const many = Buffer.concat([tarHeader('a'), tarHeader('b'), tarHeader('c')]);
    expect(await failure(readTar(of(many), { limits: { members: 2 } }))).toMatchObject({ code: 'limit' });
    const pax = tarHeader('p', { type: 'x', size: '77777777' });
    expect(await failure(readTar(of(pax)))).toMatchObject({ code: 'limit' });
  });
});

/** A zip of one member, with whatever lies told. */
function zipOf(
  name: string,
  body: Uint8Array,
  lies: { size?: number; crc?: number; mode?: number; at?: number } = {},
): Uint8Array {
  const data = deflateRawSync(body);
  const local = Buffer.alloc(30 + name.length);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt16LE(name.length, 26);
  local.write(name, 30);
  const entry = Buffer.alloc(46 + name.length);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(0x0314, 4);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(lies.crc ?? crc32(body), 16);
  entry.writeUInt32LE(data.length, 20);
  entry.writeUInt32LE(lies.size ?? body.length, 24);
  entry.writeUInt16LE(name.length, 28);
  entry.writeUInt32LE(((lies.mode ?? 0o100644) << 16) >>> 0, 38);
  entry.write(name, 46);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length, 12);
  end.writeUInt32LE(lies.at ?? local.length + data.length, 16);
  return Buffer.concat([local, data, entry, end]);
}

describe('readZip', () => {
  const body = encode('hello '.repeat(100));
  const read = async function* (bytes: Uint8Array) {
    for await (const member of readZip(memoryFile('a.zip', bytes))) yield await member.bytes();
  };

  it('reads what it should', async () => {
    await expect(drain(read(zipOf('ok.txt', body)))).resolves.toBeUndefined();
  });

  it.each([
    ['a way out', zipOf('../evil', body), 'unsafe-member'],
    ['a link', zipOf('link', body, { mode: 0o120777 }), 'unsafe-member'],
    ['another checksum', zipOf('a', body, { crc: 1 }), 'integrity'],
    ['more than it says', zipOf('a', body, { size: 10 }), 'malformed'],
    ['less than it says', zipOf('a', body, { size: 10_000 }), 'truncated'],
    ['a directory elsewhere', zipOf('a', body, { at: 5 }), 'malformed'],
    ['a directory outside', zipOf('a', body, { at: 1e8 }), 'malformed'],
    ['no directory', zipOf('a', body).subarray(0, 60), 'truncated'],
    ['a bomb', zipOf('a', body, { size: 4e9 }), 'limit'],
  ])('refuses %s', async (_, bytes, code) => {
    expect(await failure(read(bytes))).toMatchObject({ name: 'DatasetError', code, file: 'a.zip' });
  });
});

describe('the other readers', () => {
  it('say what is wrong', async () => {
    expect(await failure(readJsonLines(of('{"a":1}\n{bad\n'), { file: 'a.jsonl' }))).toMatchObject({
      code: 'malformed',
      record: 2,
    });
    expect(await failure(readLines(of('x'.repeat(3000)), { limits: { recordBytes: 100 } }))).toMatchObject({
      code: 'limit',
    });
    expect(await failure(readIdx(of(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 9, 1, 2))))).toMatchObject({
      code: 'truncated',
    });
    expect(await failure(readIdx(of(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 1, 2))))).toMatchObject({
      code: 'malformed',
    });
    expect(await failure(readIdx(of(Uint8Array.of(9, 9, 9, 9))))).toMatchObject({ code: 'malformed' });
    const matrix = '%%MatrixMarket matrix coordinate integer general\n2 2 2\n';
    expect(await failure(readMatrixMarket(of(`${matrix}1 1 5\n`)))).toMatchObject({ code: 'truncated' });
    expect(await failure(readMatrixMarket(of(`${matrix}3 1 5\n`)))).toMatchObject({
      code: 'malformed',
      record: 1,
    });
  });

  it('run nothing that a pickle asks for', () => {
    const attack = encode('cos\nsystem\n(S"echo"\ntR.');
    expect(() => readArrayPickle(attack, 'train')).toThrow(
      'readArrayPickle: train: it does not begin as a pickle of protocol 2 to 5.',
    );
    const reduce = Uint8Array.from([
      0x80,
      2,
      ...encode('cos\nsystem\n'),
      0x55,
      4,
      ...encode('echo'),
      0x85,
      0x52,
      0x2e,
    ]);
    expect(() => readArrayPickle(reduce, 'train')).toThrow(
      'readArrayPickle: train: asks for os.system, which is not data. Nothing was run.',
    );
  });

  it('walk no archive too deep, and take no web page for one', async () => {
    const about = { limits: {}, onEvent: () => {}, signal: undefined };
    const nest = (name: string, depth: number): Uint8Array =>
      depth === 0 ? encode('x') : zipOf(`${name}.zip`, nest(name, depth - 1));
    const deep = memoryFiles({ 'a.zip': nest('a', 5) });
    expect(await failure(walk(deep, about))).toMatchObject({ code: 'limit' });
    const page = memoryFiles({ 'set.tar.gz': '\n<!doctype html><html><body>moved</body></html>' });
    expect(await failure(walk(page, about))).toMatchObject({
      code: 'malformed',
      file: 'set.tar.gz',
      byte: 0,
    });
  });
});
