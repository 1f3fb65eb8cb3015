import { useId, useState } from 'preact/hooks';
import { Button, DropZone, Problem } from '../controls.js';
import { collecting, takePictures } from '../engine/collecting.js';
import { chooseSource, run, table } from '../engine/pretraining.js';
import type { DroppedFile } from '../files/dropped-files.js';
import type { Source } from '../method/source.js';
import { CameraCollector } from './camera-collector.js';
import { TableSummary } from './table-summary.js';

const samples = [
  { name: 'dna-splice', title: 'DNA splice sites', about: '3,186 pieces of primate DNA, 60 letters each' },
  { name: 'spambase', title: 'Spambase', about: '4,601 e-mails as 57 frequencies of words and characters' },
  {
    name: 'tissue-gene-expression',
    title: 'Gene expression',
    about: '189 tissue samples, 500 genes measured in each',
  },
  { name: 'shapes', title: 'Drawn shapes', about: '1,500 pictures of five shapes, drawn by this page' },
] as const;

/** Sample data or one's own, and what was made of it. */
export function SourcePicker({ disabled }: { disabled: boolean }) {
  const source = run.source.value;
  const name = useId();
  const choose = (chosen: Source) => {
    collecting.problem.value = undefined;
    collecting.note.value = undefined;
    void chooseSource(chosen);
  };
  return (
    <>
      <fieldset disabled={disabled} class="sources">
        <legend>Rows to learn from</legend>
        {samples.map((sample) => (
          <label key={sample.name}>
            <input
              type="radio"
              name={name}
              checked={source.kind === 'sample' && source.name === sample.name}
              onChange={() => choose({ kind: 'sample', name: sample.name })}
            />
            <span>
              <strong>{sample.title}</strong>
              {sample.about}
            </span>
          </label>
        ))}
      </fieldset>
      {!disabled && <OwnData />}
      {collecting.problem.value && <Problem>{collecting.problem.value}</Problem>}
      {table.value || run.problem.value ? null : <p class="quiet">Reading the rows…</p>}
      {table.value && <TableSummary facts={table.value} disabled={disabled} />}
    </>
  );
}

function OwnData() {
  const [hasCamera, setCamera] = useState(false);
  const source = run.source.value;
  return (
    <>
      <DropZone
        label={source.kind === 'sample' ? 'Or drop a table or pictures of your own' : source.name}
        hint="a .csv or .tsv with names in its first line, a count matrix (.mtx), packed or not; or pictures, in one folder per class if they have classes"
        multiple
        folders
        onFiles={takeDrop}
      />
      <p role="status" class="quiet">
        {collecting.status.value ?? collecting.note.value ?? ''}
      </p>
      {hasCamera ? (
        <CameraCollector />
      ) : (
        <div class="buttons">
          <Button onClick={() => setCamera(true)}>Or take pictures with the camera</Button>
        </div>
      )}
    </>
  );
}

function takeDrop(files: DroppedFile[]): void {
  const [first] = files;
  if (!first) return;
  collecting.problem.value = undefined;
  collecting.note.value = undefined;
  run.problem.value = undefined;
  const table = files.find(({ path }) => /\.(csv|tsv|txt|tab|mtx)(\.gz)?$/i.test(path));
  if (table && files.length > 1 && files.length < 10) {
    collecting.note.value = `Of ${files.length} files one is read: ${table.path}.`;
  }
  const isPicture = ({ file }: DroppedFile) => file.type.startsWith('image/');
  if (table && !files.some(isPicture)) {
    void chooseSource({
      kind: 'csv',
      file: table.file,
      name: table.file.name,
      label: undefined,
      isTurned: false,
    });
  } else if (files.length === 1 && !isPicture(first)) {
    collecting.problem.value = `${first.path} is neither a table nor a picture. Drop .csv, .tsv or .mtx, or pictures; weights of a model are opened under Checkpoints.`;
  } else {
    const pictures = files.filter(isPicture);
    void takePictures(pictures.length > 0 ? pictures : files);
  }
}
