import { Redis } from 'ioredis';
import { QueueError } from './queue-error.js';

/**
 * A connection that answered; it then reconnects by itself for as long as it takes.
 *
 * @param url - redis://… or rediss://…
 * @throws QueueError `unreachable` if nothing answers within `timeoutMs`
 */
export async function connect(url: string, timeoutMs = 5000): Promise<Redis> {
  const probe = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: timeoutMs });
  let reason: Error | undefined; // the rejection below only says that the connection is closed
  probe.on('error', (error: Error) => {
    reason = error;
  });
  try {
    await probe.connect();
    await probe.ping();
  } catch (cause) {
    throw new QueueError(
      'unreachable',
      `connect: a Redis must answer at ${withoutPassword(url)}, got ${(reason ?? (cause as Error)).message}. ` +
        'Is it running, and does the address lead there from this machine? Finished scouts stay in their folder.',
      { cause: reason ?? cause },
    );
  } finally {
    probe.disconnect();
  }
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  connection.on('error', () => {}); // it reconnects; a lasting failure shows as workers that make no progress
  return connection;
}

/** @throws QueueError `eviction` if Redis may drop jobs when its memory is full */
export async function checkEviction(connection: Redis): Promise<void> {
  const policy = /maxmemory_policy:(\S+)/.exec(await connection.info('memory'))?.[1] ?? 'noeviction';
  if (policy === 'noeviction') return;
  throw new QueueError(
    'eviction',
    `scoutQueue: Redis must keep every job, got maxmemory-policy ${policy}. Set it to noeviction.`,
  );
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}
