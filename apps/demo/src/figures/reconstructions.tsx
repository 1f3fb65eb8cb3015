import { signal } from '@preact/signals';
import { Button } from '../controls.js';
import type { Examples } from '../method/pretrain.js';
import type { TableFacts } from '../method/table.js';
import { RebuiltPictures } from './rebuilt-pictures.js';

const row = signal(0);
const letters = 'ACGT';

/** Hidden values of a row that is not trained on, as they are and as the model rebuilds them. */
export function Reconstructions({ examples, table }: { examples: Examples; table: TableFacts }) {
  const count = examples.truth.length / examples.width;
  const at = row.value % count;
  const isDna = table.look === 'letters';
  if (table.look === 'picture') return <RebuiltPictures examples={examples} table={table} />;
  return (
    <>
      <h2>
        Rebuilt values{' '}
        <small>
          row {at + 1} of {count}, none of them trained on
        </small>
      </h2>
      {isDna ? (
        <Letters examples={examples} row={at} />
      ) : (
        <Values examples={examples} table={table} row={at} />
      )}
      <Button
        onClick={() => {
          row.value = at + 1;
        }}
      >
        Another row
      </Button>
    </>
  );
}

/** The hidden columns of a row that lie furthest from their mean. */
function Values({ examples, table, row: at }: { examples: Examples; table: TableFacts; row: number }) {
  const { width, truth, rebuilt, hidden } = examples;
  const columns = Array.from({ length: width }, (_, column) => at * width + column)
    .filter((index) => hidden[index] === 1)
    .sort((a, b) => Math.abs(truth[b] as number) - Math.abs(truth[a] as number))
    .slice(0, 10);
  const reach = Math.max(
    1.5,
    ...columns.flatMap((i) => [Math.abs(truth[i] as number), Math.abs(rebuilt[i] as number)]),
  );
  const across = (value: number) => 150 + (140 * value) / reach;
  return (
    <table class="rebuilt-table">
      <caption>
        The {columns.length} hidden values furthest from average, in standard deviations. Circle: the truth.
        Diamond: rebuilt. Line: the mean.
      </caption>
      <thead class="sr">
        <tr>
          <th scope="col">column</th>
          <th scope="col">picture</th>
          <th scope="col">truth</th>
          <th scope="col">rebuilt</th>
        </tr>
      </thead>
      <tbody>
        {columns.map((index) => {
          const [value, guess] = [truth[index] as number, rebuilt[index] as number];
          return (
            <tr key={index}>
              <th scope="row" class="mono">
                {(table.featureNames[index % width] ?? `column ${(index % width) + 1}`).replace(
                  /^(word|char)_freq_/,
                  '',
                )}
              </th>
              <td class="picture">
                <svg viewBox="0 0 300 22" aria-hidden="true">
                  <line class="mean" x1="150" x2="150" y1="0" y2="22" />
                  <line class="miss" x1={across(value)} x2={across(guess)} y1="11" y2="11" />
                  <circle class="point" cx={across(value)} cy="11" r="6" />
                  <path class="rebuilt" d={`M${across(guess)} 3l8 8l-8 8l-8 -8z`} />
                </svg>
              </td>
              <td class="number">{value.toFixed(1)}</td>
              <td class="number">{guess.toFixed(1)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** A piece of DNA: seen letters, and under hidden ones the model's guess with its probability. */
function Letters({ examples, row: at }: { examples: Examples; row: number }) {
  const { width, truth, rebuilt, hidden } = examples;
  const positions = Array.from({ length: width / 4 }, (_, position) => {
    const start = at * width + 4 * position;
    const one = truth.subarray(start, start + 4).indexOf(1);
    const shares = rebuilt.subarray(start, start + 4);
    const best = shares.indexOf(Math.max(...shares));
    return {
      isHidden: hidden[start] === 1,
      letter: letters[one] ?? '?',
      guess: letters[best] ?? '?',
      share: shares[best] ?? 0,
    };
  });
  const asked = positions.filter(({ isHidden }) => isHidden);
  const right = asked.filter(({ letter, guess }) => letter === guess).length;
  return (
    <>
      <div
        class="dna"
        role="img"
        aria-label={`${asked.length} of ${positions.length} letters hidden, ${right} guessed right`}
      >
        {positions.map(({ isHidden, letter, guess, share }, position) => (
          <span key={position} class={isHidden ? (guess === letter ? 'base right' : 'base wrong') : 'base'}>
            <b>{letter}</b>
            <i>{isHidden ? guess : ''}</i>
            <em>{isHidden ? Math.round(100 * share) : ''}</em>
          </span>
        ))}
      </div>
      <p class="quiet small">
        Boxed letters were hidden. Below each: the most likely letter and its probability in percent; struck
        through where it is wrong. {right} of {asked.length} right here.
      </p>
    </>
  );
}
