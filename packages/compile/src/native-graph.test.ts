import { describe, expect, it } from 'vitest';
import { CompileError } from './compile-error.js';
import type { EmittedGraph } from './emit-graph.js';
import { NativeGraph } from './native-graph.js';
import type { OnnxRuntime } from './onnx-runtime.js';

const emitted: EmittedGraph = {
  bytes: new Uint8Array(120),
  nodeCount: 7,
  callCount: 5,
  feeds: new Map(),
  variables: new Map(),
  outputs: new Map([['loss', { id: 0, shape: [2, 3], dtype: 'float32' }]]),
};

/** A runtime whose sessions fail with a message. */
function failing(message: string): OnnxRuntime {
  const create = () => Promise.reject(new Error(message));
  return { InferenceSession: { create } } as unknown as OnnxRuntime;
}

describe('NativeGraph', () => {
  it('names the size of a graph that does not fit into memory', async () => {
    const error = await NativeGraph.load(emitted, failing('Failed to allocate memory for buffer'), 1).catch(
      (e) => e,
    );
    expect(error).toBeInstanceOf(CompileError);
    expect(error.code).toBe('out-of-memory');
    expect(error.message).toBe(
      'compileStep: the graph must fit into memory, but ONNX Runtime could not allocate for 7 nodes, ' +
        '120 bytes of graph and 24 bytes of results (Failed to allocate memory for buffer). Use a smaller batch.',
    );
  });

  it('hands on every other failure as it is', async () => {
    await expect(NativeGraph.load(emitted, failing('invalid model'), 1)).rejects.toThrow(/^invalid model$/);
  });
});
