import { storedAccessKeys } from '../../identity/authentication/stored-access-keys.ts'
import { type AcceptsRegion, knownRegions } from '../../identity/authentication/known-regions.ts'
import { sigV4Verifier } from '../../identity/authentication/verify-sigv4.ts'
import { orWebIdentity } from '../../identity/authentication/web-identity-caller.ts'
import { examineOnStart } from '../../admin/operator/doctor/on-start.ts'
import { operatorOfProcess } from '../../admin/operator/operator-account.ts'
import { recordSeal, recordUnseal, type Unsealing } from '../../admin/operator/seal-records.ts'
import { type Authenticate, SIGNING_NAMES } from '../http/service.ts'
import { opening } from '../../platform/opening.ts'
import { systemClock } from '../../platform/system-clock.ts'
import type { Answers } from '../../vault/root/ways/kind.ts'
import { bindReferences } from './earlier-builds/bind-references.ts'
import { relistGrants } from './earlier-builds/relist-grants.ts'
import { type Engine, type EngineOptions, openEngine, sealedFolder } from './open.ts'
import type { BackupSchedule } from './scheduled-backups.ts'
import type { RequestRates } from './reload/request-rates.ts'
import type { TokenIssuers } from './reload/token-issuers.ts'
import type { ClosableFolder } from './seal.ts'
import type { Observers, OpenFolder } from './served.ts'
import type { Behaviour } from './services.ts'
import { beginWork } from './working.ts'

/** What a service has, whether its data folder is open or not. */
interface Service extends Pick<EngineOptions, 'durability' | 'logger'> {
  folder: string
  answers: Answers | undefined
  issuers: TokenIssuers
  rates: RequestRates
  reserve: Behaviour['reserve']
  grantDelayMs: number | undefined
  checkpointFile: string | undefined
  acceptRollback: number | undefined
  rotateDomainsDays: number
  backups: BackupSchedule | undefined
}

/**
 * Opens the data folder of a service, and sets its work going. The manifest is read again each time: the folder can have been
 * replaced or upgraded while it was sealed.
 */
export function openService(
  service: Service,
  { metrics, count }: Observers,
  { answers, unsealing }: { answers: Answers; unsealing: Unsealing | undefined },
): Promise<ClosableFolder> {
  const { folder, issuers, rates, reserve, grantDelayMs, rotateDomainsDays, durability, logger } = service
  return opening(logger, async (opened) => {
    const sealed = await sealedFolder({ folder, answers: both(service.answers, answers) }, 'serve')
    const how = { use: 'change', clock: systemClock, durability, logger } as const
    const accepting = service.acceptRollback === undefined ? undefined : await import('./accept-rollback.ts')
    const accept = accepting?.acceptingAt(service.acceptRollback)
    const rollback = { checkpointFile: service.checkpointFile, ...(accept && { accept }) }
    const engine = opened.adopt(await openEngine(sealed, { ...how, rollback }), (open) => open.close())
    const accepted = await accepting?.completeOn(engine, [])
    if (accepted) logger.warn('an older database was accepted, and what came later was done again', { ...accepted })
    // Without its record it stays sealed.
    if (unsealing)
      await recordUnseal({ ...unsealing, way: engine.openedBy }, { ...engine, operator: operatorOfProcess() })
    await bindReferences(engine, { again: false })
    await relistGrants(engine)
    const acceptsRegion = knownRegions(engine)
    const { verifyToken } = issuers
    const authenticate = orWebIdentity(verifier(engine, acceptsRegion), { ...engine, verifyToken })
    const throttle = rates.begin(engine)
    opened.defer(() => rates.end())
    const behaviour: Behaviour = { acceptsRegion, enforcement: 'on', grantDelayMs, throttle, reserve }
    const work = { engine, authenticate, ...behaviour, rotateDomainsDays, ...(metrics && { metrics }) }
    const working = opened.adopt(await beginWork(work), (begun) => begun.end())
    if (service.backups) {
      const { scheduleBackups } = await import('./scheduled-backups.ts')
      opened.defer(scheduleBackups(service.backups, engine))
    }
    if (count) opened.defer(count(engine))
    opened.defer(examineOnStart(engine, logger))
    return { engine, working, close: () => opened.disposeAsync() }
  })
}

/** What is configured, and what was given, which goes first. What strangers give gets no help from what is configured. */
function both(configured: Answers | undefined, given: Answers): Answers {
  if (given.onlyKind !== undefined) return { ...given }
  return {
    ...configured,
    ...given,
    rootFiles: [...(given.rootFiles ?? []), ...(configured?.rootFiles ?? [])],
    identities: [...(given.identities ?? []), ...(configured?.identities ?? [])],
  }
}

/** Records that an open folder is about to be sealed. */
export function recordSealOf({ engine }: OpenFolder): Promise<void> {
  return recordSeal({ ...engine, operator: operatorOfProcess() })
}

/** Verifies signatures under the access keys of a folder. */
export function verifier({ directory, hierarchy, random }: Engine, acceptsRegion: AcceptsRegion): Authenticate {
  const accessKeys = storedAccessKeys(directory, hierarchy)
  return sigV4Verifier({ accessKeys, random, services: SIGNING_NAMES, acceptsRegion })
}
