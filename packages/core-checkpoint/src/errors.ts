import { printableText } from './printable-text.js';

/** Why a file was refused. Stable: programs may branch on these. */
export type CheckpointErrorCode =
  | 'unsafe-global'
  | 'unsupported-format'
  | 'unsupported-version'
  | 'unsupported-dtype'
  | 'unsupported-compression'
  | 'unsupported-pickle'
  | 'unsupported-layout'
  | 'bad-zip'
  | 'bad-pickle'
  | 'bad-header'
  | 'bad-response'
  | 'truncated'
  | 'crc'
  | 'duplicate-entry'
  | 'duplicate-key'
  | 'overlap'
  | 'hole'
  | 'trailing-bytes'
  | 'size-mismatch'
  | 'tensor-bounds'
  | 'storage-size'
  | 'storage-conflict'
  | 'missing-record'
  | 'missing-shard'
  | 'missing-peer'
  | 'unknown-key'
  | 'unsafe-path'
  | 'limit'
  | 'unknown-format'
  | 'source-changed'
  | 'not-found'
  | 'io'
  | 'closed'
  | 'incomplete';

/** Where in a file, and what to do about it. */
export interface CheckpointErrorDetails {
  /** the function that refuses; default `open` */
  during?: string | undefined;
  file?: string | undefined;
  key?: string | undefined;
  offset?: number | undefined;
  hint?: string | undefined;
  /** the hint in the words of the command line, where they differ */
  command?: string | undefined;
  cause?: unknown;
}

/** A file that cannot be read, or not exactly. Nothing of it was returned. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  readonly code: CheckpointErrorCode;
  readonly file: string | undefined;
  readonly key: string | undefined;
  readonly offset: number | undefined;
  readonly hint: string | undefined;
  /** the hint for somebody at the command line, where it differs */
  readonly command: string | undefined;

  /**
   * @param code - what is wrong, stable across versions
   * @param what - one clause without full stop: what holds, against what must
   */
  constructor(code: CheckpointErrorCode, what: string, details: CheckpointErrorDetails = {}) {
    const { file, key, offset, hint, command, cause, during = 'open' } = details;
    const where = [file, key]
      .flatMap((part) => (part === undefined ? [] : [shortened(part, 200)]))
      .join(': ');
    super(
      printableText(
        `${during}: ${where && `${where}: `}${shortened(what, 600)}.${hint ? ` ${shortened(hint, 600)}` : ''}`,
      ),
      cause === undefined ? {} : { cause },
    );
    this.code = code;
    this.file = file;
    this.key = key;
    this.offset = offset;
    this.hint = hint;
    this.command = command;
  }
}

/** A name in a hostile file may be as long as the file. */
function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

/** Refuses one file: bound to its name, so that every message carries it. */
export type Refuse = (
  code: CheckpointErrorCode,
  what: string,
  details?: CheckpointErrorDetails,
) => CheckpointError;

/** @returns a maker of errors about `file` */
export function refusalsOf(file: string): Refuse {
  return (code, what, details) => new CheckpointError(code, what, { file, ...details });
}
