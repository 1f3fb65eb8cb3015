/** Which of two numbers is the day in `03/04/2021`. */
export type DateOrder = 'day-first' | 'month-first';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const time = String.raw`(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AP]M)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?`;
const yearFirst = new RegExp(String.raw`^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})${time}$`, 'i');
const yearLast = new RegExp(String.raw`^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})${time}$`, 'i');
const dayMonthName = new RegExp(
  String.raw`^(\d{1,2})\.?[- ]([A-Za-z]{3,9})\.?[- ,]+(\d{4}|\d{2})${time}$`,
  'i',
);
const monthNameDay = new RegExp(
  String.raw`^([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})${time}$`,
  'i',
);
const millisecondsADay = 86_400_000;

/** Days since 1970-01-01, with the time as a fraction; times without a zone count as UTC. Undefined for other words. */
export function dateOf(cell: string, order: DateOrder): number | undefined {
  if (cell.length > 40 || !/\d/.test(cell)) return undefined;
  const iso = yearFirst.exec(cell);
  if (iso !== null) return daysOf(Number(iso[1]), Number(iso[3]), Number(iso[4]), iso.slice(5));
  const local = yearLast.exec(cell);
  if (local !== null) {
    const [first, second] = [Number(local[1]), Number(local[3])];
    const [day, month] = order === 'day-first' ? [first, second] : [second, first];
    return daysOf(fullYear(local[4] as string), month, day, local.slice(5));
  }
  const named = dayMonthName.exec(cell);
  if (named !== null)
    return daysOf(
      fullYear(named[3] as string),
      monthOf(named[2] as string),
      Number(named[1]),
      named.slice(4),
    );
  const american = monthNameDay.exec(cell);
  if (american !== null)
    return daysOf(
      Number(american[3]),
      monthOf(american[1] as string),
      Number(american[2]),
      american.slice(4),
    );
  return undefined;
}

function fullYear(text: string): number {
  const year = Number(text);
  if (text.length === 4) return year;
  return year < 70 ? 2000 + year : 1900 + year;
}

function monthOf(name: string): number {
  return months.indexOf(name.slice(0, 3).toLowerCase()) + 1;
}

function daysOf(
  year: number,
  month: number,
  day: number,
  [hours = '0', minutes = '0', seconds = '0', fraction = '0', half, zone]: readonly (string | undefined)[],
): number | undefined {
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day);
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return undefined;
  let hour = Number(hours);
  if (half !== undefined) hour = (hour % 12) + (half.toUpperCase() === 'PM' ? 12 : 0);
  if (hour > 24 || Number(minutes) > 59 || Number(seconds) > 60) return undefined;
  const ofDay =
    ((hour * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(`0.${fraction}`) * 1000;
  return (midnight.getTime() + ofDay - zoneMilliseconds(zone)) / millisecondsADay;
}

function zoneMilliseconds(zone: string | undefined): number {
  const parts = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? '');
  if (parts === null) return 0;
  const minutes = Number(parts[2]) * 60 + Number(parts[3]);
  return (parts[1] === '-' ? -minutes : minutes) * 60_000;
}

/** How a column writes its dates, and whether its cells leave that open. */
export interface FoundOrder {
  readonly order: DateOrder;
  readonly isOpen: boolean;
}

/** A first number above 12 is a day, a second one too; with points between, the day is first. */
export function dateOrderOf(cells: Iterable<string>): FoundOrder {
  let isOpen = false;
  let hasPoints = false;
  for (const cell of cells) {
    const local = yearLast.exec(cell);
    if (local === null) continue;
    if (Number(local[1]) > 12) return { order: 'day-first', isOpen: false };
    if (Number(local[3]) > 12) return { order: 'month-first', isOpen: false };
    if (local[2] === '.') hasPoints = true;
    else isOpen ||= local[1] !== local[3];
  }
  return { order: hasPoints ? 'day-first' : 'month-first', isOpen: isOpen && !hasPoints };
}

/** Days of a number that counts seconds, milliseconds or microseconds since 1970, if it can be one of 1990 to 2100. */
export function daysOfUnixTime(value: number): number | undefined {
  for (const unit of [1, 1e3, 1e6]) {
    const seconds = value / unit;
    if (seconds >= 631_152_000 && seconds < 4_102_444_800) return seconds / 86_400;
  }
  return undefined;
}
