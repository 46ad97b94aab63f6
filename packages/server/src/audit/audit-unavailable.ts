/** The audit log does not take the record. The request it describes must not succeed. */
export class AuditUnavailableError extends Error {
  override name = 'AuditUnavailableError'
}
