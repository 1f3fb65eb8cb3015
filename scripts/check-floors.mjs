// Holds the floors of ARCHITECTURE.md: reads every manifest and every import, fails on any other arrow.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dependenciesOf, importsOf, isTestFile, root, sourceFiles, workspaces } from './workspace.mjs';

/** package → the @warmstart packages it may import; the apps may import every package. */
const allowed = {
  models: ['nn', 'core-checkpoint'],
  'finetune-heads': ['nn'],
  'scale-bullmq': ['guided-tl'],
};

const problems = [];
for (const { name, folder, isApp } of workspaces()) {
  if (isApp) continue;
  const may = new Set((allowed[name] ?? []).map((other) => `@warmstart/${other}`));
  for (const dependency of dependenciesOf(folder)) {
    if (dependency.startsWith('@warmstart/') && !may.has(dependency)) {
      problems.push(`${folder}/package.json depends on ${dependency}: the floors forbid it.`);
    }
  }
  for (const file of sourceFiles(join(folder, 'src'))) {
    if (isTestFile(file)) continue;
    for (const imported of importsOf(readFileSync(join(root, file), 'utf8'))) {
      const ours = imported.match(/^@warmstart\/[^/]+/)?.[0];
      if (ours && !may.has(ours) && ours !== `@warmstart/${name}`) {
        problems.push(`${file} imports ${imported}: the floors forbid it.`);
      }
      if (imported.startsWith('@tensorflow/') && !isAllowedTensorflow(imported)) {
        problems.push(`${file} imports ${imported}: libraries import @tensorflow/tfjs-core only.`);
      }
    }
  }
}

function isAllowedTensorflow(specifier) {
  return specifier === '@tensorflow/tfjs-core' || specifier.startsWith('@tensorflow/tfjs-core/');
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exit(1);
process.stdout.write('floors hold\n');
