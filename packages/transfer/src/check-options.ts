import { TransferError } from './errors.js';

/**
 * Refuses names that are not options: in plain JavaScript a misspelt one would be ignored without a word.
 *
 * @throws TransferError `bad-option`
 */
export function checkOptions(caller: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new TransferError('bad-option', `${caller}: the options are ${known.join(', ')}, got "${unknown}".`);
}

/** @throws TransferError `bad-option` for anything but a whole number of at least `least` */
export function wholeNumber(caller: string, name: string, value: number, least = 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new TransferError(
    'bad-option',
    `${caller}: ${name} must be a whole number of at least ${least}, got ${value}.`,
  );
}

/** @throws TransferError `bad-option` for anything but one of the choices */
export function choice<Name extends string>(
  caller: string,
  name: string,
  value: string,
  choices: readonly Name[],
): Name {
  const found = choices.find((one) => one === value);
  if (found !== undefined) return found;
  throw new TransferError(
    'bad-option',
    `${caller}: ${name} must be one of ${choices.join(', ')}, got ${JSON.stringify(value)}.`,
  );
}
