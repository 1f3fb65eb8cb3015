const levels = [...'▁▂▃▄▅▆▇█'];

/**
 * Numbers as a line of blocks of growing height, e.g. `█▆▄▃▂▁▁▁`.
 *
 * @param width - characters at most; more numbers than that are averaged in equal parts
 */
export function sparkline(values: readonly number[], width: number): string {
  const finite = values.filter(Number.isFinite);
  const count = Math.min(width, finite.length);
  const means = Array.from({ length: count }, (_, place) => {
    const part = finite.slice(
      Math.floor((place * finite.length) / count),
      Math.floor(((place + 1) * finite.length) / count),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const low = Math.min(...means);
  const range = Math.max(...means) - low;
  const levelOf = (mean: number) =>
    range > 0 ? Math.round(((mean - low) / range) * (levels.length - 1)) : 0;
  return means.map((mean) => levels[levelOf(mean)]).join('');
}
