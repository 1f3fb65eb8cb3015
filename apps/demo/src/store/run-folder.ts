import {
  CheckpointManager,
  type CheckpointStore,
  indexedDbStore,
  open,
  opfsStore,
  save,
} from '@warmstart/core-checkpoint';
import type { StateDict } from '@warmstart/shapes';
import type { TrainingCheckpoint } from '@warmstart/training';
import type { Check } from '../method/pretrain.js';

/** Where a browser keeps checkpoints for this page. */
export type Place = 'opfs' | 'indexed-db';

/** What the page draws of a run, up to one step. */
export interface RunHistory {
  /** [step, loss] */
  curve: [number, number][];
  checks: Check[];
}

/** A run that can go on. */
export interface StoppedRun extends RunHistory {
  checkpoint: TrainingCheckpoint;
  /** names of newer checkpoints that were damaged and passed over */
  damaged: string[];
}

const runsFolder = 'warmstart-runs';
const encoderName = 'encoder.safetensors';
const historyKey = 'history';

/**
 * The files of one pre-training run: its checkpoints while it goes, its encoder once it is done. They lie in the
 * origin private file system, or in IndexedDB where a browser has none to write to.
 */
export class RunFolder {
  readonly place: Place;
  private readonly store: CheckpointStore;
  private readonly checkpoints: CheckpointManager;

  private constructor(place: Place, store: CheckpointStore) {
    this.place = place;
    this.store = store;
    this.checkpoints = new CheckpointManager(store, { keepLast: 2 });
  }

  /** Makes the folder where it is not yet there. @throws DOMException `QuotaExceededError` if there is no room */
  static async open(id: string): Promise<RunFolder> {
    const runs = await privateFolder();
    if (runs) return new RunFolder('opfs', opfsStore(await runs.getDirectoryHandle(id, { create: true })));
    return new RunFolder('indexed-db', indexedDbStore(databaseName(id)));
  }

  /** The folder of an earlier visit; undefined where there is none. */
  static async find(id: string): Promise<RunFolder | undefined> {
    const runs = await privateFolder();
    const own = await runs?.getDirectoryHandle(id).catch(() => undefined);
    if (own) return new RunFolder('opfs', opfsStore(own));
    return runs ? undefined : RunFolder.open(id);
  }

  /** Removes all that runs have left. Another tab that is training makes its folder again. */
  static async removeAll(lastId: string | undefined): Promise<void> {
    const root = await privateFolder();
    if (root) {
      const listed = root as unknown as { keys(): AsyncIterable<string> }; // newer than TypeScript's declaration
      for await (const name of listed.keys()) await root.removeEntry(name, { recursive: true });
    } else if (lastId !== undefined) indexedDB.deleteDatabase(databaseName(lastId));
  }

  /** @throws DOMException `QuotaExceededError` if there is no room; what was kept before stays */
  async keepCheckpoint({ tensors, progress }: TrainingCheckpoint, history: RunHistory): Promise<void> {
    await this.checkpoints.save(progress.step, {
      tensors: { training: tensors },
      values: { progress, history },
    });
  }

  /** The newest checkpoint that is whole; undefined where there is none. */
  async latest(): Promise<StoppedRun | undefined> {
    const found = await this.checkpoints.restore({ needs: ['training', 'progress', 'history'] });
    if (!found) return undefined;
    const { progress, history } = found.values as unknown as {
      progress: TrainingCheckpoint['progress'];
      history: RunHistory;
    };
    const checkpoint = { tensors: found.tensors.training as TrainingCheckpoint['tensors'], progress };
    return { ...history, checkpoint, damaged: found.skipped.map(({ name }) => name) };
  }

  /** Keeps what came of the run, and lets its checkpoints go. */
  async keepEncoder(encoder: StateDict, history: RunHistory): Promise<void> {
    const metadata = { [historyKey]: JSON.stringify(history) };
    await save(this.store.target(encoderName), encoder, { metadata });
    for (const name of await this.store.names()) if (name !== encoderName) await this.store.remove(name);
  }

  /** The encoder of a run that is done; undefined where it is not. */
  async encoder(): Promise<(RunHistory & { encoder: StateDict }) | undefined> {
    if (!(await this.store.names()).includes(encoderName)) return undefined;
    const file = await open(await this.store.source(encoderName));
    try {
      const history = JSON.parse(String(file.metadata[historyKey])) as RunHistory;
      return { ...history, encoder: await file.stateDict() };
    } finally {
      await file.close();
    }
  }
}

/** @returns undefined where the browser has no such file system, or none that can be written to as a stream */
async function privateFolder(): Promise<FileSystemDirectoryHandle | undefined> {
  const isWritable = 'FileSystemFileHandle' in self && 'createWritable' in FileSystemFileHandle.prototype;
  if (!isWritable) return undefined;
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle(runsFolder, { create: true });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'QuotaExceededError') throw error;
    return undefined; // a private window of some browsers
  }
}

function databaseName(id: string): string {
  return `${runsFolder}-${id}`;
}
