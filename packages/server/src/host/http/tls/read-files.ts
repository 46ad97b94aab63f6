import { constants, type FileHandle, open } from 'node:fs/promises'
import { CertificateError } from './certificate-error.ts'

/** A chain of long certificates has some 20 KiB. */
const MAX_BYTES = 512 * 1024
const WINDOWS = process.platform === 'win32'
/** Without O_NONBLOCK, opening a named pipe would wait for a writer indefinitely. */
const READ_FLAGS = WINDOWS ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK

/** A file, as it was when it was opened. */
export interface ReadFile {
  file: string
  bytes: Buffer
  mode: number
}

/**
 * Reads a whole file. Symbolic links are followed, which mounted secrets need. Throws a CertificateError, and before the content
 * is read if it is no regular file.
 */
export async function readFile(file: string): Promise<ReadFile> {
  try {
    await using handle = await open(file, READ_FLAGS)
    const status = await handle.stat()
    if (!status.isFile()) throw new CertificateError(`${file} is not a regular file.`)
    return { file, bytes: await readAtMost(file, handle), mode: status.mode & 0o777 }
  } catch (cause) {
    if (cause instanceof CertificateError) throw cause
    const { code = String(cause) } = cause as NodeJS.ErrnoException
    throw new CertificateError(`${file} cannot be read: ${REASONS[code] ?? code}.`, { cause })
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'this user may not',
  EISDIR: 'it is a folder',
  ENOTDIR: 'it is not in a folder',
}

/** The size is not relied on, because the file can grow while it is read. */
async function readAtMost(file: string, handle: FileHandle): Promise<Buffer> {
  const buffer = Buffer.alloc(MAX_BYTES + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.byteLength - length, length)
    length += bytesRead
    if (length > MAX_BYTES) throw new CertificateError(`${file} is larger than ${MAX_BYTES} bytes.`)
    if (bytesRead === 0) return buffer.subarray(0, length)
  }
}

/** The group can read it, as Debian's group `ssl-cert` does; all others can do nothing. */
const REFUSED_OF_KEYS = 0o027
const WRITABLE_BY_OTHERS = 0o022

/** Throws a CertificateError if users that are not named for it can read or replace a private key. */
export function requirePrivate({ file, mode }: ReadFile): void {
  if (WINDOWS || (mode & REFUSED_OF_KEYS) === 0) return
  throw new CertificateError(
    `Other users can access the private key in ${file} (mode ${mode.toString(8)}). Run \`chmod 640 ${file}\`, or 600.`,
  )
}

/** Throws a CertificateError if other users can replace the authorities of clients. */
export function requireProtected({ file, mode }: ReadFile): void {
  if (WINDOWS || (mode & WRITABLE_BY_OTHERS) === 0) return
  throw new CertificateError(
    `Other users can write ${file} (mode ${mode.toString(8)}), and so choose who is let in. Run \`chmod go-w ${file}\`.`,
  )
}
