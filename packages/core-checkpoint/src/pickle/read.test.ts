import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPickle } from './read.js';
import { PickleWriter } from './writer.js';

const pickles = JSON.parse(
  readFileSync(new URL('../../fixtures/pickles.json', import.meta.url), 'utf8'),
) as Record<string, string>;
const bytesOf = (name: string) => Uint8Array.from(Buffer.from(pickles[name] ?? '', 'base64'));

describe('readPickle', () => {
  it.each(['protocol 2', 'protocol 3', 'protocol 4', 'protocol 5'])(
    'reads what NumPy pickles: %s',
    (name) => {
      const value = readPickle(bytesOf(name)) as Map<string, unknown>;
      const array = { dtype: 'float32', shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) };
      expect(value.get('array')).toEqual(array);
      expect(value.get('columns first')).toEqual(array);
      expect(value.get('big-endian')).toEqual({
        ...array,
        dtype: 'int16',
        data: Int16Array.of(0, 1, 2, 3, 4, 5),
      });
      expect(value.get('flags')).toEqual({ dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) });
      expect([value.get('scalar'), value.get('whole')]).toEqual([0.5, -3n]);
      const [first, second] = value.get('shared') as unknown[];
      expect(first).toBe(second);
      expect(value.get('plain')).toEqual([1, 'é', Uint8Array.of(255), null, true, 2n ** 70n, new Set([3])]);
    },
  );

  it('runs nothing, and says what is wrong with a pickle', () => {
    const attack = new PickleWriter()
      .raw(0x80, 2)
      .global('os', 'system')
      .raw(0x28)
      .text('echo')
      .raw(0x74, 0x52, 0x2e);
    expect(() => readPickle(attack.finish(), { name: 'x.pkl' })).toThrow(
      'open: x.pkl: asks for os.system, which is not data. Nothing was run.',
    );
    expect(() => readPickle(bytesOf('protocol 4').slice(0, -9))).toThrow('has no end');
    expect(() => readPickle(Uint8Array.of(0x80, 2, 0x5d, 0x2e, 0))).toThrow('goes on after its end');
  });

  it('takes a list that holds itself as it is', () => {
    const list = readPickle(Uint8Array.of(0x80, 2, 0x5d, 0x71, 0, 0x68, 0, 0x61, 0x2e)) as unknown[];
    expect(list[0]).toBe(list);
  });
});
