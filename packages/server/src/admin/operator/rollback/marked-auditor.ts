import type { Auditor } from '../../../audit/auditor.ts'
import type { AuditOperator, AuditRecord } from '../../../audit/record.ts'

/** The auditor of changes that are made again: each record says by which operator, and which record it repeats. */
export class MarkedAuditor implements Auditor {
  readonly #auditor: Auditor
  readonly #operator: AuditOperator
  /** The record that is made again at present. */
  repeats: AuditRecord | undefined

  constructor(auditor: Auditor, operator: AuditOperator) {
    this.#auditor = auditor
    this.#operator = operator
  }

  encode(record: AuditRecord): string {
    return this.#auditor.encode(this.#marked(record))
  }

  /** What changes nothing, as it is that way already, needs no second record. */
  async record(): Promise<void> {}

  recordRefused({ requestId }: AuditRecord): Promise<string> {
    return Promise.resolve(requestId)
  }

  async recordUnauthenticated(): Promise<void> {}

  requireRoom(): void {
    this.#auditor.requireRoom()
  }

  relay: Auditor['relay'] = (entries) => this.#auditor.relay(entries)

  setShared(): void {}

  async close(): Promise<void> {}

  /** The caller and the decision are in the record that is repeated. */
  #marked({ caller: _caller, decision: _decision, ...record }: AuditRecord): AuditRecord {
    const { eventId, sequence } = this.repeats ?? {}
    const additional = { ...record.additional, ...(eventId !== undefined && { repeats: { eventId, sequence } }) }
    return { ...record, kind: 'service', operator: this.#operator, additional }
  }
}
