import type { StateDict } from '@warmstart/shapes';
import type { TrainingCheckpoint, TrainingEvent } from '@warmstart/training';
import { type FitHooks, givenHooks } from '../fit-hooks.js';

/** A training run of a search: which one of how many. */
export interface TrialStartEvent {
  readonly type: 'trial-start';
  readonly trial: string;
  readonly step: number;
}

/** What a search reports: its trainings' own events, their steps counted through, and where each begins. */
export type SearchEvent = (TrainingEvent & { readonly trial?: string }) | TrialStartEvent;

/** The hooks of a search; `checkpoint` and `resume` are those of `fit`. */
export type SearchHooks = Omit<FitHooks, 'onEvent'> & {
  readonly onEvent?: (event: SearchEvent) => void | Promise<void>;
};

/** What one training run of a search is given. */
export type TrialHooks = FitHooks & {
  /** Names the run and everything that decides it. */
  readonly fingerprint: string;
};

/** What a training run keeps of what it has seen, so that it is there when it resumes. */
export interface TrialNotes<Note> {
  /** What was noted before the run was stopped; empty for a new one. */
  readonly kept: readonly Note[];
  add(note: Note): void;
}

/** What a training run of a search leaves: plain data for choosing, and weights where they may be kept. */
export interface TrialOutcome<Result> {
  readonly result: Result;
  readonly weights?: StateDict;
}

const logKey = 'search';

/** What has been done of a search, as it stands in a checkpoint. */
interface Progress {
  /** Results of finished trials, by name. */
  done: Record<string, unknown>;
  /** Steps of finished trials. */
  steps: number;
  /** The trial whose tensors the checkpoint holds, and what it noted. */
  current?: { name: string; notes: unknown[] };
}

/**
 * Runs the trainings of a search one after another and keeps what they gave, so that a stopped search resumes where it
 * was: finished trainings are not repeated, one under way continues to the bit.
 */
export class SearchLog {
  readonly #hooks: SearchHooks;
  readonly #fingerprint: string;
  readonly #progress: Progress;
  readonly #weights = new Map<string, StateDict>();
  #resume: TrainingCheckpoint | undefined;
  #savedAt: number;

  /** @param fingerprint - of everything that decides the results: another one's checkpoint is not resumed */
  constructor(hooks: SearchHooks, fingerprint: string) {
    this.#hooks = hooks;
    this.#fingerprint = fingerprint;
    const { resume } = hooks;
    this.#progress = resume ? progressIn(resume) : { done: {}, steps: 0 };
    if (resume) {
      for (const [key, tensor] of resume.tensors) {
        const [prefix, trial, ...path] = key.split('/');
        if (prefix !== logKey || trial === undefined || path.length === 0) continue;
        const weights = this.#weights.get(trial) ?? new Map();
        weights.set(path.join('/'), tensor);
        this.#weights.set(trial, weights);
      }
      this.#resume = resume;
    }
    this.#savedAt = this.#progress.steps;
  }

  /**
   * One training run, or its result where it has finished before.
   *
   * @param name - differs from every other trial of this search; no slash
   * @param train - runs `fit` with the hooks that it is given; notes are plain data
   */
  async run<Result, Note = never>(
    name: string,
    train: (hooks: TrialHooks, notes: TrialNotes<Note>) => Promise<TrialOutcome<Result>>,
  ): Promise<TrialOutcome<Result>> {
    const { signal, onEvent } = this.#hooks;
    signal?.throwIfAborted();
    if (Object.hasOwn(this.#progress.done, name)) {
      const weights = this.#weights.get(name);
      return { result: this.#progress.done[name] as Result, ...(weights ? { weights } : {}) };
    }
    const before = this.#progress.steps;
    await onEvent?.({ type: 'trial-start', trial: name, step: before });
    const { resume, notes } = this.#resumed(name, before);
    const noted = [...notes] as Note[]; // noted by the same run
    let last = 0;
    const { checkpoint, resume: _, onEvent: __, ...others } = this.#hooks;
    const save = (made: TrainingCheckpoint) => this.#save(made, { name, notes: noted }, before);
    const hooks: TrialHooks = {
      ...givenHooks(others),
      ...(resume ? { resume } : {}),
      ...(checkpoint ? { checkpoint: { ...checkpoint, save } } : {}),
      onEvent: async (event) => {
        last = event.step;
        await onEvent?.({ ...event, step: before + event.step, trial: name });
      },
      fingerprint: `${this.#fingerprint} ${name}`,
    };
    const outcome = await train(hooks, { kept: [...noted], add: (note) => noted.push(note) });
    this.#progress.done[name] = outcome.result;
    this.#progress.steps = before + last;
    if (outcome.weights) this.#weights.set(name, outcome.weights);
    await this.#saveBetween();
    return outcome;
  }

  /** Lets go of the weights of a trial that will not be kept. */
  forget(name: string): void {
    this.#weights.delete(name);
  }

  /** The checkpoint of a run that was stopped in the middle, and what it had noted by then. */
  #resumed(name: string, before: number): { resume?: TrainingCheckpoint; notes: readonly unknown[] } {
    const resume = this.#resume;
    this.#resume = undefined;
    const { current } = this.#progress;
    if (!resume || current?.name !== name) return { notes: [] };
    const { progress } = resume;
    const tensors = new Map([...resume.tensors].filter(([key]) => !isLogged(key)));
    return {
      resume: { tensors, progress: { ...progress, step: progress.step - before } },
      notes: current.notes,
    };
  }

  async #save(
    { tensors, progress }: TrainingCheckpoint,
    current: NonNullable<Progress['current']>,
    before: number,
  ): Promise<void> {
    const step = before + progress.step;
    await this.#hooks.checkpoint?.save({
      tensors: new Map([...tensors, ...this.#logged(current)]),
      progress: { ...progress, step },
    });
    this.#savedAt = step;
  }

  /** Between two trials, where that many steps have gone by. */
  async #saveBetween(): Promise<void> {
    const { checkpoint } = this.#hooks;
    const { steps } = this.#progress;
    if (!checkpoint || steps - this.#savedAt < checkpoint.every) return;
    await checkpoint.save({
      tensors: new Map(this.#logged()),
      progress: {
        version: 1,
        step: steps,
        epoch: 0,
        batchInEpoch: 0,
        learning: [],
        fingerprint: this.#fingerprint,
        stall: { best: null, bestStep: -1, stalled: 0 },
        untouched: [],
      },
    });
    this.#savedAt = steps;
  }

  #logged(current?: Progress['current']): StateDict {
    const logged: StateDict = new Map();
    const { done, steps } = this.#progress;
    const text = JSON.stringify({ done, steps, ...(current === undefined ? {} : { current }) });
    const data = new TextEncoder().encode(text);
    logged.set(logKey, { dtype: 'uint8', shape: [data.length], data });
    for (const [trial, weights] of this.#weights) {
      for (const [path, tensor] of weights) logged.set(`${logKey}/${trial}/${path}`, tensor);
    }
    return logged;
  }
}

function isLogged(key: string): boolean {
  return key === logKey || key.startsWith(`${logKey}/`);
}

function progressIn({ tensors }: TrainingCheckpoint): Progress {
  const data = tensors.get(logKey)?.data;
  if (!(data instanceof Uint8Array)) {
    throw new RangeError('finetune: resume needs a checkpoint that finetune saved, got another one.');
  }
  return JSON.parse(new TextDecoder().decode(data)) as Progress; // written by #logged
}
