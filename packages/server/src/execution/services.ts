import type { Place as PlaceInLog } from '../audit/find-record.ts'
import type { VerifyForwarded } from '../identity/authentication/forwarded.ts'
import type { AcceptsRegion } from '../identity/authentication/known-regions.ts'
import type { CryptoThreads } from '../crypto/workers/crypto-threads.ts'
import type { Directory } from '../identity/directory/directory.ts'
import type { AccessKeyUses } from '../identity/accounts/access-key-uses.ts'
import type { RoleUses } from '../identity/accounts/role-uses.ts'
import type { Sealing } from '../vault/hierarchy/sealing.ts'
import type { LastUses } from '../vault/records/last-uses.ts'
import type { KeyRecord, KeyUseRecord } from '../domain/keys/record.ts'
import type { Clock } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'
import type { Turns } from '../platform/turns.ts'
import type { RecordReader } from '../vault/records/records.ts'
import type { Actions } from '../domain/policy/action-rules.ts'
import type { Chosen } from './chosen.ts'
import type { Denials } from './denials.ts'
import type { Throttle } from './throttle/throttle.ts'

/** The last use of each KMS key, and the time since which the uses of a key are known. */
export interface KeyUses extends Pick<LastUses<KeyRecord, KeyUseRecord>, 'note' | 'lastUse' | 'flush'> {
  trackedSince(key: KeyRecord): number
}

/** What every operation can read and compute with. */
interface Ground {
  clock: Clock
  random: Random
  /** They are only read: what `run` changes commits together with its audit record, or not at all. */
  records: RecordReader
  hierarchy: Sealing
  directory: Directory
  /** `off` only for development: callers can do everything in their own account, and policies are stored unchecked. */
  enforcement: 'on' | 'off'
  /** Whether policies and grants can name accounts and services that do not exist here. For development only. */
  unknownParties?: 'accepted'
  /** What is taken instead of chance for the one request that these services are for: a seed's. */
  chosen?: Chosen
  /** Whether tags of a new key can choose its id and its material. For development only. */
  customTags?: 'obeyed'
  /** The declared rules of all actions. */
  operations: Actions
  /** Counts requests, and the work of decisions and lists; absent where no request is limited. */
  throttle?: Throttle
}

/** What operations of KMS need beside. */
interface ForKms {
  keyUses: KeyUses
  /** Where slow cryptography runs, so that a burst of it does not delay other requests. */
  threads: CryptoThreads
  /** How long a new grant acts only for requests with its token, in milliseconds; 0 but for tests. */
  grantDelayMs: number
  /** Which Regions exist. */
  acceptsRegion: AcceptsRegion
}

/** What operations of IAM need beside. */
interface ForIam {
  accessKeyUses: AccessKeyUses
  roleUses: RoleUses
  /** Runs simulations of policies one after another. */
  simulations: Turns
}

/** What operations need that make sessions: STS, and Keyhold's own. */
interface ForSessions {
  /**
   * The time of callers: signatures, sessions and tokens are checked against it. The same clock, unless a development
   * server's time is moved.
   */
  callersClock: Clock
  /** Verifies the signature of a request that a registered service forwards. */
  verifyForwarded: VerifyForwarded
  /** The last requests that were denied, for those who may know why. */
  denials: Denials
}

/** What certificates of destroyed keys need. */
interface ForCertificates {
  certificates: {
    /** Signs with the key of the audit log. */
    sign(statement: object): string
    /** Where a record is in the audit log: {@link findRecord} in audit/. */
    findRecord(eventId: string, timeMs: number): Promise<PlaceInLog | undefined>
    /** The generations of domain keys that are stored now, each with that of the root which wraps it. */
    domainKeys(): Promise<readonly { domain: string; generation: number; rootGeneration: number }[]>
    /** Reads the audit log for one after another. */
    turns: Turns
  }
}

/**
 * What operations work with, built once for an open data folder by `servicesOf` (host/assembly/services.ts). What admits,
 * commits, records and logs requests is not among it: that is `Serving` (operations.ts), which only the steps of `execute` see.
 */
export interface Services extends Ground, ForKms, ForIam, ForSessions, ForCertificates {}
