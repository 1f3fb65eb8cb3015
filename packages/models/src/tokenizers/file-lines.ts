/**
 * The lines of a tokenizer's file: of its text, whatever ends its lines, or as they are.
 *
 * @param caller - the function named in the message
 * @throws TypeError for anything else
 */
export function fileLines(
  caller: string,
  name: string,
  given: string | readonly string[],
): readonly string[] {
  if (typeof given === 'string') return given.replace(/\r?\n$/, '').split(/\r?\n/);
  if (Array.isArray(given)) return given;
  throw new TypeError(`${caller}: ${name} must be the text of a file, or its lines, got ${typeof given}.`);
}

/** @throws TypeError unless the texts come as a list */
export function requireTexts(caller: string, texts: readonly unknown[]): void {
  if (Array.isArray(texts)) return;
  throw new TypeError(`${caller}: encode takes a list of texts, got ${typeof texts}. Write encode([text]).`);
}
