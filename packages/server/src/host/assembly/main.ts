import { devCaller } from '../../identity/authentication/dev-caller.ts'
import { storedAccessKeys } from '../../identity/authentication/stored-access-keys.ts'
import type { AuditReport } from '../../audit/report.ts'
import { type AcceptsRegion, listedRegions } from '../../identity/authentication/known-regions.ts'
import { isRegion } from '../../identity/authentication/region.ts'
import { orWebIdentity } from '../../identity/authentication/web-identity-caller.ts'
import { adminOf } from './admin-place.ts'
import type { DevOptions } from './config.ts'
import { systemRandom } from '../../crypto/random.ts'
import { DevAccounts } from './dev-accounts.ts'
import type { Handle } from '../http/exchange.ts'
import { openDevFolder } from './dev-folder.ts'
import { atCallersTime, devTime } from './dev-time.ts'
import { type DataFolder, type Engine, openEngine } from './open.ts'
import { verifier } from './open-service.ts'
import { devRefusal, networkOf, withCertificates } from './network.ts'
import { type Authenticate, SIGNING_NAMES } from '../http/service.ts'
import { type Initialized, type InitializeOptions, initializeFolder } from './initialize.ts'
import type { SeedSource } from './seed/seed-file.ts'
import { TokenIssuers } from './reload/token-issuers.ts'
import { opening } from '../../platform/opening.ts'
import { standardErrorLogger } from '../../platform/log/line-logger.ts'
import { openAccessLog, operating } from './logging.ts'
import { type AuditHead, auditHeadOf, verifyAuditFolder } from './offline.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { type Behaviour, servicesOf } from './services.ts'
import { DevLife, type DevServer } from './dev-life.ts'
import { bindReferences } from './earlier-builds/bind-references.ts'
import { relistGrants } from './earlier-builds/relist-grants.ts'
import { alwaysOpen, type Observers, type Served } from './served.ts'
import { start } from './start.ts'
import type { Work } from './working.ts'

const DEV_NOTICES = {
  off: 'Development mode: credentials are not verified and policies are not enforced. Do not use real data.',
  on: 'Development mode: callers that name an account act as its root. Policies are enforced. Do not use real data.',
}
const EPHEMERAL_NOTICE = 'Without --data, the keys are lost when this process ends.'

/** `keyhold init`: creates a data folder, its root of trust and its first administrator. */
export function initialize(options: InitializeOptions): Promise<Initialized> {
  return initializeFolder(options, standardErrorLogger('warn'))
}

/** `keyhold dev`: accepts any credentials, for development and tests. Resolves when it answers requests. */
export async function dev(options: DevOptions): Promise<DevServer> {
  const seed = options.seed === undefined ? undefined : await readSeed(options.seed)
  const time = devTime(options.clock ?? 'system', systemClock)
  const enforcement = options.enforce === true ? 'on' : 'off'
  const operation = operating(options)
  const refusal = devRefusal(options)
  const configured = networkOf(options, { plainHttp: 'everywhere', refusal })
  const network = await withCertificates(configured, options, operation.logger)
  return opening(operation.logger, async (opened) => {
    opened.defer(() => operation.logger.flush())
    const accessLog = await openAccessLog(options, operation.logger, opened)
    const { sealed, isNew, forget } = await openDevFolder(options.folder, systemRandom)
    opened.defer(forget)
    const engine = await openEngine(sealed, { use: isNew ? 'create' : 'change', clock: time.open, ...operation })
    opened.defer(() => engine.close())
    await seed?.apply(engine, devBehaviour(options))
    const notices = [
      DEV_NOTICES[enforcement],
      ...(options.folder === undefined ? [EPHEMERAL_NOTICE] : []),
      ...(await time.notices(engine)),
    ]
    const guard = refusing(refusal)
    let counted: Pick<Work, 'metrics'> = {}
    const life = new DevLife({
      isKept: options.folder !== undefined,
      guard,
      restartTime: time.restart,
      work: async (again) => ({
        ...(await devWork(again, options, { guard, movedTime: time.moved(again) })),
        ...counted,
      }),
    })
    const begin = async ({ metrics, count }: Observers): Promise<Served> => {
      if (metrics) counted = { metrics }
      // Without enforcement, names are not bound. A development folder can get new ones by hand.
      if (enforcement === 'on') {
        await bindReferences(engine, { again: true })
        await relistGrants(engine)
      }
      const working = opened.adopt(await life.begin(engine), (begun) => begun.end())
      if (count) opened.defer(count(engine))
      return alwaysOpen({ engine, working }, systemClock.now())
    }
    const starting = { ...engine, begin, network, accessLog, admin: adminOf(options, undefined), notices } as const
    const { running } = await start(starting, opened)
    return { ...running, reset: () => life.reset() }
  })
}

/** What a development server does with requests. */
async function devWork(engine: Engine, options: DevOptions, rest: Pick<Work, 'guard' | 'movedTime'>): Promise<Work> {
  const behaviour = devBehaviour(options)
  const { enforcement, acceptsRegion } = behaviour
  const believing = devAuthentication(engine, enforcement, acceptsRegion)
  const { verifyToken } = await TokenIssuers.open(options, engine)
  const authenticate = atCallersTime(orWebIdentity(believing, { ...engine, verifyToken }), systemClock)
  return {
    engine,
    authenticate: enforcement === 'on' ? new DevAccounts(engine).beginning(authenticate) : authenticate,
    ...behaviour,
    ...rest,
  }
}

function devBehaviour(options: DevOptions): Behaviour & Required<Pick<Behaviour, 'acceptsRegion'>> {
  return {
    acceptsRegion: options.regions === undefined ? isRegion : listedRegions(options.regions),
    enforcement: options.enforce === true ? 'on' : 'off',
    callersClock: systemClock,
    customTags: 'obeyed',
    ...(options.anyPrincipal === true && { unknownParties: 'accepted' }),
    grantDelayMs: options.grantDelayMs,
  }
}

/** Checks a seed before a folder is opened. Servers without one start faster without its modules. */
async function readSeed(source: SeedSource): Promise<{ apply(engine: Engine, behaviour: Behaviour): Promise<void> }> {
  const { applySeed, parseSeed } = await import('./seed/seed.ts')
  const seed = parseSeed(source)
  return {
    apply(engine, behaviour) {
      const accounts = behaviour.enforcement === 'on' ? new DevAccounts(engine) : undefined
      return applySeed(seed, { engine, services: servicesOf(engine, behaviour), accounts })
    },
  }
}

/** Wraps a handler, which gets only the requests that are not refused. */
function refusing(refusal: ReturnType<typeof devRefusal>): (handle: Handle) => Handle {
  return (handle) => async (request) => refusal(request) ?? handle(request)
}

/** `keyhold audit verify`; `since` is a note that {@link auditHead} returned earlier. */
export function verifyFolder(folder: DataFolder, since?: string): Promise<AuditReport> {
  return verifyAuditFolder(folder, standardErrorLogger('warn'), since)
}

/** `keyhold audit head`. */
export function auditHead(folder: DataFolder): Promise<AuditHead> {
  return auditHeadOf(folder, systemClock, standardErrorLogger('warn'))
}

function devAuthentication(engine: Engine, enforcement: 'on' | 'off', acceptsRegion: AcceptsRegion): Authenticate {
  return devCaller({
    accessKeys: storedAccessKeys(engine.directory, engine.hierarchy),
    services: SIGNING_NAMES,
    acceptsRegion,
    ...(enforcement === 'on' && { verify: verifier(engine, acceptsRegion) }),
  })
}
