// Holds the floors of ARCHITECTURE.md: reads every manifest and every import, fails on any other arrow.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dependenciesOf, importsOf, isTestFile, root, sourceFiles, workspaces } from './workspace.mjs';

/** Which floor each package is on; it may import every floor below its own. Apps are above all of them. */
const floorOf = new Map(
  [
    ['shapes', 'random'],
    [
      'core-checkpoint',
      'nn',
      'kernels',
      'compile',
      'training',
      'ssl-masking',
      'guided-tl',
      'datasets',
      'tokenizers',
    ],
    ['models', 'finetune-heads', 'scale-bullmq'],
    ['transfer'],
  ].flatMap((names, floor) => names.map((name) => [name, floor])),
);

const problems = [];
for (const { name, folder, isApp } of workspaces()) {
  if (isApp) continue;
  if (!floorOf.has(name)) problems.push(`${folder} is on no floor: add it to scripts/check-floors.mjs.`);
  for (const dependency of dependenciesOf(folder)) {
    if (isForbidden(name, dependency)) {
      problems.push(`${folder}/package.json depends on ${dependency}: the floors forbid it.`);
    }
  }
  for (const file of sourceFiles(join(folder, 'src'))) {
    if (isTestFile(file)) continue;
    for (const imported of importsOf(readFileSync(join(root, file), 'utf8'))) {
      if (isForbidden(name, imported)) {
        problems.push(`${file} imports ${imported}: the floors forbid it.`);
      }
      if (imported.startsWith('@tensorflow/') && !isAllowedTensorflow(imported)) {
        problems.push(`${file} imports ${imported}: libraries import @tensorflow/tfjs-core only.`);
      }
    }
  }
}

/** Whether a package may not import what a specifier names: one of ours that is not on a floor below. */
function isForbidden(name, specifier) {
  const [, ours] = specifier.match(/^@warmstart\/([^/]+)/) ?? [];
  return ours !== undefined && ours !== name && !(floorOf.get(ours) < floorOf.get(name));
}

function isAllowedTensorflow(specifier) {
  return specifier === '@tensorflow/tfjs-core' || specifier.startsWith('@tensorflow/tfjs-core/');
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exit(1);
process.stdout.write('floors hold\n');
