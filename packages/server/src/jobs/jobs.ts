import { type DeletionContext, deleteDueKeys } from './deletion.ts'
import { deleteExpiredMaterial } from './expiry.ts'
import { rotateDueKeys } from './rotation.ts'
import type { SeenTimeGuard } from './time-guard.ts'
import { endTransitions } from './transitions.ts'

/** What a server does with keys without being asked. */
export interface Job {
  run(): Promise<void>
  everyMs: number
}

const JOBS_EVERY_MS = 10_000
/** Clients wait for new replicas; there is nothing to be done meanwhile. */
const TRANSITIONS_EVERY_MS = 1_000

/** All jobs of a server whose time nobody moves. The guard counts beside the others, however long those take. */
export function servingJobs(guard: SeenTimeGuard, context: Omit<DeletionContext, 'guard'>): Job[] {
  return [{ run: () => guard.tick(), everyMs: JOBS_EVERY_MS }, ...dueJobs({ ...context, guard })]
}

/** The jobs that act on what is due, in the order in which one thing may lead to another. */
export function dueJobs(context: DeletionContext): Job[] {
  return [
    { run: () => endTransitions(context), everyMs: TRANSITIONS_EVERY_MS },
    { run: () => deleteDueKeys(context), everyMs: JOBS_EVERY_MS },
    { run: () => deleteExpiredMaterial(context), everyMs: JOBS_EVERY_MS },
    { run: () => rotateDueKeys(context), everyMs: JOBS_EVERY_MS },
  ]
}
