import { useId } from 'preact/hooks';
import { chooseSource, run } from '../engine/pretraining.js';
import { type FileSource, rowNoun } from '../method/source.js';
import type { TableFacts } from '../method/table.js';

/** What was found in a source and done to it, and what can be chosen about it. */
export function TableSummary({ facts, disabled }: { facts: TableFacts; disabled: boolean }) {
  const source = run.source.value;
  const { rows, distinctRows, trainRows, width, classNames, notes } = facts;
  const { many } = rowNoun(source);
  const repeated = distinctRows < rows ? `, ${distinctRows.toLocaleString('en')} of them distinct` : '';
  return (
    <>
      <p class="quiet">
        {rows.toLocaleString('en')} {many}
        {repeated}, {width.toLocaleString('en')} values each; {trainRows.toLocaleString('en')} to learn from,
        the others to check on.{' '}
        {classNames.length > 0 && `Classes, not looked at yet: ${listed(classNames)}.`} {notes.join(' ')}
      </p>
      {source.kind === 'csv' && <FileChoices source={source} facts={facts} disabled={disabled} />}
    </>
  );
}

function listed(names: readonly string[]): string {
  return names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');
}

function FileChoices({
  source,
  facts,
  disabled,
}: {
  source: FileSource;
  facts: TableFacts;
  disabled: boolean;
}) {
  const id = useId();
  return (
    <div class="controls">
      {facts.labelColumns.length > 0 && (
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
            <option value="">none: rows are labelled by hand, or not at all</option>
            {facts.labelColumns.map((column) => (
              <option key={column} value={column}>
                {column}
              </option>
            ))}
          </select>
        </div>
      )}
      {facts.canTurn && (
        <label class="check">
          <input
            type="checkbox"
            disabled={disabled}
            checked={source.isTurned ?? false}
            onChange={(event) =>
              void chooseSource({ ...source, label: undefined, isTurned: event.currentTarget.checked })
            }
          />
          Turn the table: its columns are the samples and its lines are what was measured
        </label>
      )}
    </div>
  );
}
