import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { open } from '../open.js';
import { archiveOf } from './archive.js';
import { grammarRecords, PickleGrammar } from './pickle-grammar.js';
import { randomFrom } from './random.js';
import { Watchdog } from './watchdog.js';

/** `WARMSTART_FUZZ_TIMES=34 npm test -- --project node crafted` makes a hundred thousand of them. */
const cases = 3000 * Number(process.env.WARMSTART_FUZZ_TIMES ?? 1);
/** Where to write the cases that PyTorch is to judge, by `fixtures/judge_crafted.py`. */
const judged = process.env.WARMSTART_WRITE_CRAFTED;
const verdictsFile = fileURLToPath(new URL('../../fixtures/crafted-verdicts.json', import.meta.url));

function* archives(): Generator<Uint8Array<ArrayBuffer>> {
  const grammar = new PickleGrammar(randomFrom(20261130));
  for (;;) yield archiveOf(grammar.pickle(), grammarRecords);
}

/** Path, dtype, shape and bytes of every tensor, as a few characters; the script that judges computes the same. */
async function load(bytes: Uint8Array): Promise<string> {
  await using checkpoint = await open(bytes, { name: 'crafted.pt' });
  const { tensors, ...rest } = await checkpoint.inspect({ digest: true });
  JSON.stringify(rest);
  const rows = tensors.map(
    ({ path, dtype, shape, sha256 }) => `${path.join('.')} ${dtype} ${shape} ${sha256}\n`,
  );
  return `loaded ${createHash('sha256').update(rows.join('')).digest('hex').slice(0, 16)}`;
}

describe('open, on crafted pickles', () => {
  const watchdog = new Watchdog('crafted pickles');
  afterAll(() => watchdog.end());

  it(
    'loads them or says why not, and as PyTorch where it loads them, too',
    async () => {
      const verdicts = JSON.parse(readFileSync(verdictsFile, 'utf8')) as (string | null)[];
      const ends = new Map<string, number>();
      let agreed = 0;
      let i = 0;
      for (const bytes of archives()) {
        if (i === cases) break;
        const end = await watchdog.watch('crafted pickles', i, () => load(bytes));
        const code = end.split(' ')[0] ?? '';
        ends.set(code, (ends.get(code) ?? 0) + 1);
        const wanted = verdicts[i] ?? null;
        if (code === 'loaded' && wanted !== null) {
          if (end !== `loaded ${wanted}`)
            throw new Error(`case ${i} loads as something else than in PyTorch`);
          agreed += 1;
        }
        i += 1;
      }
      expect(agreed).toBeGreaterThan(verdicts.length / 10);
      expect(ends.get('loaded')).toBeGreaterThan(cases / 10);
      expect(ends.get('limit')).toBeGreaterThan(cases / 200);
      expect(ends.size).toBeGreaterThan(5);
    },
    120_000 * Math.ceil(cases / 3000),
  );

  it.runIf(judged !== undefined)('writes the cases that PyTorch is to judge', () => {
    mkdirSync(judged as string, { recursive: true });
    let i = 0;
    for (const bytes of archives()) {
      if (i === 3000) break;
      writeFileSync(join(judged as string, `${String(i++).padStart(5, '0')}.pt`), bytes);
    }
  });
});
