import type { KeySelection, RenameRule, StateDictOptions } from '@warmstart/core-checkpoint';
import type { Command } from 'commander';
import { UsageError } from '../terminal/failure.js';

/** Which tensors of a file, under which names, as they stand on the command line. */
export interface SelectionFlags {
  at?: string;
  include?: string[];
  exclude?: string[];
  stripPrefix?: string;
  addPrefix?: string;
  rename?: string[];
}

/** The flags of every command that reads a checkpoint's tensors. Each must match a name. */
export function addSelectionFlags(command: Command): Command {
  const collect = (value: string, before: string[] | undefined) => [...(before ?? []), value];
  return command
    .option('--at <path>', 'the branch of a nested file that holds the tensors, e.g. state_dict')
    .option('--include <glob>', 'only these names: * within a part, ** across parts; repeatable', collect)
    .option('--exclude <glob>', 'all but these names; repeatable', collect)
    .option('--strip-prefix <p>', 'take this off names that begin with it')
    .option('--add-prefix <p>', 'put this before every name')
    .option(
      '--rename <from=to>',
      'replace this part of names, e.g. backbone.=; between slashes, a pattern: /^net\\.(.*)$/=$1; repeatable',
      collect,
    );
}

/** @throws UsageError for a renaming without "=", or with a pattern that is not one */
export function selectionOf(flags: SelectionFlags): KeySelection & Pick<StateDictOptions, 'at'> {
  const { at, include, exclude, stripPrefix, addPrefix, rename } = flags;
  return { at, include, exclude, stripPrefix, addPrefix, rename: rename?.map(ruleOf) };
}

function ruleOf(text: string): RenameRule {
  const pattern = /^\/(.*)\/=(.*)$/.exec(text);
  const [, from, to = ''] = pattern ?? /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (from === undefined) {
    throw new UsageError(`--rename must be FROM=TO or /PATTERN/=TO, got "${text}".`);
  }
  if (!pattern) return [from, to];
  try {
    return [new RegExp(from), to];
  } catch (cause) {
    throw new UsageError(`--rename: /${from}/ is not a pattern (${(cause as Error).message}).`);
  }
}
