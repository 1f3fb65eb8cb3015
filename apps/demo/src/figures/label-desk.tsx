import { useEffect, useId, useLayoutEffect, useState } from 'preact/hooks';
import { Button, Problem } from '../controls.js';
import {
  counts,
  giveLabel,
  labelling,
  labellingOrder,
  nameClasses,
  passOver,
  rowToLabel,
  undoLabel,
} from '../engine/labelling.js';
import { fewestByHand } from '../method/draws.js';
import { rowNoun, type Source } from '../method/source.js';
import type { TableFacts } from '../method/table.js';
import { RowView } from './row-view.js';

/** Rows shown one at a time, to be named by hand: by button, or by the keys 1 to 9. */
export function LabelDesk({ source, table }: { source: Source; table: TableFacts }) {
  const { given, skipped, classNames, warning } = labelling;
  const [order] = useState(() => labellingOrder(table.trainRows));
  const row = order.find((at) => !given.value.has(at) && !skipped.value.has(at));
  return (
    <section class="card" aria-label="Label by hand">
      <h2>
        Label by hand <small>{given.value.size} given</small>
      </h2>
      {warning.value && <Problem>{warning.value}</Problem>}
      <ClassNames />
      {classNames.value.length >= 2 &&
        (row === undefined ? (
          <p>All {rowNoun(source).many} have been shown.</p>
        ) : (
          <OneRow source={source} table={table} row={row} />
        ))}
      <Counts />
    </section>
  );
}

function ClassNames() {
  const id = useId();
  const [text, setText] = useState(labelling.classNames.value.join(', '));
  return (
    <form
      class="class-names"
      onSubmit={(event) => {
        event.preventDefault();
        nameClasses(namesIn(text));
      }}
    >
      <label for={id}>Names of the classes, separated by commas</label>
      <div class="inline">
        <input
          id={id}
          class="text"
          value={text}
          placeholder="for example: cat, dog, neither"
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="button" disabled={namesIn(text).length < 2}>
          Use these
        </button>
      </div>
    </form>
  );
}

function namesIn(text: string): string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  return [...new Set(names)].slice(0, 9);
}

function OneRow({ source, table, row }: { source: Source; table: TableFacts; row: number }) {
  const [shown, setShown] = useState<{ row: number; values: Float32Array } | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  useEffect(() => {
    let isCurrent = true;
    rowToLabel(source, row).then(
      (values) => isCurrent && setShown({ row, values }),
      (error: Error) => isCurrent && setProblem(error.message),
    );
    return () => {
      isCurrent = false;
    };
  }, [source, row]);
  const names = labelling.classNames.value;
  // a label is for the row that is on the screen, however fast keys are pressed
  const give = (label: number) => {
    if (shown?.row === row && !labelling.given.peek().has(row)) giveLabel(row, label);
  };
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const label = Number(event.key) - 1;
      if (label >= 0 && label < names.length) give(label);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [row, names, shown]);
  if (problem) return <Problem>{problem}</Problem>;
  return (
    <div class="desk" data-ready={shown?.row === row}>
      <div class="desk-row">
        {shown ? <RowView values={shown.values} table={table} /> : <p class="quiet">…</p>}
      </div>
      <fieldset class="desk-side">
        <legend>What is it? Keys 1 to {names.length} do the same.</legend>
        <div class="buttons">
          {names.map((name, label) => (
            <Button key={name} onClick={() => give(label)}>
              <kbd>{label + 1}</kbd> {name}
            </Button>
          ))}
        </div>
        <div class="buttons">
          <Button onClick={() => passOver(row)}>Pass over</Button>
          <Button disabled={labelling.given.value.size === 0} onClick={undoLabel}>
            Take the last back
          </Button>
        </div>
      </fieldset>
    </div>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function Counts() {
  const names = labelling.classNames.value;
  if (names.length < 2)
    return <p class="quiet">Name at least two classes to begin. Labels are kept on this device.</p>;
  const lacking = counts.value.some((count) => count < fewestByHand);
  return (
    <p role="status" class="quiet">
      {names.map((name, label) => `${name}: ${counts.value[label]}`).join(' · ')}.{' '}
      {lacking
        ? `Each class needs at least ${fewestByHand}: half to learn from, a quarter to choose by, a quarter to test with.`
        : 'Enough to race; more make the answer surer.'}
    </p>
  );
}
