import type { Serving } from '../../execution/operations.ts'

/**
 * A data folder, for questions about access: what the service decides by, and the records of its decisions. Nothing is
 * written, and none of this is available over the network.
 */
export interface AccessContext {
  services: Serving
  /** The folder with the streams of the audit log. */
  auditFolder: string
}
