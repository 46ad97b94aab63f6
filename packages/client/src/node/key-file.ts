import { open } from 'node:fs/promises'
import { Secret } from '@keyhold/protocol'
import { aSignal, optional, requireOptions } from '../base/arguments.ts'
import type { Shape } from '../base/arguments.ts'
import { EnvelopeError } from '../base/error.ts'
import { commitmentTo, parseKeyFile, sealingContext, serializeKeyFile, WRAPPING_KEY_BYTES } from '../key-file/format.ts'
import type { KeyFile } from '../key-file/format.ts'
import { KEY_FILE_NAMESPACE } from '../keyrings/wrapping-key.ts'
import { openSeal } from '../key-file/open.ts'
import { REWRAP_KEY_FILE_SHAPE, rewrapped } from '../key-file/rewrap.ts'
import type { RewrapKeyFileOptions } from '../key-file/rewrap.ts'
import { aKeyring, checkedWrapped } from '../keyrings/checks.ts'
import type { Keyring } from '../keyrings/keyring.ts'
import { AtomicFile, finalPath } from './atomic-file.ts'
import { aPath } from './checks.ts'
import { FileLock } from './file-lock.ts'
import { native } from './path.ts'
import { ReadContent } from './read-content.ts'
import type { Replaced } from './replaced.ts'
import { filling } from './target.ts'
import { nodeCryptography } from './cryptography.ts'
import { rawAes } from './keyrings/raw-aes.ts'

const ID_BYTES = 16
/** Far more than any number of keys that a person would name. */
const MAX_BYTES = 2 ** 20

export interface KeyFileOptions {
  keyring: Keyring
  signal?: AbortSignal
}

const KEY_FILE_SHAPE: Shape<KeyFileOptions> = { keyring: aKeyring, signal: optional(aSignal) }

/**
 * Makes a wrapping key and writes it, sealed under the keyring, to a file that must not exist yet. The wrapping key
 * itself never reaches the disk. Specification: docs/spec/key-file.md.
 */
export async function createKeyFile(path: string, options: KeyFileOptions): Promise<KeyFile> {
  aPath(path, 'createKeyFile: the path')
  requireOptions(options, 'createKeyFile', KEY_FILE_SHAPE)
  const { keyring, signal } = options
  const id = Buffer.from(nodeCryptography.nonce(ID_BYTES)).toString('hex')
  using wrappingKey = Secret.of(nodeCryptography.randomSecret(WRAPPING_KEY_BYTES))
  const commitment = await commitmentTo(nodeCryptography, id, wrappingKey.reveal())
  const request = { context: sealingContext(id), dataKeyBytes: WRAPPING_KEY_BYTES, dataKey: wrappingKey }
  const { encryptedDataKeys } = checkedWrapped(await keyring.onEncrypt({ ...request, ...(signal && { signal }) }))
  const file: KeyFile = { id, commitment, sealed: encryptedDataKeys }
  const target = await AtomicFile.create(path, { followLink: false, mustBeNew: true })
  await filling(target, () => target.write([serializeKeyFile(file)]))
  return file
}

/** What a key file says about itself, without a key and so without knowing whether it is true. */
export async function readKeyFile(path: string): Promise<KeyFile> {
  aPath(path, 'readKeyFile: the path')
  return (await readWhole(path)).file
}

/**
 * Opens a key file. The keyring that it gives wraps any number of data keys without asking a KMS again.
 *
 * @throws EnvelopeError NO_KEY_OPENS, with the reason for each key that the file is sealed under.
 */
export async function openKeyFile(path: string, options: KeyFileOptions): Promise<Keyring> {
  aPath(path, 'openKeyFile: the path')
  requireOptions(options, 'openKeyFile', KEY_FILE_SHAPE)
  const { keyring, signal } = options
  const file = await readKeyFile(path)
  using wrappingKey = await openSeal(nodeCryptography, file, keyring, signal)
  return rawAes({ namespace: KEY_FILE_NAMESPACE, name: file.id, wrappingKey: wrappingKey.reveal() })
}

/**
 * Changes which keys open a key file, and replaces the file when that has succeeded. It keeps its owner and permissions.
 * Several calls at once, also of several processes, wait for each other, each for up to 30 seconds.
 *
 * @throws EnvelopeError CONFLICT when a program that does not know their lock has changed the file meanwhile, or the others
 *   take longer.
 */
export async function rewrapKeyFile(path: string, options: RewrapKeyFileOptions): Promise<KeyFile> {
  aPath(path, 'rewrapKeyFile: the path')
  requireOptions(options, 'rewrapKeyFile', REWRAP_KEY_FILE_SHAPE)
  const { signal, onNotKept } = options
  const place = await finalPath(path)
  await using lock = await FileLock.acquire(place, { ...(signal && { signal }) })
  const { file, replaces } = await readWhole(place)
  const changed = await rewrapped(nodeCryptography, file, options)
  const target = await AtomicFile.create(place, { followLink: false, lock, replaces, ...(onNotKept && { onNotKept }) })
  await filling(target, () => target.write([serializeKeyFile(changed)]))
  return changed
}

async function readWhole(path: string): Promise<{ file: KeyFile; replaces: Replaced }> {
  await using handle = await open(native(path), 'r')
  const status = await handle.stat({ bigint: true })
  if (status.size > MAX_BYTES) throw new EnvelopeError('LIMIT_EXCEEDED', `A key file has at most ${MAX_BYTES} bytes.`)
  const bytes = await handle.readFile()
  const content = new ReadContent()
  content.update(bytes)
  return { file: parseKeyFile(bytes), replaces: { status, content, keepsMetadata: true } }
}
