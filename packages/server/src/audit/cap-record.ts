import { encodeLine } from './lines.ts'
import type { Sha256 } from './ports.ts'
import type { AuditRecord, CutText } from './record.ts'

/**
 * A record's line with every member and the whole bounded: callers choose what they send, and must not choose how much
 * of it is kept. What is too large is left out and replaced by its length and hash, so that the caller's own copy can be
 * compared with it later. CloudTrail omits request parameters above 100 KB (AWS CloudTrail User Guide, "CloudTrail record
 * contents for management, data, and network activity events").
 */
export function encodeCapped(record: AuditRecord, sha256: Sha256): string {
  const line = encodeLine('record', record)
  // Text as short as this exceeds no limit, and most is: nothing is encoded twice for it.
  if (line.length <= UNQUESTIONED_CHARACTERS) return line
  return encodeLine('record', capped(record, limitsOf(record), sha256))
}

/** What is kept of a refused request while disk space is scarce: who was refused what and why, and hashes of the rest. */
export function withoutTexts(record: AuditRecord, sha256: Sha256): AuditRecord {
  return capped(record, SCARCE_LIMITS, sha256)
}

/** How much of one part of a record is kept, in UTF-16 code units of its JSON. */
interface PartLimit {
  member: number
  whole: number
}

type Limits = Readonly<Record<Part, PartLimit>>
type Part = 'request' | 'response' | 'additional' | 'decision'

const KIBI = 1024
const UNQUESTIONED_CHARACTERS = 8 * KIBI

/**
 * Of requests that were allowed. A context of the 8,192 bytes that there may be is kept whole however it is escaped: 73
 * KiB at most, where all its names and values are control characters.
 */
const LIMITS: Limits = {
  request: { member: 80 * KIBI, whole: 160 * KIBI },
  response: { member: 64 * KIBI, whole: 100 * KIBI },
  // CloudTrail's limit for additionalEventData.
  additional: { member: 8 * KIBI, whole: 28 * KIBI },
  // Session policies, claims and up to 50 tags each of principal, session and resource.
  decision: { member: 64 * KIBI, whole: 160 * KIBI },
}

/** Of requests that nothing allowed, which cost their caller nothing: two contexts in plain text still fit. */
const REFUSED_LIMITS: Limits = {
  request: { member: 12 * KIBI, whole: 20 * KIBI },
  response: { member: 0, whole: 0 },
  additional: { member: 2 * KIBI, whole: 4 * KIBI },
  decision: { member: 12 * KIBI, whole: 20 * KIBI },
}

/** Of refused requests while disk space is scarce. Of the decision there is room for what was decided, not from what. */
const SCARCE_LIMITS: Limits = {
  request: { member: 0, whole: 0 },
  response: { member: 0, whole: 0 },
  additional: { member: 0, whole: 0 },
  decision: { member: 256, whole: KIBI },
}

/** As CloudTrail has it: 1 KB. */
const MAX_MESSAGE_CHARACTERS = KIBI

const PARTS = Object.keys(LIMITS) as Part[]

function limitsOf({ error, decision }: AuditRecord): Limits {
  return error !== undefined && decision?.allowed !== true ? REFUSED_LIMITS : LIMITS
}

function capped(record: AuditRecord, limits: Limits, sha256: Sha256): AuditRecord {
  const result = { ...record }
  const cut: CutText[] = [...(record.cut ?? [])]
  for (const part of PARTS) {
    const members = record[part]
    if (members !== undefined) Object.assign(result, { [part]: cappedPart(part, members, limits[part], cut, sha256) })
  }
  const { error } = record
  if (error?.message !== undefined && error.message.length > MAX_MESSAGE_CHARACTERS) {
    cut.push(cutOf('error.message', JSON.stringify(error.message), sha256))
    result.error = { ...error, message: error.message.slice(0, MAX_MESSAGE_CHARACTERS) }
  }
  return cut.length === 0 ? record : { ...result, cut }
}

/** The members that fit: those above the limit go, then the largest until the whole fits. */
function cappedPart(part: Part, members: object, limit: PartLimit, cut: CutText[], sha256: Sha256): object {
  const texts = Object.entries(members)
    .map(([name, value]) => ({ name, text: (JSON.stringify(value) as string | undefined) ?? '' }))
    .toSorted((a, b) => b.text.length - a.text.length)
  let whole = texts.reduce((sum, { name, text }) => sum + name.length + text.length, 0)
  const kept = { ...members } as Record<string, unknown>
  for (const { name, text } of texts) {
    if (text.length <= limit.member && whole <= limit.whole) break
    whole -= text.length
    cut.push(cutOf(`${part}.${name}`, text, sha256))
    delete kept[name]
  }
  return kept
}

function cutOf(member: string, text: string, sha256: Sha256): CutText {
  return { member, bytes: Buffer.byteLength(text), sha256: sha256(text) }
}
