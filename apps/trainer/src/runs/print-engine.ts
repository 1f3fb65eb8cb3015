import type { EngineFacts } from '../engine.js';
import type { Terminal } from '../terminal/terminal.js';

/** Prints the backend and, where another was preferred, why it was passed over. */
export function printEngine(
  { backend, summary, passedOver }: EngineFacts,
  { note }: Pick<Terminal, 'note'>,
): void {
  note(`backend ${backend} with Warmstart's kernels (${summary})`);
  for (const { backend: other, reason } of passedOver) {
    if (!reason.includes('installed')) note(`  ${other} was passed over: ${reason}`);
  }
}
