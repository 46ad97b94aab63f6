import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { type CertificateOptions, selfSigned } from '../../../../../../tools/testing/certificate.ts'
import type { LogFields, Logger } from '../../../../src/platform/logger.ts'

/** Files of certificates, which go away after the test file. */
export class CertificateFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'keyhold-certificates-'))

  constructor() {
    after(() => rmSync(this.path, { recursive: true }))
  }

  file(name: string): string {
    return join(this.path, name)
  }

  write(name: string, content: string | Uint8Array, mode = 0o600): string {
    writeFileSync(this.file(name), content, { mode })
    return this.file(name)
  }

  /** Writes NAME.crt and NAME.key. */
  issue(name: string, options: Partial<CertificateOptions> = {}): { certificate: string; key: string; pem: string } {
    const made = selfSigned({ names: [`${name}.test`], subject: name, ...options })
    const certificate = this.write(`${name}.crt`, made.certificate, 0o644)
    return { certificate, key: this.write(`${name}.key`, made.key), pem: made.certificate }
  }
}

/** A logger whose lines can be read: level, message and fields. */
export class Lines implements Logger {
  readonly all: [level: string, message: string, fields: LogFields | undefined][] = []

  info(message: string, fields?: LogFields): void {
    this.all.push(['info', message, fields])
  }

  warn(message: string, fields?: LogFields): void {
    this.all.push(['warn', message, fields])
  }

  error(message: string, fields?: LogFields): void {
    this.all.push(['error', message, fields])
  }

  /** Forgets what was read. */
  take(): string[] {
    return this.all.splice(0).map(([level, message]) => `${level}: ${message}`)
  }
}
