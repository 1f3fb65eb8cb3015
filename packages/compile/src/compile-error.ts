/** What went wrong, for a caller that wants to act on it. */
export type CompileErrorCode =
  | 'engine-missing' // onnxruntime-node is absent, of another version, or has no binary for this platform
  | 'backend-unsupported' // tensors are not in memory that ONNX Runtime can read
  | 'kernel-unknown' // a kernel has no translator
  | 'value-undeclared' // a host-side value changed between two recordings
  | 'structure-changed' // two recordings made different kernel calls
  | 'value-read' // the loss reads, or keeps, what its kernels compute
  | 'drift' // compiled and eager results differ
  | 'out-of-memory';

/** A step or model that cannot be compiled, or a compiled one that can no longer be trusted. */
export class CompileError extends Error {
  override readonly name = 'CompileError';
  readonly code: CompileErrorCode;
  /** The kernel concerned, where one is. */
  readonly kernel: string | undefined;
  /** Where the program asked for it: file and line, where known. */
  readonly line: string | undefined;

  constructor(
    code: CompileErrorCode,
    message: string,
    details: { kernel?: string; line?: string; cause?: unknown } = {},
  ) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.kernel = details.kernel;
    this.line = details.line;
  }
}

/** What stopped a compiled step, as the error for one that has run before: its steps may have been wrong. */
export function asDrift(cause: CompileError): CompileError {
  const { kernel, line, message } = cause;
  const details = { cause, ...(kernel && { kernel }), ...(line && { line }) };
  return new CompileError('drift', `${message} Compiled steps since the last check may be wrong.`, details);
}
