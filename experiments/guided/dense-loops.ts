/** Rows of a layer, [count, outputs], from those before it, [count, inputs]; the bias follows the weight. */
export function linear(
  weights: Float64Array,
  from: number,
  input: Float64Array,
  output: Float64Array,
  count: number,
  inputs: number,
  outputs: number,
): void {
  const bias = from + inputs * outputs;
  const paired = inputs & ~3;
  for (let row = 0; row < count; row++) {
    const start = row * inputs;
    for (let j = 0; j < outputs; j++) {
      const at = from + j * inputs;
      // four sums at a time: one alone would wait for each addition before the next
      let a = weights[bias + j] as number;
      let b = 0;
      let c = 0;
      let d = 0;
      for (let i = 0; i < paired; i += 4) {
        a += (weights[at + i] as number) * (input[start + i] as number);
        b += (weights[at + i + 1] as number) * (input[start + i + 1] as number);
        c += (weights[at + i + 2] as number) * (input[start + i + 2] as number);
        d += (weights[at + i + 3] as number) * (input[start + i + 3] as number);
      }
      for (let i = paired; i < inputs; i++) a += (weights[at + i] as number) * (input[start + i] as number);
      output[row * outputs + j] = a + b + (c + d);
    }
  }
}

/** Adds the gradient of a layer's weight and bias. */
export function accumulate(
  gradient: Float64Array,
  from: number,
  input: Float64Array,
  delta: Float64Array,
  count: number,
  inputs: number,
  outputs: number,
): void {
  const bias = from + inputs * outputs;
  // four rows at a time: each gradient is read and written once for all of them
  for (let row = 0; row < count; row += 4) {
    const rows = Math.min(4, count - row);
    const x0 = row * inputs;
    const x1 = (row + Math.min(1, rows - 1)) * inputs;
    const x2 = (row + Math.min(2, rows - 1)) * inputs;
    const x3 = (row + rows - 1) * inputs;
    for (let j = 0; j < outputs; j++) {
      const at = row * outputs + j;
      const d0 = delta[at] as number;
      const d1 = rows > 1 ? (delta[at + outputs] as number) : 0;
      const d2 = rows > 2 ? (delta[at + 2 * outputs] as number) : 0;
      const d3 = rows > 3 ? (delta[at + 3 * outputs] as number) : 0;
      if (d0 === 0 && d1 === 0 && d2 === 0 && d3 === 0) continue;
      (gradient[bias + j] as number) += d0 + d1 + d2 + d3;
      const w = from + j * inputs;
      for (let i = 0; i < inputs; i++) {
        (gradient[w + i] as number) +=
          d0 * (input[x0 + i] as number) +
          d1 * (input[x1 + i] as number) +
          d2 * (input[x2 + i] as number) +
          d3 * (input[x3 + i] as number);
      }
    }
  }
}

/** Through the layer and the relu before it. */
export function backward(
  weights: Float64Array,
  from: number,
  input: Float64Array,
  delta: Float64Array,
  count: number,
  inputs: number,
  outputs: number,
): Float64Array {
  const result = new Float64Array(count * inputs);
  for (let row = 0; row < count; row++) {
    const start = row * inputs;
    // only outputs that were on carry anything back; four of them at a time
    let j0 = 0;
    let j1 = 0;
    let j2 = 0;
    let found = 0;
    for (let j = 0; j <= outputs; j++) {
      const isLast = j === outputs;
      if (!isLast && delta[row * outputs + j] === 0) continue;
      if (!isLast && found < 3) {
        if (found === 0) j0 = j;
        else if (found === 1) j1 = j;
        else j2 = j;
        found++;
        continue;
      }
      const at = row * outputs;
      const d0 = found > 0 ? (delta[at + j0] as number) : 0;
      const d1 = found > 1 ? (delta[at + j1] as number) : 0;
      const d2 = found > 2 ? (delta[at + j2] as number) : 0;
      const d3 = isLast ? 0 : (delta[at + j] as number);
      const w0 = from + j0 * inputs;
      const w1 = from + j1 * inputs;
      const w2 = from + j2 * inputs;
      const w3 = from + (isLast ? 0 : j) * inputs;
      found = 0;
      for (let i = 0; i < inputs; i++) {
        (result[start + i] as number) +=
          d0 * (weights[w0 + i] as number) +
          d1 * (weights[w1 + i] as number) +
          d2 * (weights[w2 + i] as number) +
          d3 * (weights[w3 + i] as number);
      }
    }
  }
  for (let i = 0; i < result.length; i++) if ((input[i] as number) <= 0) result[i] = 0;
  return result;
}
