import { signal } from '@preact/signals';
import type { FileFormat } from '@warmstart/core-checkpoint';
import { call, type Failure, failureOf } from '../engine/worker-call.js';
import type { Comparison } from './compare.js';
import type { FileGroup } from './file-groups.js';
import type { FilesRequest, FilesResult, OpenedFile, Slot } from './files-worker.js';
import type { Distribution } from './numbers.js';
import type { ZooMatch } from './zoo-match.js';

/** What the page on checkpoints shows. */
export const slots = {
  a: signal<OpenedFile | undefined>(undefined),
  b: signal<OpenedFile | undefined>(undefined),
};
export const failure = signal<(Failure & { file: string }) | undefined>(undefined);
export const busy = signal<string | undefined>(undefined);
/** what of a drop was left out, and why */
export const surplus = signal<string | undefined>(undefined);
export const comparison = signal<Comparison | undefined>(undefined);

const extensions: Record<FileFormat, string> = { pytorch: '.pt', safetensors: '.safetensors', npz: '.npz' };
let worker: Worker | undefined;

function ask<Kind extends FilesRequest['kind']>(
  request: Extract<FilesRequest, { kind: Kind }>,
): Promise<FilesResult[Kind]> {
  worker ??= new Worker(new URL('./files-worker.ts', import.meta.url), { type: 'module', name: 'files' });
  return call(worker, request);
}

/** Opens files: one, or two to compare. A second file joins a first that is open already. */
export async function openFiles(files: readonly FileGroup[]): Promise<void> {
  const [first, second] = files;
  if (!first) return;
  surplus.value =
    files.length > 2
      ? `Two are opened at a time; ${files.length - 2} of the files were left out.`
      : undefined;
  if (second) await closeFiles();
  const slot: Slot = slots.a.value && !second ? 'b' : 'a';
  if (!(await openInto(slot, first))) return;
  if (second && !(await openInto('b', second))) return;
  if (slots.a.value && slots.b.value) await compareFiles();
}

export async function closeFiles(): Promise<void> {
  for (const slot of ['a', 'b'] as const) {
    if (slots[slot].value) await ask({ kind: 'close', slot });
    slots[slot].value = undefined;
  }
  comparison.value = undefined;
  failure.value = undefined;
}

export function distributionIn(slot: Slot, key: string): Promise<Distribution | undefined> {
  return ask({ kind: 'distribution', slot, key });
}

/** How the file fits every network of the zoo, the best fit first. */
export function matchWithZoo(slot: Slot): Promise<ZooMatch[]> {
  return ask({ kind: 'match-zoo', slot });
}

/** The file in another format, as a download. */
export async function convert(slot: Slot, format: FileFormat): Promise<void> {
  const file = slots[slot].value;
  if (!file) return;
  await during(`Converting ${file.name}…`, file.name, async () => {
    const bytes = await ask({ kind: 'convert', slot, format });
    const stem = file.name.replace(/\.[^.]*$/, '');
    download(bytes, `${stem}${extensions[format]}`);
  });
}

/** Hands bytes to the person, as a file. */
export function download(content: Uint8Array | string, name: string): void {
  const blob = new Blob([content as BlobPart]);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function openInto(slot: Slot, { blob, name, siblings }: FileGroup): Promise<boolean> {
  return during(`Opening ${name}…`, name, async () => {
    slots[slot].value = await ask({ kind: 'open', slot, file: blob, name, siblings });
  });
}

function compareFiles(): Promise<boolean> {
  return during('Comparing…', 'the two files', async () => {
    comparison.value = await ask({ kind: 'compare' });
  });
}

async function during(what: string, file: string, work: () => Promise<void>): Promise<boolean> {
  busy.value = what;
  failure.value = undefined;
  try {
    await work();
    return true;
  } catch (error) {
    failure.value = { ...failureOf(error), file };
    return false;
  } finally {
    busy.value = undefined;
  }
}
