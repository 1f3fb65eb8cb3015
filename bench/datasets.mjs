// Reading data, per CPU-second of this process (and of Python's), peers in the same run.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs';
import { fromCsv, load, memoryFiles, readNumberTable, readTar, readTextTable } from '@warmstart/datasets';
import { folder } from '@warmstart/datasets/node';
import { seededRandom } from '@warmstart/random';
import Papa from 'papaparse';
import tarStream from 'tar-stream';
import { inferSchema, initParser } from 'udsv';

const rounds = 5;

/** @param {{ report: (row: object) => void, python?: string }} options */
export default async function bench({ report, python }) {
  const root = mkdtempSync(join(tmpdir(), 'warmstart-bench-'));
  const pandas = python !== undefined && runs(python, 'import pandas') ? python : pythonWithPandas();
  try {
    await numericCsv({ report, root, pandas });
    await quotedText({ report });
    await tarMembers({ report });
    cifar({ report });
    await recount3({ report, root, pandas });
    memory({ report });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function numericCsv({ report, root, pandas }) {
  const rows = await (await load('spambase')).collect();
  const lines = [];
  for (let row = 0; row < rows.rowCount; row++) {
    const values = Array.from(rows.columns.features.subarray(row * 57, row * 57 + 57), short);
    lines.push(`${values.join(',')},${rows.columns.label[row]}\n`);
  }
  const once = lines.join('');
  const text = once.repeat(Math.ceil(50e6 / once.length));
  const bytes = new TextEncoder().encode(text);
  const megabytes = bytes.length / 1e6;
  const ours = async () => {
    let count = 0;
    for await (const { rowCount } of readNumberTable(chunks(bytes), { columnCount: 58 })) count += rowCount;
    return count;
  };
  const small = new TextEncoder().encode(once.repeat(3));
  const header = new TextEncoder().encode(`${Array.from({ length: 58 }, (_, i) => `c${i}`).join(',')}\n`);
  const tfjs = async () => {
    const file = new Blob([header, small]);
    const source = new tf.data.FileDataSource(
      await file.arrayBuffer().then((buffer) => new Uint8Array(buffer)),
    );
    let count = 0;
    await new tf.data.CSVDataset(source).forEachAsync(() => {
      count++;
    });
    return count;
  };
  const own = megabytes / (await seconds(ours));
  const theirs = small.length / 1e6 / (await seconds(tfjs));
  const task = 'numeric CSV, 58 columns, 50 MB';
  const unit = 'MB/CPU-s';
  report({ task, ours: own, unit, peer: 'tf.data.csv 4.22.0', theirs, ratio: own / theirs, target: '>= 15' });
  const inferred = async () => {
    let count = 0;
    const table = await fromCsv(memoryFiles({ 'own.csv': bytes }), { header: false, stream: true });
    for await (const { rowCount } of table) count += rowCount;
    return count;
  };
  const both = megabytes / (await seconds(inferred));
  const whole = 'the same by fromCsv: types and classes inferred, then rows';
  report({ task: whole, ours: both, unit, peer: 'tf.data.csv 4.22.0', theirs, ratio: both / theirs });
  if (pandas === undefined) {
    report({ task, ours: own, unit, note: 'no python3 with pandas' });
    return;
  }
  const path = join(root, 'numbers.csv');
  writeFileSync(path, bytes);
  const peer = pythonSeconds(
    pandas,
    `pandas.read_csv(${JSON.stringify(path)}, header=None, dtype="float32")`,
  );
  const rate = megabytes / peer.seconds;
  report({ task, ours: own, unit, peer: peer.name, theirs: rate, ratio: own / rate, target: '>= 2' });
}

async function quotedText({ report }) {
  const random = seededRandom(1, 'bench text');
  const words = 'the food was "great", we thought; but service slow and prices high here again'.split(' ');
  const rows = Array.from({ length: 60_000 }, (_, i) => {
    const length = 20 + Math.floor(random() * 250);
    const review = Array.from({ length }, () => words[Math.floor(random() * words.length)]).join(' ');
    return `"${(i % 5) + 1}","${review.replaceAll('"', '""')}"\n`;
  });
  const bytes = new TextEncoder().encode(rows.join(''));
  const megabytes = bytes.length / 1e6;
  const ours = async () => {
    let count = 0;
    for await (const block of readTextTable(chunks(bytes), { columnCount: 2 })) count += block.length;
    return count;
  };
  const papa = async () => Papa.parse(new TextDecoder().decode(bytes)).data.length;
  const udsv = async () => {
    const text = new TextDecoder().decode(bytes);
    return initParser(inferSchema(text.slice(0, 10_000), { header: () => [] })).stringArrs(text).length;
  };
  const own = megabytes / (await seconds(ours));
  for (const [peer, run] of [
    ['papaparse 5.7.1', papa],
    ['udsv 0.7.3', udsv],
  ]) {
    const theirs = megabytes / (await seconds(run));
    report({
      task: `quoted text, ${megabytes.toFixed(0)} MB`,
      ours: own,
      unit: 'MB/CPU-s',
      peer,
      theirs,
      ratio: own / theirs,
      target: '>= 1.2',
    });
  }
}

async function tarMembers({ report }) {
  const count = 25_000;
  const pack = tarStream.pack();
  const parts = [];
  pack.on('data', (part) => parts.push(part));
  const packed = new Promise((resolve) => pack.on('end', resolve));
  for (let i = 0; i < count; i++)
    pack.entry({ name: `set/train/pos/${i}_7.txt` }, `review number ${i}, `.repeat(40));
  pack.finalize();
  await packed;
  const bytes = new Uint8Array(Buffer.concat(parts));
  const ours = async () => {
    let total = 0;
    for await (const member of readTar(chunks(bytes))) total += (await member.bytes()).length;
    return total;
  };
  const peer = () =>
    new Promise((resolve, reject) => {
      let total = 0;
      const extract = tarStream.extract();
      extract.on('entry', (_header, stream, next) => {
        stream.on('data', (part) => {
          total += part.length;
        });
        stream.on('end', next);
      });
      extract.on('finish', () => resolve(total));
      extract.on('error', reject);
      for (let at = 0; at < bytes.length; at += 65_536)
        extract.write(Buffer.from(bytes.subarray(at, at + 65_536)));
      extract.end();
    });
  if ((await ours()) !== (await peer())) throw new Error('tar: the two read different bytes');
  const own = count / (await seconds(ours));
  const theirs = count / (await seconds(peer));
  report({
    task: 'tar, 25,000 small files',
    ours: own,
    unit: 'members/CPU-s',
    peer: 'tar-stream 3.2.2',
    theirs,
    ratio: own / theirs,
    target: '>= 3',
  });
}

/** In a process of its own: what other peers left on the heap is not ours to collect. */
function cifar({ report }) {
  const program = `
    import { load, memoryFiles, normalizeImages } from '@warmstart/datasets';
    const count = 20_000;
    const random = seededRandom(1, 'bench cifar');
    const records = Uint8Array.from({ length: 3074 * 100 }, (_, i) =>
      i % 3074 === 0 ? 3 : i % 3074 === 1 ? 7 : Math.floor(random() * 256));
    const file = new Uint8Array(3074 * count);
    for (let at = 0; at < file.length; at += records.length) file.set(records, at);
    const dataset = await load('cifar100', { source: memoryFiles({ 'train.bin': file }), stream: true });
    const times = [];
    for (let round = 0; round <= ${rounds}; round++) {
      const start = process.cpuUsage();
      let images = 0;
      for await (const batch of dataset.batch(128).map(...normalizeImages())) images += batch.rowCount;
      const { user, system } = process.cpuUsage(start);
      if (round > 0) times.push(images / ((user + system) / 1e6));
    }
    console.log(times.sort((a, b) => a - b)[${Math.floor(rounds / 2)}]);`;
  const own = Number(runAlone(program));
  const note = 'ratio to 100,000';
  report({
    task: 'CIFAR-100 to normalised float32 batches',
    ours: own,
    unit: 'images/CPU-s',
    ratio: own / 100_000,
    target: '>= 1',
    note,
  });
}

function runAlone(program) {
  const options = { cwd: new URL('.', import.meta.url), encoding: 'utf8' };
  return execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', program], options);
}

async function recount3({ report, root, pandas }) {
  const [genes, samples] = [63_856, 100];
  const random = seededRandom(1, 'bench recount3');
  const names = Array.from({ length: samples }, (_, i) => `SRR${1_000_000 + i}`);
  const lines = ['##annotation=G026\n##date.generated=x\n', `gene_id\t${names.join('\t')}\n`];
  for (let gene = 0; gene < genes; gene++) {
    const scale = random() < 0.5 ? 0 : 10 ** (1 + 4 * random());
    const values = Array.from({ length: samples }, () => Math.floor(random() * scale));
    lines.push(`ENSG${String(gene).padStart(11, '0')}.1\t${values.join('\t')}\n`);
  }
  const path = join(root, 'sra.gene_sums.SRP000001.G026.gz');
  writeFileSync(path, gzipSync(lines.join('')));
  const file = folder(path);
  const run = async () => {
    let sum = 0;
    for await (const each of file.list()) {
      const options = {
        columnCount: samples,
        textColumns: 1,
        skipLines: 3,
        delimiter: '\t',
        dtype: 'float64',
      };
      for await (const { rowCount } of readNumberTable(each.gunzip(each.stream()), options)) sum += rowCount;
    }
    return sum;
  };
  const own = await seconds(run);
  const task = 'recount3-shaped 63,856 x 100 .gz';
  if (pandas === undefined) {
    report({ task, ours: own, unit: 'CPU-s', note: 'no python3 with pandas' });
    return;
  }
  const peer = pythonSeconds(
    pandas,
    `pandas.read_csv(${JSON.stringify(path)}, sep="\\t", skiprows=2, index_col=0)`,
  );
  report({
    task,
    ours: own,
    unit: 'CPU-s',
    peer: peer.name,
    theirs: peer.seconds,
    ratio: peer.seconds / own,
    target: '>= 2',
  });
}

/** A gigabyte through the reader in a process of its own; the most memory it had above the start. */
function memory({ report }) {
  const program = `
    import { readNumberTable } from '@warmstart/datasets';
    const line = new TextEncoder().encode('0.25,1.5,100,3e-7,'.repeat(14) + '1\\n');
    const block = new Uint8Array(line.length * 256);
    for (let at = 0; at < block.length; at += line.length) block.set(line, at);
    async function* bytes() { for (let sent = 0; sent < 2 ** 30; sent += block.length) yield block; }
    globalThis.gc?.();
    const start = process.memoryUsage().rss;
    let most = start, blocks = 0;
    for await (const _ of readNumberTable(bytes(), { columnCount: 57 }))
      if (++blocks % 50 === 0) most = Math.max(most, process.memoryUsage().rss);
    console.log((most - start) / 1e6);`;
  const output = runAlone(program);
  const own = Number(output);
  report({
    task: 'memory above the start, 1 GiB of CSV',
    ours: own,
    unit: 'MB',
    ratio: own / 150,
    target: '<= 1',
    note: 'ratio to 150 MB',
  });
}

/** Median CPU seconds of this process; one run first, to warm up. */
async function seconds(run) {
  await run();
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const start = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1e6);
  }
  return median(times);
}

function pythonSeconds(python, expression) {
  const program = `
import time, pandas
times = []
for _ in range(${rounds + 1}):
    start = time.process_time()
    ${expression}
    times.append(time.process_time() - start)
print(sorted(times[1:])[${Math.floor(rounds / 2)}], pandas.__version__)`;
  const [time, version] = execFileSync(python, ['-c', program], { encoding: 'utf8' }).trim().split(' ');
  return { seconds: Number(time), name: `pandas ${version}` };
}

function pythonWithPandas() {
  return [process.env.WARMSTART_PYTHON, 'python3']
    .filter(Boolean)
    .find((path) => runs(path, 'import pandas'));
}

function runs(python, program) {
  return spawnSync(python, ['-c', program]).status === 0;
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function short(value) {
  return Number(value.toPrecision(6));
}

async function* chunks(bytes) {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
