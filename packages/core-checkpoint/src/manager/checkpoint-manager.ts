import type { Checkpoint } from '../checkpoint.js';
import { CheckpointError } from '../errors.js';
import { open } from '../open.js';
import type { JsonValue } from '../opened-file.js';
import { save } from '../save.js';
import type { StateDict } from '../tensors/named-tensor.js';
import { type CheckpointStore, folderStore } from './checkpoint-store.js';

/** Everything a run needs to go on as if it had never stopped. */
export interface RunState {
  /** tensors by part: `{ model, optimizer, guides }` */
  tensors: Readonly<Record<string, StateDict>>;
  /** what is no tensor, as plain data: random streams, the position in the data, the schedule */
  values?: Readonly<Record<string, unknown>>;
  /** what `keepBest` looks at */
  metrics?: Readonly<Record<string, number>>;
}

/** A run as it was saved. */
export interface RestoredRun extends Required<RunState> {
  step: number;
  values: { [part: string]: JsonValue };
  /** newer checkpoints that were passed over, and why */
  skipped: { name: string; error: CheckpointError }[];
}

/** Which checkpoints are kept. */
export interface ManagerOptions {
  /** how many of the newest; default 3 */
  keepLast?: number;
  /** also the best by one metric, however old */
  keepBest?: { metric: string; mode: 'min' | 'max' };
}

/** What a checkpoint must hold to be of use. */
export interface RestoreOptions {
  /** default: the newest that is whole */
  step?: number;
  /** parts that must be there */
  needs?: readonly string[];
}

const namePattern = /^step-(\d{12})\.safetensors$/;
const noteKey = 'warmstart';

interface Note {
  version: 1;
  step: number;
  /** tensors per part, so that a part without tensors is a part, too */
  parts: Record<string, number>;
  values: { [part: string]: JsonValue };
  metrics: Record<string, number>;
}

/**
 * The checkpoints of one run: each a single file that is there whole or not at all, so model, optimizer
 * and all the rest are always of the same step.
 */
export class CheckpointManager {
  private readonly store: CheckpointStore;
  private readonly keepLast: number;
  private readonly keepBest: ManagerOptions['keepBest'];

  /** @param place - a folder on disk, or `opfsStore(…)`, `indexedDbStore(…)` */
  constructor(place: string | CheckpointStore, { keepLast = 3, keepBest }: ManagerOptions = {}) {
    if (!Number.isSafeInteger(keepLast) || keepLast < 1) {
      throw new RangeError(
        `CheckpointManager: keepLast must be a whole number of at least 1, got ${keepLast}.`,
      );
    }
    this.store = typeof place === 'string' ? folderStore(place) : place;
    this.keepLast = keepLast;
    this.keepBest = keepBest;
  }

  /** Saves one step, then removes what need not be kept. @throws RangeError if the state is malformed */
  async save(step: number, { tensors, values = {}, metrics = {} }: RunState): Promise<void> {
    if (!Number.isSafeInteger(step) || step < 0 || step >= 1e12) {
      throw new RangeError(`CheckpointManager: step must be a whole number from 0 to 10¹², got ${step}.`);
    }
    if (this.keepBest && !Number.isFinite(metrics[this.keepBest.metric])) {
      throw new RangeError(`CheckpointManager: keepBest needs metrics.${this.keepBest.metric}, got none.`);
    }
    const dict: StateDict = new Map();
    const parts: Record<string, number> = {};
    for (const [part, partDict] of Object.entries(tensors)) {
      if (part.includes('/') || part in values)
        throw new RangeError(`CheckpointManager: parts must have distinct names without /, got ${part}.`);
      parts[part] = partDict.size;
      for (const [key, tensor] of partDict) dict.set(`${part}/${key}`, tensor);
    }
    const note = JSON.stringify({ version: 1, step, parts, values, metrics });
    await save(this.store.target(nameOf(step)), dict, { metadata: { [noteKey]: note } });
    await this.prune();
  }

  /** Steps that have a checkpoint, whole or not, oldest first. */
  async steps(): Promise<number[]> {
    const names = await this.store.names();
    return names
      .flatMap((name) => namePattern.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  /** The newest step whose checkpoint is whole; undefined if there is none. */
  async latest(): Promise<number | undefined> {
    for (const step of (await this.steps()).reverse()) {
      if ((await this.noteOf(step)) !== undefined) return step;
    }
    return undefined;
  }

  /**
   * The newest whole checkpoint, or that of one step. Damaged ones are passed over and reported.
   *
   * @returns undefined if there is none
   * @throws CheckpointError `incomplete` if it lacks a part that is needed: nothing is restored in part
   */
  async restore({ step, needs = [] }: RestoreOptions = {}): Promise<RestoredRun | undefined> {
    await this.store.collect?.();
    const skipped: RestoredRun['skipped'] = [];
    const candidates = step === undefined ? (await this.steps()).reverse() : [step];
    for (const candidate of candidates) {
      try {
        return { ...(await this.read(candidate, needs)), skipped };
      } catch (error) {
        const damaged = error instanceof CheckpointError && error.code !== 'incomplete';
        if (!damaged || step !== undefined) throw error;
        skipped.push({ name: nameOf(candidate), error });
      }
    }
    return undefined;
  }

  private async read(step: number, needs: readonly string[]): Promise<Omit<RestoredRun, 'skipped'>> {
    return this.using(step, async (checkpoint, note) => {
      const missing = needs.filter((part) => !(part in note.parts) && !(part in note.values));
      if (missing.length > 0) {
        throw new CheckpointError('incomplete', `lacks ${missing.join(', ')}; nothing was restored`, {
          file: nameOf(step),
          hint: `It has ${[...Object.keys(note.parts), ...Object.keys(note.values)].join(', ')}.`,
        });
      }
      const all = await checkpoint.stateDict();
      const tensors = Object.fromEntries(
        Object.keys(note.parts).map((part): [string, StateDict] => [part, new Map()]),
      );
      for (const [name, tensor] of all) {
        const slash = name.indexOf('/');
        tensors[name.slice(0, slash)]?.set(name.slice(slash + 1), tensor);
      }
      return { step, tensors, values: note.values, metrics: note.metrics };
    });
  }

  /** What a checkpoint says of itself; undefined if it is damaged. */
  private async noteOf(step: number): Promise<Note | undefined> {
    try {
      return await this.using(step, async (_, note) => note);
    } catch (error) {
      if (error instanceof CheckpointError) return undefined;
      throw error;
    }
  }

  private async using<Result>(
    step: number,
    run: (checkpoint: Checkpoint, note: Note) => Promise<Result>,
  ): Promise<Result> {
    const checkpoint = await open(await this.store.source(nameOf(step)));
    try {
      return await run(checkpoint, noteIn(checkpoint, step));
    } finally {
      await checkpoint.close();
    }
  }

  private async prune(): Promise<void> {
    const steps = await this.steps();
    const kept = new Set(steps.slice(-this.keepLast));
    const best = await this.bestOf(steps);
    if (best !== undefined) kept.add(best);
    for (const step of steps) if (!kept.has(step)) await this.store.remove(nameOf(step));
  }

  private async bestOf(steps: readonly number[]): Promise<number | undefined> {
    if (!this.keepBest) return undefined;
    const { metric, mode } = this.keepBest;
    let best: { step: number; value: number } | undefined;
    for (const step of steps) {
      const value = (await this.noteOf(step))?.metrics[metric];
      if (value === undefined) continue;
      if (!best || (mode === 'min' ? value < best.value : value > best.value)) best = { step, value };
    }
    return best?.step;
  }
}

function nameOf(step: number): string {
  return `step-${String(step).padStart(12, '0')}.safetensors`;
}

function noteIn(checkpoint: Checkpoint, step: number): Note {
  const text = checkpoint.metadata[noteKey];
  const refuse = (what: string) => new CheckpointError('bad-header', what, { file: checkpoint.name });
  if (typeof text !== 'string') throw refuse('was not saved by a CheckpointManager');
  let note: Note;
  try {
    note = JSON.parse(text) as Note;
  } catch {
    throw refuse('has a note that is no JSON');
  }
  const whole =
    note.version === 1 &&
    note.step === step &&
    isRecord(note.parts) &&
    isRecord(note.values) &&
    isRecord(note.metrics);
  if (!whole) throw refuse('has a note of another version or step');
  return note;
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
