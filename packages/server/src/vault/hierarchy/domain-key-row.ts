import type { Wait } from '../../domain/keys/seen-time.ts'
import type { Row } from '../storage/store.ts'

/** What the body of a domain key's row says (docs/spec/hierarchy.md, "Domain keys"). Under the MAC of the root. */
export interface DomainKeyBody extends Partial<Made> {
  rootId: string
  rootGeneration: number
  /** Whether the database had a ledger when the key was made. */
  ledger?: boolean
  /** A newer generation took its place. Nothing is sealed under this one any more. */
  retired?: Retirement
}

/** When a generation was made. Rows of earlier builds, and the first generation of each domain, do not say it. */
export interface Made {
  /** Wall time. */
  madeMs: number
  /** The clock of waiting periods at that moment. */
  madeSeen: { clock: string; seenMs: number }
}

/** When a generation was retired. */
export interface Retirement {
  /** Wall time. */
  atMs: number
  /** Until this is over, callers may have what was sealed under it. */
  wait: Wait
}

/** A generation of a domain's key, without the key. */
export interface GenerationFacts extends Partial<Made> {
  domain: string
  generation: number
  /** Of its row. */
  version: number
  retired?: Retirement
}

/** The id of a generation's row. */
export function domainKeyId(domain: string, generation: number): string {
  return `${domain}/${generation}`
}

/** Reads a row that was verified: it has an id that {@link domainKeyId} made. */
export function factsOf({ id, owner, version, body }: Row): GenerationFacts & DomainKeyBody {
  return {
    ...(JSON.parse(body) as DomainKeyBody),
    domain: owner,
    generation: Number(id.slice(owner.length + 1)),
    version,
  }
}
