/** What was found, guessed, left out or changed while files were read, for people and for programs. */
export interface DataNote {
  /** `found` and `guessed` are about the files; `left-out` and `changed` about what was done with them. */
  readonly kind: 'found' | 'guessed' | 'left-out' | 'changed';
  /** Stable, e.g. `split-folders`. */
  readonly code: string;
  /** One sentence. */
  readonly message: string;
  /** The option of the reader that overrules it, e.g. `splitFolders`. */
  readonly option?: string;
}
