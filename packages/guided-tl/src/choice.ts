/**
 * Refuses a word that is none of the choices.
 *
 * @param caller - the function named in the message
 * @throws RangeError naming the choices
 */
export function checkChoice(caller: string, name: string, word: string, choices: readonly string[]): void {
  if (choices.includes(word)) return;
  throw new RangeError(`${caller}: ${name} must be one of ${choices.join(', ')}, got ${word}.`);
}
