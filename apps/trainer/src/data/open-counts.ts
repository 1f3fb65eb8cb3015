import { UsageError } from '../failure.js';
import type { DataSettings } from '../settings/project.js';
import type { KnownTable } from './open-table.js';
import type { Source } from './source.js';
export async function openCounts(path: string, _s: DataSettings, _k?: KnownTable): Promise<Source> { throw new UsageError(path); }
