export { QueueError, type QueueErrorCode } from './queue-error.js';
export { type ScoutQueueOptions, scoutQueue } from './scout-queue.js';
export { type ScoutWorkerOptions, scoutWorker, type WorkerEvent } from './scout-worker.js';
