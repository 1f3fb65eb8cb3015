import type { TableFacts } from '../method/table.js';
import { PixelPicture, pixelsOf } from './pixel-picture.js';

const letters = 'ACGT';
const most = 12;

/** One row, as a person would look at it. @param values - [width], standardised */
export function RowView({ values, table }: { values: Float32Array; table: TableFacts }) {
  if (table.look === 'picture' && table.columnScale) {
    return <PixelPicture big rgb={pixelsOf(values, table.columnScale)} label="The picture to label" />;
  }
  if (table.look === 'letters') return <Letters values={values} />;
  return <Numbers values={values} table={table} />;
}

function Letters({ values }: { values: Float32Array }) {
  const text = Array.from({ length: values.length / 4 }, (_, at) => {
    const one = values.subarray(4 * at, 4 * at + 4).indexOf(1);
    return letters[one] ?? '?';
  }).join('');
  const middle = text.length / 2;
  return (
    <p class="letters">
      {text.slice(0, middle)}
      <span class="cut" aria-hidden="true" />
      {text.slice(middle)}
    </p>
  );
}

/** The columns that are furthest from average in this row. */
function Numbers({ values, table }: { values: Float32Array; table: TableFacts }) {
  const { featureNames, columnScale } = table;
  const columns = Array.from(values, (value, column) => ({ column, value }))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, most);
  return (
    <table>
      <caption>
        {columns.length < values.length ? `The ${columns.length} values furthest from average` : 'The values'}
      </caption>
      <thead>
        <tr>
          <th scope="col">column</th>
          <th scope="col" class="number">
            value
          </th>
          <th scope="col" class="number">
            deviations from average
          </th>
        </tr>
      </thead>
      <tbody>
        {columns.map(({ column, value }) => (
          <tr key={column}>
            <td class="mono">{featureNames[column] ?? `column ${column + 1}`}</td>
            <td class="number">
              {columnScale &&
                short(value * (columnScale.spread[column] as number) + (columnScale.mean[column] as number))}
            </td>
            <td class="number">{value.toFixed(1)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
