import type { DataFiles } from '../files.js';
import { isHidden } from '../folders/list-files.js';
import { walk } from '../walk.js';
import type { CountOptions } from './count-options.js';

/** @internal The paths of all files, those in archives too, without `.gz`; nothing is read of those that lie by themselves. */
export async function memberPaths(
  files: DataFiles,
  { limits = {}, signal }: CountOptions,
): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of walk(files, { limits, onEvent: () => {}, signal }))
    if (!isHidden(path)) paths.push(path);
  return paths;
}
