import { createSecureContext, type SecureContext, type TlsOptions } from 'node:tls'
import type { Clock } from '../../../platform/clock.ts'
import type { Logger } from '../../../platform/logger.ts'
import { CertificateError } from './certificate-error.ts'
import { type Certificate, loadMaterial, type Material, type TlsFiles } from './load.ts'
import { ByName } from './names.ts'
import { OFFERED } from './policy.ts'
import { versionsOf } from './versions.ts'

/** A certificate in use. */
export interface CertificateStatus {
  file: string
  /** DNS names and IP addresses in lower case. */
  names: readonly string[]
  notBeforeMs: number
  notAfterMs: number
  /** SHA-256 of the certificate, in hex. */
  fingerprint: string
}

/** What became of an attempt to read the files again. */
export type Renewal = { outcome: 'unchanged' | 'renewed' } | { outcome: 'refused'; why: string }

interface Dependencies {
  clock: Clock
  logger: Logger
}

/** Certificates in use, ready for handshakes. */
interface InUse {
  material: Material
  byName: ByName<SecureContext>
  versions: string
}

/**
 * The certificates of a server, chosen by the server name that a client asks for. Their files can change while it runs:
 * {@link renew} reads them again, and keeps what is in use if the new ones are not as good.
 */
export class Certificates {
  #files: TlsFiles
  #inUse: InUse
  readonly #dependencies: Dependencies
  readonly #listeners = new Set<(options: TlsOptions) => void>()
  /** The last renewal that was asked for. Never rejects. */
  #renewing: Promise<unknown> = Promise.resolve()

  private constructor(files: TlsFiles, inUse: InUse, dependencies: Dependencies) {
    this.#files = files
    this.#inUse = inUse
    this.#dependencies = dependencies
  }

  /** Reads and checks the files. Throws a CertificateError, also if no certificate is within its time. */
  static async open(files: TlsFiles, dependencies: Dependencies): Promise<Certificates> {
    const inUse = await load(files)
    const { certificates } = inUse.material
    const faults = certificates.map((certificate) => faultOfTime(certificate, dependencies.clock.now()))
    // With others, it is better to serve those than none.
    const [first] = faults
    if (first !== undefined && faults.every((fault) => fault !== undefined)) throw new CertificateError(first)
    for (const fault of faults) {
      if (fault === undefined) continue
      dependencies.logger.error('a TLS certificate is not within its time: clients refuse it, so renew it', { fault })
    }
    return new Certificates(files, inUse, dependencies)
  }

  /** For servers of node:https: with the certificates of now, and the choice by server name of the time of a handshake. */
  options(): TlsOptions {
    return {
      ...contextOptions(this.#inUse.material),
      requestCert: this.#files.clientAuthorities !== undefined,
      // The listener looks at it: node:tls would close the connection without a word of why.
      rejectUnauthorized: false,
      SNICallback: (name, choose) => choose(null, this.#inUse.byName.find(name)),
    }
  }

  /** Calls `renewed` with the options of each later set of certificates. */
  follow(renewed: (options: TlsOptions) => void): void {
    this.#listeners.add(renewed)
  }

  /** Replaces the keys that seal the sessions of clients. With them, resumed sessions of TLS 1.2 can be read. */
  forgetSessions(): void {
    const options = this.options()
    for (const renewed of this.#listeners) renewed(options)
  }

  status(): CertificateStatus[] {
    return this.#inUse.material.certificates.map(({ file, names, notBeforeMs, notAfterMs, fingerprint }) => ({
      file,
      names,
      notBeforeMs,
      notAfterMs,
      fingerprint,
    }))
  }

  /**
   * Reads the files again if they have changed, or those that are named now. Existing connections stay as they are. A set that
   * cannot be used, or has a certificate that is not within its time, is refused as a whole, and what is in use stays.
   */
  renew(files?: TlsFiles): Promise<Renewal> {
    // One after the other, and the files of now only when it is its turn: a look that began before other files were named would
    // otherwise put the old ones back.
    const renewing = this.#renewing.then(() => this.#renew(files ?? this.#files))
    this.#renewing = renewing.catch(() => undefined)
    return renewing
  }

  async #renew(files: TlsFiles): Promise<Renewal> {
    try {
      const isSame = sameFiles(files, this.#files)
      if (isSame && (await versionsOf(pathsOf(files))) === this.#inUse.versions) return { outcome: 'unchanged' }
      if ((files.clientAuthorities === undefined) !== (this.#files.clientAuthorities === undefined)) {
        throw new CertificateError('Whether clients must have a certificate changes at a restart only.')
      }
      const next = await load(files)
      this.#requireInTime(next.material)
      this.#files = files
      this.#inUse = next
      this.forgetSessions()
      return { outcome: 'renewed' }
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error
      return { outcome: 'refused', why: error.message }
    }
  }

  /** A certificate that is in use already is no worse than it was. */
  #requireInTime({ certificates }: Material): void {
    const known = new Set(this.#inUse.material.certificates.map(({ fingerprint }) => fingerprint))
    for (const certificate of certificates) {
      const fault = known.has(certificate.fingerprint)
        ? undefined
        : faultOfTime(certificate, this.#dependencies.clock.now())
      if (fault !== undefined) throw new CertificateError(fault)
    }
  }

  /** The files as they are now, to compare. */
  versions(): Promise<string> {
    return versionsOf(pathsOf(this.#files))
  }
}

async function load(files: TlsFiles): Promise<InUse> {
  // Before they are read: a later change gives another version, and they are read again.
  const versions = await versionsOf(pathsOf(files))
  const material = await loadMaterial(files)
  const entries = material.certificates.map(({ names, material: own }) => ({
    names,
    value: createSecureContext({ ...OFFERED, ...own, ...authoritiesOf(material) }),
  }))
  return { material, byName: new ByName(entries), versions }
}

/** The first certificate is for clients that name no server, or an unknown one. */
function contextOptions(material: Material): TlsOptions {
  return { ...OFFERED, ...material.certificates[0]?.material, ...authoritiesOf(material) }
}

function authoritiesOf({ clientAuthorities }: Material): { ca?: Buffer } {
  return clientAuthorities === undefined ? {} : { ca: clientAuthorities }
}

function pathsOf({ certificates, keys = [], clientAuthorities }: TlsFiles): string[] {
  return [...certificates, ...keys, ...(clientAuthorities === undefined ? [] : [clientAuthorities])]
}

function sameFiles(one: TlsFiles, other: TlsFiles): boolean {
  if (one === other) return true
  const [a, b] = [one, other].map(({ passphrase }) => Buffer.from(passphrase?.reveal() ?? []))
  return a?.equals(b ?? Buffer.of()) === true && JSON.stringify(pathsOf(one)) === JSON.stringify(pathsOf(other))
}

/** Why a certificate cannot be used now, or nothing. */
function faultOfTime({ file, notBeforeMs, notAfterMs }: Certificate, nowMs: number): string | undefined {
  const day = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')
  if (nowMs >= notAfterMs) return `The certificate in ${file} expired at ${day(notAfterMs)}. Renew it.`
  if (nowMs < notBeforeMs) {
    return `The certificate in ${file} is not valid before ${day(notBeforeMs)}. Check the clock of this machine, which says ${day(nowMs)}.`
  }
  return undefined
}
