import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { open } from '@warmstart/core-checkpoint';
import { afterAll, describe, expect, it } from 'vitest';
import { writeDigits } from '../../fixtures/write-digits.js';
import { runCli } from '../run-cli.js';
import { recordingTerminal } from '../terminal/recording-terminal.js';

const folder = mkdtempSync(join(tmpdir(), 'warmstart-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const penguins = fileURLToPath(new URL('../../fixtures/penguins.csv', import.meta.url));
const bloodCells = fileURLToPath(new URL('../../fixtures/blood-cells', import.meta.url));
const small = ['steps=40', 'hidden=[16,8]', '--backend', 'wasm', '--json'];
const at = (...parts: string[]) => join(folder, ...parts);
const encoderOf = (run: string) => at(run, 'checkpoints', 'encoder.safetensors');
const modelOf = (run: string) => at(run, 'checkpoints', 'model.safetensors');

async function run(...args: string[]) {
  const terminal = recordingTerminal();
  const exitCode = await runCli(args, terminal);
  return {
    exitCode,
    out: terminal.outText(),
    notes: terminal.noteText(),
    json: () => JSON.parse(terminal.outText()),
  };
}

const pretrain = (out: string, ...args: string[]) =>
  run('pretrain', '--data', penguins, '--label', 'species', '--out', at(out), 'steps=40', ...small, ...args);

const finetune = (out: string, ...args: string[]) =>
  run(
    ...['finetune', '--data', penguins, '--label', 'species', '--out', at(out)],
    ...['--backend', 'wasm', '--json', ...args],
  );

/** Four scouts that move the first layer only, each elsewhere. */
const movesFirstLayer = `
export const subproblems = [1, 2, 3, 4];
export default async function train({ base, subproblem }) {
  const { data } = base.get('fc1.weight');
  for (let i = 0; i < data.length; i++) data[i] += 0.01 * Math.sin(subproblem * (i + 1));
  return base;
}
`;

async function weightsOf(file: string) {
  const checkpoint = await open(file);
  const weights = await checkpoint.stateDict();
  await checkpoint.close();
  return weights;
}

describe('pretrain, finetune, evaluate, predict', { timeout: 240_000 }, () => {
  it('hand an encoder on, then a model, then predictions, from a CSV with missing values', async () => {
    const pretrained = await pretrain('p');
    expect(pretrained.exitCode, pretrained.notes).toBe(0);
    expect(pretrained.json()).toMatchObject({
      rows: 206,
      columns: 10,
      backend: 'wasm',
      encoder: encoderOf('p'),
    });
    expect(pretrained.json().lossAfter).toBeLessThan(pretrained.json().lossBefore);
    expect(pretrained.notes).toContain('→ species: 3 classes (Adelie, Chinstrap, Gentoo)');
    expect(pretrained.notes).toContain('sex: 2 words (male, female), 11 of 344 missing');
    expect(readFileSync(at('p', 'report.html'), 'utf8')).toMatch(
      /Loss by step[\s\S]*validation[\s\S]*baseline/,
    );
    const tuned = await finetune(
      'f',
      '--from',
      encoderOf('p'),
      '--labels',
      '30',
      '--tune',
      'full',
      'steps=40',
    );
    expect(tuned.json(), tuned.notes).toMatchObject({
      labels: 30,
      pretrained: true,
      model: modelOf('f'),
      chosen: { tune: 'full' },
    });
    expect(tuned.notes.match(/steps run in ONNX Runtime/g)).toHaveLength(1);
    expect(tuned.json().metrics.accuracy).toBeGreaterThan(0.7);
    expect(tuned.json().baseline.accuracy).toBeLessThan(0.6);
    const splits = JSON.parse(readFileSync(at('f', 'splits.json'), 'utf8'));
    expect(splits.labelled).toHaveLength(30);
    expect(splits.test.filter((row: number) => splits.labelled.includes(row))).toEqual([]);
    const seen = await run('evaluate', modelOf('f'), '--data', penguins, '--out', at('e'), '--json');
    expect(seen.json()).toMatchObject({ leftOut: 213 }); // 206 of the encoder, 7 labelled ones that are not of these
    expect(seen.json().rows).toBe(344 - 213);
    const predicted = await run('predict', modelOf('f'), '--data', penguins);
    const lines = predicted.out.split('\n');
    expect(lines[0]).toBe('row,prediction,p(Adelie),p(Chinstrap),p(Gentoo)');
    expect(lines).toHaveLength(345);
    expect(lines[1]).toMatch(/^1,Adelie,/);
    for (const file of ['config.json', 'environment.json', 'events.jsonl', 'splits.json', 'report.html']) {
      expect(readFileSync(at('f', file), 'utf8').length, file).toBeGreaterThan(10);
    }
    expect(readFileSync(at('f', 'report.html'), 'utf8')).toMatch(
      /Which classes are taken for which[\s\S]*A map of the rows/,
    );
  });

  it('score a file that grew without the rows that were learned from', async () => {
    const text = readFileSync(penguins, 'utf8').trimEnd();
    const extra = 'Adelie,Dream,39.01,18.01,181,3751,male,2007';
    writeFileSync(at('grown.csv'), `${text}\n${extra}\n`);
    const grown = await run('evaluate', modelOf('f'), '--data', at('grown.csv'), '--out', at('eg'), '--json');
    expect(grown.json(), grown.notes).toMatchObject({ leftOut: 213, rows: 345 - 213 });
    const all = await run(
      ...['evaluate', modelOf('f'), '--data', at('grown.csv'), '--all'],
      ...['--out', at('ea'), '--json'],
    );
    expect(all.json()).toMatchObject({ leftOut: 0, rows: 345 });
  });

  it('give the same bytes for the same seed, and from the config that a run left', async () => {
    await run('pretrain', '--config', at('p', 'config.json'), '--out', at('again'), '--json');
    expect(readFileSync(encoderOf('again')).equals(readFileSync(encoderOf('p')))).toBe(true);
  });

  it('are guided by scouts: what no scout moved stays as it was, and the report shows each layer', async () => {
    writeFileSync(at('scouts.mjs'), movesFirstLayer);
    const scouting = ['--module', at('scouts.mjs'), '--base', encoderOf('p'), '--store', at('g', 'scouts')];
    const scouted = await run('scout', ...scouting, '--workers', '1', '--out', at('g'), '--json');
    expect(scouted.exitCode, scouted.notes).toBe(0);
    const guided = ['--from', at('g', 'base.safetensors'), '--guides', at('g', 'guides.safetensors')];
    const data = ['--labels', '30', '--tune', 'full', 'steps=40', 'learningRate=1e-3'];
    const tuned = await finetune('gf', ...data, ...guided);
    expect(tuned.json(), tuned.notes).toMatchObject({ guided: true, pretrained: true });
    expect(tuned.notes).toContain('guides of 4 scouts (variance) scale the updates of');
    const [start, end] = await Promise.all([
      weightsOf(at('g', 'base.safetensors')),
      weightsOf(modelOf('gf')),
    ]);
    expect(end.get('encoder.fc2.weight')?.data).toEqual(start.get('fc2.weight')?.data);
    expect(end.get('encoder.fc1.weight')?.data).not.toEqual(start.get('fc1.weight')?.data);
    const page = readFileSync(at('gf', 'report.html'), 'utf8');
    expect(page).toMatch(
      /Guide values per layer[\s\S]*fc1\.weight[\s\S]*Histogram of the guides of fc2\.weight/,
    );
    const other = await finetune('go', ...data, '--from', encoderOf('again'), ...guided.slice(2));
    expect(other.exitCode, other.notes).toBe(0); // the base before it was moved is accepted, and said
    expect(other.notes).toContain('start from base.safetensors beside them');
    const alone = await finetune('gl', ...data, ...guided.slice(2));
    expect([alone.exitCode, alone.json().error.message]).toEqual([
      2,
      'finetune: --guides needs --from: the base.safetensors that warmstart scout wrote beside them.',
    ]);
  });

  it('predict a number, in its unit, to a file', async () => {
    const args = ['--data', penguins, '--label', 'body_mass_g', '--out', at('n'), '--tune', 'linear'];
    const tuned = await run('finetune', ...args, '--backend', 'wasm', '--json');
    expect(tuned.json().metrics.rSquared, tuned.notes).toBeGreaterThan(0.6);
    expect(tuned.json().baseline.rSquared).toBeLessThan(0.1);
    expect(readFileSync(at('n', 'report.html'), 'utf8')).toContain('coloured by its true body_mass_g');
    const out = at('n', 'predictions.jsonl');
    expect((await run('predict', modelOf('n'), '--data', penguins, '--out', out)).exitCode).toBe(0);
    const [first] = readFileSync(out, 'utf8').split('\n');
    expect(JSON.parse(first as string).prediction).toBeGreaterThan(2500);
  });

  it('learn from a count matrix with a table of its cells', async () => {
    const pretrained = await run(
      'pretrain',
      '--data',
      bloodCells,
      '--out',
      at('b'),
      ...small,
      'steps=100',
      'genes=100',
      'hidden=[64,32]',
    );
    expect(pretrained.json(), pretrained.notes).toMatchObject({ kind: 'counts', rows: 53, columns: 100 });
    const tuned = await run(
      'finetune',
      '--data',
      bloodCells,
      '--from',
      encoderOf('b'),
      '--out',
      at('bf'),
      ...['--tune', 'head', '--backend', 'wasm', '--json'],
    );
    expect(tuned.json().classes, tuned.notes).toHaveLength(4);
    expect(tuned.json().metrics.accuracy).toBeGreaterThan(0.5);
  });

  it('learn from texts', async () => {
    const rows = Array.from({ length: 60 }, (_, row) => {
      const [word, label] = row % 2 === 0 ? ['good fine lovely', 'yes'] : ['bad poor dull', 'no'];
      return `"the film number ${row} was ${word} to see",${label}`;
    });
    writeFileSync(at('reviews.csv'), `review,liked\n${rows.join('\n')}\n`);
    const data = [
      '--data',
      at('reviews.csv'),
      '--label',
      'liked',
      'textLength=12',
      '--backend',
      'wasm',
      '--json',
    ];
    const pretrained = await run('pretrain', ...data, '--out', at('t'), 'steps=4', 'batchSize=8');
    expect(pretrained.json(), pretrained.notes).toMatchObject({ kind: 'texts', columns: 12 });
    const tuned = await run(
      'finetune',
      ...data,
      '--from',
      encoderOf('t'),
      '--out',
      at('tf'),
      '--tune',
      'head',
    );
    expect(tuned.exitCode, tuned.notes).toBe(0);
    expect(tuned.json().metrics.accuracy).toBe(1);
  });

  it('learn from an image folder', async () => {
    await writeDigits(at('images'), [0, 1], 24);
    const images = ['--data', at('images'), 'imageSize=14', '--out', at('i'), '--tune', 'linear'];
    const tuned = await run('finetune', ...images, '--backend', 'wasm', '--json');
    expect(tuned.json(), tuned.notes).toMatchObject({ classes: ['0', '1'] });
    expect(tuned.json().metrics.accuracy).toBeGreaterThan(0.65);
    const predicted = await run('predict', modelOf('i'), '--data', at('images', '1'));
    expect(predicted.out.split('\n')[1]).toMatch(/^1,(.*,)?1,/);
  });

  it('export a model with a README that says what it is', async () => {
    const exported = await run('export', modelOf('f'), at('exported'), '--json');
    const onnx = await run('export', modelOf('f'), at('alone'), '--format', 'onnx', '--json');
    expect(onnx.json().files).toContain('model.safetensors'); // which the programs read
    expect(exported.json().files).toEqual([
      'model.safetensors',
      'model.pt',
      'tfjs/model.json',
      'model.onnx',
      'predict.py',
      'predict.ts',
      'preparation.json',
      'README.md',
    ]);
    const readme = readFileSync(at('exported', 'README.md'), 'utf8');
    expect(readme).toContain('Predicts `species`: `Adelie`, `Chinstrap`, `Gentoo` (in this order).');
    expect(readme).toMatch(/Probabilities are softmax\(z \/ [\d.]+\)/);
    expect(readme).toContain('self.head = nn.Linear(8, 3)');
    expect(readme).toContain('- `python predict.py new-rows.csv` predicts');
    expect(readme).toContain('- `npx tsx predict.ts new-rows.csv` predicts');
    const equal = await run('diff', modelOf('f'), at('exported', 'model.pt'), '--json');
    expect(equal.json().equal).toBe(true);
  });

  it('say what was run, and compare runs on one page', async () => {
    const listed = await run('runs', folder, '--json');
    const states = listed.out.split('\n').map((line) => JSON.parse(line));
    expect(states).toContainEqual(
      expect.objectContaining({ folder: at('p'), command: 'pretrain', state: 'finished' }),
    );
    const page = at('compared.html');
    expect((await run('report', at('p'), at('again'), '--out', page)).out).toContain('skill');
    expect(readFileSync(page, 'utf8')).toContain('2 runs compared');
  });
});

describe('--resume', { timeout: 240_000 }, () => {
  it('goes on to the same bytes after Ctrl-C, and says how', async () => {
    const controller = new AbortController();
    const recording = recordingTerminal(controller.signal);
    const stopping = {
      ...recording,
      note: (text: string) => (text.startsWith('pretrain:') ? undefined : recording.note(text)),
    };
    const args = [
      'pretrain',
      '--data',
      penguins,
      '--label',
      'species',
      '--out',
      at('s'),
      'steps=40',
      'checkpointEvery=10',
      ...small,
    ];
    const stopped = runCli(args, stopping);
    const timer = setInterval(() => {
      if (readEventsOf('s').length > 0) controller.abort(new Error('interrupted'));
    }, 1);
    expect(await stopped).toBe(1);
    clearInterval(timer);
    expect(JSON.parse(recording.outText()).error).toMatchObject({ code: 'interrupted' });
    expect(recording.outText()).toMatch(/saved at step \d+\. Resume with: warmstart pretrain --resume --out/);
    const resumed = await run('pretrain', '--resume', '--out', at('s'), '--json');
    expect(resumed.notes).toMatch(/resuming at step \d+/);
    expect(readFileSync(encoderOf('s')).equals(readFileSync(encoderOf('p')))).toBe(true);
    expect((await run('pretrain', '--resume', '--out', at('s'), '--json')).notes).toContain(
      'this run is finished',
    );
  });
});

function readEventsOf(name: string): string[] {
  try {
    return readFileSync(at(name, 'events.jsonl'), 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
