import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { open } from '../open.js';

interface Manifest {
  torch: string;
  files: Record<string, { path: string[]; dtype: string; shape: number[]; sha256: string }[]>;
}

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const folders = readdirSync(fixtures).filter(
  (name) => name.startsWith('pytorch') && existsSync(`${fixtures}${name}/manifest.json`),
);

describe.each(folders)('open, on what %s wrote', (folder) => {
  const manifest = JSON.parse(readFileSync(`${fixtures}${folder}/manifest.json`, 'utf8')) as Manifest;
  it.each(Object.entries(manifest.files))(
    'gives every tensor of %s as PyTorch has it',
    async (name, wanted) => {
      const checkpoint = await open(`${fixtures}${folder}/${name}`);
      const { tensors } = await checkpoint.inspect({ digest: true });
      await checkpoint.close();
      expect(tensors).toEqual(wanted);
    },
  );
});
