/** Control characters, invisible ones and those that turn the direction of text; not the joiners that scripts need. */
const unprintable = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/**
 * Text out of a file, safe to print: what would move a terminal's cursor, set its title, fill its clipboard or turn
 * the direction of a line is written as an escape, `\u001b`, as JSON has it.
 *
 * @param text - one line: line breaks are escaped, too
 */
export function printableText(text: string): string {
  return text.replace(unprintable, (character) =>
    Array.from(character.split(''), (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join(
      '',
    ),
  );
}
