import type { OpenedFile } from './files-worker.js';

export type Tensor = OpenedFile['tensors'][number];

/** A branch of dotted names. */
export interface Branch {
  name: string;
  tensors: Tensor[];
  branches: Branch[];
  /** everything below */
  tensorCount: number;
  valueCount: number;
}

/** The names of a checkpoint as a tree, in file order. */
export function keyTree(tensors: readonly Tensor[]): Branch {
  const root: Branch = { name: '', tensors: [], branches: [], tensorCount: 0, valueCount: 0 };
  for (const tensor of tensors) {
    const parts = tensor.key.split('.');
    let branch = root;
    count(branch, tensor);
    for (const part of parts.slice(0, -1)) {
      let next = branch.branches.find(({ name }) => name === part);
      if (!next) {
        next = { name: part, tensors: [], branches: [], tensorCount: 0, valueCount: 0 };
        branch.branches.push(next);
      }
      branch = next;
      count(branch, tensor);
    }
    branch.tensors.push(tensor);
  }
  return root;
}

function count(branch: Branch, { shape }: Tensor): void {
  branch.tensorCount++;
  branch.valueCount += shape.reduce((product, size) => product * size, 1);
}

/** Names that hold the text, or match it as a glob: `*` within a dotted part, `**` across parts. */
export function filterTensors(tensors: readonly Tensor[], text: string): Tensor[] {
  const wanted = text.trim();
  if (wanted === '') return [...tensors];
  if (!/[*?]/.test(wanted))
    return tensors.filter(({ key }) => key.toLowerCase().includes(wanted.toLowerCase()));
  const pattern = wanted
    .replace(/[\\^$+.()|[\]{}]/g, '\\$&')
    .replace(/\*\*|\*|\?/g, (glob) => (glob === '**' ? '.*' : glob === '*' ? '[^.]*' : '[^.]'));
  const glob = new RegExp(`^${pattern}$`);
  return tensors.filter(({ key }) => glob.test(key));
}
