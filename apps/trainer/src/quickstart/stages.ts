import type { ProgressLine } from '../terminal/progress.js';

/** Parts of one run, with the share of its computing that each takes, as measured on two cores. */
const shares = { 'pre-training': 0.3, scouting: 0.1, 'fine-tuning': 0.25, 'choosing by labels': 0.35 };

export type Stage = keyof typeof shares;

/** Turns progress within stages into progress of the whole. */
export function stagedProgress(line: ProgressLine): (stage: Stage, share: number, doing?: string) => void {
  return (stage, share, doing) => {
    const names = Object.keys(shares) as Stage[];
    const before = names.slice(0, names.indexOf(stage)).reduce((sum, name) => sum + shares[name], 0);
    line.update(before + shares[stage] * share, doing === undefined ? stage : `${stage}, ${doing}`);
  };
}
