import { signal } from '@preact/signals';
import type { EngineChoice, EngineFacts } from './start-engine.js';
import type { Job, JobEvent, JobResult } from './studio-worker.js';
import { type CallOptions, call, WorkerFailure } from './worker-call.js';

/** Which engine trains; undefined until something was trained. */
export const engine = signal<EngineFacts | undefined>(undefined);

const studios: (Worker | undefined)[] = [];

/** The GPU went away in this visit: nothing is given to it again before a reload. */
let wasLost = false;

/** The engine the address asks for, with ?engine=webgpu, wasm or cpu before the #. */
export function engineChoice(): EngineChoice {
  if (wasLost) return 'wasm';
  const asked = new URLSearchParams(location.search).get('engine');
  return asked === 'webgpu' || asked === 'wasm' || asked === 'cpu' ? asked : 'auto';
}

/** Does a job in the first studio; what concerns one run stays there. */
export async function ask<Kind extends Job['kind']>(
  job: Extract<Job, { kind: Kind }>,
  options: CallOptions<JobEvent> = {},
): Promise<JobResult[Kind]> {
  return askLane(0, job, options);
}

/** Starts the engine, once, and says on the page which it is. */
export async function ready(): Promise<EngineFacts> {
  if (engine.value) return engine.value;
  const facts = await ask({ kind: 'engine', choice: engineChoice() });
  const lost = 'WebGPU was lost in this visit; reload the page to try it again.';
  engine.value = wasLost ? { ...facts, reasons: [lost] } : facts;
  return engine.value;
}

/**
 * How many jobs can be done at once: one on a GPU, else one per core, one of which is left to the page. Of two cores
 * both are used: the page's thread only draws, and sleeps in between.
 */
export function laneCount({ backend }: EngineFacts): number {
  if (backend === 'webgpu') return 1;
  const cores = navigator.hardwareConcurrency || 2;
  return cores <= 2 ? cores : Math.min(8, cores - 1);
}

/** Does a job in one of the studios, chosen by its lane. */
export async function askLane<Kind extends Job['kind']>(
  lane: number,
  job: Extract<Job, { kind: Kind }>,
  options: CallOptions<JobEvent> = {},
): Promise<JobResult[Kind]> {
  const studio = studioAt(lane);
  try {
    return await call(studio, job, options);
  } catch (error) {
    if (isEngineLost(error)) forget(studio);
    throw error;
  }
}

/** Did a job fail because the GPU went away? It can be done again, on another engine. */
export function isEngineLost(error: unknown): error is Error {
  return error instanceof WorkerFailure && error.code === 'engine-lost';
}

/** What comes next starts in a new worker. */
function forget(studio: Worker): void {
  studio.terminate();
  for (const [lane, known] of studios.entries()) if (known === studio) delete studios[lane];
  wasLost = true;
  engine.value = undefined;
}

/** Does many jobs, as many at once as there are lanes. */
export async function eachInLanes<Item>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item, lane: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (index: number): Promise<void> => {
    while (next < items.length) await work(items[next++] as Item, index);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, (_, index) => lane(index)));
}

function studioAt(index: number): Worker {
  let studio = studios[index];
  if (!studio) {
    studio = new Worker(new URL('./studio-worker.ts', import.meta.url), {
      type: 'module',
      name: `studio ${index}`,
    });
    studios[index] = studio;
  }
  return studio;
}
