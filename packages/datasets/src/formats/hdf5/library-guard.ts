import { DatasetError } from '../../errors.js';
import type { H5wasmLibrary } from './h5wasm.js';

/** The file system in memory that the library sees; h5wasm does not declare these parts of it. */
interface WatchedFileSystem {
  open: (path: unknown, ...rest: unknown[]) => unknown;
  /** By descriptor; the third is where the library writes its errors. */
  readonly streams?: readonly ({ tty?: { ops?: TerminalOperations } } | undefined)[];
}

/** Where what is written to a terminal ends up, character by character. */
interface TerminalOperations {
  put_char(terminal: unknown, character: number): void;
  fsync(terminal: unknown): void;
}

function fileSystemOf(library: H5wasmLibrary): WatchedFileSystem {
  return library.FS as unknown as WatchedFileSystem; // checkLibrary saw that the parts are there
}

/** Libraries that a file has brought down: WebAssembly that trapped cannot go on. */
const broken = new WeakSet<H5wasmLibrary>();

/**
 * @internal Refuses a library that cannot be watched: the build for Node's own disk (`h5wasm/node`) would read any file
 * that an HDF5 file names.
 *
 * @throws DatasetError `missing-peer`
 */
export function checkLibrary(library: H5wasmLibrary, file: string): void {
  if (broken.has(library)) throw libraryDown(file);
  const { streams, open } = fileSystemOf(library);
  if (streams?.[2]?.tty?.ops && typeof open === 'function') return;
  const message =
    "fromCounts: hdf5 must be () => import('h5wasm'), got a build of it that works on the real disk.";
  throw new DatasetError('missing-peer', message, { file });
}

/**
 * @internal Runs calls of the library, which reports errors in three ways: by a status, as text on its standard error,
 * by a trap. The last two are watched here, and so is every file that it tries to open besides its own.
 *
 * @param place - the file's name, the path of its copy inside the library, and what of it is read
 * @throws DatasetError `malformed` for any error that is reported in any way
 */
export function guarded<Result>(
  library: H5wasmLibrary,
  place: { readonly file: string; readonly own: string; readonly what: string },
  run: () => Result,
): Result {
  const { file, own, what } = place;
  if (broken.has(library)) throw libraryDown(file);
  const watch = watchLibrary(library, own);
  const fail = (reason: string, cause?: unknown): DatasetError => {
    const message = `fromCounts: ${what} cannot be read as HDF5 (${reason.slice(0, 200)}). The file is damaged, or compressed in a way that h5wasm lacks.`;
    return new DatasetError('malformed', message, { file }, { cause });
  };
  let result: Result;
  try {
    result = run();
  } catch (cause) {
    if (cause instanceof WebAssembly.RuntimeError) broken.add(library);
    if (cause instanceof DatasetError) throw cause;
    throw fail(watch.reason() || (cause instanceof Error ? cause.message : String(cause)), cause);
  } finally {
    watch.release();
  }
  const [other] = watch.others;
  if (other !== undefined) throw fail(`it refers to another file, ${other.slice(0, 100)}`);
  const reason = watch.reason();
  if (reason !== '') throw fail(reason);
  return result;
}

/** Calls are synchronous, so nobody else is watched meanwhile. */
function watchLibrary(library: H5wasmLibrary, own: string) {
  const FS = fileSystemOf(library);
  const terminal = FS.streams?.[2]?.tty;
  const before = { ops: terminal?.ops, open: FS.open };
  const errors: string[] = [];
  const others: string[] = [];
  if (terminal) {
    terminal.ops = {
      put_char(_, character) {
        if (errors.length < 20_000) errors.push(String.fromCharCode(character));
      },
      fsync: () => {},
    };
  }
  FS.open = (path, ...rest) => {
    // looking for its own plugins, which are not there, is not the file's doing
    if (typeof path === 'string' && path !== own && !path.endsWith('/lib/plugin')) others.push(path);
    return before.open.call(FS, path, ...rest);
  };
  return {
    others,
    /** The innermost line of the library's stack of errors. */
    reason() {
      const text = errors.join('');
      const lines = [...text.matchAll(/^\s*#\d+: .*?\(\): (.*)$/gm)];
      return lines.at(-1)?.[1] ?? text.trim().split('\n')[0] ?? '';
    },
    release() {
      if (terminal && before.ops) terminal.ops = before.ops;
      FS.open = before.open;
    },
  };
}

function libraryDown(file: string): DatasetError {
  const message =
    'fromCounts: an earlier file brought the HDF5 library down. Start the program again, without that file.';
  return new DatasetError('missing-peer', message, { file });
}
