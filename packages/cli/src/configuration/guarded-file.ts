import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { Secret } from '@keyhold/protocol'
import { FileError } from '../base/errors.ts'

const WRITABLE_BY_OTHERS = 0o022
const WINDOWS = process.platform === 'win32'
/** Without O_NONBLOCK, opening a named pipe would wait for a writer indefinitely. */
const READ_FLAGS = WINDOWS ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK

/**
 * The bytes of a file that decides what the service does. Symbolic links are followed, as mounted secrets need; the opened
 * file is checked.
 *
 * @throws FileError when other users can write it, when it is no regular file, or longer than `maxBytes`; a system error when
 * it cannot be read.
 */
export async function readGuarded(file: string, maxBytes: number): Promise<Buffer> {
  await using handle = await open(file, READ_FLAGS)
  const status = await handle.stat()
  if (!status.isFile()) throw new FileError(`${JSON.stringify(file)} is not a regular file.`)
  if (!WINDOWS && (status.mode & WRITABLE_BY_OTHERS) !== 0) throw tooOpen(file, status.mode)
  const buffer = Buffer.alloc(maxBytes + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.byteLength - length)
    length += bytesRead
    if (bytesRead === 0 || length > maxBytes) break
  }
  if (length > maxBytes) throw new FileError(`${JSON.stringify(file)} is longer than ${maxBytes} bytes.`)
  return buffer.subarray(0, length)
}

/** A passphrase, a token or a password, each of which is far shorter. */
const MAX_SECRET_BYTES = 64 * 1024

/** The secret text in a file, without one line break at its end. Throws as {@link readGuarded}, and when it is empty. */
export async function readSecretFile(file: string): Promise<Secret> {
  const bytes = await readGuarded(file, MAX_SECRET_BYTES)
  const end = bytes.at(-1) === LINE_FEED ? (bytes.at(-2) === CARRIAGE_RETURN ? -2 : -1) : undefined
  const secret = Secret.of(new Uint8Array(bytes.subarray(0, end)))
  bytes.fill(0)
  if (secret.byteLength === 0) throw new FileError(`${JSON.stringify(file)} contains no secret: it is empty.`)
  return secret
}

/** A secret from a text. The text itself cannot be overwritten. */
export function secretOf(text: string): Secret {
  return Secret.of(new Uint8Array(Buffer.from(text)))
}

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

function tooOpen(file: string, mode: number): FileError {
  const octal = (mode & 0o777).toString(8)
  return new FileError(
    `Other users can write ${JSON.stringify(file)} (mode ${octal}). Run \`chmod go-w ${file}\` and check what it says.`,
  )
}
