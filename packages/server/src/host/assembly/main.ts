import { resolve } from 'node:path'
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
import { openDevFolder } from './dev-folder.ts'
import { atCallersTime, devTime } from './dev-time.ts'
import { type Engine, type EngineOptions, openEngine } from './engine.ts'
import { refuseBrowsers } from '../http/rebinding.ts'
import { type Authenticate, SIGNING_NAMES } from '../http/service.ts'
import { type Initialized, type InitializeOptions, initializeFolder } from './initialize.ts'
import { applySeed } from './seed/seed.ts'
import { parseSeed } from './seed/seed-file.ts'
import { createOutbound } from '../../platform/outbound/outbound.ts'
import { DiskReserve } from '../../platform/disk-reserve.ts'
import { standardErrorLogger } from '../../platform/pino-logger.ts'
import { type AuditHead, auditHeadOf, verifyAuditFolder } from './offline.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { openFileRoot } from '../../vault/root/file-root.ts'
import { type RunningServer, start } from './start.ts'
import { dataPaths, openDataFolder } from '../../vault/storage/data-folder.ts'

const SERVE_NOTICES = [
  'Answers KMS, IAM and STS requests. Signatures are verified, and policies are enforced.',
  'Listens on the loopback interface only, because TLS is not supported yet.',
]
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
  const engine = await openServeFolder(options)
  const acceptsRegion = knownRegions(engine)
  return start({
    engine,
    authenticate: await acceptingTokens(verifier(engine, acceptsRegion), options, engine),
    acceptsRegion,
    enforcement: 'on',
    grantDelayMs: options.grantDelayMs,
    ...(options.rates !== 'off' && { rateWorkers: options.rateWorkers ?? 1 }),
    port: options.port,
    notices: SERVE_NOTICES,
    examined: true,
    ...(options.reserveMebibytes && { reserve: await heldReserve(options.folder, options.reserveMebibytes, engine) }),
  })
}

/** `keyhold dev`: accepts any credentials, for development and tests. Resolves when it answers requests. */
export async function dev(options: DevOptions): Promise<RunningServer> {
  const seed = options.seed === undefined ? [] : parseSeed(options.seed)
  const time = devTime(options.clock ?? 'system', systemClock)
  const enforcement = options.enforce === true ? 'on' : 'off'
  const acceptsRegion = options.regions === undefined ? isRegion : listedRegions(options.regions)
  const { folder, root, isNew, forget } = await openDevFolder(options.folder, systemRandom)
  try {
    const use = isNew ? 'create' : 'change'
    const engine = await openEngine({ folder, root, use, clock: time.open, ...operating(options) })
    await applySeed(seed, engine.clock.now(), engine)
    const accounts = new DevAccounts(engine)
    if (enforcement === 'on') for (const { account } of seed) await accounts.begin(account)
    const believing = devAuthentication(engine, enforcement, acceptsRegion)
    const authenticate = atCallersTime(await acceptingTokens(believing, options, engine), systemClock)
    const running = await start({
      engine,
      authenticate: enforcement === 'on' ? accounts.beginning(authenticate) : authenticate,
      acceptsRegion,
      enforcement,
      callersClock: systemClock,
      ...(options.anyPrincipal === true && { unknownParties: 'accepted' }),
      grantDelayMs: options.grantDelayMs,
      port: options.port,
      notices: [
        DEV_NOTICES[enforcement],
        ...(options.folder === undefined ? [EPHEMERAL_NOTICE] : []),
        ...(await time.notices(engine)),
      ],
      guard: refuseBrowsers,
      movedTime: time.moved(engine),
      bindsAgain: true,
    })
    const stop = async (): Promise<void> => {
      try {
        await running.stop()
      } finally {
        await forget()
      }
    }
    return { ...running, stop }
  } catch (error) {
    await forget()
    throw error
  }
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

async function openServeFolder(options: ServeOptions): Promise<Engine> {
  const folder = resolve(options.folder)
  const { root: place } = await openDataFolder(folder, 'serve')
  const root = await openFileRoot(place.file, place.id, systemRandom)
  return openEngine({ folder, root, use: 'change', clock: systemClock, ...operating(options) })
}

async function heldReserve(named: string, mebibytes: number, { clock, logger }: Engine): Promise<DiskReserve> {
  const file = dataPaths(resolve(named)).reserve
  return DiskReserve.hold({ file, scarceBytes: mebibytes * MEBIBYTE, clock, logger })
}

const MEBIBYTE = 1024 * 1024

function operating({
  durability = 'fsync',
  logLevel = 'warn',
}: Omit<ServerOptions, 'port'>): Pick<EngineOptions, 'durability' | 'logger'> {
  return { durability, logger: standardErrorLogger(logLevel) }
}
