import type { KeyObject } from 'node:crypto'
import type { Secret } from '@keyhold/protocol'
import type { Foreseen } from '../../platform/foreseen.ts'
import type { KeySpec } from '../../domain/keys/specs.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Where the sealed values of a purpose are, which is what a rotation must know of them. */
type Kept =
  /** In rows: a rotation seals them again. */
  | 'in rows'
  /** With callers. Values older than this are refused, or were never good for longer. A rotation waits for that. */
  | { forMs: number }

/**
 * What is sealed under domain keys. A purpose is the KDF's Label of its sub-keys (NIST SP 800-108r1, section 4), after
 * the prefix `keyhold/`.
 */
export const PURPOSES = {
  material: 'in rows',
  'access-key': 'in rows',
  audit: 'in rows',
  /** Source: STS API Reference, GetSessionToken and GetFederationToken, DurationSeconds: the longest of all sessions. */
  session: { forMs: 36 * HOUR_MS },
  /** Source: AWS KMS API Reference, GetParametersForImport: parameters are valid for 24 hours. */
  'import-token': { forMs: DAY_MS },
  /**
   * A grant token matters until the grant is known everywhere, "usually less than five minutes" (AWS KMS Developer Guide,
   * Grant tokens). Callers that keep one for longer than this get InvalidGrantTokenException after a rotation.
   */
  'grant-token': { forMs: 7 * DAY_MS },
  /** A list that is read in pages is not read for days. */
  marker: { forMs: DAY_MS },
  /** In a backup, together with the domain keys that open it. */
  canary: { forMs: 0 },
} as const satisfies Record<string, Kept>

export type Purpose = keyof typeof PURPOSES

/** Purposes whose values come with requests, some before authentication: their generations can be any numbers. */
export function comesWithRequests(purpose: Purpose): boolean {
  return PURPOSES[purpose] !== 'in rows'
}

/** How long values that callers have can be good: so long after a rotation an old generation must open them. */
export const LONGEST_LIFE_MS = Math.max(
  ...Object.values(PURPOSES).map((kept: Kept) => (kept === 'in rows' ? 0 : kept.forMs)),
)

/** What the sealed bytes of a row are, and what they are bound to. */
export interface SealedAs {
  purpose: Purpose
  context: readonly string[]
}

/** What code outside the vault may ask of the hierarchy: everything but the MACs of rows, which `vault/records` checks and makes. */
export interface Sealing {
  /**
   * Seals `secret` with a sub-key of `domain`'s newest generation; `context` is authenticated, in this order. Creates
   * the domain's first key if there is none.
   */
  seal(domain: string, purpose: Purpose, context: readonly string[], secret: Secret): Promise<SealedBytes>
  /**
   * Throws {@link IntegrityError} when bytes, generation, purpose or context are not those of the seal. For purposes whose
   * values come with requests, generations are those in memory: call `forgetAll` when a domain's keys change.
   */
  unseal(domain: string, purpose: Purpose, context: readonly string[], sealed: SealedBytes): Promise<Secret>
  /**
   * Unwrapped material of a KMS key of `spec` as a KeyObject, from the bounded keyring or unsealed from the row
   * that was read. Throws `TypeError` for material that is not of the spec, or not there.
   */
  material(stored: StoredSecret, spec: KeySpec): Promise<KeyObject>
  /** Removes one material from the keyring at once. An unwrapping in progress does not bring it back. */
  forget(materialRowId: string): void
  /**
   * Whether material that was forgotten since the last call may still be in this process's memory, unreachable, until
   * garbage is collected. The caller collects it.
   */
  takeRemains(): boolean
  /**
   * Discards all material and domain keys, which are read again on next use. For code that follows the store's changes:
   * call it when changes were missed.
   */
  forgetAll(): void
  /** Whether anything was ever sealed or authenticated under the domain. Throws {@link IntegrityError} for a key that is not of this root. */
  hasDomain(domain: string): Promise<boolean>
  /**
   * Discards domain keys alone, and no material: call it when a `domain_key` row changed, which is how a generation that another
   * process made or destroyed becomes known here.
   */
  forgetDomainKeys(): void
}

/** The sealed bytes of a row that was verified, and which version of it. */
export interface StoredSecret {
  id: string
  version: number
  sealed?: SealedBytes | undefined
}

export interface SealedBytes {
  generation: number
  bytes: Uint8Array
}

/**
 * A row or sealed value that this hierarchy did not create, or that was modified. Callers of the API get no details.
 */
export class IntegrityError extends Error implements Foreseen {
  override name = 'IntegrityError'
  readonly isForeseen = true
}
