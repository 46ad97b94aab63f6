import type { Logger } from '../../platform/logger.ts'
import type { DevOptions, ServeOptions } from './config.ts'
import { devRefusal, networkOf, openCertificates } from './network.ts'
import { sealedFolder } from './open.ts'

/** What is wrong with the options of `serve`, as far as it can be said without opening the data folder. Changes nothing. */
export function faultsOfServe(options: ServeOptions): Promise<Error[]> {
  return thrownBy([
    () => networkOf(options),
    () => openCertificates(options, QUIET),
    () => sealedFolder(options.folder, 'serve'),
  ])
}

/** The same of `dev`. Its folder may be missing: it makes one. */
export function faultsOfDev(options: DevOptions): Promise<Error[]> {
  return thrownBy([() => networkOf(options, { refusal: devRefusal(options) }), () => openCertificates(options, QUIET)])
}

const QUIET: Logger = { info() {}, warn() {}, error() {} }

async function thrownBy(checks: readonly (() => unknown)[]): Promise<Error[]> {
  const faults: Error[] = []
  for (const check of checks) {
    try {
      await check()
    } catch (error) {
      faults.push(error as Error)
    }
  }
  return faults
}
