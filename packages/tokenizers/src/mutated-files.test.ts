import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tokenizer, type TokenizerDefinition, TokenizerError } from './index.js';

const { cases }: { cases: { name: string; definition?: TokenizerDefinition }[] } = JSON.parse(
  readFileSync(new URL('fixtures/encodings.json', import.meta.url), 'utf8'),
);
const definitions = cases.flatMap(({ definition }) => (definition ? [definition] : []));
const strange: unknown[] = [
  null,
  true,
  -1,
  0.5,
  1e9,
  2 ** 53,
  '',
  '[UNK]',
  '__proto__',
  '(a*)*b',
  'x'.repeat(2000),
  [],
  [[]],
  {},
  { type: 'Sequence', normalizers: [], pretokenizers: [], processors: [] },
  { Regex: '\\s+' },
  { String: 'e' },
];

/** Replaces, removes or moves one thing of a file, somewhere in it. */
function mutated(definition: TokenizerDefinition, steps: readonly number[], value: number): unknown {
  const file = structuredClone(definition) as unknown;
  let part = file as Record<string, unknown>;
  for (const [depth, step] of steps.entries()) {
    const names = Object.keys(part);
    const name = names[step % names.length];
    if (name === undefined) break;
    const inner = part[name];
    if (depth < steps.length - 1 && typeof inner === 'object' && inner !== null) {
      part = inner as Record<string, unknown>;
      continue;
    }
    if (value < strange.length) part[name] = strange[value];
    else if (value % 2 === 0) delete part[name];
    else part[name] = definition[Object.keys(definition)[step % 6] as string];
    break;
  }
  return JSON.parse(JSON.stringify(file));
}

const known = (error: unknown) =>
  error instanceof TokenizerError || (error instanceof RangeError && error.message.startsWith('encode: '));

describe('a tokenizer.json with something wrong in it', () => {
  it('opens and encodes, or is refused by name, at once', () => {
    let refused = 0;
    const outcome = (file: unknown) => {
      try {
        const tokenizer = new Tokenizer(file as TokenizerDefinition);
        const { tokens } = tokenizer.encode(['The lower caféé [MASK] 12', ['eel', 'the 東京 "x"']], {
          padId: 0,
        });
        for (const row of tokens) tokenizer.decode(row);
        new Tokenizer(JSON.parse(JSON.stringify(tokenizer)));
      } catch (error) {
        if (!known(error)) throw error;
        refused++;
      }
    };
    const start = process.cpuUsage();
    const runs = Number(process.env.WARMSTART_FUZZ ?? 200);
    const one = fc.integer({ min: 0, max: 2 ** 30 });
    const steps = fc.array(one, { minLength: 1, maxLength: 6 });
    const file = fc
      .tuple(fc.constantFrom(...definitions), steps, fc.nat({ max: strange.length + 5 }))
      .map(([definition, path, value]) => mutated(definition, path, value));
    fc.assert(fc.property(file, outcome), { numRuns: runs, seed: 7 });
    expect(refused).toBeGreaterThan(runs / 20);
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(100 * runs); // ms
  });
});
