import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { CheckpointError } from './errors.js';
import { type OpenOptions, open } from './open.js';

const folder = fileURLToPath(new URL('../fixtures/kinds/', import.meta.url));

async function refusal(source: string | Uint8Array, options: OpenOptions = {}): Promise<CheckpointError> {
  const opened = await open(source, options).catch((error: CheckpointError) => error);
  if (opened instanceof Error) return opened;
  await opened.close();
  throw new Error('it was opened');
}

describe('a file with NumPy values', () => {
  it.each(['numpy.pt', 'numpy_protocol5.pt', 'numpy_legacy.pt'])(
    'gives arrays as tensors and scalars as values: %s',
    async (name) => {
      const checkpoint = await open(folder + name);
      const { tensors, metadata } = await checkpoint.inspect({ digest: true });
      await checkpoint.close();
      const wanted = JSON.parse(readFileSync(`${folder}numpy.json`, 'utf8')) as Record<string, object>;
      const arrays = tensors.filter(({ path }) => path[0] === 'arrays');
      expect(Object.fromEntries(arrays.map(({ path, ...rest }) => [path.join('.'), rest]))).toEqual(wanted);
      expect(metadata.values).toEqual({ f8: 0.5, i8: '-7', b1: true, f4: 0.25 });
      expect(metadata.words).toBe('<numpy array>');
      expect(tensors.map(({ path }) => path.join('.'))).toEqual(
        expect.arrayContaining(['model.weight', 'model.bias', 'rng.1']),
      );
    },
  );
});

describe('advice', () => {
  it.each([
    ['whole.pt', 'The file holds a whole model with its code. In Python'],
    [
      'ultralytics.pt',
      "It is a whole model of Ultralytics. Where ultralytics is installed: torch.save(torch.load(file, weights_only=False)['model'].float().state_dict()",
    ],
    ['dtensor.pt', 'get_model_state_dict(model, options=StateDictOptions(full_state_dict=True))'],
    ['nested.pt', 'tensor.to_padded_tensor(0.0)'],
    ['namespace.pth', "leave such objects out with { onUnknown: 'skip' }"],
    ['lightning.ckpt', "open(file, { onUnknown: 'skip' }), then stateDict({ at: 'state_dict' })"],
    ['script.pt', 'torch.save(torch.jit.load(file).state_dict(), ...)'],
    [
      'distributed/__0_0.distcp',
      'python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER weights.pt',
    ],
    ['detectron2.pkl', "pickle.load(open('in.pkl', 'rb'), encoding='latin1')"],
  ])('is by what kind of file %s is', async (name, hint) => {
    expect((await refusal(folder + name)).message).toContain(hint);
  });

  it('names flags for people at a command line', async () => {
    expect((await refusal(`${folder}namespace.pth`)).command).toContain('--skip-unknown');
    expect((await refusal(`${folder}lightning.ckpt`)).command).toContain('--skip-unknown --at state_dict');
  });

  it('is the same where objects are skipped, and nothing or not all is left', async () => {
    const onUnknown = 'skip';
    expect((await refusal(`${folder}whole.pt`, { onUnknown })).message).toContain(
      'a whole model with its code',
    );
    expect((await refusal(`${folder}dtensor.pt`, { onUnknown })).message).toContain('StateDictOptions');
    const lightning = await open(`${folder}lightning.ckpt`, { onUnknown });
    expect(lightning.keys()).toEqual(['state_dict.weight', 'state_dict.bias']);
    await lightning.close();
  });

  it.each([
    ['Entry not found', 'check its name, folder and revision'],
    [
      'Access to model x/y is restricted. You must be authenticated to access it.',
      "headers: { Authorization: 'Bearer",
    ],
    ['Invalid credentials in Authorization header', "headers: { Authorization: 'Bearer"],
    ['{"error":"Invalid username or password."}', "headers: { Authorization: 'Bearer"],
    ['<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', 'Its address may have expired'],
  ])('quotes a hub that answers in words: %s', async (text, hint) => {
    for (const name of ['model.pt', 'model.safetensors', 'model.bin']) {
      const error = await refusal(new TextEncoder().encode(text), { name });
      expect(error.code).toBe('unsupported-format');
      expect(error.message).toContain("is a server's answer");
      expect(error.message).toContain(hint);
    }
  });
});

describe('an index of .bin shards', () => {
  it("gives every tensor, in the index's order, as Hugging Face's package cut them", async () => {
    const checkpoint = await open(`${folder}shards/pytorch_model.bin.index.json`);
    expect(checkpoint.format).toBe('pytorch-sharded');
    const dict = await checkpoint.stateDict();
    await checkpoint.close();
    expect(Object.fromEntries([...dict].map(([key, { data }]) => [key, [...data]]))).toEqual({
      'a.weight': [0, 1, 2, 3, 4, 5],
      'b.weight': Array(8).fill(1),
      'b.bias': [0, 0],
    });
  });

  it('is refused where a shard is an index again', async () => {
    const index = new TextEncoder().encode(JSON.stringify({ weight_map: { a: 'model.json' } }));
    const error = await refusal(index, { name: 'model.json', siblings: { 'model.json': index } });
    expect(error.name).toBe('CheckpointError');
  });
});
