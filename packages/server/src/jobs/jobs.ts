import { type DeletionContext, deleteDueKeys } from './deletion.ts'
import { type DomainRotationContext, DomainRotationJob } from './domain-rotation.ts'
import { deleteExpiredMaterial } from './expiry.ts'
import { rotateDueKeys } from './rotation.ts'
import type { SeenTimeGuard } from './time-guard.ts'
import { endTransitions } from './transitions.ts'

/** A periodic job of the server. */
export interface Job {
  /** What it does, for the log. */
  name: string
  run(): Promise<void>
  everyMs: number
}

const JOBS_EVERY_MS = 10_000
/** Clients wait for new replicas to be ready. */
const TRANSITIONS_EVERY_MS = 1_000

/** All jobs of a server whose time is not moved by hand. The guard counts independently of how long the others take. */
export function servingJobs(
  guard: SeenTimeGuard,
  context: Omit<DeletionContext & DomainRotationContext, 'guard'>,
): Job[] {
  const rotation = new DomainRotationJob({ ...context, guard })
  return [
    { name: 'count running time', run: () => guard.tick(), everyMs: JOBS_EVERY_MS },
    { name: 'rotate domain keys', run: () => rotation.run(), everyMs: JOBS_EVERY_MS },
    ...dueJobs({ ...context, guard }),
  ]
}

/** The jobs for due rows, in the order in which one can cause work for another. */
export function dueJobs(context: DeletionContext): Job[] {
  return [
    { name: 'end transitions', run: () => endTransitions(context), everyMs: TRANSITIONS_EVERY_MS },
    { name: 'delete keys', run: () => deleteDueKeys(context), everyMs: JOBS_EVERY_MS },
    { name: 'delete expired material', run: () => deleteExpiredMaterial(context), everyMs: JOBS_EVERY_MS },
    { name: 'rotate keys', run: () => rotateDueKeys(context), everyMs: JOBS_EVERY_MS },
  ]
}
