import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { differenceIn, pageProgram } from '/work/wt-release/e2e/page-program.ts';
import ts from '/work/wt-release/node_modules/typescript/lib/typescript.js';

const dir = '/work/wt-release/e2e/tmp-pages';
mkdirSync(dir, { recursive: true });
for (const p of process.argv.slice(2)) {
  const prog = pageProgram(readFileSync(p, 'utf8'));
  if (!prog) {
    console.log(p, 'no program');
    continue;
  }
  writeFileSync(
    dir + '/p.mjs',
    ts.transpileModule(prog.source, {
      compilerOptions: { module: 99, target: 9, verbatimModuleSyntax: true },
    }).outputText,
  );
  const t = Date.now();
  const r = spawnSync('node', ['p.mjs'], { cwd: dir, encoding: 'utf8' });
  console.log(
    '=====',
    p,
    ((Date.now() - t) / 1000).toFixed(1) + 's',
    r.status === 0 ? (differenceIn(r.stdout.trimEnd(), prog.output) ?? 'OK') : '',
  );
  if (process.env.V || r.status !== 0 || differenceIn(r.stdout.trimEnd(), prog.output))
    console.log(r.stdout, r.stderr.slice(0, 1500));
}
