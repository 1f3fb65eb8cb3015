import type { Origin } from './card.js';
import type { DataFiles } from './files.js';

/** Files that say of those beside them what they are, so that rows are known again wherever they are put. */
const markers: Readonly<Record<string, Origin>> = {
  'SYNTHETIC.txt': 'synthetic',
  'EXCERPT.txt': 'excerpt',
};

/** @internal What a file says of those beside it; undefined for all but markers. */
export function markedOrigin(path: string): Origin | undefined {
  return Object.hasOwn(markers, path) ? markers[path] : undefined;
}

/** @internal The marker for files that are not the official ones: its name and its text. */
export function originMarker(origin: Origin, text: string): Record<string, string> {
  const name = Object.keys(markers).find((marker) => markers[marker] === origin);
  return name === undefined ? {} : { [name]: text };
}

/** @internal `official` unless a marker among the first files says otherwise. */
export async function originOf(files: DataFiles): Promise<Origin> {
  let looked = 0;
  for await (const { path } of files.list()) {
    const marked = markedOrigin(path);
    if (marked !== undefined) return marked;
    if (++looked === 16) break;
  }
  return 'official';
}
