/** How sure a classifier is of each class. */
export function Shares({ shares, classNames }: { shares: Float32Array; classNames: readonly string[] }) {
  return (
    <dl class="shares">
      {classNames.map((name, label) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <meter min={0} max={1} value={shares[label] ?? 0} aria-label={`probability of ${name}`} />
            {(100 * (shares[label] ?? 0)).toFixed(1)} %
          </dd>
        </div>
      ))}
    </dl>
  );
}
