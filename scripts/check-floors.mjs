// Holds the floors of ARCHITECTURE.md: reads every manifest and every import, fails on any other arrow, and on files
// that import each other in a circle.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importCircles, importedFiles } from './import-circles.mjs';
import { dependenciesOf, importsOf, isTestFile, root, sourceFiles, workspaces } from './workspace.mjs';

/** Which floor each package is on; it may import every floor below its own. Apps are above all of them. */
const floorOf = new Map(
  [
    ['shapes', 'random'],
    // files of tensors, without TensorFlow.js: data sets have pickles in them, guides are saved
    ['core-checkpoint'],
    ['nn', 'kernels', 'compile', 'training', 'ssl-masking', 'guided-tl', 'datasets', 'tokenizers'],
    ['models', 'finetune-heads', 'scale-bullmq'],
    ['transfer'],
  ].flatMap((names, floor) => names.map((name) => [name, floor])),
);

/**
 * Floors within an app, by folder or file right below `src`, the lowest first; each imports those below its own. An app
 * that is not named here is not looked into.
 */
const insideApps = {
  trainer: [
    ['terminal', 'version.ts', 'node-version.ts'],
    ['settings'],
    ['engine.ts', 'compiling.ts'],
    ['runs', 'sources'],
    ['models', 'report'],
    ['scouting', 'quickstart'],
    ['commands'],
    ['commands.ts'],
    ['run-cli.ts'],
    ['cli.ts'],
  ],
  demo: [
    ['method', 'why', 'route.ts'],
    ['store'],
    ['engine'],
    ['files'],
    ['controls.tsx'],
    ['figures'],
    ['pages'],
    ['app.tsx'],
    ['main.tsx'],
  ],
};

const problems = [];
for (const { name, folder, isApp } of workspaces()) {
  const files = sourceFiles(join(folder, 'src')).filter((file) => !isTestFile(file));
  if (!isApp || insideApps[name]) problems.push(...importCircles(files).map(circleText));
  if (isApp) {
    if (insideApps[name]) problems.push(...wrongArrows(`${folder}/src/`, files, insideApps[name]));
    continue;
  }
  if (!floorOf.has(name)) problems.push(`${folder} is on no floor: add it to scripts/check-floors.mjs.`);
  for (const dependency of dependenciesOf(folder)) {
    if (isForbidden(name, dependency)) {
      problems.push(`${folder}/package.json depends on ${dependency}: the floors forbid it.`);
    }
  }
  for (const file of files) {
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

function circleText(files) {
  const some =
    files.length > 5 ? `${files.slice(0, 5).join(', ')} and ${files.length - 5} more` : files.join(', ');
  return `${some} import each other in a circle: move what they share, types too, into a file of its own.`;
}

/** Imports within an app that do not lead down a floor, and files that are on none. */
function wrongArrows(source, files, floors) {
  const known = new Set(files);
  const partOf = (file) => file.slice(source.length).split('/')[0];
  const floor = new Map(floors.flatMap((parts, index) => parts.map((part) => [part, index])));
  return files.flatMap((file) => {
    const from = partOf(file);
    if (!floor.has(from))
      return [`${file} is on no floor of the app: add ${from} to scripts/check-floors.mjs.`];
    return importedFiles(file, known)
      .filter((target) => partOf(target) !== from && !(floor.get(partOf(target)) < floor.get(from)))
      .map((target) => `${file} imports ${target}: the floors of the app forbid it.`);
  });
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
