/**
 * How strictly normalised guides hold weights, from all but frozen to freer than free:
 *
 * - `freezing`: the top 1 in 100 → 1, the rest → 0
 * - `icy`: 2(v − ½), below ½ frozen
 * - `chilly`: v less the smallest
 * - `room`: v
 * - `warm`: ½ + v/2
 * - `evaporating`: 1 + v/4
 *
 * @see the temperature functions of guided transfer learning, by their published names
 */
export type Temperature = 'freezing' | 'icy' | 'chilly' | 'room' | 'warm' | 'evaporating';

/**
 * Guides at another temperature; pure, so that applying it twice is visible in the code that does.
 *
 * @param values - normalised guides
 * @param temperature - a name, or a function of one value giving one ≥ 0, e.g. `Math.sqrt`
 */
export function applyTemperature(
  values: Float64Array,
  temperature: Temperature | ((value: number) => number),
): Float64Array {
  if (typeof temperature === 'function') return values.map((value) => temperature(value));
  switch (temperature) {
    case 'freezing': {
      const atLeast = values.slice().sort()[Math.ceil(0.99 * values.length)] ?? Number.POSITIVE_INFINITY;
      const threshold = Math.min(
        atLeast,
        values.reduce((most, value) => Math.max(most, value), 0),
      );
      return values.map((value) => (value >= threshold && value > 0 ? 1 : 0));
    }
    case 'icy':
      return values.map((value) => Math.max(0, 2 * (value - 0.5)));
    case 'chilly': {
      const smallest = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
      return values.map((value) => value - smallest);
    }
    case 'room':
      return values.slice();
    case 'warm':
      return values.map((value) => 0.5 + value / 2);
    case 'evaporating':
      return values.map((value) => 1 + value / 4);
    default:
      throw new RangeError(
        `guides: temperature must be freezing, icy, chilly, room, warm, evaporating or a function, got ${temperature}.`,
      );
  }
}
