import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { FileError } from '../base/errors.ts'
import type { Issued, Span } from './issue.ts'

const PRIVATE = 0o600
const PUBLIC = 0o644
const MS_PER_DAY = 86_400_000
/** Clocks of clients can be slow. */
const BEFORE_MS = 3_600_000

/** The files of a private authority and of the server that it vouches for. */
export interface CertificateFiles {
  authority: string
  authorityKey: string
  certificate: string
  key: string
}

export function filesIn(folder: string): CertificateFiles {
  return {
    authority: join(folder, 'ca.pem'),
    authorityKey: join(folder, 'ca.key'),
    certificate: join(folder, 'server.pem'),
    key: join(folder, 'server.key'),
  }
}

/** From an hour ago on. */
export function spanOf(days: number): Span {
  const now = Date.now()
  return { notBefore: new Date(now - BEFORE_MS), notAfter: new Date(now + days * MS_PER_DAY) }
}

/** Writes all files, or none. Throws if one of them exists: its key may be in use. */
export async function writeNew(folder: string, authority: Issued, server: Issued): Promise<CertificateFiles> {
  const files = filesIn(folder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const written: string[] = []
  try {
    for (const [file, text, mode] of [
      [files.authorityKey, authority.key, PRIVATE],
      [files.key, server.key, PRIVATE],
      [files.authority, authority.certificate, PUBLIC],
      [files.certificate, server.certificate, PUBLIC],
    ] as const) {
      await write(file, text, mode)
      written.push(file)
    }
  } catch (error) {
    await Promise.all(written.map((file) => unlink(file)))
    throw error
  }
  return files
}

/** Replaces the certificate of the server and its key, each at once. Between the two a server keeps those that it has. */
export async function replaceServer(folder: string, { certificate, key }: Issued): Promise<CertificateFiles> {
  const files = filesIn(folder)
  for (const [file, text, mode] of [
    [files.key, key, PRIVATE],
    [files.certificate, certificate, PUBLIC],
  ] as const) {
    await write(`${file}.new`, text, mode)
    await rename(`${file}.new`, file)
  }
  return files
}

/** What {@link writeNew} wrote. Throws if there is none. */
export async function readAuthority(folder: string): Promise<{ authority: Issued; server: string }> {
  const files = filesIn(folder)
  const [certificate, key, server] = await Promise.all(
    [files.authority, files.authorityKey, files.certificate].map((file) => readFile(file, 'utf8')),
  )
  return { authority: { certificate: certificate ?? '', key: key ?? '' }, server: server ?? '' }
}

async function write(path: string, text: string, mode: number): Promise<void> {
  try {
    await using file = await open(path, 'wx', mode)
    await file.writeFile(text)
    await file.sync()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new FileError(`${JSON.stringify(path)} exists, and is never overwritten. Name another folder with --out.`)
  }
}
