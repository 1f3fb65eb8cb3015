// One scout: clipped descent on the squared outputs of a two-layer table encoder, on the host, in float32.

export default async function train({ base, subproblem: { rows, steps, phase } }) {
  const [first, bias1, second, bias2] = [...base.values()].map(({ data }) => data);
  const [hidden, inputs] = base.get('layer0.weight').shape;
  const [outputs] = base.get('layer1.weight').shape;
  const table = Float32Array.from({ length: rows * inputs }, (_, i) => Math.sin(i * 0.7 + phase));
  for (let step = 0; step < steps; step++) {
    for (let row = 0; row < rows; row++) {
      const x = table.subarray(row * inputs, (row + 1) * inputs);
      const h = Float32Array.from({ length: hidden }, (_, j) =>
        Math.max(0, dot(first, j * inputs, x) + bias1[j]),
      );
      const y = Float32Array.from({ length: outputs }, (_, j) => dot(second, j * hidden, h) + bias2[j]);
      const back = new Float32Array(hidden);
      for (let j = 0; j < outputs; j++) {
        const delta = (1e-3 * (y[j] - Math.cos(j + phase))) / rows;
        for (let i = 0; i < hidden; i++) {
          back[i] += delta * second[j * hidden + i];
          second[j * hidden + i] -= delta * h[i];
        }
        bias2[j] -= delta;
      }
      for (let j = 0; j < hidden; j++) {
        if (h[j] === 0) continue;
        for (let i = 0; i < inputs; i++) first[j * inputs + i] -= back[j] * x[i];
        bias1[j] -= back[j];
      }
    }
  }
  return base;
}

function dot(weights, from, values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += weights[from + i] * values[i];
  return sum;
}
