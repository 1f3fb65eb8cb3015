/** Which classes are taken for which: rows are true classes, columns predicted ones, in percent of a row. */
export function ConfusionMatrix({
  counts,
  classNames,
  title,
}: {
  counts: number[][];
  classNames: readonly string[];
  title: string;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div class="scroll" tabIndex={0}>
      <table class="confusion">
        <caption class="sr">{title}</caption>
        <thead>
          <tr>
            <th scope="col">true ↓ taken for →</th>
            {classNames.map((name) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {counts.map((row, label) => {
            const total = row.reduce((sum, count) => sum + count, 0) || 1;
            return (
              <tr key={classNames[label]}>
                <th scope="row">{classNames[label]}</th>
                {row.map((count, predicted) => (
                  <td
                    key={classNames[predicted]}
                    class={predicted === label ? 'number hit' : 'number'}
                    style={{ '--share': `${Math.round((36 * count) / total)}%` }}
                  >
                    {((100 * count) / total).toFixed(1)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
