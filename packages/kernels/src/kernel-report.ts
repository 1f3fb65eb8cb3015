/** One kernel or gradient that `installKernels` changed. */
export interface KernelChange {
  /** The backend, or `every` for a gradient. */
  backend: 'wasm' | 'webgpu' | 'cpu' | 'every';
  kernelName: string;
  /** There was none · there was a wrong one · there was a slow one. */
  action: 'added' | 'repaired' | 'replaced';
  reason: string;
}

/** What `installKernels` did. Prints as one line per change. */
export class KernelReport {
  readonly changes: readonly KernelChange[];
  /** Whether products on wasm round once per multiply-add; the last bit of results depends on it. */
  readonly fma: boolean;

  constructor(changes: readonly KernelChange[], fma: boolean) {
    this.changes = changes;
    this.fma = fma;
  }

  /** The names changed in one way. */
  names(action: KernelChange['action']): string[] {
    return this.changes.filter((change) => change.action === action).map(({ kernelName }) => kernelName);
  }

  toString(): string {
    return this.changes
      .map(({ backend, kernelName, action, reason }) => `${backend} ${kernelName} ${action}: ${reason}`)
      .join('\n');
  }
}
