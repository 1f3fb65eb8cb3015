import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const stand = mkdtempSync(join(tmpdir(), 'warmstart-checks-'));
afterAll(() => rmSync(stand, { recursive: true, force: true }));

function check(script: string, checked = stand): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts', script)], {
    encoding: 'utf8',
    env: { ...process.env, WARMSTART_CHECKED: checked },
  });
  return { status, said: stdout + stderr };
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(stand, file)), { recursive: true });
  writeFileSync(join(stand, file), text);
}

/** A repository of one sound package and one app. */
beforeEach(() => {
  rmSync(stand, { recursive: true, force: true });
  write('packages/nn/package.json', '{"name":"@warmstart/nn"}');
  write(
    'packages/nn/src/linear.ts',
    "import * as tf from '@tensorflow/tfjs-core';\nexport const one = () => tf.scalar(1);\n",
  );
  write('apps/trainer/package.json', '{"name":"@warmstart/trainer","private":true}');
  execFileSync('git', ['init', '--quiet'], { cwd: stand });
});

describe('check-style', () => {
  it('holds here', () => expect(check('check-style.mjs', root).said).toBe('style holds\n'));
  it('holds for a sound package', () => expect(check('check-style.mjs').said).toBe('style holds\n'));

  it('finds every fault, each in its own file', () => {
    const long = (count: number) => Array.from({ length: count }, (_, line) => `// line ${line}`).join('\n');
    const faults = [
      ['packages/nn/src/gru.ts', `${long(301)}\n`, '301 lines'],
      ['packages/nn/src/lstm.ts', `export function lstm() {\n${long(41)}\n}\n`, '41 lines'],
      ['apps/demo/src/page.tsx', `export function Page() {\n${long(71)}\n}\n`, '71 lines'],
      ['packages/kernels/assembly/gemm.ts', 'export function microKernel() {}\n', 'not long any more'],
      ['packages/nn/src/utils.ts', '', '"utils" names no thing'],
      ['packages/nn/src/dice.ts', 'export const dice = () => Math.random();\n', 'hidden randomness'],
      ['packages/nn/src/loud.ts', 'console.log(1);\n', 'do not print'],
      ['packages/nn/src/wait.ts', 'export const wait = (x) => x.dataSync();\n', 'stalls WebGPU'],
      ['packages/nn/src/boot.ts', "export const boot = (tf) => tf.setBackend('cpu');\n", 'never chooses'],
    ] as const;
    for (const [file, text] of faults) write(file, text);
    const { status, said } = check('check-style.mjs');
    const complaints = said.trimEnd().split('\n');
    for (const [file, , complaint] of faults) {
      const own = complaints.filter((line) => line.startsWith(file));
      expect(own, file).toEqual([expect.stringContaining(complaint)]);
    }
    expect(complaints).toHaveLength(faults.length);
    expect(status).toBe(1);
  });

  it('has the limits that STYLE.md states', () => {
    expect(readFileSync(join(root, 'STYLE.md'), 'utf8')).toContain(
      'at most 300 lines; functions at most 40 (70 where they return markup)',
    );
  });
});

describe('check-floors', () => {
  it('holds here', () => expect(check('check-floors.mjs', root).said).toBe('floors hold\n'));
  it('holds for a sound package', () => expect(check('check-floors.mjs').said).toBe('floors hold\n'));

  it('finds a forbidden import', () => {
    write(
      'packages/nn/src/guided.ts',
      "import { guides } from '@warmstart/guided-tl';\nexport { guides };\n",
    );
    expect(check('check-floors.mjs')).toMatchObject({
      status: 1,
      said: expect.stringContaining('the floors forbid it'),
    });
  });

  it('finds a forbidden dependency', () => {
    write(
      'packages/nn/package.json',
      '{"name":"@warmstart/nn","dependencies":{"@warmstart/models":"workspace:^"}}',
    );
    expect(check('check-floors.mjs')).toMatchObject({
      status: 1,
      said: expect.stringContaining('depends on'),
    });
  });

  it('finds a package that is on no floor', () => {
    write('packages/attic/package.json', '{"name":"@warmstart/attic"}');
    expect(check('check-floors.mjs')).toMatchObject({
      status: 1,
      said: 'packages/attic is on no floor: add it to scripts/check-floors.mjs.\n',
    });
  });

  it('lets a package import the floors below its own, and nothing on its own', () => {
    write('packages/nn/src/random.ts', "export type { Random } from '@warmstart/shapes';\n");
    expect(check('check-floors.mjs').said).toBe('floors hold\n');
    write('packages/random/package.json', '{"name":"@warmstart/random"}');
    write('packages/random/src/draw.ts', "export type { Random } from '@warmstart/shapes';\n");
    expect(check('check-floors.mjs').said).toBe(
      'packages/random/src/draw.ts imports @warmstart/shapes: the floors forbid it.\n',
    );
  });

  it('finds circles of imports, of types alone too', () => {
    write('packages/nn/src/a.ts', "import type { B } from './b.js';\nexport type A = B | 1;\n");
    write('packages/nn/src/b.ts', 'export type B = 2;\n');
    expect(check('check-floors.mjs').said).toBe('floors hold\n');
    write('packages/nn/src/b.ts', "import type { C } from './deep/c.js';\nexport type B = C | 2;\n");
    write('packages/nn/src/deep/c.ts', "export type { A as C } from '../a.js';\n");
    const { status, said } = check('check-floors.mjs');
    expect(status).toBe(1);
    expect(said).toMatch(/^packages\/nn\/src\/a\.ts, .* import each other in a circle: /);
    for (const file of ['a.ts', 'b.ts', 'deep/c.ts']) expect(said).toContain(`packages/nn/src/${file}`);
  });

  it('holds the floors within an app that has named them', () => {
    write('apps/demo/package.json', '{"name":"@warmstart/demo","private":true}');
    write('apps/demo/src/method/table.ts', 'export const table = 1;\n');
    write('apps/demo/src/pages/page.tsx', "export { table } from '../method/table.js';\n");
    expect(check('check-floors.mjs').said).toBe('floors hold\n');
    write('apps/demo/src/method/draw.ts', "export { Page } from '../pages/page.js';\n");
    write('apps/demo/src/shed/spade.ts', 'export const spade = 1;\n');
    expect(check('check-floors.mjs').said.split('\n')).toEqual([
      'apps/demo/src/method/draw.ts imports apps/demo/src/pages/page.tsx: the floors of the app forbid it.',
      'apps/demo/src/shed/spade.ts is on no floor of the app: add shed to scripts/check-floors.mjs.',
      '',
    ]);
  });

  it('finds an import of the whole of TensorFlow.js', () => {
    write('packages/nn/src/whole.ts', "import * as tf from '@tensorflow/tfjs';\nexport { tf };\n");
    expect(check('check-floors.mjs')).toMatchObject({
      status: 1,
      said: expect.stringContaining('tfjs-core only'),
    });
  });
});

describe('workflows', () => {
  const folder = join(root, '.github', 'workflows');
  it.each(readdirSync(folder))('%s takes every action by commit, with its version', (file) => {
    const uses = readFileSync(join(folder, file), 'utf8').match(/\buses:.*/g) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    for (const use of uses) expect(use).toMatch(/^uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });
});
