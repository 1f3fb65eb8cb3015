import { CheckpointError, type CheckpointErrorCode, type Refuse } from '../errors.js';
import type { Hdf5File, Hdf5Library, Hdf5Module, TerminalOps } from './module.js';

/** Libraries that a file has brought down: WebAssembly that trapped cannot go on. */
const broken = new WeakSet<Hdf5Library>();

/**
 * One file inside the HDF5 library, which tells of its errors in three ways: by a status that most of its
 * interface drops, by text on its standard error, by a trap. All three are watched here, and so is every file
 * that it tries to open besides its own: a file may name others.
 */
export class GuardedFile {
  readonly library: Hdf5Library;
  readonly #path: string;
  readonly #refuse: Refuse;
  #file: Hdf5File | undefined;

  private constructor(library: Hdf5Library, refuse: Refuse) {
    this.library = library;
    this.#refuse = refuse;
    this.#path = `/${crypto.randomUUID()}.h5`;
  }

  /** @throws CheckpointError `missing-peer` for a build of the library that cannot be watched */
  static async open(module: Hdf5Module, bytes: Uint8Array, refuse: Refuse): Promise<GuardedFile> {
    const library = await module.ready;
    checkBuild(library, refuse);
    const guarded = new GuardedFile(library, refuse);
    library.FS.writeFile(guarded.#path, bytes);
    try {
      guarded.call(() => {
        guarded.#file = new module.File(guarded.#path, 'r');
        if (guarded.#file.file_id < 0n) throw refuse('bad-header', 'is not readable as HDF5', damaged);
      });
      return guarded;
    } catch (error) {
      guarded.close();
      throw error;
    }
  }

  get root(): Hdf5File {
    if (this.#file) return this.#file;
    throw this.#refuse('closed', 'was closed', { hint: 'Open it again.' });
  }

  /**
   * Runs calls of the library.
   *
   * @param what - what they read, if not the file as a whole
   * @throws CheckpointError if the library tells of any error in any way
   */
  call<Result>(run: () => Result, what?: { key: string; code: CheckpointErrorCode }): Result {
    if (broken.has(this.library)) throw libraryDown(this.#refuse);
    const { errors, others, release } = this.#watch();
    let result: Result | undefined;
    let thrown: { cause: unknown } | undefined;
    try {
      result = run();
    } catch (cause) {
      if (cause instanceof WebAssembly.RuntimeError) broken.add(this.library);
      thrown = { cause };
    } finally {
      release();
    }
    if (thrown?.cause instanceof CheckpointError) throw thrown.cause;
    if (others.length > 0) throw this.#leadsOut(others[0] ?? '', what?.key);
    if (!thrown && errors.length === 0) return result as Result; // it ran to its end
    const { cause } = thrown ?? {};
    const reason = reasonIn(errors.join('')) || (cause instanceof Error ? cause.message : String(cause));
    const details = { ...damaged, key: what?.key, cause };
    throw this.#refuse(
      what?.code ?? 'bad-header',
      `is not readable as HDF5 (${reason.slice(0, 200)})`,
      details,
    );
  }

  #leadsOut(path: string, key: string | undefined): CheckpointError {
    return this.#refuse('unsupported-layout', `refers to another file, ${path.slice(0, 100)}`, {
      key,
      hint: 'Write it into one file: h5repack, or read and save it with h5py.',
    });
  }

  /** Lets go of the file, whatever state the library is in. */
  close(): void {
    const file = this.#file;
    this.#file = undefined;
    const { release } = this.#watch();
    try {
      if (file && file.file_id >= 0n && !broken.has(this.library)) file.close();
    } catch {
      broken.add(this.library); // the next file is told so; this one has been read
    } finally {
      release();
      this.library.FS.unlink(this.#path);
    }
  }

  /** Calls are synchronous, so nobody else is watched meanwhile. */
  #watch(): { errors: string[]; others: string[]; release: () => void } {
    const { FS } = this.library;
    const terminal = FS.streams?.[2]?.tty;
    const before = { ops: terminal?.ops, open: FS.open };
    const errors: string[] = [];
    const others: string[] = [];
    const collect: TerminalOps = {
      put_char: (_, character) => {
        if (errors.length < 20_000) errors.push(String.fromCharCode(character));
      },
      fsync: () => {},
    };
    if (terminal) terminal.ops = collect;
    FS.open = (path, ...rest) => {
      if (typeof path === 'string' && path !== this.#path) others.push(path);
      return before.open.call(FS, path, ...rest);
    };
    return {
      errors,
      others,
      release: () => {
        if (terminal && before.ops) terminal.ops = before.ops;
        FS.open = before.open;
      },
    };
  }
}

const damaged = { hint: 'The file is damaged; fetch or save it again.' };

/** The build for Node's own file system would read any file of this machine that a checkpoint names. */
function checkBuild(library: Hdf5Library, refuse: Refuse): void {
  if (broken.has(library)) throw libraryDown(refuse);
  if (library.FS.streams?.[2]?.tty?.ops && typeof library.FS.open === 'function') return;
  throw refuse('missing-peer', 'needs the build of h5wasm that keeps files in memory, got another', {
    hint: "Pass { hdf5: await import('h5wasm') }, not 'h5wasm/node'.",
  });
}

function libraryDown(refuse: Refuse): CheckpointError {
  return refuse('missing-peer', 'cannot be read: an earlier file brought the HDF5 library down', {
    hint: 'Start the program again, without that file.',
  });
}

/** The innermost line of the library's stack of errors. */
function reasonIn(text: string): string {
  const lines = [...text.matchAll(/^\s*#\d+: .*?\(\): (.*)$/gm)];
  return lines.at(-1)?.[1] ?? text.trim().split('\n')[0] ?? '';
}
