import { computed, effect, signal } from '@preact/signals';
import type { StateDict } from '@warmstart/shapes';
import type { Check, Examples, PretrainSettings } from '../method/pretrain.js';
import type { Source } from '../method/source.js';
import type { TableFacts } from '../method/table.js';
import { forgetRun, type KeptRun, keepRun, keptRun } from '../store/kept.js';
import type { Place } from '../store/run-folder.js';
import type { FoundRun } from './kept-pretraining.js';
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
  /** names the files of the run */
  id: signal<string | undefined>(undefined),
  /** the step that it can go on from */
  keptStep: signal(0),
  /** where the device keeps its checkpoints */
  place: signal<Place | undefined>(undefined),
  /** false where the device gave no room for what was learned last */
  isKept: signal(true),
  millisecondsPerStep: signal(0),
  /** tensors that the engine holds: the same from step to step, or memory would run out */
  tensors: signal(0),
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
  const kept = await keptRun();
  const found = kept && (await ask({ kind: 'look-for-run', run: kept }).catch(() => undefined));
  if (!kept || !found) {
    run.state.value = 'none';
    await chooseSource(run.source.value);
    return;
  }
  run.id.value = kept.id;
  run.source.value = kept.source;
  run.trainedOn.value = kept.source;
  run.settings.value = kept.settings;
  run.engine.value = kept.engine;
  showFound(found);
  await loadTable(kept.source);
}

function showFound({ curve, checks, step, place, encoder }: FoundRun): void {
  run.curve.value = curve;
  run.checks.value = checks;
  run.keptStep.value = step;
  run.place.value = place;
  run.encoder.value = encoder;
  run.state.value = encoder ? 'done' : 'paused';
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
  run.id.value = crypto.randomUUID();
  run.state.value = 'running';
  clear();
  await forgetRun();
  await proceed({ resume: false, warning });
}

/** Goes on where the last checkpoint stands. */
export async function resume(warning?: string): Promise<void> {
  await proceed({ resume: true, warning });
}

export function pause(): void {
  run.state.value = 'pausing';
  stop?.abort();
}

export async function startOver(): Promise<void> {
  await forgetRun();
  clear();
  run.state.value = 'none';
}

function clear(): void {
  run.curve.value = [];
  run.checks.value = [];
  run.examples.value = undefined;
  run.encoder.value = undefined;
  run.keptStep.value = 0;
  run.isKept.value = true;
}

async function proceed({ resume, warning }: { resume: boolean; warning: string | undefined }): Promise<void> {
  run.problem.value = undefined;
  run.warning.value = warning;
  run.state.value = 'running';
  stop = new AbortController();
  const { signal: stopped } = stop;
  try {
    run.engine.value = (await ready()).title;
    const job = jobNow();
    await keepRun(job).catch(({ message }: Error) =>
      show({ type: 'not-kept', step: run.keptStep.value, message }),
    );
    run.encoder.value = await ask(
      { kind: 'pretrain', choice: engineChoice(), run: job, resume },
      { signal: stopped, onEvent: show },
    );
    run.state.value = 'done';
  } catch (error) {
    if (isEngineLost(error)) return goOnElsewhere(error);
    if (!stopped.aborted) run.problem.value = messageOf(error);
    run.state.value = run.keptStep.value > 0 ? 'paused' : 'none';
  }
}

/** The run as it is kept. */
function jobNow(): KeptRun {
  const [id, settings] = [run.id.value, run.settings.value];
  if (!id || !settings) throw new Error('Nothing is being trained. Pre-train first.');
  return { id, settings, source: run.trainedOn.value ?? run.source.value, engine: run.engine.value };
}

/** After the GPU was lost: from the last checkpoint, or from the start, on the next engine. */
async function goOnElsewhere({ message }: Error): Promise<void> {
  const found = await ask({ kind: 'look-for-run', run: jobNow() }).catch(() => undefined);
  if (found) return resume(`${message} Training went on from step ${found.step}, on another engine.`);
  if (run.settings.value)
    return start(run.settings.value, `${message} Training began anew, on another engine.`);
}

function show(event: JobEvent): void {
  if (event.type === 'losses') {
    const first = event.step - event.losses.length + 1;
    const added = Array.from(event.losses, (loss, index): [number, number] => [first + index, loss]);
    run.curve.value = [...run.curve.value, ...added];
    run.millisecondsPerStep.value = event.millisecondsPerStep;
    run.tensors.value = event.tensors;
  } else if (event.type === 'check') {
    run.checks.value = [...run.checks.value, event.check];
    run.examples.value = event.examples;
  } else if (event.type === 'kept') {
    run.keptStep.value = event.step;
    run.place.value = event.place;
    run.isKept.value = true;
  } else if (event.type === 'not-kept') {
    run.keptStep.value = event.step;
    run.warning.value = event.message;
    run.isKept.value = false;
  } else if (event.type === 'resumed') {
    run.curve.value = event.history.curve;
    run.checks.value = event.history.checks;
    run.warning.value = event.warning ?? run.warning.value;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What nobody has kept yet would be lost with the tab: the browser asks before it closes it. */
effect(() => {
  const isAtRisk = !run.isKept.value && run.curve.value.length > 0;
  const ask = (event: BeforeUnloadEvent) => event.preventDefault();
  if (isAtRisk) addEventListener('beforeunload', ask);
  return () => removeEventListener('beforeunload', ask);
});
