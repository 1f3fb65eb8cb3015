import { type ChildProcess, spawn } from 'node:child_process';
import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ScoutExecutor, scout } from '@warmstart/guided-tl';
import { directoryStore } from '@warmstart/guided-tl/pool';
import type { StateDict } from '@warmstart/shapes';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Walk, walk } from '../fixtures/counting-train.js';
import { freePort, hasRedis, startRedis } from '../fixtures/redis-server.js';
import { QueueError } from './queue-error.js';
import { scoutQueue } from './scout-queue.js';
import { scoutWorker } from './scout-worker.js';

const base = (): StateDict =>
  new Map([['weight', { dtype: 'float32', shape: [4], data: Float32Array.of(1, 2, 3, 4) }]]);
const walks = (waitMs: number, count = 5): Walk[] =>
  Array.from({ length: count }, (_, i) => ({ steps: 12 + i, waitMs }));
const run = (waitMs: number, executor: ScoutExecutor<Walk>, count = 5) =>
  scout({ base: base(), subproblems: walks(waitMs, count), seed: 3, executor });
const inThisThread: ScoutExecutor<Walk> = { concurrency: 1, run: (job) => walk(job) };

const workerFile = fileURLToPath(new URL('../node_modules/.cache/worker-process.mjs', import.meta.url));
const isThere = hasRedis();
if (!isThere)
  process.stdout.write('SKIPPED: scale-bullmq needs redis-server (Debian: apt-get install redis-server)\n');

describe('scoutQueue without a Redis', () => {
  it('says that nothing answers, and hides the password', async () => {
    const port = await freePort();
    const error = await scoutQueue({ url: `redis://user:secret@127.0.0.1:${port}`, directory: 'x' }).catch(
      (e) => e,
    );
    expect(error).toBeInstanceOf(QueueError);
    expect(error.code).toBe('unreachable');
    expect(error.message).toContain(
      `a Redis must answer at redis://127.0.0.1:${port}, got connect ECONNREFUSED`,
    );
    await expect(
      scoutWorker<Walk>({ url: `redis://127.0.0.1:${port}`, directory: 'x', train: (job) => walk(job) }),
    ).rejects.toThrow('Redis');
  });
});

describe.skipIf(!isThere)('scoutQueue on a real Redis', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let directory: string;
  beforeAll(async () => {
    redis = await startRedis();
    directory = await mkdtemp(join(tmpdir(), 'warmstart-queue-'));
    await build({
      entryPoints: [fileURLToPath(new URL('../fixtures/worker-process.ts', import.meta.url))],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: workerFile,
      conditions: ['@warmstart/source'],
      external: ['bullmq', 'ioredis', '@tensorflow/tfjs-core'],
    });
  });
  afterAll(async () => {
    await redis.stop();
    await rm(directory, { recursive: true });
  });

  it('gives the same bits as this thread from two workers of which one is killed', async () => {
    const queue = await scoutQueue<Walk>({ url: redis.url, directory });
    const started: string[] = [];
    const workers = [0, 1].map(() => spawn(process.execPath, [workerFile, redis.url, directory]));
    const [victim, survivor] = workers as [ChildProcess, ChildProcess];
    try {
      const running = run(60, queue);
      await new Promise<void>((resolve) => {
        let isKilled = false;
        for (const worker of workers) {
          worker.stdout.on('data', (text: Buffer) => {
            started.push(
              ...text
                .toString()
                .split('\n')
                .filter((line) => line.startsWith('scout')),
            );
            if (worker !== victim || isKilled || !text.includes('scout')) return;
            isKilled = true;
            // in the middle of its first scout
            setTimeout(() => resolve(void victim.kill('SIGKILL')), 300);
          });
        }
      });
      const scouted = await running;
      expect(scouted.halves).toEqual((await run(0, inThisThread)).halves);
      // the killed worker's scout went on elsewhere, not from the start
      const resumed = started.filter((line) => !line.endsWith('from step 0'));
      expect(resumed).toHaveLength(1);
      expect(started).toContain(resumed[0]?.replace(/from step \d+/, 'from step 0'));
    } finally {
      for (const worker of [victim, survivor]) worker.kill('SIGKILL');
      await queue.close();
    }
  });

  it('finds what an earlier run finished, and keeps nothing but names in the queue', async () => {
    const queue = await scoutQueue<Walk>({ url: redis.url, directory, name: 'second' });
    const trained: number[] = [];
    const worker = await scoutWorker<Walk>({
      url: redis.url,
      directory,
      name: 'second',
      train: (job) => walk({ ...job, index: trained.push(job.index) }),
    });
    try {
      const first = await run(0, queue, 3);
      const again = await run(0, queue, 3);
      expect(again.halves).toEqual(first.halves);
      expect(trained.sort()).toEqual([0, 1, 2]);
      const files = await readdir(directory);
      expect(files.filter((name) => name.endsWith('.part') || name.startsWith('.'))).toEqual([]);
    } finally {
      await worker.close();
      await queue.close();
    }
  });

  it('tries a scout that throws again, then hands over the others', async () => {
    const store = directoryStore(join(directory, 'store'));
    const queue = await scoutQueue<Walk>({ url: redis.url, directory, name: 'third' });
    let isMended = false;
    const attempts = new Map<number, number>();
    const worker = await scoutWorker<Walk>({
      url: redis.url,
      directory,
      name: 'third',
      train: async (job) => {
        const attempt = (attempts.get(job.index) ?? 0) + 1;
        attempts.set(job.index, attempt);
        if (job.index === 1 && !isMended) throw new Error('no memory');
        if (job.index === 2 && attempt === 1) throw new Error('once');
        return walk(job);
      },
    });
    const again = () => scout({ base: base(), subproblems: walks(0, 4), seed: 3, executor: queue, store });
    try {
      await expect(again()).rejects.toThrow('scout 1: no memory');
      expect(attempts.get(2)).toBe(2);
      isMended = true;
      const scouted = await again();
      expect(scouted.report.resumed).toEqual([0, 2, 3]);
      expect(scouted.halves).toEqual((await run(0, inThisThread, 4)).halves);
    } finally {
      await worker.close();
      await queue.close();
    }
  });

  it('stops waiting when aborted', async () => {
    const queue = await scoutQueue<Walk>({ url: redis.url, directory, name: 'nobody' });
    const signal = AbortSignal.timeout(200);
    try {
      const waiting = scout({ base: base(), subproblems: walks(0), seed: 9, executor: queue, signal });
      await expect(waiting).rejects.toThrow(/timeout/);
    } finally {
      await queue.close();
    }
  });

  it('refuses a file that was changed, unread', async () => {
    const own = await mkdtemp(join(tmpdir(), 'warmstart-queue-'));
    const queue = await scoutQueue<Walk>({ url: redis.url, directory: own, name: 'damaged', attempts: 1 });
    const waiting = run(0, queue, 2).catch((error: Error) => error);
    let names: string[] = [];
    while (names.length < 3) names = (await readdir(own)).filter((name) => !name.startsWith('.'));
    for (const name of names.filter((one) => one.startsWith('base'))) await appendFile(join(own, name), 'x');
    const worker = await scoutWorker<Walk>({
      url: redis.url,
      directory: own,
      name: 'damaged',
      train: (job) => walk(job),
    });
    try {
      expect(String(await waiting)).toMatch(
        /base-[0-9a-f]+\.v8 must be in the shared folder as it was written, got SHA-256/,
      );
    } finally {
      await worker.close();
      await queue.close();
      await rm(own, { recursive: true });
    }
  });

  it('refuses a Redis that may drop jobs', async () => {
    const forgetful = await startRedis('--maxmemory-policy', 'allkeys-lru');
    try {
      await expect(scoutQueue({ url: forgetful.url, directory })).rejects.toThrow(
        'got maxmemory-policy allkeys-lru',
      );
    } finally {
      await forgetful.stop();
    }
  });
});
