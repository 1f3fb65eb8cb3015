import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { save } from '@warmstart/core-checkpoint';
import { modelKeys } from '@warmstart/models';
import type { NamedTensor } from '@warmstart/shapes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.js';
import { recordingTerminal } from '../terminal/recording-terminal.js';

let folder: string;
const at = (name: string) => join(folder, name);
const tensor = (...values: number[]): NamedTensor => ({
  dtype: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'commands-'));
  await save(
    at('a.pt'),
    new Map([
      ['net.w', tensor(1, 2)],
      ['net.b', tensor(3)],
    ]),
  );
  await save(
    at('b.safetensors'),
    new Map([
      ['net.w', tensor(1, 2.5)],
      ['other', tensor(3)],
    ]),
    { metadata: { step: '7' } },
  );
  writeFileSync(at('page.pt'), '<!DOCTYPE html><title>Sign in</title>');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]) {
  const terminal = recordingTerminal();
  const exitCode = await runCli(args, terminal);
  return { exitCode, out: terminal.outText(), notes: terminal.noteText() };
}

describe('inspect', () => {
  it('prints one JSON object per file, tensors with path, dtype, shape and digest', async () => {
    const { exitCode, out } = await run('inspect', at('a.pt'), at('b.safetensors'), '--json', '--digest');
    expect(exitCode).toBe(0);
    const [a, b] = out.split('\n').map((line) => JSON.parse(line));
    expect(a).toEqual({
      file: at('a.pt'),
      format: 'pytorch',
      tensors: [
        {
          path: ['net.w'],
          dtype: 'float32',
          shape: [2],
          // sha256 of 00 00 80 3f 00 00 00 40
          sha256: 'b9c80b5adeca450753a16950c3cc655d271f7bef7a485bc83f112b72fef21d37',
        },
        { path: ['net.b'], dtype: 'float32', shape: [1], sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ],
      metadata: {},
    });
    expect(b).toMatchObject({ format: 'safetensors', metadata: { step: '7' } });
  });

  it('reports a file that is no checkpoint as JSON, and still shows the others', async () => {
    const { exitCode, out, notes } = await run('inspect', at('page.pt'), at('a.pt'), '--json');
    expect(exitCode).toBe(1);
    const [failure, shown] = out.split('\n').map((line) => JSON.parse(line));
    expect(failure.file).toBe(at('page.pt'));
    expect(failure.error).toMatchObject({ code: 'unsupported-format', file: at('page.pt') });
    expect(failure.error.message).toContain('is a web page, not a checkpoint');
    expect(shown.format).toBe('pytorch');
    expect(notes).toContain('is a web page');
  });

  it('says that a file is not there', async () => {
    const { exitCode, out } = await run('inspect', at('none.pt'), '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(out).error.code).toBe('not-found');
  });

  it('prints a table for people', async () => {
    const { out } = await run('inspect', at('a.pt'));
    expect(out).toContain('pytorch, 2 tensors, 3 elements\n  net.w  float32   [2]\n  net.b  float32   [1]');
  });
});

describe('convert', () => {
  it.each(['out.safetensors', 'out.npz', 'out.pt', 'folder'])('keeps every tensor: %s', async (name) => {
    expect(await run('convert', at('a.pt'), at(name))).toMatchObject({ exitCode: 0 });
    const { exitCode, out } = await run('diff', at('a.pt'), at(name), '--json');
    expect(JSON.parse(out)).toEqual({ equal: true, onlyInA: [], onlyInB: [], changed: [], shape: [] });
    expect(exitCode).toBe(0);
  });

  it('selects and renames', async () => {
    await run(
      'convert',
      at('a.pt'),
      at('c.npz'),
      '--include',
      'net.w',
      '--strip-prefix',
      'net.',
      '--add-prefix',
      'x.',
    );
    const { out } = await run('inspect', at('c.npz'), '--json');
    expect(JSON.parse(out).tensors).toEqual([{ path: ['x.w'], dtype: 'float32', shape: [2] }]);
  });

  it('refuses an extension it cannot write, as wrong usage', async () => {
    const { exitCode, out } = await run('convert', at('a.pt'), at('c.onnx'), '--json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(out).error.code).toBe('usage');
  });

  it('names a branch that is not there', async () => {
    const { exitCode, out } = await run('convert', at('a.pt'), at('d.pt'), '--at', 'model', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(out).error).toMatchObject({ code: 'unknown-key', file: at('a.pt') });
  });
});

describe('diff', () => {
  it('lists what differs, and ends with 1', async () => {
    const { exitCode, out } = await run('diff', at('a.pt'), at('b.safetensors'), '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toEqual({
      equal: false,
      onlyInA: ['net.b'],
      onlyInB: ['other'],
      changed: [{ key: 'net.w', maxAbs: 0.5 }],
      shape: [],
    });
  });
});

describe('convert, to shards', () => {
  it('writes an index and its shards, and refuses a shard size that can not be', async () => {
    const index = at('shards/model.safetensors.index.json');
    const { exitCode } = await run('convert', at('a.pt'), index, '--shard-bytes', '8');
    expect(exitCode).toBe(0);
    const { out } = await run('inspect', at('shards'), '--json');
    expect(JSON.parse(out)).toMatchObject({
      format: 'safetensors-sharded',
      tensors: [{ path: ['net.w'] }, { path: ['net.b'] }],
    });
    expect(await run('diff', at('a.pt'), at('shards'))).toMatchObject({ exitCode: 0 });
    const wrong = await run('convert', at('a.pt'), at('x.pt'), '--shard-bytes', '8');
    expect(wrong).toMatchObject({ exitCode: 2 });
    expect(wrong.notes).toContain('for an <out> that ends in .safetensors.index.json');
  });
});

function zerosOf(network: string, prefix = '') {
  return new Map(
    modelKeys(network).map(({ key, shape }) => {
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      return [`${prefix}${key}`, { dtype: 'float32', shape, data }] as const;
    }),
  );
}

describe('match', () => {
  it('finds prefixes, and says what it did', async () => {
    const keys = modelKeys('autoencoder').map(({ key }) => key);
    await save(at('parallel.pt'), zerosOf('autoencoder', 'state.module.'));
    const { exitCode, out } = await run('match', 'autoencoder', at('parallel.pt'), '--json');
    expect(exitCode).toBe(0);
    const notes = [`\`module.\` was taken out of ${keys.length} names`, 'the prefix `state.` was stripped'];
    expect(JSON.parse(out)).toMatchObject({ ok: true, matched: keys, missing: [], unexpected: [], notes });
    const printed = await run('match', 'autoencoder', at('parallel.pt'));
    expect(printed.out).toBe(['<All keys matched successfully>', ...notes].join('\n'));
  });

  it('leaves out a head of other classes, as fine-tuning does', async () => {
    const dict = zerosOf('resnet18', 'module._orig_mod.');
    dict.delete('module._orig_mod.fc.weight');
    dict.delete('module._orig_mod.fc.bias');
    dict.set('module._orig_mod.fc.1.weight', {
      dtype: 'float32',
      shape: [7, 512],
      data: new Float32Array(3584),
    });
    dict.set('module._orig_mod.fc.1.bias', { dtype: 'float32', shape: [7], data: new Float32Array(7) });
    await save(at('seven.safetensors'), dict);
    const { exitCode, out } = await run('match', 'resnet18', at('seven.safetensors'));
    expect(exitCode).toBe(0);
    expect(out.split('\n')[0]).toBe('120 of 122 keys matched');
    expect(out).toContain('the head `fc` was left out: the file has fc.1.weight [7,512], fc.1.bias [7]');
  });

  it('ends with 1, and names what is missing, where a file does not fit', async () => {
    const dict = zerosOf('autoencoder');
    const [first = ''] = dict.keys();
    dict.delete(first);
    await save(at('half.pt'), dict);
    const { exitCode, out } = await run('match', 'autoencoder', at('half.pt'), '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, missing: [first] });
  });

  it('takes every rule that convert takes, and refuses one that matches nothing', async () => {
    await save(at('renamed.pt'), zerosOf('autoencoder', 'net.0.'));
    const file = at('renamed.pt');
    for (const rule of [
      ['--strip-prefix', 'net.0.'],
      ['--rename', 'net.0.='],
      ['--rename', '/^net\\.\\d\\.(.*)$/=$1'],
    ]) {
      expect((await run('match', 'autoencoder', file, ...rule)).out).toContain(
        '<All keys matched successfully>',
      );
    }
    for (const command of [
      ['match', 'autoencoder', file],
      ['convert', file, at('out.pt')],
    ]) {
      const { exitCode, notes } = await run(...command, '--exclude', 'head.*');
      expect(exitCode).toBe(1);
      expect(notes).toContain('exclude "head.*" matches none of');
    }
    expect((await run('match', 'autoencoder', file, '--rename', 'net')).exitCode).toBe(2);
  });

  it('names the network that a file of another one fits', async () => {
    await save(at('other.safetensors'), zerosOf('efficientnet_b0'));
    const { out } = await run('match', 'resnet18', at('other.safetensors'), '--json');
    expect(JSON.parse(out).hints).toContain('every tensor fits another network: efficientnet_b0');
  });

  it('refuses a model it does not know, as wrong usage', async () => {
    expect(await run('match', 'alexnet', at('a.pt'))).toMatchObject({ exitCode: 2 });
  });
});
