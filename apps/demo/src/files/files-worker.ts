import { type Checkpoint, CheckpointError, type FileFormat, open, toBytes } from '@warmstart/core-checkpoint';
import { answerCalls } from '../engine/worker-call.js';
import { type Comparison, compare } from './compare.js';
import { type Distribution, distributionOf, numbersOf } from './numbers.js';
import { matchZoo, type ZooMatch } from './zoo-match.js';

export type Slot = 'a' | 'b';

/** What is known of a file before any tensor is read. */
export interface OpenedFile {
  name: string;
  sizeBytes: number;
  format: string;
  tensors: { key: string; dtype: string; shape: readonly number[] }[];
  metadata: string;
}

export type FilesRequest =
  | { kind: 'open'; slot: Slot; file: Blob; name: string; siblings?: Record<string, Blob> | undefined }
  | { kind: 'close'; slot: Slot }
  | { kind: 'distribution'; slot: Slot; key: string }
  | { kind: 'compare' }
  | { kind: 'match-zoo'; slot: Slot }
  | { kind: 'convert'; slot: Slot; format: FileFormat };

export interface FilesResult {
  open: OpenedFile;
  close: undefined;
  /** undefined where the dtype has no histogram */
  distribution: Distribution | undefined;
  compare: Comparison;
  /** the best fit first */
  'match-zoo': ZooMatch[];
  convert: Uint8Array;
}

const opened = new Map<Slot, Checkpoint>();

answerCalls<FilesRequest, never, FilesResult[keyof FilesResult]>(async (request, { signal }) => {
  switch (request.kind) {
    case 'open':
      return openFile(request);
    case 'close':
      await opened.get(request.slot)?.close();
      opened.delete(request.slot);
      return undefined;
    case 'distribution': {
      const checkpoint = checkpointIn(request.slot);
      mustBeSmall(checkpoint, request.key);
      const numbers = numbersOf(await checkpoint.read(request.key, { signal }));
      return numbers && distributionOf(numbers);
    }
    case 'compare':
      return compare(checkpointIn('a'), checkpointIn('b'));
    case 'match-zoo':
      return matchZoo(checkpointIn(request.slot).outlines());
    case 'convert':
      return toBytes(await checkpointIn(request.slot).stateDict({ signal }), request.format);
  }
});

async function openFile({
  slot,
  file,
  name,
  siblings,
}: Extract<FilesRequest, { kind: 'open' }>): Promise<OpenedFile> {
  const checkpoint = await openAny(file, name, siblings);
  await opened.get(slot)?.close();
  opened.set(slot, checkpoint);
  return {
    name,
    sizeBytes: Object.values(siblings ?? {}).reduce((sum, { size }) => sum + size, file.size),
    format: checkpoint.format,
    tensors: checkpoint.tensors().map(({ key, dtype, shape }) => ({ key, dtype, shape })),
    metadata: JSON.stringify(checkpoint.metadata, null, 2),
  };
}

/** HDF5 has a reader of its own, half a megabyte, which is fetched when such a file comes. */
async function openAny(
  file: Blob,
  name: string,
  siblings: Record<string, Blob> | undefined,
): Promise<Checkpoint> {
  const options = siblings ? { name, siblings } : { name };
  try {
    return await open(file, options);
  } catch (error) {
    if (!(error instanceof CheckpointError && error.code === 'missing-peer')) throw error;
    return open(file, { ...options, hdf5: await import('h5wasm') });
  }
}

const mostValues = 150_000_000;

/** A tab cannot hold more of one tensor. */
function mustBeSmall(checkpoint: Checkpoint, key: string): void {
  const count = checkpoint.info(key).shape.reduce((product, size) => product * size, 1);
  if (count <= mostValues) return;
  throw new Error(
    `It has ${count.toLocaleString('en')} values; a histogram is drawn of up to ${mostValues.toLocaleString('en')}.`,
  );
}

function checkpointIn(slot: Slot): Checkpoint {
  const checkpoint = opened.get(slot);
  if (checkpoint) return checkpoint;
  throw new Error('No file is open here. Drop one first.');
}
