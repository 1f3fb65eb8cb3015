import { isAbsolute, relative } from 'node:path';

/** A path as one would type it from here: relative where it lies below the folder one stands in. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') || isAbsolute(short) ? path : short;
}
