import { computed, signal } from '@preact/signals';
import type { StateDict } from '@warmstart/core-checkpoint';
import type { Check, Examples, PretrainSettings } from '../method/pretrain.js';
import type { Source } from '../method/source.js';
import type { TableFacts } from '../method/table.js';
import { forgetPretraining, type KeptPretraining, keptPretraining } from '../store/kept.js';
import { ask, engineChoice, isEngineLost, ready } from './studio.js';
import type { JobEvent } from './studio-worker.js';

export type RunState = 'looking' | 'none' | 'running' | 'pausing' | 'paused' | 'done';

/** The one pre-training run of this page, as it goes. */
export const run = {
  state: signal<RunState>('looking'),
  source: signal<Source>({ kind: 'sample', name: 'dna-splice' }),
  /** what the run below was made on; the page may be looking at other rows meanwhile */
  trainedOn: signal<Source | undefined>(undefined),
  settings: signal<PretrainSettings | undefined>(undefined),
  engine: signal(''),
  curve: signal<[number, number][]>([]),
  checks: signal<Check[]>([]),
  examples: signal<Examples | undefined>(undefined),
  encoder: signal<StateDict | undefined>(undefined),
  keptStep: signal(0),
  /** false where the device gave no room for what was learned last */
  isKept: signal(true),
  millisecondsPerStep: signal(0),
  problem: signal<string | undefined>(undefined),
  warning: signal<string | undefined>(undefined),
};
export const table = signal<TableFacts | undefined>(undefined);

/** 1 − loss ÷ loss of guessing the mean, at the last check. */
export const skill = computed(() => {
  const last = run.checks.value.at(-1);
  return last && 1 - last.loss / last.baseline;
});
export const step = computed(() => run.curve.value.at(-1)?.[0] ?? 0);

let stop: AbortController | undefined;
let looked: Promise<void> | undefined;

/** Takes up what an earlier visit left on this device. */
export function lookForKept(): Promise<void> {
  looked ??= takeUp();
  return looked;
}

async function takeUp(): Promise<void> {
  const kept = await keptPretraining();
  if (!kept) {
    run.state.value = 'none';
    await chooseSource(run.source.value);
    return;
  }
  run.source.value = kept.source;
  run.trainedOn.value = kept.source;
  run.settings.value = kept.settings;
  run.curve.value = kept.curve;
  run.checks.value = kept.checks;
  run.engine.value = kept.engine;
  run.encoder.value = kept.encoder;
  run.state.value = kept.encoder ? 'done' : 'paused';
  await loadTable(kept.source);
}

/** Looks at other rows; a run that was made on others is let go of only when a new one starts. */
export async function chooseSource(source: Source): Promise<void> {
  run.source.value = source;
  await loadTable(source);
}

async function loadTable(source: Source): Promise<void> {
  run.problem.value = undefined;
  table.value = undefined;
  try {
    const facts = await ask({ kind: 'table', source });
    if (run.source.value === source) table.value = facts;
  } catch (error) {
    run.problem.value = messageOf(error);
  }
}

export async function start(settings: PretrainSettings, warning?: string): Promise<void> {
  run.settings.value = settings;
  run.trainedOn.value = run.source.value;
  run.curve.value = [];
  run.checks.value = [];
  run.examples.value = undefined;
  run.encoder.value = undefined;
  run.keptStep.value = 0;
  await forgetPretraining();
  await proceed(undefined, warning);
}

/** Goes on where the last checkpoint stands. */
export async function resume(warning?: string): Promise<void> {
  const kept = await keptPretraining();
  if (!kept?.checkpoint) {
    run.problem.value = 'Nothing is kept on this device to go on from. Start again.';
    run.state.value = 'none';
    return;
  }
  // what came after the checkpoint is made again
  const { step: at } = kept.checkpoint.progress;
  run.curve.value = kept.curve.filter(([index]) => index <= at);
  run.checks.value = kept.checks.filter((check) => check.step <= at);
  await proceed(kept, warning);
}

export function pause(): void {
  run.state.value = 'pausing';
  stop?.abort();
}

export async function startOver(): Promise<void> {
  await forgetPretraining();
  for (const list of [run.curve, run.checks]) list.value = [];
  run.encoder.value = undefined;
  run.examples.value = undefined;
  run.state.value = 'none';
}

async function proceed(kept?: KeptPretraining, warning?: string): Promise<void> {
  const settings = run.settings.value;
  if (!settings) return;
  run.problem.value = undefined;
  run.warning.value = warning;
  run.state.value = 'running';
  stop = new AbortController();
  const { signal: stopped } = stop;
  try {
    const facts = await ready();
    run.engine.value = facts.title;
    const { trainedOn, source, curve, checks } = run;
    const job: KeptPretraining = {
      source: trainedOn.value ?? source.value,
      settings,
      engine: facts.title,
      curve: curve.value,
      checks: checks.value,
      ...(kept?.checkpoint && { checkpoint: kept.checkpoint }),
    };
    run.encoder.value = await ask(
      { kind: 'pretrain', choice: engineChoice(), run: job },
      { signal: stopped, onEvent: show },
    );
    run.state.value = 'done';
  } catch (error) {
    if (isEngineLost(error)) return goOnElsewhere(error);
    if (!stopped.aborted) run.problem.value = messageOf(error);
    run.state.value = run.keptStep.value > 0 || kept ? 'paused' : 'none';
  }
}

/** After the GPU was lost: from the last checkpoint, or from the start, on the next engine. */
async function goOnElsewhere({ message }: Error): Promise<void> {
  const { step: at } = (await keptPretraining())?.checkpoint?.progress ?? { step: 0 };
  if (at > 0) return resume(`${message} Training went on from step ${at}, on another engine.`);
  if (run.settings.value)
    return start(run.settings.value, `${message} Training began anew, on another engine.`);
}

function show(event: JobEvent): void {
  if (event.type === 'losses') {
    const first = event.step - event.losses.length + 1;
    const added = Array.from(event.losses, (loss, index): [number, number] => [first + index, loss]);
    run.curve.value = [...run.curve.value, ...added];
    run.millisecondsPerStep.value = event.millisecondsPerStep;
  } else if (event.type === 'check') {
    run.checks.value = [...run.checks.value, event.check];
    run.examples.value = event.examples;
  } else if (event.type === 'kept') {
    run.keptStep.value = event.step;
    run.isKept.value = true;
  } else if (event.type === 'not-kept') {
    run.warning.value = event.message;
    run.isKept.value = false;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
