import { useId } from 'preact/hooks';
import { DropZone } from '../controls.js';
import { chooseSource, run, table } from '../engine/pretraining.js';
import type { Source } from '../method/source.js';

const samples = [
  { name: 'dna-splice', title: 'DNA splice sites', about: '3,186 pieces of primate DNA, 60 letters each' },
  { name: 'spambase', title: 'Spambase', about: '4,601 e-mails as 57 frequencies of words and characters' },
] as const;

/** Sample data or an own table, and what was made of it. */
export function SourcePicker({ disabled }: { disabled: boolean }) {
  const source = run.source.value;
  const name = useId();
  const choose = (chosen: Source) => void chooseSource(chosen);
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
      {!disabled && (
        <DropZone
          label={source.kind === 'csv' ? source.name : 'Or drop a table of your own'}
          hint=".csv or .tsv with names in the first line; counts welcome; up to 64 MB"
          accept=".csv,.tsv,.txt,text/csv,text/tab-separated-values"
          onFiles={([file]) => file && choose({ kind: 'csv', file, name: file.name, label: undefined })}
        />
      )}
      <TableSummary disabled={disabled} />
    </>
  );
}

function TableSummary({ disabled }: { disabled: boolean }) {
  const [facts, source] = [table.value, run.source.value];
  const id = useId();
  if (!facts) return run.problem.value ? null : <p class="quiet">Reading the rows…</p>;
  const { rows, distinctRows, trainRows, width, classNames, notes, labelColumns } = facts;
  return (
    <>
      <p class="quiet">
        {rows.toLocaleString('en')} rows, {distinctRows.toLocaleString('en')} of them distinct, {width}{' '}
        columns; {trainRows.toLocaleString('en')} rows to learn from, the others to check on.{' '}
        {classNames.length > 0 && `Classes, not looked at yet: ${classNames.slice(0, 8).join(', ')}.`}{' '}
        {notes.join(' ')}
      </p>
      {source.kind === 'csv' && labelColumns.length > 0 && (
        <div class="control">
          <label for={id}>Column of the classes (for fine-tuning; hidden from pre-training)</label>
          <select
            id={id}
            disabled={disabled}
            value={source.label ?? ''}
            onChange={(event) => {
              const label = event.currentTarget.value || undefined;
              void chooseSource({ ...source, label });
            }}
          >
            <option value="">none</option>
            {labelColumns.map((column) => (
              <option key={column} value={column}>
                {column}
              </option>
            ))}
          </select>
        </div>
      )}
    </>
  );
}
