import { devCaller } from '../../identity/authentication/dev-caller.ts'
import { storedAccessKeys } from '../../identity/authentication/stored-access-keys.ts'
import type { AuditReport } from '../../audit/report.ts'
import { type AcceptsRegion, knownRegions, listedRegions } from '../../identity/authentication/known-regions.ts'
import { isRegion } from '../../identity/authentication/region.ts'
import { sigV4Verifier } from '../../identity/authentication/verify-sigv4.ts'
import {
  type Dependencies as TokenDependencies,
  orWebIdentity,
} from '../../identity/authentication/web-identity-caller.ts'
import { hostsOfIssuers } from '../../identity/authentication/web-identity/issuer.ts'
import type { DevOptions, ServeOptions, ServerOptions } from './config.ts'
import { systemRandom } from '../../crypto/random.ts'
import { DevAccounts } from './dev-accounts.ts'
import type { Handle } from '../http/exchange.ts'
import { openDevFolder } from './dev-folder.ts'
import { atCallersTime, devTime } from './dev-time.ts'
import { type Engine, type EngineOptions, openEngine, sealedFolder } from './open.ts'
import { devRefusal, networkOf } from './network.ts'
import { type Authenticate, SIGNING_NAMES } from '../http/service.ts'
import { type Initialized, type InitializeOptions, initializeFolder } from './initialize.ts'
import { applySeed } from './seed/seed.ts'
import { parseSeed } from './seed/seed-file.ts'
import { createOutbound } from '../../platform/outbound/outbound.ts'
import { DiskReserve } from '../../platform/disk-reserve.ts'
import { opening } from '../../platform/opening.ts'
import { standardErrorLogger } from '../../platform/log/line-logger.ts'
import { type AuditHead, auditHeadOf, verifyAuditFolder } from './offline.ts'
import { systemClock } from '../../platform/system-clock.ts'
import type { Behaviour } from './services.ts'
import { DevLife, type DevServer } from './dev-life.ts'
import { type RunningServer, start } from './start.ts'
import { beginWork, type Work, type Working } from './working.ts'
import { dataPaths } from '../../vault/storage/data-folder.ts'

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
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const operation = operating(options)
  const network = networkOf(options, { plainHttp: options.insecureHttp === true ? 'everywhere' : 'local' })
  return opening(operation.logger, async (opened) => {
    const sealed = await sealedFolder(options.folder, 'serve')
    const engine = await openEngine(sealed, { use: 'change', clock: systemClock, ...operation })
    opened.defer(() => engine.close())
    const acceptsRegion = knownRegions(engine)
    const authenticate = await acceptingTokens(verifier(engine, acceptsRegion), options, engine)
    const reserve = options.reserveMebibytes ? await heldReserve(options.reserveMebibytes, engine) : undefined
    if (reserve) opened.defer(() => reserve.stop())
    const behaviour: Behaviour = {
      acceptsRegion,
      enforcement: 'on',
      grantDelayMs: options.grantDelayMs,
      ...(options.rates !== 'off' && { rateWorkers: options.rateWorkers ?? 1 }),
      ...(reserve && { reserve }),
    }
    const begin = (): Promise<Working> => beginWork({ engine, authenticate, ...behaviour })
    return start({ engine, begin, enforcement: 'on', network, notices: SERVE_NOTICES, examined: true }, opened)
  })
}

/** `keyhold dev`: accepts any credentials, for development and tests. Resolves when it answers requests. */
export async function dev(options: DevOptions): Promise<DevServer> {
  const seed = options.seed === undefined ? [] : parseSeed(options.seed)
  const time = devTime(options.clock ?? 'system', systemClock)
  const enforcement = options.enforce === true ? 'on' : 'off'
  const operation = operating(options)
  const refusal = devRefusal(options)
  const network = networkOf(options, { plainHttp: 'everywhere', refusal })
  return opening(operation.logger, async (opened) => {
    const { sealed, isNew, forget } = await openDevFolder(options.folder, systemRandom)
    opened.defer(forget)
    const engine = await openEngine(sealed, { use: isNew ? 'create' : 'change', clock: time.open, ...operation })
    opened.defer(() => engine.close())
    await applySeed(seed, engine.clock.now(), engine)
    if (enforcement === 'on') {
      const accounts = new DevAccounts(engine)
      for (const { account } of seed) await accounts.begin(account)
    }
    const notices = [
      DEV_NOTICES[enforcement],
      ...(options.folder === undefined ? [EPHEMERAL_NOTICE] : []),
      ...(await time.notices(engine)),
    ]
    const guard = refusing(refusal)
    const life = new DevLife({
      isKept: options.folder !== undefined,
      guard,
      restartTime: time.restart,
      work: (again) => devWork(again, options, { guard, movedTime: time.moved(again) }),
    })
    const begin = (): Promise<Working> => life.begin(engine)
    const running = await start({ engine, begin, enforcement, network, notices, bindsAgain: true }, opened)
    return { ...running, reset: () => life.reset() }
  })
}

/** What a development server does with requests. */
async function devWork(engine: Engine, options: DevOptions, rest: Pick<Work, 'guard' | 'movedTime'>): Promise<Work> {
  const enforcement = options.enforce === true ? 'on' : 'off'
  const acceptsRegion = options.regions === undefined ? isRegion : listedRegions(options.regions)
  const believing = devAuthentication(engine, enforcement, acceptsRegion)
  const authenticate = atCallersTime(await acceptingTokens(believing, options, engine), systemClock)
  return {
    engine,
    authenticate: enforcement === 'on' ? new DevAccounts(engine).beginning(authenticate) : authenticate,
    acceptsRegion,
    enforcement,
    callersClock: systemClock,
    ...(options.anyPrincipal === true && { unknownParties: 'accepted' }),
    grantDelayMs: options.grantDelayMs,
    ...rest,
  }
}

/** Wraps a handler, which gets only the requests that are not refused. */
function refusing(refusal: ReturnType<typeof devRefusal>): (handle: Handle) => Handle {
  return (handle) => async (request) => refusal(request) ?? handle(request)
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

/** Also accepts tokens of the configured issuers, beside signed requests. */
async function acceptingTokens(
  authenticate: Authenticate,
  { oidcIssuers: issuers = [] }: Pick<ServerOptions, 'oidcIssuers'>,
  { directory, logger }: Engine,
): Promise<Authenticate> {
  const outbound = createOutbound({ allowedHosts: hostsOfIssuers(issuers) })
  const make = async (): Promise<TokenDependencies['verifyToken']> => {
    const { webIdentityVerifier } = await import('../../identity/authentication/web-identity/verify-web-identity.ts')
    return webIdentityVerifier({ issuers, outbound, clock: systemClock, logger })
  }
  // Most services have no issuer. They start faster without the modules that verify tokens, which are loaded on first
  // use.
  let made = issuers.length > 0 ? Promise.resolve(await make()) : undefined
  const verifyToken = async (token: string) => (await (made ??= make()))(token)
  return orWebIdentity(authenticate, { verifyToken, directory })
}

async function heldReserve(mebibytes: number, { folder, clock, logger }: Engine): Promise<DiskReserve> {
  return DiskReserve.hold({ file: dataPaths(folder).reserve, scarceBytes: mebibytes * MEBIBYTE, clock, logger })
}

const MEBIBYTE = 1024 * 1024

function operating({
  durability = 'fsync',
  logLevel = 'warn',
}: Omit<ServerOptions, 'port'>): Pick<EngineOptions, 'durability' | 'logger'> {
  return { durability, logger: standardErrorLogger(logLevel) }
}
