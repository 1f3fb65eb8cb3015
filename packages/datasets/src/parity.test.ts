import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parityDigests } from './fixtures/parity-rows.js';

describe('rows on Node', () => {
  it('are those of the browser: both equal fixtures/parity.json', async () => {
    const expected = JSON.parse(readFileSync(new URL('../fixtures/parity.json', import.meta.url), 'utf8'));
    expect(await parityDigests()).toEqual(expected);
  });
});
