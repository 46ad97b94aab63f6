import type { KeyObject } from 'node:crypto'
import type { Secret } from '@keyhold/protocol'
import type { Foreseen } from '../../platform/foreseen.ts'
import type { KeySpec } from '../../domain/keys/specs.ts'

/**
 * The purpose of a sub-key of a domain key. With the prefix `keyhold/`, it is the KDF's Label (NIST SP 800-108r1,
 * section 4).
 */
export type Purpose =
  | 'material'
  | 'row-mac'
  | 'access-key'
  | 'session'
  | 'import-token'
  | 'grant-token'
  | 'marker'
  | 'audit'

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
   * call it when changes were missed or a `domain_key` row changed, which is how a new generation of another process
   * becomes known here.
   */
  forgetAll(): void
  /** Whether anything was ever sealed or authenticated under the domain. Throws {@link IntegrityError} for a key that is not of this root. */
  hasDomain(domain: string): Promise<boolean>
  /** Creates a new generation of a domain's key and returns its number. Older generations still open and verify. */
  rotateDomain(domain: string): Promise<number>
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
