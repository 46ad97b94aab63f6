import { encodeLine } from './lines.ts'
import type { Sha256 } from './ports.ts'
import type { AuditRecord, CutText } from './record.ts'

/**
 * Encodes a record with a limit for each member and for the whole, because callers choose what they send but must not
 * choose how much of it is stored. Content above a limit is replaced by its length and hash, so that it can be compared
 * with the caller's own copy later. CloudTrail omits request parameters above 100 KB (AWS CloudTrail User Guide,
 * "CloudTrail record contents for management, data, and network activity events").
 */
export function encodeCapped(record: AuditRecord, sha256: Sha256): string {
  const line = encodeLine('record', record)
  // Most records are this short, and cannot exceed a limit. They are encoded only once.
  if (line.length <= UNQUESTIONED_CHARACTERS) return line
  return encodeLine('record', capped(record, limitsOf(record), sha256))
}

/**
 * Returns what is stored of a refused request while disk space is scarce: the principal, the operation and the reason,
 * and hashes of the rest.
 */
export function withoutTexts(record: AuditRecord, sha256: Sha256): AuditRecord {
  return capped(record, SCARCE_LIMITS, sha256)
}

/** The limit for one part of a record, in UTF-16 code units of its JSON. */
interface PartLimit {
  member: number
  whole: number
}

type Limits = Readonly<Record<Part, PartLimit>>
type Part = 'request' | 'response' | 'additional' | 'decision'

const KIBI = 1024
const UNQUESTIONED_CHARACTERS = 8 * KIBI

/**
 * For allowed requests. An encryption context of the maximum 8,192 bytes is kept whole in any escaping: 73 KiB at most,
 * if all its names and values are control characters.
 */
const LIMITS: Limits = {
  request: { member: 80 * KIBI, whole: 160 * KIBI },
  response: { member: 64 * KIBI, whole: 100 * KIBI },
  // CloudTrail's limit for additionalEventData.
  additional: { member: 8 * KIBI, whole: 28 * KIBI },
  // Session policies, claims and up to 50 tags each of principal, session and resource.
  decision: { member: 64 * KIBI, whole: 160 * KIBI },
}

/**
 * For requests that nothing allowed, which are free for their caller. Two encryption contexts in plain text still fit.
 */
const REFUSED_LIMITS: Limits = {
  request: { member: 12 * KIBI, whole: 20 * KIBI },
  response: { member: 0, whole: 0 },
  additional: { member: 2 * KIBI, whole: 4 * KIBI },
  decision: { member: 12 * KIBI, whole: 20 * KIBI },
}

/** For refused requests while disk space is scarce. The result of the decision fits, its inputs do not. */
const SCARCE_LIMITS: Limits = {
  request: { member: 0, whole: 0 },
  response: { member: 0, whole: 0 },
  additional: { member: 0, whole: 0 },
  decision: { member: 256, whole: KIBI },
}

/** The limit of CloudTrail: 1 KB. */
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

/** Returns the members that fit. Removes those above the limit, then the largest until the whole fits. */
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
