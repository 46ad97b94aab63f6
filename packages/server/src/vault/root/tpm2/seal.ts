import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Secret } from '@keyhold/protocol'
import { equalInConstantTime } from '../../../crypto/constant-time.ts'
import type { Tpm } from './tpm.ts'
import { TpmError } from './tpm-error.ts'

/** What a TPM sealed, and what tells this TPM from others. */
export interface SealedByTpm {
  /** TPM2B_PUBLIC and TPM2B_PRIVATE of the sealed object. */
  publicPart: Buffer
  privatePart: Buffer
  /** The Name of the storage primary key: it follows from a seed that clearing the TPM changes. */
  storage: string
  /** The Name of a primary key of the endorsement hierarchy, whose seed survives that. Empty when the TPM does not give it. */
  endorsement: string
  /** The registers that it is sealed to, such as `sha256:0,7`; empty for none. */
  pcrs: string
  /** Their values, one after the other. */
  pcrValues: Buffer
}

/** A key of P-256 with AES-128-CFB, as tpm2-tools make by default: all TPMs have it (TCG PC Client Platform TPM Profile). */
const PRIMARY = ['-Q', '-g', 'sha256', '-G', 'ecc']
/** `noda`: it has no password to guess, and must open while the TPM is locked against guesses. */
const OBJECT = 'fixedtpm|fixedparent|noda'
/** A policy alone opens it: nothing but the registers counts then. */
const BY_POLICY = OBJECT
const BY_PASSWORD = `${OBJECT}|userwithauth`
const POLICY_FAIL = '0x99d'
/** TPM_RC_BAD_AUTH and TPM_RC_AUTH_FAIL of the first session. */
const AUTH_FAILURES = ['0x9a2', '0x98e']

/**
 * Seals a secret under the storage primary key (TPM 2.0 Library, part 1, chapter 27), to the values that registers have now. The
 * object has the hash of the binding before the secret, so that it opens for no other way.
 */
export async function seal(tpm: Tpm, secret: Secret, binding: Uint8Array, pcrs: string): Promise<SealedByTpm> {
  const storage = await primary(tpm, 'o', 'storage')
  const endorsement = await primary(tpm, 'e', 'endorsement').catch(() => '')
  const pcrValues = await registers(tpm, pcrs)
  const session = await startSession(tpm, '--hmac-session')
  const policy = pcrs === '' ? [] : ['-L', await policyFor(tpm, pcrs)]
  const attributes = pcrs === '' ? BY_PASSWORD : BY_POLICY
  const content = Buffer.concat([hashOf(binding), secret.reveal()])
  const files = ['-u', 'sealed.pub', '-r', 'sealed.priv']
  const object = ['-i', '-', '-a', attributes, ...policy, ...files]
  try {
    await tpm.runAndFlush('create', ['-Q', '-C', 'storage.ctx', '-P', `session:${session}`, ...object], content)
  } finally {
    content.fill(0)
  }
  await tpm.run('flushcontext', [session])
  const [publicPart, privatePart] = await Promise.all(['sealed.pub', 'sealed.priv'].map((file) => read(tpm, file)))
  if (publicPart === undefined || privatePart === undefined) throw new TpmError('failed', 'tpm2_create')
  return { publicPart, privatePart, storage, endorsement, pcrs, pcrValues }
}

/** The secret, which the caller wipes. Rejects with TpmError, which says what changed since it was sealed. */
export async function unseal(tpm: Tpm, sealed: SealedByTpm, binding: Uint8Array): Promise<Secret> {
  await requireSameTpm(tpm, sealed)
  await load(tpm, sealed)
  const content = await opened(tpm, sealed)
  const expected = hashOf(binding)
  const isBound = equalInConstantTime(content.subarray(0, expected.byteLength), expected)
  const secret = Secret.of(new Uint8Array(content.subarray(expected.byteLength)))
  content.fill(0)
  if (isBound) return secret
  secret.wipe()
  throw new TpmError('damaged', 'it is of another way')
}

async function requireSameTpm(tpm: Tpm, { storage, endorsement }: SealedByTpm): Promise<void> {
  if ((await primary(tpm, 'o', 'storage')) === storage) return
  const now = await primary(tpm, 'e', 'endorsement').catch(() => '')
  if (now === '' || endorsement === '') throw new TpmError('replaced', '')
  throw new TpmError(now === endorsement ? 'cleared' : 'another', '')
}

/** The same TPM loads what it made, unless someone changed it. */
async function load(tpm: Tpm, { publicPart, privatePart }: SealedByTpm): Promise<void> {
  await write(tpm, 'sealed.pub', publicPart)
  await write(tpm, 'sealed.priv', privatePart)
  const files = ['-u', 'sealed.pub', '-r', 'sealed.priv', '-c', 'sealed.ctx']
  try {
    await tpm.runAndFlush('load', ['-Q', '-C', 'storage.ctx', ...files])
  } catch (error) {
    throw isFailure(error) ? new TpmError('damaged', error.message, { cause: error }) : error
  }
}

async function opened(tpm: Tpm, { pcrs, pcrValues }: SealedByTpm): Promise<Buffer> {
  const session = await startSession(tpm, pcrs === '' ? '--hmac-session' : '--policy-session')
  try {
    if (pcrs !== '') await tpm.run('policypcr', ['-Q', '-S', session, '-l', pcrs])
    return await tpm.runAndFlush('unseal', ['-c', 'sealed.ctx', '-p', `session:${session}`])
  } catch (error) {
    if (!isFailure(error) || !error.message.includes(POLICY_FAIL)) throw error
    throw new TpmError('pcr-changed', changedRegisters(pcrs, pcrValues, await registers(tpm, pcrs)), { cause: error })
  } finally {
    await tpm.run('flushcontext', [session]).catch(() => undefined)
  }
}

/**
 * A session whose key is a secret that only the TPM can decrypt: a salt for the storage primary key, whose Name was compared.
 * The first parameter of commands and responses, the secret, is encrypted by it, for those who listen to the bus.
 */
async function startSession(tpm: Tpm, type: '--hmac-session' | '--policy-session'): Promise<string> {
  const session = 'session.ctx'
  await tpm.runAndFlush('startauthsession', [type, '-g', 'sha256', '--tpmkey-context', 'storage.ctx', '-S', session])
  await tpm.run('sessionconfig', [session, '--enable-encrypt', '--enable-decrypt'])
  return session
}

async function policyFor(tpm: Tpm, pcrs: string): Promise<string> {
  await tpm.run('startauthsession', ['-g', 'sha256', '-S', 'trial.ctx'])
  await tpm.run('policypcr', ['-Q', '-S', 'trial.ctx', '-l', pcrs, '-L', 'policy'])
  await tpm.run('flushcontext', ['trial.ctx'])
  return 'policy'
}

/** Makes a primary key, always the same one as long as the seed of its hierarchy is. Returns its Name. */
async function primary(tpm: Tpm, hierarchy: 'o' | 'e', file: string): Promise<string> {
  try {
    await tpm.runAndFlush('createprimary', ['-C', hierarchy, ...PRIMARY, '-c', `${file}.ctx`])
  } catch (error) {
    const isPassword = isFailure(error) && AUTH_FAILURES.some((code) => error.message.includes(code))
    throw isPassword ? new TpmError('owner', error.message, { cause: error }) : error
  }
  await tpm.runAndFlush('readpublic', ['-Q', '-c', `${file}.ctx`, '-n', `${file}.name`])
  return (await read(tpm, `${file}.name`)).toString('hex')
}

/** The values of registers now, in the order of their numbers. */
async function registers(tpm: Tpm, pcrs: string): Promise<Buffer> {
  if (pcrs === '') return Buffer.alloc(0)
  await tpm.run('pcrread', ['-Q', pcrs, '-o', 'pcrs'])
  return read(tpm, 'pcrs')
}

/** The registers with other values than before, by their numbers: `sha256:7`. */
function changedRegisters(pcrs: string, before: Buffer, now: Buffer): string {
  const [bank = '', list = ''] = pcrs.split(':')
  const numbers = [...new Set(list.split(',').map(Number))].toSorted((one, other) => one - other)
  const bytes = before.byteLength / numbers.length
  const at = (values: Buffer, index: number): Buffer => values.subarray(index * bytes, (index + 1) * bytes)
  const changed = numbers.filter((_, index) => !equalInConstantTime(at(before, index), at(now, index)))
  return `${bank}:${changed.join()}`
}

function hashOf(binding: Uint8Array): Buffer {
  return createHash('sha256').update(binding).digest()
}

function isFailure(error: unknown): error is TpmError {
  return error instanceof TpmError && error.fault === 'failed'
}

function read(tpm: Tpm, file: string): Promise<Buffer> {
  return readFile(join(tpm.folder, file))
}

function write(tpm: Tpm, file: string, bytes: Buffer): Promise<void> {
  return writeFile(join(tpm.folder, file), bytes, { mode: 0o600 })
}
