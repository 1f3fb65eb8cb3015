import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Line, lineBase, lines } from '../fixtures/lines.js';
import { train as trainLine } from '../fixtures/train-line.js';
import { directoryStore } from './directory-store.js';
import { localPool } from './local-pool.js';
import { scout } from './scout.js';
import type { ScoutExecutor } from './scout-job.js';

const module = new URL('../fixtures/train-lines.mjs', import.meta.url);
const run = (executor?: ScoutExecutor<Line>) =>
  scout({
    base: lineBase(),
    subproblems: lines,
    seed: 7,
    ...(executor ? { executor } : { train: trainLine }),
  });

describe('localPool', () => {
  for (const [workers, runtime] of [
    [1, 'worker_threads'],
    [4, 'worker_threads'],
    [2, 'child_process'],
  ] as const) {
    it(`gives the same bits as this thread, from ${workers} of ${runtime}`, async () => {
      const pool = localPool<Line>({ module, workers, runtime });
      try {
        expect((await run(pool)).halves).toEqual((await run()).halves);
      } finally {
        await pool.close();
      }
    });
  }

  it('reports a scout that throws in its worker', async () => {
    const pool = localPool<Line>({ module, workers: 2 });
    const subproblems = lines.map((line, i) => (i === 4 ? { ...line, fail: true } : line));
    try {
      await expect(scout({ base: lineBase(), subproblems, seed: 7, executor: pool })).rejects.toThrow(
        'scout 4: no line for 4',
      );
    } finally {
      await pool.close();
    }
  });

  it('stops workers when aborted', async () => {
    const pool = localPool<Line>({ module, workers: 2 });
    const subproblems = lines.map((line) => ({ ...line, slow: 60_000 }));
    const signal = AbortSignal.timeout(300);
    try {
      const stopped = scout({ base: lineBase(), subproblems, seed: 7, executor: pool, signal });
      await expect(stopped).rejects.toThrow(/timeout/);
    } finally {
      await pool.close();
    }
  });

  it('refuses what is no file, and no workers', () => {
    expect(() => localPool({ module: 'https://example.org/x.js' })).toThrow(
      'must be the URL of a file, got https:',
    );
    expect(() => localPool({ module, workers: 0 })).toThrow('workers must be an integer ≥ 1, got 0');
  });
});

describe('directoryStore', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'warmstart-scouts-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('keeps scouts in whole files and nothing else', async () => {
    const store = directoryStore(join(directory, 'deep', 'run'));
    expect(await store.read('manifest.json')).toBeUndefined();
    const options = {
      base: lineBase(),
      subproblems: lines,
      seed: 7,
      store,
      train: trainLine,
    };
    const first = await scout(options);
    const again = await scout(options);
    expect(again.report.resumed).toHaveLength(lines.length);
    expect(again.halves).toEqual(first.halves);
    const names = await readdir(join(directory, 'deep', 'run'));
    expect(names.sort()).toEqual(
      [...Array(7).keys()]
        .map((i) => `scout-00000${i}.safetensors`)
        .concat()
        .sort()
        .toSpliced(0, 0, 'manifest.json'),
    );
  });
});
