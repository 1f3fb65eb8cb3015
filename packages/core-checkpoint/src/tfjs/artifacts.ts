import { CheckpointError } from '../errors.js';
import type { ByteSource } from '../sources/byte-source.js';
import { memorySource } from '../sources/memory.js';

/** What an `IOHandler` of TensorFlow.js gives: `await tf.io.browserIndexedDB('m').load()`, or a save handler gets. */
export interface TfjsArtifacts {
  readonly modelTopology?: unknown;
  readonly format?: string | undefined;
  readonly weightSpecs?: readonly unknown[] | undefined;
  readonly weightData?: ArrayBuffer | readonly ArrayBuffer[] | undefined;
}

/** True for a model as TensorFlow.js hands it around in memory. */
export function isArtifacts(source: object): source is TfjsArtifacts {
  return 'weightSpecs' in source && 'weightData' in source;
}

/** A model in memory as the `model.json` that it would be in a folder, with its weights beside it. */
export function artifactsSource(artifacts: TfjsArtifacts, name = 'model.json'): ByteSource {
  const { weightSpecs = [], weightData = [], format } = artifacts;
  const buffers: readonly ArrayBuffer[] = weightData instanceof ArrayBuffer ? [weightData] : weightData;
  const paths = buffers.map((_, i) => `weights-${i}.bin`);
  const json = JSON.stringify({ format, weightsManifest: [{ paths, weights: weightSpecs }] });
  return {
    ...memorySource(new TextEncoder().encode(json), name),
    async sibling(path) {
      const buffer = buffers[paths.indexOf(path)];
      if (buffer) return memorySource(new Uint8Array(buffer), path);
      throw new CheckpointError('not-found', 'is not among the weights', { file: path });
    },
  };
}
