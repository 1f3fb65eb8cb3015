/** What `--backend` takes: `auto` says which one it took and why not an earlier one. */
export const backendNames = ['auto', 'node', 'webgpu', 'wasm', 'cpu'] as const;

export type BackendName = (typeof backendNames)[number];
