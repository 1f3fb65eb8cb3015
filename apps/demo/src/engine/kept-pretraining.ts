import type { StateDict } from '@warmstart/shapes';
import { type PretrainEvent, pretrain } from '../method/pretrain.js';
import type { Table } from '../method/table.js';
import { type KeptRun, refuse } from '../store/kept.js';
import { type Place, RunFolder, type RunHistory, type StoppedRun } from '../store/run-folder.js';

/** What is told of a run's files. */
export type StorageEvent =
  | { type: 'kept'; step: number; place: Place }
  | { type: 'not-kept'; step: number; message: string }
  | { type: 'resumed'; step: number; history: RunHistory; warning: string | undefined };

/** What an earlier visit left of a run. */
export interface FoundRun extends RunHistory {
  step: number;
  place: Place;
  /** only of one that is done */
  encoder?: StateDict;
}

/** A checkpoint that the device gave no room for: it lasts as long as this worker. */
let unkept: { id: string; run: StoppedRun } | undefined;

export async function lookFor({ id }: KeptRun): Promise<FoundRun | undefined> {
  const folder = await RunFolder.find(id);
  if (!folder) return undefined;
  const { place } = folder;
  const done = await folder.encoder().catch(() => undefined); // a damaged one leaves the checkpoints
  if (done) return { ...done, place, step: done.curve.at(-1)?.[0] ?? 0 };
  const stopped = await folder.latest();
  if (!stopped) return undefined;
  const { curve, checks, checkpoint } = stopped;
  return { curve, checks, place, step: checkpoint.progress.step };
}

/**
 * Pre-trains. Every checkpoint goes to the device's storage, so that neither a closed tab nor a crash loses the run;
 * without room there it stays in memory and training goes on.
 */
export async function pretrainAndKeep(
  table: Table,
  { run, resume }: { run: KeptRun; resume: boolean },
  options: { signal: AbortSignal; tell: (event: PretrainEvent | StorageEvent) => void },
): Promise<StateDict> {
  const { signal, tell } = options;
  const from = resume ? await stoppedRun(run.id) : undefined;
  if (resume && !from)
    throw new Error(
      'Nothing is kept on this device any more to go on from. Start over, then pre-train again.',
    );
  const history: RunHistory = { curve: [...(from?.curve ?? [])], checks: [...(from?.checks ?? [])] };
  if (from) tellResumed(from, tell);
  const encoder = await pretrain(table, run.settings, {
    resume: from?.checkpoint,
    signal,
    tell: (event) => {
      record(event, history);
      tell(event);
    },
    keep: async (checkpoint) => {
      const { step } = checkpoint.progress;
      const isKept = await kept(step, (folder) => folder.keepCheckpoint(checkpoint, history));
      unkept = isKept ? undefined : { id: run.id, run: { ...copyOf(history), checkpoint, damaged: [] } };
    },
  });
  await kept(run.settings.steps, (folder) => folder.keepEncoder(encoder, history));
  return encoder;

  async function kept(step: number, keep: (folder: RunFolder) => Promise<void>): Promise<boolean> {
    try {
      const folder = await RunFolder.open(run.id).catch(refuse); // each time: another tab may have removed it
      await keep(folder).catch(refuse);
      tell({ type: 'kept', step, place: folder.place });
      return true;
    } catch (error) {
      tell({ type: 'not-kept', step, message: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }
}

async function stoppedRun(id: string): Promise<StoppedRun | undefined> {
  return unkept?.id === id ? unkept.run : (await RunFolder.find(id))?.latest();
}

function tellResumed(from: StoppedRun, tell: (event: StorageEvent) => void): void {
  const { checkpoint, damaged, ...history } = from;
  const { step } = checkpoint.progress;
  const warning =
    damaged.length > 0
      ? `The newest checkpoint on this device is damaged (${damaged.join(', ')}); training goes on from step ${step}.`
      : undefined;
  tell({ type: 'resumed', step, history, warning });
}

function record(event: PretrainEvent, { curve, checks }: RunHistory): void {
  if (event.type === 'check') checks.push(event.check);
  else {
    const first = event.step - event.losses.length + 1;
    for (const [index, loss] of event.losses.entries()) curve.push([first + index, loss]);
  }
}

function copyOf({ curve, checks }: RunHistory): RunHistory {
  return { curve: [...curve], checks: [...checks] };
}
