import { InvalidArgumentError } from 'commander';

/** Parses a flag that must be a whole number of at least 0. */
export function wholeNumber(text: string): number {
  return countFrom(0, text);
}

/** Parses a flag that must be a whole number of at least 1. */
export function positiveNumber(text: string): number {
  return countFrom(1, text);
}

function countFrom(least: number, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(`It must be a whole number, ${least} or more.`);
}
