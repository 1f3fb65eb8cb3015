import { modelKeys } from '@warmstart/models';
import { describe, expect, it } from 'vitest';
import { groupFiles } from './file-groups.js';
import { matchZoo } from './zoo-match.js';

describe('matchZoo', () => {
  it('finds the network, also with a head that is not its own', async () => {
    const keys = modelKeys('resnet18');
    const [best] = await matchZoo([...keys, { key: 'extra.weight', dtype: 'float32', shape: [3] }]);
    expect(best).toMatchObject({
      model: 'resnet18',
      ok: false,
      matched: keys.length,
      unexpected: 1,
    });
  });

  it('says by which function the names of another library fit', async () => {
    const keys = modelKeys('bert_base').map((tensor) => ({ ...tensor, key: `bert.${tensor.key}` }));
    const [best] = await matchZoo(keys);
    expect(best).toMatchObject({ model: 'bert_base', via: 'fromHuggingFaceBert', ok: true });
  });
});

describe('groupFiles', () => {
  it('puts shards beside their index, and leaves other files alone', () => {
    const file = new Blob([]);
    const paths = ['m/model.safetensors.index.json', 'm/a.safetensors', 'b.pt'];
    const groups = groupFiles(paths.map((path) => ({ file, path })));
    expect(groups.map(({ name, siblings }) => [name, Object.keys(siblings ?? {})])).toEqual([
      ['m/model.safetensors.index.json', ['a.safetensors']],
      ['b.pt', []],
    ]);
  });
});
