import type { VerifyForwarded } from '../identity/authentication/forwarded.ts'
import type { AcceptsRegion } from '../identity/authentication/known-regions.ts'
import type { Auditor } from '../audit/auditor.ts'
import type { CryptoThreads } from '../crypto/workers/crypto-threads.ts'
import type { Directory } from '../identity/directory/directory.ts'
import type { AccessKeyUses } from '../identity/accounts/access-key-uses.ts'
import type { RoleUses } from '../identity/accounts/role-uses.ts'
import type { Sealing } from '../vault/hierarchy/sealing.ts'
import type { LastUses } from '../vault/records/last-uses.ts'
import type { AwsManagedKey } from '../domain/keys/aws-managed.ts'
import type { KeyRecord, KeyUseRecord } from '../domain/keys/record.ts'
import type { Clock } from '../platform/clock.ts'
import type { DiskReserve } from '../platform/disk-reserve.ts'
import type { Logger } from '../platform/logger.ts'
import type { Random } from '../platform/random.ts'
import type { Turns } from '../platform/turns.ts'
import type { Records } from '../vault/records/records.ts'
import type { Actions } from '../domain/policy/action-rules.ts'
import type { Journal } from '../vault/storage/journal.ts'
import type { Throttle } from './throttle/throttle.ts'
import type { TokenBuckets } from './throttle/token-buckets.ts'
import type { Writers } from './writers.ts'

/** When each KMS key was last used, and since when the uses of a key are known. */
export interface KeyUses extends Pick<LastUses<KeyRecord, KeyUseRecord>, 'note' | 'lastUse' | 'flush'> {
  trackedSince(key: KeyRecord): number
}

/** What operations work with, built once for an open data folder by `servicesOf` (services.ts). */
export interface Services {
  clock: Clock
  /**
   * The time that callers have: signatures, sessions and the tokens of issuers are judged by it. The same clock, but where a
   * development server's own time is moved.
   */
  callersClock: Clock
  random: Random
  logger: Logger
  store: Journal
  hierarchy: Sealing
  records: Records
  directory: Directory
  auditor: Auditor
  keyUses: KeyUses
  accessKeyUses: AccessKeyUses
  roleUses: RoleUses
  /** Where slow cryptography runs, so that a burst of it stalls nobody. */
  threads: CryptoThreads
  /** `off` only for development: everybody may do everything in their own account, and policies are stored unread. */
  enforcement: 'on' | 'off'
  /** Whether policies and grants may name accounts and services that are not known here: for development only. */
  unknownParties?: 'accepted'
  /** Makes the key that a service has in an account, and its alias, when a caller who may use it first names it. */
  makeAwsManagedKey(wanted: AwsManagedKey): Promise<void>
  /** How long a new grant acts only for whoever shows its token, in milliseconds; 0 but for tests. */
  grantDelayMs: number
  /** The declared rules of all actions. */
  operations: Actions
  /** Which Regions exist. */
  acceptsRegion: AcceptsRegion
  /** Counts requests; absent where nobody has to wait. */
  throttle?: Throttle
  /** How scarce disk space is, and what may still be read then; absent where nobody looks. */
  space?: { reserve: Pick<DiskReserve, 'isScarce'>; reads: TokenBuckets }
  /** Simulations of policies go one after another. */
  simulations: Turns
  /** Who commits when. */
  writers: Writers
  /** Who signed a request that a registered service received and forwards. */
  verifyForwarded: VerifyForwarded
}
