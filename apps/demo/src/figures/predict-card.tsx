import { useId, useState } from 'preact/hooks';
import { Button, DropZone, Problem } from '../controls.js';
import { predict, raceClasses } from '../engine/racing.js';
import type { DroppedFile } from '../files/dropped-files.js';
import { download } from '../files/file-desk.js';
import { newRowFor } from '../method/new-row.js';
import { pictureWidth } from '../method/pictures.js';
import type { PredictInput } from '../method/predict.js';
import { predictionsCsv } from '../method/predictions-csv.js';
import { readPictures } from '../method/read-pictures.js';
import { rowNoun, type Source } from '../method/source.js';
import type { Standing } from '../method/standing.js';
import type { TableFacts } from '../method/table.js';
import { Camera } from './camera.js';
import { LiveShares } from './live-shares.js';
import { Shares } from './shares.js';

interface Answer {
  /** [rows, classes] */
  shares: Float32Array;
  names: string[];
}

/** New rows, typed, dropped or seen by the camera, and what the classifier takes them for. */
export function PredictCard({
  source,
  table,
  standing,
}: {
  source: Source;
  table: TableFacts;
  standing: Standing;
}) {
  const [answer, setAnswer] = useState<Answer | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const ask = async (input: () => Promise<PredictInput>, names: (rows: number) => string[]) => {
    setProblem(undefined);
    setBusy(true);
    try {
      const shares = await predict(standing, await input());
      setAnswer({ shares, names: names(shares.length / raceClasses.value.length) });
    } catch (error) {
      setAnswer(undefined);
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="card" aria-label="Predict">
      <h2>Try it on something new</h2>
      <Typed
        source={source}
        table={table}
        onRow={(values) =>
          void ask(
            async () => ({ kind: 'values', values: values() }),
            () => ['row 1'],
          )
        }
      />
      {table.look === 'picture' && (
        <Pictures
          onPictures={(files) =>
            void ask(
              () => pixelsFrom(files),
              () => files.map(({ path }) => path),
            )
          }
        />
      )}
      {table.look === 'picture' && (
        <Camera>{(take) => <LiveShares take={take} standing={standing} />}</Camera>
      )}
      {source.kind === 'csv' && (
        <DropZone
          label="Drop a table with the same columns"
          hint="each of its rows is predicted"
          onFiles={([dropped]) =>
            dropped &&
            void ask(async () => ({ kind: 'file', file: dropped.file, name: dropped.path }), rowNumbers)
          }
        />
      )}
      <div class="buttons">
        <Button
          disabled={isBusy}
          onClick={() => void ask(async () => ({ kind: 'source' }), sourceNames(source))}
        >
          Predict all {table.rows.toLocaleString('en')} {rowNoun(source).many} of the data
        </Button>
      </div>
      <div role="status">
        {isBusy && <p class="quiet">Predicting…</p>}
        {!isBusy && answer && <AnswerView answer={answer} />}
      </div>
      {problem && <Problem>{problem}</Problem>}
    </section>
  );
}

function rowNumbers(rows: number): string[] {
  return Array.from({ length: rows }, (_, row) => `row ${row + 1}`);
}

function sourceNames(source: Source): (rows: number) => string[] {
  return source.kind === 'pictures' ? () => source.pictures.names : rowNumbers;
}

async function pixelsFrom(files: readonly DroppedFile[]): Promise<PredictInput> {
  const { pictures, skipped } = await readPictures(files, () => {});
  if (skipped.length > 0) throw new Error(`No picture could be read from ${skipped.slice(0, 3).join(', ')}.`);
  return { kind: 'pixels', pixels: pictures.pixels.subarray(0, files.length * pictureWidth) };
}

function Typed({
  source,
  table,
  onRow,
}: {
  source: Source;
  table: TableFacts;
  onRow: (values: () => Float32Array) => void;
}) {
  const entry = newRowFor(source, table);
  const [text, setText] = useState(entry?.example ?? '');
  const id = useId();
  if (!entry) return null;
  return (
    <>
      <label for={id}>
        {entry.label} <span class="quiet">({entry.hint})</span>
      </label>
      <textarea id={id} rows={3} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      <div class="buttons">
        <Button onClick={() => onRow(() => entry.read(text))}>Predict</Button>
      </div>
    </>
  );
}

function Pictures({ onPictures }: { onPictures: (files: DroppedFile[]) => void }) {
  return (
    <DropZone
      label="Drop a picture, or many"
      hint="or press Enter to choose"
      accept="image/*"
      multiple
      folders
      onFiles={onPictures}
    />
  );
}

function AnswerView({ answer }: { answer: Answer }) {
  const { shares, names } = answer;
  const classNames = raceClasses.value;
  if (names.length === 1) return <Shares shares={shares} classNames={classNames} />;
  const totals = classNames.map(() => 0);
  for (let row = 0; row < names.length; row++) {
    const own = shares.subarray(row * classNames.length, (row + 1) * classNames.length);
    const best = own.indexOf(Math.max(...own));
    totals[best] = (totals[best] ?? 0) + 1;
  }
  return (
    <>
      <p>
        {names.length.toLocaleString('en')} predicted:{' '}
        {classNames.map((name, label) => `${name} ${totals[label]?.toLocaleString('en')}`).join(', ')}.
      </p>
      <div class="buttons">
        <Button onClick={() => download(predictionsCsv(names, shares, classNames), 'predictions.csv')}>
          predictions.csv
        </Button>
      </div>
    </>
  );
}
