import type { Serving } from '../../execution/operations.ts'

/**
 * A data folder as questions about it see it: what the service itself decides by, and the records of what it decided.
 * Nothing is written, and nothing of this can be asked over the network.
 */
export interface AccessContext {
  services: Serving
  /** Where the streams of the audit log are. */
  auditFolder: string
}
