import type { BigIntStats } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Secret } from '@keyhold/protocol'
import { EnvelopeError } from '../error.ts'
import {
  commitmentTo,
  KEY_FILE_NAMESPACE,
  parseKeyFile,
  sealingContext,
  serializeKeyFile,
  WRAPPING_KEY_BYTES,
} from '../key-file/format.ts'
import type { KeyFile } from '../key-file/format.ts'
import { openSeal } from '../key-file/open.ts'
import { rewrapped } from '../key-file/rewrap.ts'
import type { RewrapKeyFileOptions } from '../key-file/rewrap.ts'
import type { Keyring } from '../keyrings/keyring.ts'
import { AtomicFile } from './atomic-file.ts'
import { removeFile, syncFolder } from './remove-file.ts'
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

/**
 * Makes a wrapping key and writes it, sealed under the keyring, to a file that must not exist yet. The wrapping key
 * itself never reaches the disk. Specification: docs/spec/key-file.md.
 */
export async function createKeyFile(path: string, { keyring, signal }: KeyFileOptions): Promise<KeyFile> {
  const id = Buffer.from(nodeCryptography.nonce(ID_BYTES)).toString('hex')
  using wrappingKey = Secret.of(nodeCryptography.randomSecret(WRAPPING_KEY_BYTES))
  const commitment = await commitmentTo(nodeCryptography, id, wrappingKey.reveal())
  const request = { context: sealingContext(id), dataKeyBytes: WRAPPING_KEY_BYTES, dataKey: wrappingKey }
  const { encryptedDataKeys } = await keyring.onEncrypt({ ...request, ...(signal && { signal }) })
  const file: KeyFile = { id, commitment, sealed: encryptedDataKeys }
  await writeNew(path, serializeKeyFile(file))
  return file
}

/** What a key file says about itself, without a key and so without knowing whether it is true. */
export async function readKeyFile(path: string): Promise<KeyFile> {
  return (await readWhole(path)).file
}

/**
 * Opens a key file. The keyring that it gives wraps any number of data keys without asking a KMS again.
 *
 * @throws EnvelopeError NO_KEY_OPENS, with the reason for each key that the file is sealed under.
 */
export async function openKeyFile(path: string, { keyring, signal }: KeyFileOptions): Promise<Keyring> {
  const file = await readKeyFile(path)
  using wrappingKey = await openSeal(nodeCryptography, file, keyring, signal)
  return rawAes({ namespace: KEY_FILE_NAMESPACE, name: file.id, wrappingKey: wrappingKey.reveal() })
}

/**
 * Changes which keys open a key file, and replaces the file when that has succeeded. It keeps its permissions.
 *
 * @throws EnvelopeError CONFLICT when somebody else has changed the file meanwhile: a key that was removed stays so.
 */
export async function rewrapKeyFile(path: string, options: RewrapKeyFileOptions): Promise<KeyFile> {
  const { file, replaces } = await readWhole(path)
  const changed = await rewrapped(nodeCryptography, file, options)
  await filling(await AtomicFile.create(path, { replaces }), (target) => target.write([serializeKeyFile(changed)]))
  return changed
}

async function readWhole(path: string): Promise<{ file: KeyFile; replaces: BigIntStats }> {
  await using handle = await open(path, 'r')
  const replaces = await handle.stat({ bigint: true })
  if (replaces.size > MAX_BYTES) throw new EnvelopeError('LIMIT_EXCEEDED', `A key file has at most ${MAX_BYTES} bytes.`)
  return { file: parseKeyFile(await handle.readFile()), replaces }
}

/** The owner's alone, since who may read it depends on the keys, not on this system's other users. */
async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } catch (error) {
    await removeFile(path)
    throw error
  } finally {
    await handle.close()
  }
  await syncFolder(dirname(path))
}
