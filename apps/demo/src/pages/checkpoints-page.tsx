import { computed, signal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { Button, DropZone, Problem } from '../controls.js';
import { ComparisonTable } from '../figures/comparison-table.js';
import { KeyBranch } from '../figures/key-branch.js';
import { ZooVerdict } from '../figures/zoo-verdict.js';
import {
  busy,
  closeFiles,
  comparison,
  convert,
  failure,
  openFiles,
  slots,
  surplus,
} from '../files/file-desk.js';
import { groupFiles } from '../files/file-groups.js';
import type { OpenedFile, Slot } from '../files/files-worker.js';
import { hostileSample } from '../files/hostile-sample.js';
import { filterTensors, keyTree } from '../files/key-tree.js';
import { ownCheckpoints } from '../files/own-checkpoints.js';

const filter = signal('');

export function CheckpointsPage() {
  const hasFile = slots.a.value !== undefined;
  return (
    <>
      <section class="lead">
        <h1>What is in that checkpoint?</h1>
        <p>
          Drop the weights of a model: PyTorch (.pt, .pth, also from before 1.6), safetensors, NumPy (.npz,
          .npy), HDF5 or Keras, or TensorFlow.js. They are read as data, here in the page: nothing in them is
          run, nothing is uploaded, and only the tensors you look at are read, however large the file.
        </p>
      </section>
      <DropZone
        label={hasFile ? 'Drop another to compare with' : 'Drop a checkpoint, or two to compare'}
        hint="one that is in pieces, shards or a TensorFlow.js folder, with all its files"
        multiple
        folders
        onFiles={(files) => void openFiles(groupFiles(files))}
      />
      <div class="buttons">
        <Button onClick={() => void openOwn()}>Open the encoder you trained here</Button>
        <Button onClick={() => void openFiles([{ blob: new Blob([hostileSample()]), name: 'hostile.pt' }])}>
          Try a hostile file
        </Button>
        {hasFile && <Button onClick={() => void closeFiles()}>Close</Button>}
      </div>
      <p role="status" class="quiet">
        {busy.value ?? noOwn.value ?? surplus.value ?? ''}
      </p>
      {failure.value && (
        <Problem>
          <strong>{failure.value.file} was refused</strong>
          {failure.value.code && (
            <>
              {' '}
              (<code>{failure.value.code}</code>)
            </>
          )}
          <br />
          {failure.value.message}
        </Problem>
      )}
      {comparison.value && <ComparisonTable comparison={comparison.value} a={nameIn('a')} b={nameIn('b')} />}
      <div class={slots.b.value ? 'two' : ''}>
        {slots.a.value && <FileCard slot="a" file={slots.a.value} />}
        {slots.b.value && <FileCard slot="b" file={slots.b.value} />}
      </div>
    </>
  );
}

const noOwn = signal<string | undefined>(undefined);

async function openOwn(): Promise<void> {
  const own = await ownCheckpoints();
  noOwn.value = own ? undefined : 'No encoder has been trained on this device yet: see Pre-train.';
  if (own) await openFiles([own]);
}

function nameIn(slot: Slot): string {
  return slots[slot].value?.name ?? '';
}

const shown = {
  a: computed(() => filterTensors(slots.a.value?.tensors ?? [], filter.value)),
  b: computed(() => filterTensors(slots.b.value?.tensors ?? [], filter.value)),
};

function FileCard({ slot, file }: { slot: Slot; file: OpenedFile }) {
  const id = useId();
  const tensors = shown[slot].value;
  const values = keyTree(file.tensors).valueCount;
  return (
    <article class="card file" aria-label={file.name}>
      <h2 class="file-name">{file.name}</h2>
      <dl class="facts">
        <Fact name="format" value={file.format} />
        <Fact name="tensors" value={file.tensors.length.toLocaleString('en')} />
        <Fact name="values" value={values.toLocaleString('en')} />
        <Fact name="size" value={sizeText(file.sizeBytes)} />
      </dl>
      <div class="buttons">
        <Button onClick={() => void convert(slot, 'safetensors')}>Download as .safetensors</Button>
        <Button onClick={() => void convert(slot, 'pytorch')}>Download as .pt</Button>
        <Button onClick={() => void convert(slot, 'npz')}>Download as .npz</Button>
      </div>
      <ZooVerdict slot={slot} file={file} />
      <label for={id}>Filter names (text, or a glob such as encoder.*.weight)</label>
      <input
        id={id}
        class="text"
        type="search"
        value={filter.value}
        onInput={(event) => {
          filter.value = event.currentTarget.value;
        }}
      />
      <p class="quiet" role="status">
        {tensors.length === file.tensors.length ? '' : `${tensors.length} of ${file.tensors.length} tensors`}
      </p>
      <div class="tree">
        <KeyBranch slot={slot} branch={keyTree(tensors)} prefix="" isOpen={tensors.length <= 60} />
      </div>
      {file.metadata !== '{}' && (
        <details>
          <summary>Metadata</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <pre tabIndex={0}>{file.metadata}</pre>
        </details>
      )}
    </article>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  const power = Math.min(3, bytes > 0 ? Math.floor(Math.log10(bytes) / 3) : 0);
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
