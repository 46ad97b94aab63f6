import { devCaller } from '../../identity/authentication/dev-caller.ts'
import { storedAccessKeys } from '../../identity/authentication/stored-access-keys.ts'
import type { AuditReport } from '../../audit/report.ts'
import { type AcceptsRegion, knownRegions, listedRegions } from '../../identity/authentication/known-regions.ts'
import { isRegion } from '../../identity/authentication/region.ts'
import { sigV4Verifier } from '../../identity/authentication/verify-sigv4.ts'
import { orWebIdentity } from '../../identity/authentication/web-identity-caller.ts'
import type { AdminAddress } from '../admin/address.ts'
import type { DevOptions, ServeOptions } from './config.ts'
import { systemRandom } from '../../crypto/random.ts'
import { DevAccounts } from './dev-accounts.ts'
import type { Handle } from '../http/exchange.ts'
import { openDevFolder } from './dev-folder.ts'
import { atCallersTime, devTime } from './dev-time.ts'
import { type Engine, openEngine, sealedFolder } from './open.ts'
import { devRefusal, networkOf, withCertificates } from './network.ts'
import { type Authenticate, SIGNING_NAMES } from '../http/service.ts'
import { type Initialized, type InitializeOptions, initializeFolder } from './initialize.ts'
import type { SeedSource } from './seed/seed-file.ts'
import { Reloading, type RunningService } from './reload/reload.ts'
import { loggedLevel } from './reload/logged-level.ts'
import { certificatesOf } from './reload/certificates.ts'
import { replacedLists } from './reload/replaced-lists.ts'
import { RequestRates } from './reload/request-rates.ts'
import { ReservedSpace } from './reload/reserved-space.ts'
import { TokenIssuers } from './reload/token-issuers.ts'
import type { Metrics } from '../../platform/metrics.ts'
import { opening } from '../../platform/opening.ts'
import { standardErrorLogger } from '../../platform/log/line-logger.ts'
import { openAccessLog, operating } from './logging.ts'
import { type AuditHead, auditHeadOf, verifyAuditFolder } from './offline.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { type Behaviour, servicesOf } from './services.ts'
import { DevLife, type DevServer } from './dev-life.ts'
import { start } from './start.ts'
import { beginWork, type Work, type Working } from './working.ts'

const SERVE_NOTICES = ['Answers KMS, IAM and STS requests. Signatures are verified, and policies are enforced.']
const DEV_NOTICES = {
  off: 'Development mode: credentials are not verified and policies are not enforced. Do not use real data.',
  on: 'Development mode: callers that name an account act as its root. Policies are enforced. Do not use real data.',
}
const EPHEMERAL_NOTICE = 'Without --data, the keys are lost when this process ends.'

/** `keyhold init`: creates a data folder, its root of trust and its first administrator. */
export function initialize(options: InitializeOptions): Promise<Initialized> {
  return initializeFolder(options, standardErrorLogger('warn'))
}

/**
 * `keyhold serve`: verifies everything, on a folder that {@link initialize} created. Resolves when it answers requests.
 */
export async function serve(options: ServeOptions): Promise<RunningService> {
  const operation = operating(options)
  const configured = networkOf(options, { plainHttp: options.insecureHttp === true ? 'everywhere' : 'local' })
  const network = await withCertificates(configured, options, operation.logger)
  return opening(operation.logger, async (opened) => {
    opened.defer(() => operation.logger.flush())
    const accessLog = await openAccessLog(options, operation.logger, opened)
    const sealed = await sealedFolder(options.folder, 'serve')
    const engine = await openEngine(sealed, { use: 'change', clock: systemClock, ...operation })
    opened.defer(() => engine.close())
    const acceptsRegion = knownRegions(engine)
    const issuers = await TokenIssuers.open(options, engine)
    const authenticate = orWebIdentity(verifier(engine, acceptsRegion), { ...engine, verifyToken: issuers.verifyToken })
    const reserve = opened.adopt(await ReservedSpace.open(options, engine), (open) => open.stop())
    const rates = new RequestRates(options, engine)
    const behaviour: Behaviour = {
      acceptsRegion,
      enforcement: 'on',
      grantDelayMs: options.grantDelayMs,
      throttle: rates.throttle,
      reserve,
    }
    const work: Work = { engine, authenticate, ...behaviour }
    const begin = (metrics?: Metrics): Promise<Working> => beginWork({ ...work, ...(metrics && { metrics }) })
    const admin = adminOf(options, 'in the folder' as const)
    const serving = { ...work, begin, network, accessLog, admin, notices: SERVE_NOTICES, examined: true }
    const running = await start(serving, opened)
    const reloading = new Reloading([
      loggedLevel(operation.logger),
      rates,
      reserve,
      issuers,
      certificatesOf(network.certificates),
      ...replacedLists(network, options),
    ])
    opened.defer(() => reloading.close())
    return { ...running, reload: (changed) => reloading.reload(changed) }
  })
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
    const begin = (metrics?: Metrics): Promise<Working> => {
      if (metrics) counted = { metrics }
      return life.begin(engine)
    }
    const starting = { engine, begin, enforcement, network, accessLog, admin: adminOf(options, undefined) } as const
    const running = await start({ ...starting, notices, bindsAgain: true }, opened)
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

function adminOf<T>({ admin }: Pick<ServeOptions, 'admin'>, byDefault: T): AdminAddress | T | undefined {
  return admin === 'off' ? undefined : (admin ?? byDefault)
}

/** `keyhold audit verify`; `since` is a note that {@link auditHead} returned earlier. */
export function verifyFolder(folder: string, since?: string): Promise<AuditReport> {
  return verifyAuditFolder(folder, standardErrorLogger('warn'), since)
}

/** `keyhold audit head`. */
export function auditHead(folder: string): Promise<AuditHead> {
  return auditHeadOf(folder, systemClock, standardErrorLogger('warn'))
}

function verifier({ directory, hierarchy, random }: Engine, acceptsRegion: AcceptsRegion): Authenticate {
  const accessKeys = storedAccessKeys(directory, hierarchy)
  return sigV4Verifier({ accessKeys, random, services: SIGNING_NAMES, acceptsRegion })
}

function devAuthentication(engine: Engine, enforcement: 'on' | 'off', acceptsRegion: AcceptsRegion): Authenticate {
  return devCaller({
    accessKeys: storedAccessKeys(engine.directory, engine.hierarchy),
    services: SIGNING_NAMES,
    acceptsRegion,
    ...(enforcement === 'on' && { verify: verifier(engine, acceptsRegion) }),
  })
}
