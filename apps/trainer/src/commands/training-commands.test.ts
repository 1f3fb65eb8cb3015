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
    expect(pretrained.notes).toContain('sex: 2 classes (female, male), 11 of 344 missing');
    expect(pretrained.notes).toContain('a missing number counts as the mean of the training rows');
    const from = ['--from', encoderOf('p')];
    const tuned = await run(
      'finetune',
      '--data',
      penguins,
      '--label',
      'species',
      ...from,
      '--labels',
      '30',
      '--out',
      at('f'),
      ...small,
    );
    expect(tuned.json(), tuned.notes).toMatchObject({ labels: 30, pretrained: true, model: modelOf('f') });
    expect(tuned.notes).toContain('steps run in ONNX Runtime');
    const eager = await run(
      ...['finetune', '--data', penguins, '--label', 'species', ...from, '--labels', '30'],
      ...['--compile', 'never', '--out', at('eager'), ...small],
    );
    expect(eager.notes).not.toContain('ONNX Runtime');
    const [compiled, plain] = [await weightsOf(modelOf('f')), await weightsOf(modelOf('eager'))];
    for (const [key, { data }] of compiled) {
      const other = plain.get(key)?.data as Float32Array;
      expect(
        data.every((value, i) => Math.abs(Number(value) - (other[i] as number)) < 1e-3),
        key,
      ).toBe(true);
    }
    expect(tuned.json().validation.accuracy).toBeGreaterThan(0.8);
    const same = await run(
      ...['evaluate', modelOf('f'), '--data', penguins, '--split', 'validation'],
      ...['--out', at('e'), '--json'],
    );
    expect(same.json().accuracy).toBeCloseTo(tuned.json().validation.accuracy, 10);
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
    const data = ['--data', penguins, '--label', 'species', '--labels', '30'];
    const tuned = await run('finetune', ...data, ...guided, '--out', at('gf'), ...small);
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
    const other = await run('finetune', ...data, '--from', encoderOf('again'), ...guided.slice(2), ...small);
    expect(other.exitCode).toBe(0); // the base before it was moved is accepted, and said
    expect(other.notes).toContain('start from base.safetensors beside them');
    const alone = await run('finetune', ...data, ...guided.slice(2), '--json');
    expect([alone.exitCode, alone.json().error.message]).toEqual([
      2,
      'finetune: --guides needs --from: the base.safetensors that warmstart scout wrote beside them.',
    ]);
  });

  it('predict a number, in its unit, to a file', async () => {
    const args = ['--data', penguins, '--label', 'body_mass_g', '--out', at('n'), ...small, 'steps=150'];
    const tuned = await run('finetune', ...args);
    expect(tuned.json().validation.rSquared, tuned.notes).toBeGreaterThan(0.6);
    expect(tuned.notes).toContain('task: predict the number body_mass_g');
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
      ...small,
    );
    expect(tuned.json().classes).toHaveLength(4);
    expect(tuned.json().validation.accuracy).toBeGreaterThan(0.5);
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
    const tuned = await run('finetune', ...data, '--from', encoderOf('t'), '--out', at('tf'), 'steps=4');
    expect(tuned.json().validation.accuracy, tuned.notes).toBe(1);
  });

  it('learn from an image folder', async () => {
    await writeDigits(at('images'), [0, 1], 24);
    const images = ['--data', at('images'), 'imageSize=14', '--out', at('i'), 'steps=10', ...small];
    const tuned = await run('finetune', ...images);
    expect(tuned.json(), tuned.notes).toMatchObject({ classes: ['0', '1'] });
    expect(tuned.json().validation.accuracy).toBeGreaterThan(0.65);
    const predicted = await run('predict', modelOf('i'), '--data', at('images', '1'));
    expect(predicted.out.split('\n')[1]).toMatch(/^1,0\.png,1,/);
  });

  it('export a model with a README that says what it is', async () => {
    const exported = await run('export', modelOf('f'), at('exported'), '--json');
    expect(exported.json().files).toEqual([
      'model.safetensors',
      'model.pt',
      'tfjs/model.json',
      'model.onnx',
      'preparation.json',
      'README.md',
    ]);
    const readme = readFileSync(at('exported', 'README.md'), 'utf8');
    expect(readme).toContain('Predicts `species`: `Adelie`, `Chinstrap`, `Gentoo` (in this order).');
    expect(readme).toContain('self.head = nn.Linear(8, 3)');
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
