import { describe, expect, it } from 'vitest';
import { average, merge } from './combine.js';
import { diff } from './diff.js';
import { selectKeys } from './load/rename-keys.js';
import type { NamedTensor, StateDict } from './tensors/named-tensor.js';

const floats = (...values: number[]): NamedTensor => ({
  dtype: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
});
const dictOf = (entries: Record<string, NamedTensor>): StateDict => new Map(Object.entries(entries));

describe('average', () => {
  it('weighs floats, and takes counters from the last dict', () => {
    const counter = (value: bigint): NamedTensor => ({
      dtype: 'int64',
      shape: [],
      data: BigInt64Array.of(value),
    });
    const dicts = [dictOf({ w: floats(1, 2), n: counter(3n) }), dictOf({ w: floats(5, 6), n: counter(9n) })];
    expect(average(dicts)).toEqual(dictOf({ w: floats(3, 4), n: counter(9n) }));
    expect(average(dicts, [3, 1]).get('w')).toEqual(floats(2, 3));
  });

  it('refuses dicts that differ', () => {
    expect(() => average([dictOf({ w: floats(1) }), dictOf({ w: floats(1, 2) })])).toThrow(
      'average: w must be alike everywhere, got float32 [1] and float32 [2].',
    );
    expect(() => average([dictOf({ a: floats(1) }), dictOf({ b: floats(1) })])).toThrow('the same names');
    expect(() => average([dictOf({ a: floats(1), b: floats(1) }), dictOf({ a: floats(1) })])).toThrow(
      'got b in some only',
    );
    expect(() => average([])).toThrow('at least one');
    expect(() => average([dictOf({ a: floats(1) })], [0])).toThrow('positive sum');
  });
});

describe('merge', () => {
  it('joins dicts of distinct names, and refuses others', () => {
    expect([...merge(dictOf({ a: floats(1) }), dictOf({ b: floats(2) })).keys()]).toEqual(['a', 'b']);
    expect(() => merge(dictOf({ a: floats(1) }), dictOf({ a: floats(1) }))).toThrow(
      'merge: names must be distinct, got a twice.',
    );
  });
});

describe('diff', () => {
  it('tells names, shapes, dtypes and values apart', async () => {
    const half: NamedTensor = { dtype: 'float16', shape: [1], data: Uint16Array.of(0x3c00) };
    const a = dictOf({
      same: floats(Number.NaN),
      value: floats(1, 2),
      shape: floats(1),
      dtype: floats(1.5),
      a: floats(1),
    });
    const b = dictOf({
      same: floats(Number.NaN),
      value: floats(1, 5),
      shape: floats(1, 2),
      dtype: half,
      b: floats(1),
    });
    expect(await diff(a, b)).toEqual({
      equal: false,
      onlyInA: ['a'],
      onlyInB: ['b'],
      changed: [
        { key: 'value', maxAbs: 3 },
        { key: 'dtype', maxAbs: 0.5, dtype: ['float32', 'float16'] },
      ],
      shape: [{ key: 'shape', a: [1], b: [2] }],
    });
    expect((await diff(a, a)).equal).toBe(true);
  });
});

describe('selectKeys', () => {
  const names = ['encoder.0.weight', 'encoder.norm', 'decoder.weight'].map((key) => [key, key] as const);

  it.each([
    ['encoder.*', ['encoder.norm']],
    ['encoder.**', ['encoder.0.weight', 'encoder.norm']],
    ['*.?.weight', ['encoder.0.weight']],
    [/weight$/g, ['encoder.0.weight', 'decoder.weight']],
    [
      ['encoder.norm', 'decoder.**'],
      ['encoder.norm', 'decoder.weight'],
    ],
  ])('picks by %s', (include, wanted) => {
    expect([...selectKeys(names, { include }).values()]).toEqual(wanted);
  });

  it('strips, adds and renames in this order, and refuses names that fall together', () => {
    const selected = selectKeys(names, {
      stripPrefix: 'encoder.',
      addPrefix: 'x.',
      rename: [
        ['norm', 'ln'],
        [/^x\.(\d)/, 'h.$1'],
      ],
    });
    expect([...selected.keys()]).toEqual(['h.0.weight', 'x.ln', 'x.decoder.weight']);
    expect(() => selectKeys(names, { rename: [() => 'one'] })).toThrow(
      'selectKeys: names must stay distinct, got one for both encoder.0.weight and encoder.norm. Change the rules.',
    );
  });
});
