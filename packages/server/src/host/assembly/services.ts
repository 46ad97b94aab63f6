import { signCertificate } from '../../audit/certificate.ts'
import { findRecord } from '../../audit/find-record.ts'
import { dataPaths } from '../../vault/storage/data-folder.ts'
import { forwardedVerifier } from '../../identity/authentication/forwarded.ts'
import { type AcceptsRegion, knownRegions } from '../../identity/authentication/known-regions.ts'
import { storedAccessKeys } from '../../identity/authentication/stored-access-keys.ts'
import type { Engine } from './open.ts'
import { createAwsManagedKey } from '../../services/kms/keys/make-aws-managed-key.ts'
import { Denials } from '../../execution/denials.ts'
import type { Operations, Serving } from '../../execution/operations.ts'
import type { Clock } from '../../platform/clock.ts'
import type { DiskReserve } from '../../platform/disk-reserve.ts'
import { OPERATIONS } from '../../services/registry.ts'
import { Turns } from '../../platform/turns.ts'
import { Throttle } from '../../execution/throttle/throttle.ts'
import { TokenBuckets } from '../../execution/throttle/token-buckets.ts'
import { Writers } from '../../execution/writers.ts'

/** What is configured at the start of a server, in addition to its data folder. */
export interface Behaviour {
  enforcement: Serving['enforcement']
  /** Unknown parties are refused by default. A development server can accept them. */
  unknownParties?: 'accepted' | undefined
  /** Whether tags of a new key choose its id and its material; by default, they are plain tags. */
  customTags?: 'obeyed'
  /** 0 by default. */
  grantDelayMs?: number | undefined
  /** How many processes share the request rates. Without it, and without `throttle`, rates are not enforced. */
  rateWorkers?: number
  /** Enforces request rates, in place of `rateWorkers`, where these can change while the server runs. */
  throttle?: Throttle
  /** The time of the callers; by default, the engine's. */
  callersClock?: Clock
  /** Which Regions exist; by default, those of the folder. */
  acceptsRegion?: AcceptsRegion
  /** The operations to serve; by default, all operations of this server. */
  operations?: Operations
  /** Watches the disk. Without it, requests fail only when the disk is full. */
  reserve?: Pick<DiskReserve, 'isScarce'>
}

/** How many simulations can wait or run, in total and per account. */
const SIMULATIONS = { waiting: 64, each: 16 }

/** How many certificates can wait or be made, in total and per account. */
const CERTIFICATES = { waiting: 32, each: 4 }

/** Returns what operations work with, for an open data folder. */
export function servicesOf(
  engine: Omit<Engine, 'close' | 'auditor' | 'signer'> & Pick<Serving, 'auditor'> & Partial<Pick<Engine, 'signer'>>,
  behaviour: Behaviour,
): Serving {
  const {
    enforcement,
    unknownParties,
    customTags,
    grantDelayMs = 0,
    rateWorkers,
    throttle = rateWorkers === undefined ? undefined : new Throttle(engine, rateWorkers),
    reserve,
    operations = OPERATIONS,
    acceptsRegion = knownRegions(engine),
    callersClock = engine.clock,
  } = behaviour
  const { directory, hierarchy, random } = engine
  const accessKeys = storedAccessKeys(directory, hierarchy)
  return {
    ...engine,
    operations,
    makeAwsManagedKey: (wanted) => createAwsManagedKey(wanted, engine),
    callersClock,
    enforcement,
    ...(unknownParties && { unknownParties }),
    ...(customTags && { customTags }),
    grantDelayMs,
    simulations: new Turns(SIMULATIONS),
    writers: new Writers({ random }),
    acceptsRegion,
    ...(throttle && { throttle }),
    ...(reserve && { space: { reserve, reads: new TokenBuckets(engine.clock) } }),
    denials: new Denials(),
    certificates: certificatesOf(engine),
    verifyForwarded: forwardedVerifier({ accessKeys, random, acceptsRegion }),
  }
}

/** Explanations have no key to sign with: they run no operation. */
function certificatesOf({
  folder,
  hierarchy,
  signer,
}: Pick<Engine, 'folder' | 'hierarchy'> & Partial<Pick<Engine, 'signer'>>): Serving['certificates'] {
  return {
    sign(statement) {
      if (signer === undefined) throw new TypeError('there is no key to sign with')
      return signCertificate(signer, statement)
    },
    findRecord: (eventId, timeMs) => findRecord(dataPaths(folder).audit, eventId, timeMs),
    domainKeys: () => hierarchy.generations(),
    turns: new Turns(CERTIFICATES),
  }
}
