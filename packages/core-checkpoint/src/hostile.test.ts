import { describe, expect, it } from 'vitest';
import { CheckpointError } from './errors.js';
import { type OpenOptions, open } from './open.js';
import { PickleWriter } from './pickle/writer.js';
import { toBytes } from './save.js';
import { encodedBytes } from './targets/encoded-file.js';
import { encodeZip } from './zip/writer.js';

const text = (value: string) => new TextEncoder().encode(value);

/** What opening, and then reading everything, ends with. */
async function verdict(bytes: Uint8Array, options: OpenOptions = {}): Promise<CheckpointError> {
  try {
    await using checkpoint = await open(bytes, { name: 'model.pt', ...options });
    await checkpoint.stateDict();
  } catch (error) {
    if (error instanceof CheckpointError) return error;
    throw error;
  }
  throw new Error('it loaded');
}

/** A `.pt` archive with this pickle, and records by name. */
function archive(
  pickle: Uint8Array,
  records: Record<string, Uint8Array> = { 'data/0': new Uint8Array(16) },
): Uint8Array {
  const members = Object.entries({ 'data.pkl': pickle, ...records, version: text('3\n') });
  return encodedBytes(
    encodeZip(
      members.map(([name, data]) => ({ name: `archive/${name}`, data })),
      64,
    ),
  );
}

/** The pickle of {w: a float tensor} over a storage of four. */
function tensorPickle(
  parts: { offset?: number; shape?: number[]; strides?: number[]; count?: number; key?: string } = {},
) {
  const { offset = 0, shape = [2, 2], strides = [2, 1], count = 4, key = '0' } = parts;
  const pickle = new PickleWriter()
    .raw(0x80, 2, 0x7d)
    .text('w')
    .global('torch._utils', '_rebuild_tensor_v2')
    .raw(0x28);
  pickle
    .raw(0x28)
    .text('storage')
    .global('torch', 'FloatStorage')
    .text(key)
    .text('cpu')
    .count(count)
    .raw(0x74, 0x51);
  pickle.count(offset).counts(shape).counts(strides).raw(0x89);
  return pickle.global('collections', 'OrderedDict').raw(0x29, 0x52, 0x74, 0x52, 0x73, 0x2e).finish();
}

const callOf = (module: string, name: string) =>
  new PickleWriter()
    .raw(0x80, 2)
    .global(module, name)
    .raw(0x28)
    .text('touch /tmp/warmstart-was-run')
    .raw(0x74, 0x52, 0x2e);

describe('open, on pickles that are no data', () => {
  it.each([
    ['REDUCE', callOf('posix', 'system').finish()],
    ['NEWOBJ', new PickleWriter().raw(0x80, 2).global('subprocess', 'Popen').raw(0x29, 0x81, 0x2e).finish()],
    ['STACK_GLOBAL', new PickleWriter().raw(0x80, 4).text('builtins').text('eval').raw(0x93, 0x2e).finish()],
    ['a name with dots', callOf('torch', 'serialization.os.system').finish()],
    ['a known module', callOf('torch', 'load').finish()],
    ['another spelling', callOf('torch._utils', '_rebuild_tensor_v2 ').finish()],
    [
      'a storage class',
      new PickleWriter()
        .raw(0x80, 2, 0x28)
        .text('storage')
        .global('nt', 'system')
        .raw(0x74, 0x51, 0x2e)
        .finish(),
    ],
  ])('refuses an unknown global: %s', async (_, pickle) => {
    const error = await verdict(archive(pickle));
    expect(error.code).toBe('unsafe-global');
    expect(error.message).toContain('Nothing was run.');
  });

  it('names the global, and what to do', async () => {
    expect((await verdict(archive(callOf('posix', 'system').finish()))).message).toBe(
      'open: model.pt: asks to call posix.system, which is not data. Nothing was run. Re-save it with ' +
        "torch.save(model.state_dict(), ...), or leave such objects out with { onUnknown: 'skip' }.",
    );
  });

  it('tells how to save a model that was saved whole', async () => {
    const whole = archive(callOf('torch.nn.modules.container', 'Sequential').finish());
    expect((await verdict(whole)).message).toMatch(
      /holds a whole model .* torch\.save\(torch\.load\(.*\.state_dict\(\)/,
    );
  });

  it('leaves unknown objects out when asked to, and still runs nothing', async () => {
    const pickle = new PickleWriter()
      .raw(0x80, 2, 0x7d)
      .text('args')
      .global('argparse', 'Namespace')
      .raw(0x29, 0x81, 0x7d, 0x62, 0x73);
    const rest = tensorPickle().subarray(3); // after PROTO and EMPTY_DICT
    const bytes = archive(Uint8Array.from([...pickle.finish(), ...rest]));
    expect((await verdict(bytes)).code).toBe('unsafe-global');
    const checkpoint = await open(bytes, { onUnknown: 'skip' });
    expect(checkpoint.keys()).toEqual(['w']);
    expect(checkpoint.metadata).toEqual({ args: '<skipped argparse.Namespace>' });
  });

  it.each([
    ['protocol 0', text('(dp0\n.'), 'bad-pickle'],
    ['protocol 6', Uint8Array.of(0x80, 6, 0x2e), 'unsupported-pickle'],
    ['INST', Uint8Array.of(0x80, 2, 0x69, 0x2e), 'unsupported-pickle'],
    ['EXT1', Uint8Array.of(0x80, 2, 0x82, 1, 0x2e), 'unsupported-pickle'],
    ['an empty stack', Uint8Array.of(0x80, 2, 0x2e), 'bad-pickle'],
    ['an open mark', Uint8Array.of(0x80, 2, 0x28, 0x4e, 0x2e), 'bad-pickle'],
    ['a memo never stored', Uint8Array.of(0x80, 2, 0x68, 9, 0x2e), 'bad-pickle'],
    ['SETITEM on a list', Uint8Array.of(0x80, 2, 0x5d, 0x4b, 1, 0x4b, 2, 0x73, 0x2e), 'bad-pickle'],
    ['APPEND to a dict', Uint8Array.of(0x80, 2, 0x7d, 0x4b, 1, 0x61, 0x2e), 'bad-pickle'],
    ['BUILD on a number', Uint8Array.of(0x80, 2, 0x4b, 1, 0x7d, 0x62, 0x2e), 'bad-pickle'],
    [
      'a call of a dtype',
      new PickleWriter().raw(0x80, 2).global('torch', 'float32').raw(0x29, 0x52, 0x2e).finish(),
      'bad-pickle',
    ],
    [
      'a key twice',
      new PickleWriter()
        .raw(0x80, 2, 0x7d, 0x28)
        .text('a')
        .count(1)
        .text('a')
        .count(2)
        .raw(0x75, 0x2e)
        .finish(),
      'duplicate-key',
    ],
    ['text that is not UTF-8', Uint8Array.of(0x80, 2, 0x58, 1, 0, 0, 0, 0xff, 0x2e), 'bad-pickle'],
    ['bytes after STOP', Uint8Array.of(0x80, 2, 0x7d, 0x2e, 0), 'trailing-bytes'],
    ['no STOP', Uint8Array.of(0x80, 2, 0x7d), 'truncated'],
    ['a text of 4 GiB', Uint8Array.of(0x80, 2, 0x58, 0xff, 0xff, 0xff, 0xff, 0x2e), 'bad-pickle'],
  ])('refuses %s', async (_, pickle, code) => {
    expect((await verdict(archive(pickle))).code).toBe(code);
  });

  it('refuses containers without end, and containers in themselves', async () => {
    const deep = new PickleWriter().raw(0x80, 2);
    for (let i = 0; i < 1000; i++) deep.raw(0x5d);
    for (let i = 1; i < 1000; i++) deep.raw(0x61);
    expect((await verdict(archive(deep.raw(0x2e).finish()))).code).toBe('limit');
    const itself = Uint8Array.of(0x80, 2, 0x5d, 0x71, 0, 0x68, 0, 0x61, 0x2e);
    expect((await verdict(archive(itself))).code).toBe('limit');
  });

  it('refuses lists of lists that grow to billions when walked', async () => {
    const laughs = new PickleWriter().raw(0x80, 2, 0x5d, 0x71, 0);
    for (let i = 0; i < 40; i++) laughs.raw(0x30, 0x5d, 0x28, 0x68, i, 0x68, i, 0x65, 0x71, i + 1);
    expect((await verdict(archive(laughs.raw(0x2e).finish()))).code).toBe('limit');
  });

  it('keeps keys that are names of JavaScript as plain names', async () => {
    const bytes = toBytes(
      new Map([['__proto__', { dtype: 'float32', shape: [1], data: Float32Array.of(1) }]]),
      'pytorch',
    );
    expect((await open(bytes)).keys()).toEqual(['__proto__']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('open, on tensors that lie', () => {
  it('takes the tensor as it is meant', async () => {
    expect((await open(archive(tensorPickle()))).info('w')).toMatchObject({
      dtype: 'float32',
      shape: [2, 2],
    });
  });

  it.each([
    ['an offset past the storage', { offset: 1 }, 'tensor-bounds'],
    ['strides past the storage', { strides: [3, 1] }, 'tensor-bounds'],
    ['a shape past the storage', { shape: [4, 2] }, 'tensor-bounds'],
    ['sizes whose product overflows', { shape: [2 ** 40, 2 ** 40], strides: [2 ** 40, 1] }, 'tensor-bounds'],
    ['fewer strides than sizes', { strides: [1] }, 'tensor-bounds'],
    ['4 TiB out of 4 bytes', { shape: [2 ** 20, 2 ** 20], strides: [0, 0] }, 'limit'],
    ['a storage larger than its record', { count: 5 }, 'storage-size'],
    ['a storage smaller than its record', { count: 3 }, 'storage-size'],
    ['a storage that is not there', { key: '1' }, 'missing-record'],
    ['a storage out of the archive', { key: '../../etc/passwd' }, 'missing-record'],
  ] as const)('refuses %s', async (_, parts, code) => {
    const {
      shape = [2, 2],
      strides = [2, 1],
      ...rest
    } = parts as Parameters<typeof tensorPickle>[0] & object;
    expect(
      (await verdict(archive(tensorPickle({ shape: [...shape], strides: [...strides], ...rest })))).code,
    ).toBe(code);
  });
});

describe('open, on archives that lie', () => {
  const good = archive(tensorPickle());
  const changed = (change: (bytes: Uint8Array, view: DataView) => void, bytes = good.slice()) => {
    change(bytes, new DataView(bytes.buffer));
    return bytes;
  };
  const lastDataByte = Buffer.from(good).indexOf('archive/version') - 31; // before the next local header
  const centralAt = new DataView(good.buffer).getUint32(good.length - 6, true);

  it.each([
    ['a byte of a tensor flipped', changed((bytes) => (bytes[lastDataByte] = 1)), 'crc'],
    ['cut short', good.slice(0, -40), 'truncated'],
    ['bytes after its end', Uint8Array.from([...good, 1, 2, 3]), 'trailing-bytes'],
    ['bytes before its beginning', Uint8Array.from([...good.slice(0, 2), ...good]), 'bad-zip'],
    ['an encrypted entry', changed((bytes) => (bytes[centralAt + 8] = 1)), 'unsupported-compression'],
    ['an unknown method', changed((bytes) => (bytes[centralAt + 10] = 12)), 'unsupported-compression'],
    [
      'one entry too many promised',
      changed((_, view) => view.setUint16(good.length - 12, 5, true)),
      'bad-zip',
    ],
    ['a directory elsewhere', changed((_, view) => view.setUint32(good.length - 6, 3, true)), 'bad-zip'],
    [
      'two sizes of a stored entry',
      changed((_, view) => view.setUint32(centralAt + 24, 9, true)),
      'size-mismatch',
    ],
    ['another local name', changed((bytes) => (bytes[30] = 0x62)), 'bad-zip'],
    [
      'entries on top of each other',
      changed((_, view) => view.setUint32(centralAt + 42, 64, true)),
      'overlap',
    ],
  ])('refuses %s', async (_, bytes, code) => {
    expect((await verdict(bytes)).code).toBe(code);
  });

  it.each(['../escape', '/etc/passwd', 'a\\b', 'C:x', 'stranger.txt', 'archive/\0', ''])(
    'ignores an entry that nothing refers to: %s',
    async (name) => {
      const members = [
        { name: 'archive/data.pkl', data: tensorPickle() },
        { name: 'archive/data/0', data: new Uint8Array(16) },
        { name, data: text('x') },
      ];
      const checkpoint = await open(encodedBytes(encodeZip(members, 64)));
      expect([...(await checkpoint.stateDict()).keys()]).toEqual(['w']);
    },
  );

  it('refuses two pickles, of which two readers could see one each', async () => {
    const members = ['a', 'b'].map((name) => ({ name: `${name}/data.pkl`, data: tensorPickle() }));
    expect((await verdict(encodedBytes(encodeZip(members, 64)))).code).toBe('bad-zip');
  });

  it('refuses a name that comes twice', async () => {
    const member = { name: 'archive/data.pkl', data: Uint8Array.of(0x80, 2, 0x7d, 0x2e) };
    expect((await verdict(encodedBytes(encodeZip([member, member], 64)))).code).toBe('duplicate-entry');
  });

  it('refuses an archive version it does not know, and an unknown byte order', async () => {
    const records = { 'data/0': new Uint8Array(16), byteorder: text('middle') };
    expect((await verdict(archive(tensorPickle(), records))).code).toBe('bad-header');
    const members = [
      { name: 'a/data.pkl', data: tensorPickle() },
      { name: 'a/version', data: text('99') },
    ];
    expect((await verdict(encodedBytes(encodeZip(members, 64)))).code).toBe('unsupported-version');
  });

  it('reads big-endian storages', async () => {
    const data = new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer.slice(0));
    for (let at = 0; at < 16; at += 4) data.subarray(at, at + 4).reverse();
    const checkpoint = await open(archive(tensorPickle(), { 'data/0': data, byteorder: text('big') }));
    expect((await checkpoint.read('w')).data).toEqual(Float32Array.of(1, 2, 3, 4));
  });
});

describe('open, on headers of safetensors that lie', () => {
  const file = (header: string, data = 8) => {
    const bytes = new Uint8Array(8 + header.length + data);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(text(header), 8);
    return bytes;
  };
  const entry = (begin: number, end: number, shape = '[1]', dtype = 'F32') =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

  it.each([
    ['a hole', `{"a":${entry(4, 8)}}`, 'hole'],
    ['an overlap', `{"a":${entry(0, 4)},"b":${entry(2, 6)}}`, 'overlap'],
    ['bytes after the last tensor', `{"a":${entry(0, 4)}}`, 'trailing-bytes'],
    ['a tensor past the end', `{"a":${entry(0, 4)},"b":${entry(4, 12, '[2]')}}`, 'truncated'],
    ['a shape of another size', `{"a":${entry(0, 8)}}`, 'size-mismatch'],
    ['a key twice', `{"a":${entry(0, 4)},"a":${entry(4, 8)}}`, 'duplicate-key'],
    ['offsets that run backwards', `{"a":${entry(8, 4)}}`, 'bad-header'],
    ['a negative size', `{"a":${entry(0, 4, '[-1]')}}`, 'bad-header'],
    ['a number past 2⁵³', `{"a":${entry(0, 4, '[9007199254740993]')}}`, 'bad-header'],
    ['an unknown dtype', `{"a":${entry(0, 4, '[1]', 'F6_E2M3')}}`, 'unsupported-dtype'],
    ['another field', `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}`, 'bad-header'],
    ['metadata that is no text', `{"__metadata__":{"a":1}}`, 'bad-header'],
    ['a lone surrogate', '{"\\ud800":1}', 'bad-header'],
    ['JSON without end', '{"a":', 'bad-header'],
    ['nesting without end', `{"a":${'['.repeat(1000)}`, 'bad-header'],
  ])('refuses %s', async (_, header, code) => {
    expect((await verdict(file(header), { name: 'm.safetensors' })).code).toBe(code);
  });

  it('refuses a header longer than the file', async () => {
    const bytes = file('{}');
    new DataView(bytes.buffer).setBigUint64(0, 5000n, true);
    expect((await verdict(bytes, { name: 'm.safetensors' })).code).toBe('truncated');
  });
});

describe('open, on files that are something else', () => {
  it.each([
    ['a web page', text('<!DOCTYPE html><html><body>Sign in'), 'is a web page, not a checkpoint'],
    [
      'a Git LFS pointer',
      text('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'),
      'is a Git LFS pointer (64 bytes), not the weights. Run git lfs pull.',
    ],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), 'is compressed with gzip. Run gunzip on it first.'],
    ['nothing', new Uint8Array(), 'is empty'],
    [
      'another pickle',
      callOf('posix', 'system').finish(),
      'is a pickle that torch.save did not write. Nothing of it was run',
    ],
    ['text', text('hello, world'), 'is of no known format; it begins with 68 65 6c 6c'],
    ['other JSON', text('{"a": 1}'), 'is JSON, but neither'],
  ])('recognises %s', async (_, bytes, message) => {
    expect((await verdict(bytes)).message).toContain(message);
  });

  it('recognises a TorchScript archive', async () => {
    const members = ['data.pkl', 'constants.pkl', 'code/__torch__.py'].map((name) => ({
      name: `m/${name}`,
      data: text('x'),
    }));
    expect((await verdict(encodedBytes(encodeZip(members, 64)))).message).toContain(
      'is a TorchScript archive',
    );
  });
});
