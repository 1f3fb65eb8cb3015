import type { Examples } from '../data/examples.js';
import type { Run } from './run.js';

/** Writes down which rows went where, now that they are known. */
export function saveSplits(run: Run, { source, digest, splits }: Examples): void {
  run.begin();
  run.folder.writeJson('splits.json', { data: source.name, digest, ...splits });
}
