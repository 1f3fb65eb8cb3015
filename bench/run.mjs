// `npm run bench [-- NAME...]`: every speed claim as a ratio against a peer measured in the same run.
// Each file beside this one exports `default async function ({ report, python })` and reports rows.
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Row
 * @property {string} task what was timed
 * @property {number} ours median of ours, in `unit`
 * @property {string} unit e.g. "ms", "MB/s"
 * @property {string} [peer] what it is held against, with its version
 * @property {number} [theirs] median of the peer's, in `unit`, in the same run
 * @property {number} [ratio] how many times better ours is, or as `target` reads it
 * @property {string} [target] what was aimed at, e.g. ">= 11" or "<= 1.5"
 * @property {string} [note]
 */

const folder = new URL('.', import.meta.url);
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -'.mjs'.length))
  .sort();
const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (!known.includes(name)) {
    process.stderr.write(`bench: there is no "${name}". Known: ${known.join(', ')}.\n`);
    process.exit(2);
  }
}

const python = findPython();
process.stdout.write(`Node ${process.version}, ${cpus()[0]?.model.trim()}, ${cpus().length} cores\n`);
process.stdout.write(
  python
    ? `Python peers: ${python.versions}\n`
    : 'Python peers: none (no python3 with torch); set WARMSTART_PYTHON\n',
);

const results = [];
for (const name of wanted.length > 0 ? wanted : known) {
  const { default: bench } = await import(new URL(`${name}.mjs`, folder).href);
  process.stdout.write(`\n${name}\n`);
  /** @param {Row} row */
  const report = (row) => {
    results.push({ bench: name, ...row });
    process.stdout.write(`  ${rowText(row)}\n`);
  };
  await bench({ report, python: python?.path });
}
const output = fileURLToPath(new URL('results.json', folder));
writeFileSync(
  output,
  `${JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, results }, null, 2)}\n`,
);
process.stdout.write(`\nwritten to ${output}\n`);

function rowText({ task, ours, unit, peer, theirs, ratio, target, note }) {
  const parts = [`${task.padEnd(44)} ${number(ours).padStart(9)} ${unit}`];
  if (peer !== undefined)
    parts.push(`${peer} ${theirs === undefined ? '' : `${number(theirs)} ${unit}`}`.trim());
  if (ratio !== undefined) parts.push(`ratio ${ratio.toFixed(2)}${target ? ` (aim ${target})` : ''}`);
  if (note) parts.push(note);
  return parts.join('  |  ');
}

function number(value) {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function findPython() {
  for (const path of [process.env.WARMSTART_PYTHON, 'python3'].filter(Boolean)) {
    const program =
      'import sys, torch; print("Python", sys.version.split()[0] + ", torch", torch.__version__)';
    const { status, stdout } = spawnSync(path, ['-c', program], { encoding: 'utf8' });
    if (status === 0) return { path, versions: stdout.trim() };
  }
  return undefined;
}
