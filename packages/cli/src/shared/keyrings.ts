import type * as ClientModule from '@keyhold/client'
import type {
  DiscoveryFilter,
  ExpectedContext,
  Keyring,
  KeyArn,
  KmsConnection,
  KmsRsaAlgorithm,
  UnwrapRequest,
} from '@keyhold/client'
import { type Command, Option } from 'commander'
import { UsageError } from '../base/errors.ts'
import { connection, withConnectionOptions, type ConnectionOptions } from './connection.ts'
import { readWhole } from './input.ts'
import { collect } from './options.ts'
import { publicKeyPem } from './pem.ts'
import { privateRecoveryKey, publicRecoveryKey } from './recovery-keys.ts'

type Client = typeof ClientModule

const RSA_ALGORITHMS: readonly KmsRsaAlgorithm[] = ['RSAES_OAEP_SHA_256', 'RSAES_OAEP_SHA_1']
/** As many encrypted data keys every reader of ours takes (DEFAULT_LIMITS of the client). */
const MOST_KEYS = 100
const RSA_PROVIDER = 'aws-kms-rsa'
/** Far more than any RSA key of a KMS has. */
const MAX_PUBLIC_KEY_BYTES = 2 ** 14
/** The first byte of a public key in DER, and of none in PEM. */
const DER_SEQUENCE = 0x30

/** The flags that say which keys may open something. */
export interface ReadingKeys extends ConnectionOptions {
  /** By ARN, id or alias. None: any key of the caller's own account. */
  key: readonly string[]
  /** A key file, which the keys open: then nothing else opens a message. */
  keyFile?: string
  /** For RSA keys, as what they sealed does not say it. */
  encryptionAlgorithm?: KmsRsaAlgorithm
  /** A file with the private half of a recovery key: then no KMS is asked. */
  recoveryKey?: string
}

/** The flags that say which keys a message is written under. */
export interface WritingKeys extends Omit<ReadingKeys, 'recoveryKey'> {
  /** Files with the public halves of recovery keys, which open it as well. */
  recoveryKey?: readonly string[]
  /** A file with the public key of the one RSA key that is named. */
  publicKey?: string
}

/** Adds the flags that {@link readingKeyring} reads. */
export function withReadingKeys(command: Command): Command {
  command
    .option('-k, --key <key>', 'a key that may open it: ARN, id or alias; may be repeated', collect, [])
    .option('--key-file <file>', 'the key file that it was encrypted under; -k then names a key that may open that')
    .addOption(rsaAlgorithm('the algorithm that it was encrypted with, if -k is an RSA key'))
    .option('--recovery-key <file>', 'open it, or its key file, with this private recovery key, without any KMS')
  return withConnectionOptions(command)
}

/** Adds the flags that {@link writingKeyring} reads. */
export function withWritingKeys(command: Command): Command {
  command
    .option('-k, --key <key>', 'a key to encrypt under: ARN, id or alias; may be repeated', collect, [])
    .option('--key-file <file>', 'encrypt under the key in this key file; -k then names a key that may open it')
    .option('--public-key <file>', 'encrypt offline under the RSA key -k ARN, whose public key this file has')
    .addOption(rsaAlgorithm('how, with --public-key'))
    .option(
      '--recovery-key <file>',
      'a public recovery key that opens it, beside the others or alone; may be repeated',
      collect,
      [],
    )
  return withConnectionOptions(command)
}

function rsaAlgorithm(description: string): Option {
  return new Option('--encryption-algorithm <name>', `${description} (default: ${RSA_ALGORITHMS[0]})`).choices(
    RSA_ALGORITHMS,
  )
}

/**
 * A keyring that opens what the named keys, or any key of the caller's own account, sealed: a message itself, or the
 * key file that it was written under. No KMS is asked for anything before there is a message to open.
 */
export async function readingKeyring(keys: ReadingKeys, signal: AbortSignal): Promise<Keyring> {
  const client = await import('@keyhold/client')
  const { keyFile } = keys
  const named = await openingKeyring(client, keys, signal)
  return keyFile === undefined ? named : onDemand(() => client.openKeyFile(keyFile, { keyring: named, signal }))
}

async function openingKeyring(client: Client, keys: ReadingKeys, signal: AbortSignal): Promise<Keyring> {
  if (keys.recoveryKey !== undefined) {
    requireNoOther(keys)
    return privateRecoveryKey(client, keys.recoveryKey)
  }
  const service = client.kms(await connection(keys))
  return onDemand(() => openingKeys(client, service, keys, signal))
}

/** A keyring that seals under the named keys. Whatever is wrong with their names is found before anything is written. */
export async function writingKeyring(keys: WritingKeys, signal: AbortSignal): Promise<Keyring> {
  const client = await import('@keyhold/client')
  const recovery = await Promise.all((keys.recoveryKey ?? []).map((file) => publicRecoveryKey(client, file)))
  if (!namesKmsKeys(keys)) return client.anyOf(...recovery)
  return client.anyOf(await namedKeyring(client, keys, signal), ...recovery)
}

async function namedKeyring(client: Client, keys: WritingKeys, signal: AbortSignal): Promise<Keyring> {
  const { publicKey, keyFile } = keys
  if (publicKey !== undefined) return offlineKeyring(client, publicKey, keys)
  const service = client.kms(await connection(keys))
  if (keyFile !== undefined) {
    return client.openKeyFile(keyFile, { keyring: await openingKeys(client, service, keys, signal), signal })
  }
  const [generator, ...further] = await resolveAll(service, keys.key, signal)
  return service.key(generator!, further)
}

function namesKmsKeys({ key, keyFile, publicKey }: WritingKeys): boolean {
  return key.length > 0 || keyFile !== undefined || publicKey !== undefined
}

/** Whether public keys alone suffice to write it: then a signature would say nothing about its writer. */
export function isUnderPublicKeys(keys: WritingKeys): boolean {
  return keys.publicKey !== undefined || !namesKmsKeys(keys)
}

/** @throws UsageError for flags that name no key to write under, or contradict each other. */
export function requireWritingKeys({ key, keyFile, publicKey, recoveryKey = [] }: WritingKeys): void {
  if (publicKey !== undefined && keyFile !== undefined) {
    throw new UsageError('--public-key and --key-file do not go together: a file is encrypted under one or the other.')
  }
  if (publicKey === '-') throw new UsageError('Standard input is for what is encrypted: name a file with --public-key.')
  const [arn, ...further] = key
  if (publicKey !== undefined && (arn === undefined || further.length > 0)) {
    throw new UsageError('--public-key is the key of one KMS key: name that by its ARN with -k, and no other.')
  }
  if (arn !== undefined || keyFile !== undefined || recoveryKey.length > 0) return
  throw new UsageError('No key is named. Name one with -k; `keyhold key ls` lists them.')
}

/** @throws UsageError for flags that name no KMS key: what is encrypted under a key file needs one that opens it. */
export function requireKmsKey({ key, recoveryKey = [] }: WritingKeys): void {
  if (key.length > 0) return
  const alone = recoveryKey.length > 0 ? ' A recovery key alone would open it, and encrypt nothing under it.' : ''
  throw new UsageError(`No KMS key is named. Name one with -k; \`keyhold key ls\` lists them.${alone}`)
}

/** @throws UsageError for more keys than a message may be encrypted under. A key file has no such limit. */
export function requireFewKeys({ key, keyFile, recoveryKey = [] }: WritingKeys): void {
  const openers = (keyFile === undefined ? key.length : 1) + recoveryKey.length
  if (openers <= MOST_KEYS) return
  throw new UsageError(
    `${openers} keys are named, and a message has room for ${MOST_KEYS}. Make a key file, which more keys may open.`,
  )
}

function requireNoOther({ key }: ReadingKeys): void {
  if (key.length === 0) return
  throw new UsageError('A recovery key opens a message by itself: do not name another key beside it.')
}

/** What `-c` says that a message's context must be. */
export function expectedContext(client: Client, context: Readonly<Record<string, string>>): ExpectedContext {
  return Object.keys(context).length === 0 ? client.ANY_CONTEXT : context
}

/**
 * What it takes to make a keyring is asked of the KMS once, when the keyring is first needed; and again for the next file
 * if that failed, as it may have passed.
 */
function onDemand(make: () => Promise<Keyring>): Keyring {
  let made: Promise<Keyring> | undefined
  const remake = (error: unknown): never => {
    made = undefined
    throw error
  }
  const keyring = (): Promise<Keyring> => (made ??= make().catch(remake))
  return {
    onEncrypt: async (request) => (await keyring()).onEncrypt(request),
    onDecrypt: async (request) => (await keyring()).onDecrypt(request),
  }
}

/** The keys that are named; without one any key of the caller's own account. */
async function openingKeys(
  client: Client,
  service: KmsConnection,
  { key, encryptionAlgorithm: algorithm }: Pick<ReadingKeys, 'key' | 'encryptionAlgorithm'>,
  signal: AbortSignal,
): Promise<Keyring> {
  const arns = await trustedKeys(service, key, signal)
  if ('accounts' in arns) return service.discovery(arns)
  const [generator, ...further] = arns
  // A replica is named so that it opens what any key related to it encrypted.
  const symmetric = service.multiRegionKey(generator!, further)
  const rsa = client.anyOf(...arns.map((arn) => service.rsaKey(arn, { ...(algorithm && { algorithm }) })))
  return byKind(symmetric, client.anyOf(symmetric, rsa))
}

/** Which keys may open something: those that are named; without one, any of the caller's own account. */
export async function trustedKeys(
  service: KmsConnection,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly KeyArn[] | DiscoveryFilter> {
  if (names.length > 0) return resolveAll(service, names, signal)
  const account = await service.account(signal)
  if (account !== undefined) return { accounts: [account.account], partition: account.partition }
  throw new UsageError('Your account has no key, so that none of its own can open this. Name the key with -k.')
}

/** RSA keys are asked only for a message that names one: why they do not open others does not matter. */
function byKind(symmetric: Keyring, all: Keyring): Keyring {
  const responsible = ({ encryptedDataKeys }: UnwrapRequest): Keyring =>
    encryptedDataKeys.some(({ providerId }) => providerId === RSA_PROVIDER) ? all : symmetric
  return {
    onEncrypt: (request) => symmetric.onEncrypt(request),
    onDecrypt: (request) => responsible(request).onDecrypt(request),
  }
}

export function resolveAll(service: KmsConnection, names: readonly string[], signal: AbortSignal): Promise<KeyArn[]> {
  return Promise.all(names.map((name) => service.resolve(name, signal).catch(lookUpFailed)))
}

function lookUpFailed(error: unknown): never {
  if (error instanceof Error && 'code' in error && error.code === 'AccessDeniedException') throw new LookUpDenied(error)
  throw error
}

/** Nothing is sent anywhere, so the key must be named by what needs no look-up. */
async function offlineKeyring(
  client: Client,
  file: string,
  { key, encryptionAlgorithm }: WritingKeys,
): Promise<Keyring> {
  const arn = key[0]!
  if (!client.isKeyArn(arn)) {
    throw new UsageError(`With --public-key the key is named by its ARN, not by ${JSON.stringify(arn)}.`)
  }
  const algorithm = encryptionAlgorithm && { algorithm: encryptionAlgorithm }
  return client.kmsRsa({ key: arn, publicKey: await readPublicKey(file), ...algorithm })
}

/** In PEM; or in DER, as GetPublicKey answers it. */
async function readPublicKey(file: string): Promise<string> {
  const bytes = await readWhole(file, MAX_PUBLIC_KEY_BYTES, 'a public key')
  return bytes[0] === DER_SEQUENCE ? publicKeyPem(bytes) : Buffer.from(bytes).toString()
}

/** A key was to be found by its id or alias, and the caller may not ask for it: an ARN needs no look-up. */
class LookUpDenied extends Error {
  override readonly name = 'LookUpDenied'
  readonly code = 'AccessDeniedException'

  constructor(cause: Error) {
    super(`AccessDeniedException: ${cause.message}`, { cause })
  }
}
