import { withMarksInOrder } from './mark-order.js';
import { isOf, unicodeClass } from './unicode-classes.js';

/** Unicode's normal forms, of the characters that Hugging Face's tables know; the others stay and keep others apart. */
export function normalForm(text: string, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  let result = '';
  let start = 0;
  let at = 0;
  for (const letter of text) {
    if (letter > '\x7f' && isOf(letter.codePointAt(0) as number, unicodeClass.unfamiliar)) {
      result += withMarksInOrder(text.slice(start, at)).normalize(form) + letter;
      start = at + letter.length;
    }
    at += letter.length;
  }
  return result + withMarksInOrder(text.slice(start)).normalize(form);
}

/** Text without the characters of some classes. */
export function without(text: string, classes: number): string {
  if (/^[\0-\x7f]*$/.test(text)) return text; // no ASCII character is an accent
  let result = '';
  for (const letter of text) if (!isOf(letter.codePointAt(0) as number, classes)) result += letter;
  return result;
}
