import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { positiveNumber, wholeNumber } from './flags.js';
import { sizes } from './run-flags.js';

describe('counts on the command line', () => {
  it('are whole numbers from 0, as a seed, or from 1, as rows', () => {
    expect([wholeNumber('0'), positiveNumber('12'), sizes('256,128')]).toEqual([0, 12, [256, 128]]);
  });

  it.each(['-1', '1.5', 'ten', '', ' 3', '99999999999999999999'])(
    'refuse %j with the least that goes',
    (text) => {
      expect(() => wholeNumber(text)).toThrow(
        new InvalidArgumentError('It must be a whole number, 0 or more.'),
      );
      expect(() => positiveNumber(text)).toThrow(
        new InvalidArgumentError('It must be a whole number, 1 or more.'),
      );
    },
  );

  it('refuse 0 where there must be one', () => {
    expect(() => positiveNumber('0')).toThrow('It must be a whole number, 1 or more.');
  });
});
