import { seededRandom } from '@warmstart/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch } from './columns.js';
import type { DataWarning } from './events.js';
import { Dataset, DatasetError, fromColumns, interleave, log1p, split } from './index.js';
import type { State } from './source.js';
import { streamSource } from './stages/stream.js';

type Numbers = { [column: string]: Int32Array; id: Int32Array; label: Int32Array };
const number = { dtype: 'int32', shape: [] } as const;
const schema = { id: number, label: { ...number, classNames: ['a', 'b', 'c'] } };

const columns = (count: number, first = 0): Numbers => ({
  id: Int32Array.from({ length: count }, (_, i) => first + i),
  label: Int32Array.from({ length: count }, (_, i) => (first + i) % 3),
});
const inMemory = (count: number, first = 0) => fromColumns(columns(count, first), { schema });

/** Rows in pieces of uneven size, as files give them. */
function streamed(count: number, onClose = () => {}): Dataset<Numbers> {
  const rows = { rowCount: count, columns: columns(count), shapes: { id: [count], label: [count] } };
  const read = async function* () {
    try {
      for (let at = 0, size = 1; at < count; at += size, size = (size % 7) + 1) {
        const end = Math.min(count, at + size);
        const part = { id: rows.columns.id.slice(at, end), label: rows.columns.label.slice(at, end) };
        yield { rowCount: end - at, columns: part, shapes: { id: [end - at], label: [end - at] } };
      }
    } finally {
      onClose();
    }
  };
  return new Dataset<Numbers>(
    streamSource({ schema, rowCount: undefined, fingerprint: ['test', count], read }),
    { origin: 'official' },
  );
}

async function ids(batches: AsyncIterable<Batch<Numbers>>): Promise<number[]> {
  const found: number[] = [];
  for await (const batch of batches) found.push(...batch.columns.id);
  return found;
}

const double = (batch: Batch<Numbers>) => ({ ...batch.columns, id: batch.columns.id.map((id) => id * 2) });
const pipelines: [string, () => Dataset<Numbers>][] = [
  ['memory', () => inMemory(37)],
  ['stream', () => streamed(37)],
  ['batches', () => streamed(37).batch(5)],
  ['permuted memory', () => inMemory(37).shuffle({ seed: 0 }).batch(4)],
  ['block shuffle', () => streamed(37).shuffle({ seed: 0, buffer: 8 }).batch(3)],
  [
    'filter and map',
    () =>
      streamed(37)
        .filter((batch, row) => (batch.columns.id[row] ?? 0) % 4 !== 1)
        .map(double)
        .batch(4),
  ],
  [
    'parallel map and prefetch',
    () => streamed(37).shuffle({ seed: 1, buffer: 9 }).batch(2).map(double, { concurrency: 3 }).prefetch(2),
  ],
  ['take, skip, shard', () => streamed(60).skip(3).take(50).shard(1, 3).batch(4)],
  ['interleave', () => interleave([streamed(11), inMemory(9, 100), streamed(5)], { block: 2 }).batch(3)],
  ['three epochs of a shuffle', () => streamed(13).shuffle({ seed: 2, buffer: 6 }).repeat(3).batch(4)],
  ['three epochs of a permutation', () => inMemory(13).shuffle({ seed: 2 }).repeat(3).batch(4)],
  [
    'shuffled twice',
    () => streamed(29).shuffle({ seed: 3, buffer: 7 }).batch(4).shuffle({ seed: 4, buffer: 11 }).batch(5),
  ],
  [
    'random changes',
    () =>
      streamed(23)
        .batch(4)
        .map(({ columns: c, rowCount }, { random }) => ({
          ...c,
          id: c.id.map((id, row) => id * 1000 + Math.floor(random(row)() * 1000 + rowCount * 0)),
        }))
        .batch(3),
  ],
];

describe.each(pipelines)('%s', (_, make) => {
  it('gives the same rows every time', async () => {
    expect(await ids(make())).toEqual(await ids(make()));
  });

  it('resumed anywhere goes on exactly where it stood', async () => {
    const whole = await ids(make());
    const pass = make().iterate();
    let seen = 0;
    for (let next = await Promise.resolve({ done: false }); !next.done; ) {
      const state: State = JSON.parse(JSON.stringify(pass.state()));
      expect(await ids(make().resume(state))).toEqual(whole.slice(seen));
      const result = await pass.next();
      if (!result.done) seen += result.value.rowCount;
      next = { done: result.done === true };
    }
    expect(seen).toBe(whole.length);
  });
});

describe('Dataset', () => {
  it('resumes any pipeline at any batch', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('batch' as const), n: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ kind: fc.constant('shuffle' as const), n: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ kind: fc.constant('prefetch' as const), n: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constant('shard' as const), n: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constant('take' as const), n: fc.integer({ min: 0, max: 50 }) }),
      fc.record({ kind: fc.constant('skip' as const), n: fc.integer({ min: 0, max: 9 }) }),
      fc.record({ kind: fc.constant('repeat' as const), n: fc.integer({ min: 0, max: 2 }) }),
    );
    const program = fc.record({
      stream: fc.boolean(),
      steps: fc.array(step, { maxLength: 5 }),
      stop: fc.nat(12),
    });
    await fc.assert(
      fc.asyncProperty(program, async ({ stream, steps, stop }) => {
        const build = () =>
          steps.reduce<Dataset<Numbers>>(
            (dataset, { kind, n }) => {
              if (kind === 'shuffle') return dataset.shuffle({ seed: n, buffer: n });
              return kind === 'shard' ? dataset.shard(0, n) : dataset[kind](n);
            },
            stream ? streamed(31) : inMemory(31),
          );
        const whole = await ids(build());
        const pass = build().iterate();
        let seen = 0;
        for (let i = 0; i < stop; i++) seen += (await pass.next()).value?.rowCount ?? 0;
        const state: State = JSON.parse(JSON.stringify(pass.state()));
        await pass.return();
        expect(await ids(build().resume(state))).toEqual(whole.slice(seen));
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('shuffles to every row once, in another order each epoch, seed 0 included', async () => {
    for (const make of [() => inMemory(500), () => streamed(500)]) {
      const dataset = make().shuffle({ seed: 0, buffer: 100 });
      const first = await ids(dataset.iterate({ epoch: 0 }));
      const second = await ids(dataset.iterate({ epoch: 1 }));
      const inOrder = await ids(make());
      expect(first).not.toEqual(inOrder);
      expect(second).not.toEqual(first);
      expect([...first].sort((a, b) => a - b)).toEqual(inOrder);
      expect([...second].sort((a, b) => a - b)).toEqual(inOrder);
    }
  });

  it('moves each row of a permutation evenly over all places', async () => {
    const count = 20;
    const hits = new Map<string, number>();
    for (let seed = 0; seed < 2000; seed++) {
      const order = await ids(inMemory(count).shuffle({ seed }));
      for (const [place, id] of order.entries())
        hits.set(`${id} ${place}`, (hits.get(`${id} ${place}`) ?? 0) + 1);
    }
    expect(hits.size).toBe(count * count);
    // expected 100 each; 6 standard deviations
    for (const count of hits.values()) expect(Math.abs(count - 100)).toBeLessThan(60);
  });

  it('refuses a state of another pipeline', async () => {
    const state = streamed(10).batch(2).iterate().state();
    expect(() => streamed(10).batch(3).resume(state)).toThrow(DatasetError);
    expect(() => streamed(10).batch(3).resume(state)).toThrow(
      'Dataset.resume: the state must come from the same data and operations',
    );
  });

  it('closes its source when left early, read through, or broken off by an error', async () => {
    let closed = 0;
    const dataset = streamed(100, () => closed++)
      .shuffle({ seed: 1, buffer: 10 })
      .batch(4)
      .map((batch) => batch.columns, { concurrency: 2 })
      .prefetch(3);
    for await (const _ of dataset) break;
    expect(closed).toBe(1);
    await dataset.collect();
    expect(closed).toBe(2);
    const failing = dataset.map(() => {
      throw new Error('no');
    });
    await expect(failing.collect()).rejects.toThrow('no');
    expect(closed).toBe(3);
  });

  it('stops on a signal', async () => {
    const controller = new AbortController();
    const pass = streamed(100).batch(5).iterate({ signal: controller.signal });
    await pass.next();
    controller.abort(new Error('enough'));
    await expect(pass.next()).rejects.toThrow('enough');
  });

  it('shares out all rows among shards', async () => {
    const shares = await Promise.all([0, 1, 2].map((index) => ids(streamed(20).shard(index, 3))));
    expect(shares.flat().sort((a, b) => a - b)).toEqual(await ids(streamed(20)));
    expect(await ids(inMemory(20).shard(1, 3))).toEqual(shares[1]);
    expect(() => streamed(3).shard(3, 3)).toThrow(
      'Dataset.shard: index must be an integer in 0 … count − 1, got index 3 of 3.',
    );
  });

  it('works on several batches at once, in order, when asked to', async () => {
    let running = 0;
    let most = 0;
    const slow = streamed(40)
      .batch(4)
      .map(
        async ({ columns: c }) => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setTimeout(resolve, 2));
          running--;
          return c;
        },
        { concurrency: 4 },
      );
    expect(await ids(slow)).toEqual(await ids(streamed(40)));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(5);
  });

  it('warns of a buffer that holds one class only', async () => {
    const sorted = fromColumns(
      { id: new Int32Array(100), label: Int32Array.from({ length: 100 }, (_, i) => (i < 50 ? 0 : 1)) },
      { schema },
    );
    const warnings: DataWarning[] = [];
    const filtered = sorted.filter(() => true); // a filter has no random access
    await filtered.shuffle({ seed: 0, buffer: 20, onWarning: (warning) => warnings.push(warning) }).collect();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.code).toBe('one-class-buffer');
  });

  it('checks what a map gives back', async () => {
    await expect(
      inMemory(4)
        .map(() => ({ id: new Int32Array(1), label: new Int32Array(4) }))
        .collect(),
    ).rejects.toThrow('makeBatch: column "id" must hold 4 values for 4 rows, got 1.');
    await expect(
      inMemory(4)
        .map(({ columns }) => ({ ...columns, twice: columns.id }))
        .collect(),
    ).rejects.toThrow('got "twice" beside them. A change that adds columns gives their schema');
    await expect(
      inMemory(4)
        .map((batch) => batch as never)
        .collect(),
    ).rejects.toThrow('got "rowCount" beside them. Return the columns alone, not the batch.');
  });

  it('refuses what is no change, and an order without a seed', () => {
    expect(() => inMemory(4).map(log1p('id') as never)).toThrow(
      'Dataset.map: change must be a function, got an array. Spread what log1p',
    );
    expect(() => inMemory(4).map(Promise.resolve() as never)).toThrow('got a promise. Await it first.');
    expect(() => inMemory(4).shuffle(7 as never)).toThrow(
      'Dataset.shuffle: seed must be a number, got undefined. Write shuffle({ seed: 7 }).',
    );
  });
});

describe('split', () => {
  it('keeps groups together', async () => {
    const count = 300;
    const dataset = fromColumns(
      {
        id: Int32Array.from({ length: count }, (_, i) => i),
        label: new Int32Array(count),
        film: Int32Array.from({ length: count }, (_, i) => i % 30),
      },
      { schema: { ...schema, film: number } },
    );
    const { a, b } = await split(dataset, { a: 0.5, b: 0.5 }, seededRandom(1), { group: 'film' });
    const films = async (part: typeof a) => new Set((await part.collect()).columns.film);
    const [inA, inB] = [await films(a), await films(b)];
    expect([...inA].filter((film) => inB.has(film))).toEqual([]);
    expect(inA.size + inB.size).toBe(30);
  });

  it('refuses options it does not know, lest groups be torn apart unseen', async () => {
    const options = { groups: 'label' } as never;
    await expect(split(inMemory(4), { a: 1 }, seededRandom(1), options)).rejects.toThrow(
      'split: the options are "by" and "group", got "groups".',
    );
    await expect(split(inMemory(4), { a: 1 }, 7 as never)).rejects.toThrow(
      'split: random must be a function, got 7. Give seededRandom(7).',
    );
  });

  it('splits a stream without holding it', async () => {
    const { train, test } = await split(streamed(90), { train: 2 / 3, test: 1 / 3 }, seededRandom(5));
    expect([...(await ids(train)), ...(await ids(test))].sort((x, y) => x - y)).toEqual(
      await ids(streamed(90)),
    );
    expect(train.rowCount).toBe(60);
  });
});
