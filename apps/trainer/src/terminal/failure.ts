import { flagText } from './flag-text.js';

/** Wrong usage: an unknown flag or value, a missing argument. Ends with exit code 2. */
export class UsageError extends Error {
  readonly code = 'usage';
  override readonly name = 'UsageError';
}

/** A command that did its work and says no, or failed and has said so itself. Ends with exit code 1. */
export class AlreadyReported extends Error {
  override readonly name = 'AlreadyReported';
}

/** The JSON a failed command prints under `--json`. */
export interface FailureReport {
  error: { code: string; message: string; file?: string };
}

/** What went wrong, as data: `code` and `file` are taken from the error where it has them. */
export function failureReport(error: unknown): FailureReport {
  const { code, message, file } = describe(error);
  return { error: { code, message, ...(file === undefined ? {} : { file }) } };
}

/** What went wrong, in words for a person: what it was and what to do, without a stack trace. */
export function failureText(error: unknown): string {
  const { message } = describe(error);
  return message;
}

const systemErrors: Record<string, (path: string) => string> = {
  ENOENT: (path) => `${path}: there is no such file or folder. Check the path.`,
  EACCES: (path) => `${path}: permission denied. Choose a place you may write to, or change its permissions.`,
  EPERM: (path) => `${path}: the operation is not permitted. Choose a place you may write to.`,
  EROFS: (path) => `${path}: the file system is read-only. Choose another place with --out.`,
  ENOSPC: (path) => `${path}: the disk is full. Free some space, or choose another disk with --out.`,
  EDQUOT: (path) =>
    `${path}: your disk quota is used up. Free some space, or choose another disk with --out.`,
  EISDIR: (path) => `${path}: this is a folder, a file was expected.`,
  ENOTDIR: (path) => `${path}: part of this path is a file, a folder was expected.`,
  EEXIST: (path) =>
    `${path}: a file of this name is in the way. Move it, or choose another place with --out.`,
};

interface ErrorFields {
  code?: unknown;
  file?: unknown;
  path?: unknown;
  cause?: unknown;
  /** What a command knows to do about it. */
  remedy?: unknown;
  /** What a library says to do about it, to programs and to people. */
  hint?: unknown;
  command?: unknown;
}

interface Description {
  code: string;
  message: string;
  file: string | undefined;
}

function describe(error: unknown): Description {
  if (!(error instanceof Error)) return { code: 'failed', message: String(error), file: undefined };
  const fields: ErrorFields = error as ErrorFields;
  const ownMessage = messageForTerminal(error.message, fields);
  // a library's own error wraps the system's: it knows the file, the system knows what to do
  const system = systemError(error) ?? systemError(error.cause);
  const file = firstText(fields.file, fields.path, system === undefined ? undefined : pathOfCause(error));
  const code = firstText(fields.code, system) ?? 'failed';
  const remedy = system === undefined ? undefined : systemErrors[system];
  const further = typeof fields.remedy === 'string' ? ` ${fields.remedy}` : '';
  if (remedy === undefined || file === undefined) return { code, message: ownMessage + further, file };
  const message = system === fields.code ? remedy(file) : `${ownMessage} ${remedy(file)}`;
  return { code, message: message + further, file };
}

/** A library tells programmers what to do; where it knows the words for people at a terminal, these stand here. */
function messageForTerminal(message: string, { hint, command }: ErrorFields): string {
  if (typeof hint !== 'string' || typeof command !== 'string') return flagText(message);
  return message.replace(hint, () => command);
}

function systemError(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as ErrorFields).code : undefined;
  return typeof code === 'string' && Object.hasOwn(systemErrors, code) ? code : undefined;
}

function pathOfCause({ cause }: Error): unknown {
  return cause instanceof Error ? ((cause as ErrorFields).path ?? 'the disk') : undefined;
}

function firstText(...values: unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string');
}
