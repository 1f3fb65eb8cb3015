import { describe, expect, it } from 'vitest';
import { failureReport, failureText } from './failure.js';

const system = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: what the system says`), { code, path });

describe('failureReport', () => {
  it('takes code and file from the error', () => {
    const error = Object.assign(new Error('open: a.pt: truncated.'), { code: 'truncated', file: 'a.pt' });
    expect(failureReport(error)).toEqual({
      error: { code: 'truncated', message: 'open: a.pt: truncated.', file: 'a.pt' },
    });
  });

  it('says what to do about the system’s errors, also where a library wrapped them', () => {
    expect(failureText(system('ENOSPC', '/data/x'))).toBe(
      '/data/x: the disk is full. Free some space, or choose another disk with --out.',
    );
    const wrapped = new Error('save: /data/x must be writable.', { cause: system('ENOSPC') });
    expect(failureReport(wrapped).error.code).toBe('ENOSPC');
    expect(failureText(wrapped)).toMatch(/^save: \/data\/x must be writable\. .*Free some space/);
  });

  it('keeps an unknown error’s own words', () => {
    expect(failureReport(new Error('odd'))).toEqual({ error: { code: 'failed', message: 'odd' } });
    expect(failureText('not even an error')).toBe('not even an error');
  });
});
