import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { runProgram } from './program.js';

const folder = fileURLToPath(new URL('../examples/', import.meta.url));
const examples = readdirSync(folder).filter((file) => /^\d.*\.ts$/.test(file));

/** What the output must show for the example to have made its point. */
const points: Record<string, RegExp> = {
  '1-save-and-load.ts': /<All keys matched successfully>\nsame answer: true$/,
  '2-swap-the-head.ts': /<All keys matched successfully>\nlogits: \[ 4, 3 \]/,
  '3-pretrain-by-masking.ts': /step 150: loss on hidden values 0\.\d/,
  '4-fine-tune.ts': /92 labels: [78]\d % of 4509 unseen mails right$/,
  '5-guided-transfer.ts': /agreement of two halves of the scouts: 0\.\d+\nslope 2\.5, 2 rows: error 0\.\d+$/,
  '6-few-shot-images.ts': /^1[3-5] of 15 new drawings told apart$/,
};

describe('examples', () => {
  it.each(examples)('%s runs and makes its point in under 40 lines', async (file) => {
    const source = readFileSync(`${folder}${file}`, 'utf8');
    expect(await runProgram(source, inject('everythingInstalled'))).toMatch(points[file] ?? /never/);
    expect(source.trimEnd().split('\n').length).toBeLessThan(40);
  });
});
