import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromImageFolder } from '../index.js';
import { folder } from './folder.js';

describe('folder', () => {
  let root = '';
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'folder-'));
    await mkdir(join(root, 'cat'));
    await writeFile(join(root, 'cat', '1.png'), 'a');
    await symlink(join(root, 'cat'), join(root, 'bird'));
    await symlink(root, join(root, 'cat', 'loop'));
    await symlink('/nonexistent.png', join(root, 'cat', 'lost.png'));
  });
  afterAll(() => rm(root, { recursive: true }));

  it('follows links to folders, never in circles', async () => {
    const paths: string[] = [];
    for await (const { path } of folder(root).list()) paths.push(path);
    expect(paths).toEqual(['bird/1.png', 'bird/lost.png', 'cat/1.png', 'cat/lost.png']);
  });

  it('names the link that leads to nothing when its file is read', async () => {
    const dataset = await fromImageFolder(folder(root));
    expect(dataset.schema.label.classNames).toEqual(['bird', 'cat']);
    await expect(dataset.collect()).rejects.toMatchObject({ code: 'missing', file: 'bird/lost.png' });
  });
});
