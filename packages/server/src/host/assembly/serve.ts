import { systemRandom } from '../../crypto/random.ts'
import { opening } from '../../platform/opening.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { adminOf } from './admin-place.ts'
import type { ServeOptions } from './config.ts'
import { forgotten } from './forgotten.ts'
import { openAccessLog, operating } from './logging.ts'
import { networkOf, withCertificates } from './network.ts'
import { sealedFolder } from './open.ts'
import { openService, recordSealOf } from './open-service.ts'
import { certificatesOf } from './reload/certificates.ts'
import { loggedLevel } from './reload/logged-level.ts'
import { Reloading, type RunningService } from './reload/reload.ts'
import { replacedLists } from './reload/replaced-lists.ts'
import { RequestRates } from './reload/request-rates.ts'
import { ReservedSpace } from './reload/reserved-space.ts'
import { TokenIssuers } from './reload/token-issuers.ts'
import { Seal, type SealOptions } from './seal.ts'
import type { Observers } from './served.ts'
import { start } from './start.ts'

/** What every service has. */
const SERVICE = {
  notices: ['Answers KMS, IAM and STS requests. Signatures are verified, and policies are enforced.'],
  isSealable: true,
}
/** Domain keys wrap keys and derive others: NIST SP 800-57 Part 1, section 5.3.6, gives such keys one to two years. */
const ROTATE_DOMAINS_DAYS = 365
const ROUTES = ['POST /', 'GET /']

/**
 * `keyhold serve`: verifies everything, on a folder that `initialize` created. Resolves when it answers requests, be it that the
 * folder is sealed because what opens its root of trust is out of reach.
 */
export async function serve(options: ServeOptions): Promise<RunningService> {
  const operation = operating(options)
  const { logger } = operation
  const configured = networkOf(options, { plainHttp: options.insecureHttp === true ? 'everywhere' : 'local' })
  const network = await withCertificates(configured, options, logger)
  return opening(logger, async (opened) => {
    opened.defer(() => logger.flush())
    const accessLog = await openAccessLog(options, logger, opened)
    const { folder } = await sealedFolder(options.folder, 'serve')
    const disk = { folder, clock: systemClock, logger }
    const rates = new RequestRates(options)
    const issuers = await TokenIssuers.open(options, operation)
    const reserve = opened.adopt(new ReservedSpace(disk), (open) => open.stop())
    const { answers, grantDelayMs, checkpointFile, acceptRollback, rotateDomainsDays = ROTATE_DOMAINS_DAYS } = options
    const given = { grantDelayMs, checkpointFile, acceptRollback, rotateDomainsDays, backups: options.backups }
    const service = { folder, answers, issuers, rates, reserve, ...given, ...operation }
    const begin = async (observers: Observers): Promise<Seal> => {
      const open: SealOptions['open'] = (answers, unsealing) => openService(service, observers, { answers, unsealing })
      const { requireOpen } = options
      const sealing = Seal.begin({
        ...disk,
        ...observers,
        requireOpen,
        routes: ROUTES,
        open,
        record: recordSealOf,
        forget: forgotten,
      })
      const seal = opened.adopt(await sealing, (begun) => begun.stop())
      await reserve.reload(options)
      return seal
    }
    const admin = adminOf(options, 'in the folder' as const)
    const starting = { ...disk, random: systemRandom, reserve, network, accessLog, admin, ...SERVICE, begin }
    const { running, served: seal } = await start(starting, opened)
    const reloading = new Reloading([
      loggedLevel(logger),
      rates,
      reserve,
      issuers,
      certificatesOf(network.certificates),
      ...replacedLists(network, options),
    ])
    opened.defer(() => reloading.close())
    return {
      ...running,
      reload: (changed) => reloading.reload(changed),
      seal: () => seal.seal,
      onSeal: (listener) => seal.onChange(listener),
    }
  })
}
