import type { PendingEntry } from '../vault/storage/journal.ts'
import { encodeLine, type UnverifiedLine } from './lines.ts'
import { isRecordOfForm } from './parse-line.ts'
import type { Sha256 } from './ports.ts'

const MAX_EVENT_ID_CHARACTERS = 128
/** The end of a record's text: `{"record":{…}}`. */
const END = '}}'

/**
 * Returns the line for an outbox entry: its record with its sequence, or, if this service's store did not write the
 * entry, evidence of it without its content.
 */
export function lineOfEntry(entry: PendingEntry, sha256: Sha256, nowMs: number): { line: string; sound: boolean } {
  const reason = objectionToEntry(entry)
  if (reason === undefined) return { line: sequenced(entry), sound: true }
  return { line: encodeLine('unverified', evidenceOf(entry, reason, sha256, nowMs)), sound: false }
}

function objectionToEntry({ authentic, record }: PendingEntry): UnverifiedLine['reason'] | undefined {
  if (!authentic) return 'not authentic'
  return record.endsWith(END) && isRecordOfForm(Buffer.from(record)) ? undefined : 'not a record'
}

function sequenced({ record, sequence }: PendingEntry): string {
  return `${record.slice(0, -END.length)},"sequence":${sequence}${END}`
}

function evidenceOf(
  { eventId, record, sequence }: PendingEntry,
  reason: UnverifiedLine['reason'],
  sha256: Sha256,
  timeMs: number,
): UnverifiedLine {
  const bytes = Buffer.byteLength(record)
  return { timeMs, eventId: eventId.slice(0, MAX_EVENT_ID_CHARACTERS), sequence, reason, bytes, sha256: sha256(record) }
}
