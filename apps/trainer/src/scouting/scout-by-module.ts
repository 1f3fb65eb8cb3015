import { type ScoutEvent, type ScoutExecutor, scout } from '@warmstart/guided-tl';
import { directoryStore, localPool } from '@warmstart/guided-tl/pool';
import type { Settings } from '../settings/project.js';
import { UsageError } from '../terminal/failure.js';
import type { Terminal } from '../terminal/terminal.js';
import { guidesOf, writeGuides } from './guides-output.js';
import { loadScoutModule, openBase } from './scout-module.js';

/** Where the scouts of a module are trained and their guides go. */
export interface ModuleScouting {
  out: string;
  shard?: { index: number; count: number } | undefined;
  queue?: string | undefined;
  json: boolean;
  terminal: Terminal;
}

/** Where finished scouts of a module are kept. */
export const defaultStore = 'warmstart-runs/scouts';

/** Scouts that a module of one's own trains: in worker threads, as one shard of several, or by a queue. */
export async function scoutByModule(
  settings: Settings<'scout'>,
  { out, shard, queue, json, terminal }: ModuleScouting,
): Promise<void> {
  const { seed, backend, at, workers, store: storePath = defaultStore } = settings;
  const path = required('module', settings.module);
  const basePath = required('base', settings.base);
  if (backend !== 'auto') process.env.WARMSTART_BACKEND = backend; // threads inherit it
  const module = await loadScoutModule(path);
  const { weights: base, metadata } = await openBase(basePath, at, terminal);
  const subproblems = await module.subproblems(seed);
  const store = directoryStore(storePath);
  const executor = await executorFor(queue, { store: storePath, workers }, module.url);
  try {
    const scouted = await scout({
      base,
      subproblems,
      seed,
      executor,
      store,
      signal: terminal.signal,
      onEvent: (event) => note(event, terminal),
      ...(shard ? { shard } : {}),
    });
    if (!shard) {
      const made = await guidesOf(scouted, { module, executor, store }, terminal);
      return await writeGuides(scouted, made, { folder: out, store, metadata, json, terminal });
    }
    const { finished, diverged } = scouted.report;
    const kept = { shard, finished, diverged, store: storePath };
    terminal.out(
      json
        ? JSON.stringify(kept)
        : `${finished.length + diverged.length} scouts kept in ${storePath}; when all shards are done: warmstart reduce ${storePath}`,
    );
  } finally {
    await executor.close();
  }
}

function required(name: 'module' | 'base', value: string | undefined): string {
  if (value !== undefined) return value;
  const what = name === 'module' ? 'your JavaScript of scouts' : 'the pre-trained weights';
  throw new UsageError(
    `scout: --${name} must name ${what}. Example: warmstart scout --module scouts.mjs --base encoder.safetensors`,
  );
}

async function executorFor(
  queue: string | undefined,
  { store, workers }: { store: string; workers: number | undefined },
  module: URL,
): Promise<ScoutExecutor & { close(): Promise<void> }> {
  if (!queue) return localPool({ module, ...(workers === undefined ? {} : { workers }) });
  const { scoutQueue } = await import('@warmstart/scale-bullmq');
  return scoutQueue({ url: queue, directory: store });
}

function note(event: ScoutEvent, terminal: Terminal): void {
  if (event.type === 'scout-start') return;
  const what = event.type === 'scout-failed' ? `failed: ${event.message}` : event.result;
  terminal.note(`scout ${event.index} ${what} (${event.done} of ${event.count})`);
}
