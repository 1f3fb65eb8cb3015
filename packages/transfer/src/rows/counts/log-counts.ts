/** Counts [rows × genes] scaled to `scale` a row, then log(1 + x); a missing count is none. */
export function logCounts(counts: Float32Array, genes: number, scale: number): Float32Array {
  const logs = new Float32Array(counts.length);
  for (let start = 0; start < counts.length; start += genes) {
    let total = 0;
    for (let at = start; at < start + genes; at++) total += counts[at] || 0;
    const factor = total > 0 ? scale / total : 0;
    for (let at = start; at < start + genes; at++) {
      const count = counts[at] || 0;
      if (count !== 0) logs[at] = Math.log1p(count * factor);
    }
  }
  return logs;
}
