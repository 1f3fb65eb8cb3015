import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { BatchWorker } from './index.js';
import { answerBatches, fromColumns, workerPool } from './index.js';

type Numbers = { [column: string]: Int32Array; id: Int32Array };
const dataset = fromColumns<Numbers>(
  { id: Int32Array.from({ length: 50 }, (_, i) => i) },
  { schema: { id: { dtype: 'int32', shape: [] } } },
);

/** A worker on a channel: messages are copied as between threads, without a built module to start. */
function start(): BatchWorker {
  const { port1, port2 } = new MessageChannel();
  answerBatches<Numbers, Numbers>(port2, async ({ columns }, { random }) => {
    if (columns.id.includes(13)) throw new Error('unlucky');
    await new Promise((resolve) => setTimeout(resolve, 5 * random(0)()));
    return { id: columns.id.map((id, row) => id * 1000 + Math.floor(random(row)() * 1000)) };
  });
  return Object.assign(port1, { terminate: () => port1.close() });
}

describe('workerPool', () => {
  it('gives the same rows in the same order with any number of workers', async () => {
    const run = async (count: number) => {
      const pool = workerPool<Numbers, Numbers>({ start, count });
      const { columns } = await dataset.skip(14).batch(3).map(pool.change, { concurrency: count }).collect();
      await pool.close();
      return [...columns.id];
    };
    const alone = await run(1);
    expect(await run(4)).toEqual(alone);
    expect(alone.map((id) => Math.floor(id / 1000))).toEqual(Array.from({ length: 36 }, (_, i) => i + 14));
  });

  it('passes a worker’s failure on', async () => {
    const pool = workerPool<Numbers, Numbers>({ start, count: 2 });
    await expect(dataset.batch(5).map(pool.change, { concurrency: 2 }).collect()).rejects.toThrow(
      'workerPool: a worker failed: unlucky',
    );
    await pool.close();
  });
});
