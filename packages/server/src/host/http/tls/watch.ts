import type { Clock } from '../../../platform/clock.ts'
import type { Logger } from '../../../platform/logger.ts'
import type { Certificates, CertificateStatus } from './certificates.ts'

/** How often it is looked whether files have changed. One look is one `stat` of each. */
const LOOK_EVERY_MS = 10_000
/** How often it is looked which certificates expire soon. */
const EXPIRY_EVERY_MS = 3_600_000
const DAY_MS = 86_400_000
/** Days before the end at which a line is logged; at 0 it is over. */
const WARN_AT_DAYS = [30, 7, 1, 0]

interface Options {
  clock: Clock
  logger: Logger
}

/** What looks at the files. */
export interface Watch {
  stop(): void
  /** Resolves when no look is in progress. */
  looked(): Promise<void>
}

/**
 * Renews certificates when their files change, and says when one expires soon. Files that are replaced one after another are
 * wrong for a moment: a set that cannot be used is reported only if it is still the same at the next look, and once.
 */
export function watchCertificates(certificates: Certificates, { clock, logger }: Options): Watch {
  const expiry = new ExpiryWarnings(logger)
  const failures = new Failures(logger)
  let looking: Promise<void> | undefined
  const look = async (): Promise<void> => {
    const versions = await certificates.versions()
    if (failures.isReported(versions)) return
    const renewal = await certificates.renew()
    if (renewal.outcome === 'refused') failures.note(versions, renewal.why)
    if (renewal.outcome !== 'renewed') return
    failures.forget()
    logger.info('the TLS certificates were renewed', { certificates: certificates.status().map(described) })
    expiry.check(certificates.status(), clock.now())
  }
  const lookOnce = (): void => {
    looking ??= look()
      .catch((error: unknown) => logger.error('the files of the TLS certificates could not be compared', { error }))
      .finally(() => (looking = undefined))
  }
  expiry.check(certificates.status(), clock.now())
  const stops = [
    clock.every(LOOK_EVERY_MS, lookOnce),
    clock.every(EXPIRY_EVERY_MS, () => expiry.check(certificates.status(), clock.now())),
    clock.every(DAY_MS, () => certificates.forgetSessions()),
  ]
  return {
    stop: () => stops.forEach((stop) => stop()),
    looked: async () => looking,
  }
}

/** Reports each state of the files at most once. */
class Failures {
  readonly #logger: Logger
  #seen: string | undefined
  #reported: string | undefined

  constructor(logger: Logger) {
    this.#logger = logger
  }

  isReported(versions: string): boolean {
    return this.#reported === versions
  }

  note(versions: string, why: string): void {
    if (this.#seen === versions) {
      this.#reported = versions
      this.#logger.error('the new TLS certificates cannot be used: those in use stay', { why })
    }
    this.#seen = versions
  }

  forget(): void {
    this.#seen = undefined
    this.#reported = undefined
  }
}

/** Says once for each certificate and number of days that it expires. */
class ExpiryWarnings {
  readonly #logger: Logger
  /** By fingerprint, the fewest days that were reported. */
  #reported = new Map<string, number>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  check(certificates: readonly CertificateStatus[], nowMs: number): void {
    const reported = new Map<string, number>()
    for (const certificate of certificates) {
      const { fingerprint, notAfterMs } = certificate
      const leftDays = (notAfterMs - nowMs) / DAY_MS
      const before = this.#reported.get(fingerprint) ?? Infinity
      const days = WARN_AT_DAYS.findLast((limit) => leftDays <= limit) ?? Infinity
      reported.set(fingerprint, Math.min(days, before))
      if (days < before) this.#say(certificate, days)
    }
    this.#reported = reported
  }

  #say(certificate: CertificateStatus, days: number): void {
    const fields = described(certificate)
    if (days === 0) this.#logger.error('a TLS certificate has expired: clients refuse it, so renew it', fields)
    else this.#logger.warn('a TLS certificate expires soon: renew it', { ...fields, withinDays: days })
  }
}

function described({ file, names, notAfterMs }: CertificateStatus): { file: string; names: string; notAfter: string } {
  return { file, names: names.slice(0, 10).join(', '), notAfter: new Date(notAfterMs).toISOString() }
}
