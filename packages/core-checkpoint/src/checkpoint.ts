/// <reference lib="esnext.disposable" preserve="true" />

import { CheckpointError } from './errors.js';
import { duplicateKey, joinPath, pathBelow } from './flat-keys.js';
import type { TensorOutline } from './load/load-report.js';
import { type KeySelection, keySelector, uselessRule } from './load/rename-keys.js';
import type { CheckpointFormat, JsonValue, OpenedFile } from './opened-file.js';
import { sha256 } from './sha256.js';
import type { Verify } from './sources/byte-record.js';
import type { ByteSource } from './sources/byte-source.js';
import { bytesOf } from './tensors/dtypes.js';
import type { NamedTensor, Quantization, StateDict } from './tensors/named-tensor.js';
import { readTensors, type StoredTensor } from './tensors/stored-tensor.js';

/** What is known of a tensor before it is read. */
export interface TensorInfo {
  /** keys from the root of the file, as text */
  readonly path: readonly string[];
  /** the path joined by dots */
  readonly key: string;
  /** PyTorch's name */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** of a tensor quantized as a whole; one scale per channel is known once it is read */
  readonly quantization?: Quantization;
}

/** Which tensors, under which names. */
export interface StateDictOptions extends KeySelection {
  /** the branch of a nested file that holds the tensors: a key, a dotted path, or a list of keys */
  at?: string | readonly string[] | undefined;
  signal?: AbortSignal | undefined;
}

/** What a file holds, as `warmstart inspect --json` prints it. */
export interface Inspection {
  file: string;
  format: CheckpointFormat;
  tensors: { path: readonly string[]; dtype: string; shape: readonly number[]; sha256?: string }[];
  metadata: { [key: string]: JsonValue };
  notes?: readonly string[];
}

/**
 * A file that has been opened and understood, and whose tensors are read when asked for.
 * Made by `open`. Keeps its source open until `close`.
 */
export class Checkpoint {
  readonly format: CheckpointFormat;
  readonly metadata: { [key: string]: JsonValue };
  /** what people should know of the file besides, such as that it has no checksums: one clause each */
  readonly notes: readonly string[];
  /** the name of the file */
  readonly name: string;
  private readonly file: OpenedFile;
  private readonly source: ByteSource;
  private readonly verify: Verify;
  private readonly byKey = new Map<string, StoredTensor[]>();
  private closed = false;

  /** @internal */
  constructor(file: OpenedFile, source: ByteSource, verify: Verify) {
    this.format = file.format;
    this.metadata = file.metadata;
    this.notes = file.notes ?? [];
    this.name = source.name;
    this.file = file;
    this.source = source;
    this.verify = verify;
  }

  /** Every tensor in file order, aliases under each of their names. Reads nothing. */
  tensors(): TensorInfo[] {
    return this.file.tensors.map(infoOf);
  }

  /** The tensors' names in file order: paths joined by dots. */
  keys(): string[] {
    return this.file.tensors.map(({ path }) => joinPath(path));
  }

  /** Names, dtypes and shapes of the chosen tensors, under their new names. Reads nothing. */
  outlines(options: StateDictOptions = {}): TensorOutline[] {
    return [...this.select(options)].map(([key, { dtype, shape }]) => ({ key, dtype, shape }));
  }

  /**
   * What is known of one tensor.
   *
   * @throws CheckpointError `unknown-key`, or `duplicate-key` if two branches of the file spell this name
   */
  info(key: string): TensorInfo {
    return infoOf(this.find(key));
  }

  /** Reads one tensor. @throws CheckpointError as `info`, and whatever is wrong with its bytes */
  async read(key: string, { signal }: { signal?: AbortSignal } = {}): Promise<NamedTensor> {
    for await (const [, tensor] of this.readAll([this.find(key)], signal)) return tensor;
    throw new RangeError(`read: ${key} must be readable, got nothing.`);
  }

  /**
   * Reads tensors one by one, in the order of their bytes; no more than one is held at a time.
   */
  async *readEach(options: StateDictOptions = {}): AsyncGenerator<[key: string, tensor: NamedTensor]> {
    const chosen = this.select(options);
    const keys = new Map([...chosen].map(([key, tensor]) => [tensor, key]));
    for (const group of sharing([...chosen.values()])) {
      for await (const [stored, tensor] of this.readAll(group, options.signal)) {
        yield [keys.get(stored) ?? '', tensor];
      }
    }
  }

  /**
   * Reads the chosen tensors. Tensors that are one in the file share their data.
   *
   * @returns names and tensors in file order
   * @throws CheckpointError `unknown-key` if nothing is chosen
   */
  async stateDict(options: StateDictOptions = {}): Promise<StateDict> {
    const chosen = this.select(options);
    const read = new Map<StoredTensor, NamedTensor>();
    for await (const [stored, tensor] of this.readAll([...chosen.values()], options.signal))
      read.set(stored, tensor);
    const dict: StateDict = new Map();
    for (const [key, stored] of chosen) dict.set(key, read.get(stored) as NamedTensor); // readAll yields each
    return dict;
  }

  /**
   * Everything the file says of itself, ready for JSON.
   *
   * @param options.digest - also the SHA-256 of each tensor's contiguous, row-major, little-endian bytes
   */
  async inspect({
    digest = false,
    signal,
  }: {
    digest?: boolean;
    signal?: AbortSignal;
  } = {}): Promise<Inspection> {
    const digests = new Map<StoredTensor, string>();
    if (digest) {
      for (const group of sharing(this.file.tensors)) {
        for await (const [stored, tensor] of this.readAll(group, signal)) {
          digests.set(stored, await sha256([bytesOf(tensor.data)]));
        }
      }
    }
    const tensors = this.file.tensors.map((stored) => {
      const hash = digests.get(stored);
      return { path: stored.path, dtype: stored.dtype, shape: stored.shape, ...(hash && { sha256: hash }) };
    });
    const { name: file, format, metadata, notes } = this;
    return { file, format, tensors, metadata, ...(notes.length > 0 && { notes }) };
  }

  /** Lets go of the file. Tensors already read stay valid. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.file.close?.();
    await this.source.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private readAll(tensors: readonly StoredTensor[], signal: AbortSignal | undefined) {
    if (this.closed) {
      throw new CheckpointError('closed', 'was closed', { file: this.name, hint: 'Open it again.' });
    }
    return readTensors(tensors, { verify: this.verify, signal });
  }

  private find(key: string): StoredTensor {
    if (this.byKey.size === 0) {
      for (const tensor of this.file.tensors) {
        const name = joinPath(tensor.path);
        this.byKey.set(name, [...(this.byKey.get(name) ?? []).slice(0, 1), tensor]);
      }
    }
    const found = this.byKey.get(key) ?? [];
    if (found.length > 1) throw duplicateKey(this.name, key);
    const [only] = found;
    if (only) return only;
    throw new CheckpointError('unknown-key', 'no such tensor', {
      file: this.name,
      key,
      hint: `It has ${this.keys().slice(0, 5).join(', ')}${this.file.tensors.length > 5 ? ', …' : ''}.`,
    });
  }

  private select({ at = [], ...selection }: StateDictOptions): Map<string, StoredTensor> {
    const below = this.file.tensors.flatMap((tensor) => {
      const path = pathBelow(tensor.path, at);
      return path ? [[joinPath(path), tensor] as const] : [];
    });
    if (below.length === 0 && this.file.tensors.length > 0) {
      const roots = [...new Set(this.file.tensors.map(({ path }) => path[0]))];
      throw new CheckpointError('unknown-key', `nothing lies at ${JSON.stringify(at)}`, {
        file: this.name,
        hint: `Its branches are ${roots.slice(0, 5).join(', ')}${roots.length > 5 ? ', …' : ''}.`,
      });
    }
    const useless =
      below.length > 0
        ? uselessRule(
            selection,
            below.map(([key]) => key),
          )
        : undefined;
    if (useless !== undefined) {
      const hint = `Names look like ${below[0]?.[0]}.`;
      throw new CheckpointError('unknown-key', useless, { file: this.name, hint });
    }
    const select = keySelector(selection);
    const chosen = new Map<string, StoredTensor>();
    for (const [key, tensor] of below) {
      const name = select(key);
      if (name === undefined) continue;
      if (chosen.has(name)) throw duplicateKey(this.name, name);
      chosen.set(name, tensor);
    }
    if (chosen.size > 0 || below.length === 0) return chosen;
    throw new CheckpointError('unknown-key', `none of its ${below.length} tensors is included`, {
      file: this.name,
      hint: `Names look like ${below[0]?.[0]}.`,
    });
  }
}

function infoOf({ path, dtype, shape, quantization }: StoredTensor): TensorInfo {
  return { path, key: joinPath(path), dtype, shape, ...(quantization && { quantization }) };
}

/** Tensors that lie in the same bytes are read together, so that these bytes are read once. */
function sharing(tensors: readonly StoredTensor[]): StoredTensor[][] {
  const groups = new Map<unknown, StoredTensor[]>();
  for (const tensor of tensors) {
    const by = tensor.records.length === 1 ? tensor.records[0] : tensor;
    const group = groups.get(by);
    if (group) group.push(tensor);
    else groups.set(by, [tensor]);
  }
  return [...groups.values()];
}
