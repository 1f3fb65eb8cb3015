/**
 * What is wrong with a tokenizer's file: `invalid-file` (not what it should be), `unsupported` (of a kind that is not
 * here), `over-limit` (larger than the limits), `missing-file`, `unclear` (two readings are possible; an option decides).
 */
export type TokenizerErrorCode = 'invalid-file' | 'unsupported' | 'over-limit' | 'missing-file' | 'unclear';

/** A tokenizer's file that cannot be used as it is. */
export class TokenizerError extends Error {
  override readonly name = 'TokenizerError';
  readonly code: TokenizerErrorCode;
  /** Where it is wrong: `model.vocab`, `normalizer.type`, `vocab.txt`. */
  readonly at: string;

  constructor(code: TokenizerErrorCode, at: string, message: string) {
    super(`${at}: ${message}`);
    this.code = code;
    this.at = at;
  }
}

/** A text of a file, short enough to be shown, with nothing in it that a terminal obeys. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text).replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
