import type { WorkerEvent } from '@warmstart/scale-bullmq';
import type { Command } from 'commander';
import { loadScoutModule } from '../scouting/scout-module.js';
import { positiveNumber } from '../settings/flags.js';
import type { Terminal } from '../terminal/terminal.js';

interface Flags {
  module: string;
  queue: string;
  store: string;
  lockMs?: number;
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .requiredOption('--module <file>', 'the same JavaScript as `warmstart scout` was given')
    .requiredOption('--queue <redis-url>', 'redis://host:port')
    .option('--store <folder>', 'the same shared folder', 'warmstart-runs/scouts')
    .option(
      '--lock-ms <n>',
      'a scout without a sign of life for so long goes to another worker',
      positiveNumber,
    )
    .action((flags: Flags) => run(flags, terminal));
}

/** Takes scouts until interrupted; the scout at hand is finished first. */
async function run({ module, queue, store, lockMs }: Flags, terminal: Terminal): Promise<void> {
  const { train } = await loadScoutModule(module);
  const { scoutWorker } = await import('@warmstart/scale-bullmq');
  const worker = await scoutWorker({
    url: queue,
    directory: store,
    train,
    ...(lockMs === undefined ? {} : { lockMs }),
    onEvent: (event) => terminal.note(textOf(event)),
  });
  terminal.note(
    `waiting for scouts on ${queue.replace(/\/\/[^@/]*@/, '//')}; Ctrl-C ends after the scout at hand`,
  );
  const { signal } = terminal;
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await worker.close();
}

function textOf(event: WorkerEvent): string {
  if (event.type === 'scout-start') return `scout ${event.index} starts`;
  if (event.type === 'scout-end') return `scout ${event.index} done`;
  return `scout ${event.index} failed: ${event.message}`;
}
