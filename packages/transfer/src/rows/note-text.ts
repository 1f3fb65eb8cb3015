import type { DataNote } from '@warmstart/datasets';

/** A note and the option that overrules it, as a line. */
export function noteText({ message, option }: DataNote): string {
  return option === undefined ? message : `${message.replace(/\.$/, '')} (option ${option})`;
}
