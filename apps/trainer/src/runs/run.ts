import { CheckpointManager } from '@warmstart/core-checkpoint';
import type { StateDict } from '@warmstart/shapes';
import type { TrainingCheckpoint, TrainingProgress } from '@warmstart/training';
import type { SearchEvent, SearchHooks } from '@warmstart/transfer';
import type { EngineFacts } from '../engine.js';
import type { Project } from '../settings/project.js';
import type { Terminal } from '../terminal/terminal.js';
import { describeEnvironment } from './environment.js';
import { eventFile } from './event-file.js';
import { openRunFolder, type RunFolder } from './run-folder.js';
import { lockRun } from './run-lock.js';

/** A stopped run that can be resumed. */
export class InterruptedError extends Error {
  readonly code = 'interrupted';
  override readonly name = 'InterruptedError';
}

/** The most seconds of work that a killed run loses, however slow its steps are. */
const checkpointSeconds = 60;

/** What starts a run. */
export interface RunOptions {
  command: string;
  out: string;
  resume: boolean;
  /** Whether to write TensorBoard's event files, too. */
  tensorboard: boolean;
  terminal: Terminal;
}

/** The options of `fit` that belong to a run: where it begins, what it saves, what it logs, what stops it. */
export type RunHooks = Pick<SearchHooks, 'checkpoint' | 'resume' | 'onEvent' | 'signal'>;

/** One run under way, in a folder that no other process writes to. */
export interface Run {
  readonly folder: RunFolder;
  readonly command: string;
  /** Whether it continues a stopped run. */
  readonly isResumed: boolean;
  /** How the run ended, if it has: `--resume` then has nothing to do. */
  readonly finished: unknown;
  /** @param onEvent - called after the event is logged */
  fitHooks(every: number, onEvent: (event: SearchEvent) => void): Promise<RunHooks>;
  /** Writes down what is about to run, so that it can be resumed and repeated. */
  describe(project: Project, engine: EngineFacts): void;
  /** The data is there: from now on what an earlier run left in the folder is gone. */
  begin(): void;
  /** Adds a line to `events.jsonl`. */
  log(event: Readonly<Record<string, unknown>>): void;
  finish(result: unknown): void;
}

/**
 * Does one run: takes its folder, does the work, gives the folder back whatever happens.
 *
 * @throws InterruptedError naming the command that resumes it, if a signal stopped it
 */
export async function withRun<Result>(
  options: RunOptions,
  work: (run: Run) => Promise<Result>,
): Promise<Result> {
  const { out, terminal } = options;
  const folder = openRunFolder(out);
  const release = lockRun(folder.path);
  const run = new KeptRun(folder, options);
  try {
    return await work(run);
  } catch (error) {
    if (terminal.signal.aborted) throw new InterruptedError(run.stoppedText(), { cause: error });
    throw run.savedSteps > 0 && error instanceof Error ? withRemedy(error, run.resumeText()) : error;
  } finally {
    run.close();
    release();
  }
}

/** Keeps class, code and file of an error that came after something was saved, and says how to resume. */
function withRemedy(error: Error, remedy: string): Error {
  if (!('code' in error) || !/^E[A-Z]+$/.test(String(error.code))) return error;
  return Object.assign(error, { remedy });
}

class KeptRun implements Run {
  readonly folder: RunFolder;
  readonly command: string;
  readonly #options: RunOptions;
  readonly #manager: CheckpointManager;
  readonly #board: ReturnType<typeof eventFile> | undefined;
  #saved = 0;
  /** Clears the folder and writes down what runs, if that waits for the data. */
  #clear: (() => void) | undefined;

  constructor(folder: RunFolder, options: RunOptions) {
    this.folder = folder;
    this.command = options.command;
    this.#options = options;
    this.#manager = new CheckpointManager(folder.file('checkpoints', 'steps'), { keepLast: 2 });
    this.#board = options.tensorboard ? eventFile(folder.path) : undefined;
  }

  /** The step of the last checkpoint; 0 if there is none. */
  get savedSteps(): number {
    return this.#saved;
  }

  get isResumed(): boolean {
    return this.#options.resume;
  }

  get finished(): unknown {
    return this.#options.resume ? this.folder.readJson('result.json') : undefined;
  }

  describe(project: Project, engine: EngineFacts): void {
    const { resume, out, terminal } = this.#options;
    const write = () => {
      this.folder.writeJson('config.json', project);
      this.folder.writeJson('environment.json', describeEnvironment(engine.backend, engine.changes));
    };
    if (resume) {
      write();
      return;
    }
    const isTaken = this.folder.readJson('result.json') !== undefined;
    this.#clear = () => {
      if (isTaken) terminal.note(`${out} held a finished run; this one takes its place`);
      this.folder.write('events.jsonl', '');
      this.folder.remove('result.json');
      this.folder.remove('report.html');
      write();
    };
    // a wrong path or column must not cost a finished run: it goes when the new one has its data
    if (!isTaken) this.begin();
  }

  begin(): void {
    this.#clear?.();
    this.#clear = undefined;
  }

  async fitHooks(every: number, onEvent: (event: SearchEvent) => void): Promise<RunHooks> {
    this.begin();
    const resume = await this.#lastCheckpoint();
    const { signal } = this.#options.terminal;
    return {
      signal,
      checkpoint: { every, everySeconds: checkpointSeconds, save: (checkpoint) => this.#save(checkpoint) },
      ...(resume ? { resume } : {}),
      onEvent: (event) => {
        this.log(eventFields(event));
        if (event.type !== 'trial-start') this.#board?.add(event);
        onEvent(event);
      },
    };
  }

  log(event: Readonly<Record<string, unknown>>): void {
    this.folder.append('events.jsonl', JSON.stringify(event));
  }

  finish(result: unknown): void {
    this.folder.writeJson('result.json', result);
    this.folder.remove('checkpoints', 'steps');
  }

  close(): void {
    this.#board?.close();
  }

  resumeText(): string {
    return `Resume with: warmstart ${this.command} --resume --out ${this.#options.out}`;
  }

  stoppedText(): string {
    const where = this.#saved > 0 ? `saved at step ${this.#saved}` : 'before its first step was saved';
    return `interrupted; ${where}. ${this.resumeText()}`;
  }

  async #lastCheckpoint(): Promise<TrainingCheckpoint | undefined> {
    const { resume, terminal } = this.#options;
    if (!resume) {
      const steps = await this.#manager.steps();
      if (steps.length > 0) {
        terminal.note(
          `${this.#options.out} held an unfinished run at step ${steps.at(-1)}; starting a new one (--resume continues it)`,
        );
      }
      this.folder.remove('checkpoints', 'steps');
      return undefined;
    }
    const restored = await this.#manager.restore({ needs: ['run', 'progress'] });
    for (const { name } of restored?.skipped ?? []) terminal.note(`${name} is damaged and was passed over`);
    if (!restored) return undefined;
    terminal.note(`resuming at step ${restored.step}`);
    this.#saved = restored.step;
    this.#dropEventsAfter(restored.step);
    const tensors = restored.tensors.run as StateDict; // `needs` made sure of it
    return {
      tensors,
      progress: restored.values.progress as unknown as TrainingProgress,
    } as TrainingCheckpoint;
  }

  async #save({ tensors, progress }: TrainingCheckpoint): Promise<void> {
    await this.#manager.save(progress.step, { tensors: { run: tensors }, values: { progress } });
    this.#saved = progress.step;
  }

  /** What was logged after the checkpoint happens again. */
  #dropEventsAfter(step: number): void {
    const lines = this.folder.readLines('events.jsonl');
    const kept = lines.filter((line) => stepOf(line) <= step);
    if (kept.length < lines.length)
      this.folder.write('events.jsonl', kept.map((line) => `${line}\n`).join(''));
  }
}

/** A line that a killed process wrote half counts as later than everything. */
function stepOf(line: string): number {
  try {
    return Number((JSON.parse(line) as { step?: number }).step ?? 0);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function eventFields(event: SearchEvent): Record<string, unknown> {
  if (event.type !== 'step-end') return { ...event };
  const { losses: _, ...fields } = event;
  return fields;
}
