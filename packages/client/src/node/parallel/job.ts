import type { KeyObject } from 'node:crypto'
import type { BodyPlan } from './plan.ts'

/** What the threads are given. File descriptors belong to the process, and keys are shared without being copied. */
export interface Job {
  readonly direction: 'seal' | 'open'
  readonly sourceFd: number
  readonly targetFd: number
  readonly key: KeyObject
  readonly suiteId: number
  readonly messageId: Uint8Array
  readonly plan: BodyPlan
  /** Whether long runs of zeros become holes. */
  readonly sparse: boolean
  /** Whether the digest of each batch is reported. */
  readonly digests: boolean
  /** The batch that is taken next, and whether all shall stop. */
  readonly shared: Int32Array<SharedArrayBuffer>
}

export const NEXT_BATCH = 0
export const STOP = 1

export interface BatchDone {
  /** How many bytes of the source. */
  bytes: number
  index: number
  /** SHA-256 of these bytes, if it was asked for. */
  digest?: Uint8Array
}

/** Sent for each batch: that it is done; or that the source is not what the plan says. */
export type Report = BatchDone | { irregular: true }
