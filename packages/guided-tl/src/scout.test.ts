import { describe, expect, it } from 'vitest';
import { type Line, lineBase, lines } from '../fixtures/lines.js';
import { train } from '../fixtures/train-line.js';
import { ScoutingError } from './errors.js';
import { guides } from './guides.js';
import { reduceScouts } from './reduce-scouts.js';
import { type ScoutOptions, scout } from './scout.js';
import { type ScoutEvent, scoutSeed } from './scout-job.js';
import { memoryStore, scoutFileName } from './scout-store.js';
import type { Scouted } from './scouted.js';

const run = (options: Partial<ScoutOptions<Line>> = {}) =>
  scout({ base: lineBase(), subproblems: lines, train, seed: 7, ...options });

/** Everything that guides are made of, to the bit. */
const bitsOf = ({ halves, baseDigest }: Scouted) =>
  JSON.stringify([baseDigest, halves.map((half) => half && [half.count, [...half.mean], [...half.squares]])]);

async function errorOf(promise: Promise<unknown>): Promise<ScoutingError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ScoutingError);
  return error as ScoutingError;
}

describe('scout', () => {
  it('says what a base is, and what a scout returns', async () => {
    await expect(run({ base: new Map([['w', {}]]) as never })).rejects.toThrow(
      'Of a model, give await stateDict(model) of @warmstart/core-checkpoint.',
    );
    const error = await errorOf(run({ train: (async () => undefined) as never }));
    expect(error.message).toContain('train must return the trained weights, a Map by path, got none.');
  });

  it('measures mean and variance of the displacement of every weight', async () => {
    const ends = [0.75, 1.5, 0.5].map((value) => Float32Array.of(value, 0.25));
    const scouted = await scout({
      base: lineBase(),
      subproblems: [0, 1, 2],
      seed: 1,
      train: async ({ base, index }) => {
        base.set('line.weight', {
          dtype: 'float32',
          shape: [1, 2],
          data: ends[index] ?? new Float32Array(2),
        });
        return base;
      },
    });
    const { moments } = { moments: scouted.halves };
    expect(moments[0]?.count).toBe(2); // scouts 0 and 2
    expect(moments[1]?.count).toBe(1);
    // displacements 0.25, 1 and 0
    expect(moments[0]?.mean[0]).toBeCloseTo(0.125, 12);
    expect(moments[0]?.squares[0]).toBeCloseTo(2 * 0.125 ** 2, 12);
    expect(moments[1]?.mean[0]).toBe(1);
  });

  it('never lets a scout touch the base, the memory of another scout or what the caller passed', async () => {
    const base = lineBase();
    const seen = new Set<ArrayBufferLike>();
    await scout({
      base,
      subproblems: lines,
      seed: 1,
      train: async (job) => {
        const tensor = job.base.get('line.weight');
        expect([...(tensor?.data ?? [])]).toEqual([0.5, 0.25]);
        const { buffer } = tensor?.data ?? new Float32Array();
        expect(seen.has(buffer)).toBe(false);
        seen.add(buffer);
        tensor?.data.fill(job.index as never);
        return job.base;
      },
    });
    expect(base).toEqual(lineBase());
    expect(seen.has(base.get('line.weight')?.data.buffer ?? new ArrayBuffer())).toBe(false);
  });

  it('gives the same bits whatever the order in which scouts finish', async () => {
    const expected = bitsOf(await run());
    for (const concurrency of [2, 4, 7]) {
      expect(bitsOf(await run({ executor: { concurrency, run: train } }))).toBe(expected);
    }
  });

  it('gives the same bits from three shards, reduced in any order', async () => {
    const store = memoryStore();
    for (const index of [2, 0, 1]) {
      const part = await run({ store, shard: { index, count: 3 } });
      expect(part.report.elsewhere.length).toBeGreaterThan(0);
      expect(() => guides(part)).toThrow(/all 7 scouts must be there/);
    }
    expect(bitsOf(await reduceScouts({ base: lineBase(), store }))).toBe(bitsOf(await run()));
  });

  it('continues where an aborted run stopped, to the same bits', async () => {
    const store = memoryStore();
    const stop = new AbortController();
    const stopped = run({
      store,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === 'scout-end' && event.done === 3) stop.abort(new Error('enough'));
      },
    });
    await expect(stopped).rejects.toThrow('enough');
    const continued = await run({ store });
    expect(continued.report.resumed).toEqual([0, 1, 2]);
    expect(bitsOf(continued)).toBe(bitsOf(await run()));
  });

  it('leaves a diverged scout out and counts it', async () => {
    const store = memoryStore();
    const subproblems = lines.map((line, i) => (i === 2 ? { ...line, diverge: true } : line));
    const scouted = await run({ subproblems, store });
    expect(scouted.report.diverged).toEqual([2]);
    expect(scouted.report.finished).toEqual([0, 1, 3, 4, 5, 6]);
    expect(guides(scouted).report).toMatchObject({ scouts: 6, rejected: 1 });
    expect((await run({ subproblems, store })).report.diverged).toEqual([2]);
  });

  it('finishes the others when one throws, and hands over what they found', async () => {
    const store = memoryStore();
    const subproblems = lines.map((line, i) => (i === 1 ? { ...line, fail: true } : line));
    const error = await errorOf(run({ subproblems, store }));
    expect(error.code).toBe('scouts-failed');
    expect(error.message).toContain('1 of 7 that threw. scout 1: no line for 1.');
    expect(error.scouted?.report.finished).toEqual([0, 2, 3, 4, 5, 6]);
    expect(error.scouted && guides(error.scouted).report.scouts).toBe(6);
    expect(store.files.has(scoutFileName(6))).toBe(true);
    expect(store.files.has(scoutFileName(1))).toBe(false);
  });

  it('says when all diverged', async () => {
    const error = await errorOf(run({ subproblems: lines.map((line) => ({ ...line, diverge: true })) }));
    expect(error.code).toBe('too-few-scouts');
    expect(error.message).toBe(
      'scout: at least 2 scouts must end with finite weights, got 0 of 7; 7 diverged. ' +
        'Lower their learning rate, or clip their gradients; a store keeps diverged scouts too, so use a new one.',
    );
  });

  it('reports statistics that moved and keys it does not know', async () => {
    const scouted = await run({
      train: async (job) => {
        const weights = await train(job);
        (job.base.get('norm.running_mean')?.data as Float32Array)[0] = 9;
        return new Map([...weights, ['head.bias', job.base.get('line.bias') as never]]);
      },
    });
    expect(scouted.report.movedBuffers).toEqual(['norm.running_mean']);
    expect(scouted.report.ignored).toEqual(['head.bias']);
    expect(scouted.base.get('norm.running_mean')?.data).toEqual(Float32Array.of(3));
    expect(scouted.layout.entries.map(({ key }) => key)).toEqual(['line.weight', 'line.bias']);
  });

  it('reports progress for every scout', async () => {
    const events: ScoutEvent[] = [];
    await run({ onEvent: (event) => void events.push(event) });
    expect(events.filter(({ type }) => type === 'scout-start')).toHaveLength(7);
    expect(events.at(-1)).toEqual({ type: 'scout-end', index: 6, count: 7, done: 7, result: 'finished' });
  });

  it('refuses a store of another base, seed or set of sub-problems', async () => {
    const store = memoryStore();
    await run({ store });
    const other = lineBase();
    (other.get('line.bias')?.data as Float32Array)[0] = 1;
    expect((await errorOf(run({ store, base: other }))).message).toMatch(
      /must belong to this run, got baseDigest/,
    );
    expect((await errorOf(run({ store, seed: 8 }))).message).toContain('got seed 7 instead of 8');
    const fewer = await errorOf(run({ store, subproblems: lines.slice(1) }));
    expect(fewer.code).toBe('another-run');
    expect((await errorOf(reduceScouts({ base: other, store }))).code).toBe('another-run');
  });

  it('names a damaged file of the store', async () => {
    const store = memoryStore();
    await run({ store });
    store.files.set(scoutFileName(3), new Uint8Array(20));
    const error = await errorOf(run({ store }));
    expect(error.code).toBe('damaged-store');
    expect(error.message).toContain('scout-000003.safetensors in the store must be whole');
    store.files.set('manifest.json', new TextEncoder().encode('{'));
    expect((await errorOf(run({ store }))).message).toContain('manifest.json');
  });

  it('names the scouts that a reduce misses', async () => {
    const store = memoryStore();
    await run({ store, shard: { index: 0, count: 2 } });
    const error = await errorOf(reduceScouts({ base: lineBase(), store }));
    expect(error.code).toBe('incomplete');
    expect(error.message).toContain(
      'scout-000001.safetensors, scout-000003.safetensors, scout-000005.safetensors',
    );
    expect((await errorOf(reduceScouts({ base: lineBase(), store: memoryStore() }))).code).toBe('incomplete');
  });

  it('counts a scout that returns other shapes as failed', async () => {
    const error = await errorOf(
      run({
        train: async () =>
          new Map([['line.weight', { dtype: 'float32', shape: [2], data: new Float32Array(2) }]]),
      }),
    );
    expect(error.message).toContain('got none for line.bias');
  });

  it('refuses options that cannot be', async () => {
    await expect(run({ subproblems: lines.slice(0, 1) })).rejects.toThrow(
      'scout: at least 2 sub-problems must be given, got 1.',
    );
    await expect(run({ seed: 0.5 })).rejects.toThrow('seed must be an integer, got 0.5');
    await expect(run({ shard: { index: 3, count: 3 }, store: memoryStore() })).rejects.toThrow('got 3 of 3');
    await expect(run({ shard: { index: 0, count: 3 } })).rejects.toThrow('a shard must have a store');
    const { train: _, ...withoutTrain } = { base: lineBase(), subproblems: lines, seed: 1, train };
    await expect(scout(withoutTrain)).rejects.toThrow('train or executor must be given');
    const nan = lineBase();
    (nan.get('line.bias')?.data as Float32Array)[0] = Number.NaN;
    await expect(run({ base: nan })).rejects.toThrow(
      'the base must be finite, got NaN or infinity in line.bias',
    );
    const half = new Map([['w', { dtype: 'float16', shape: [1], data: new Uint16Array(1) }]]);
    await expect(run({ base: half })).rejects.toThrow(
      'weights must be float32 in a Float32Array, got float16 for w',
    );
    await expect(run({ base: new Map() })).rejects.toThrow('got 0 tensors and none of them one');
  });
});

describe('scoutSeed', () => {
  it('differs for every index and seed', () => {
    const seeds = new Set<number>();
    for (let seed = 0; seed < 20; seed++)
      for (let index = 0; index < 50; index++) seeds.add(scoutSeed(seed, index));
    expect(seeds.size).toBe(1000);
    for (const seed of seeds) expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
  });
});
