import { createHash, createPublicKey, createSecretKey, randomBytes } from 'node:crypto'
import { type MessageType, Secret } from '@keyhold/protocol'
import { deriveSharedSecret } from '../packages/server/src/crypto/asymmetric/ecdh.ts'
import { generateKeyPair, privateKeyOf } from '../packages/server/src/crypto/asymmetric/key-pair.ts'
import { decapsulate, encapsulate } from '../packages/server/src/crypto/asymmetric/ml-kem.ts'
import { publicKeyDer } from '../packages/server/src/crypto/asymmetric/raw-key.ts'
import { decryptRsa, encryptRsa } from '../packages/server/src/crypto/asymmetric/rsa-encryption.ts'
import { sign, verify } from '../packages/server/src/crypto/asymmetric/signatures.ts'
import { generateMac } from '../packages/server/src/crypto/hmac.ts'
import { type AccountThreads, CryptoThreads } from '../packages/server/src/crypto/workers/crypto-threads.ts'
import { algorithm } from '../packages/server/src/domain/keys/algorithms.ts'
import { type KeySpec, keySpecs } from '../packages/server/src/domain/keys/specs.ts'
import { figure, median } from './statistics.ts'

/** Odd, so that there is a middle one. Generation, which takes up to seconds, is repeated less. */
const REPETITIONS = 51
const GENERATIONS = 5

/** An operation by name. */
type Operations = Record<string, () => Promise<unknown>>

/**
 * Milliseconds of each operation of every key spec, one after another, from the call to the answer: hand-over to a
 * thread and back is in them. They are the median; what RSA's key generation takes varies by its nature.
 */
export async function benchCrypto(): Promise<void> {
  const threads = new CryptoThreads()
  console.log(`Cryptography, ms for each operation, median of ${REPETITIONS}`)
  try {
    for (const spec of keySpecs().filter(({ offered, name }) => offered && name !== 'SYMMETRIC_DEFAULT')) {
      for (const [name, operation] of Object.entries(await operationsOf(spec, threads.for('111122223333'))))
        await report(spec, name, operation)
    }
  } finally {
    await threads.close()
  }
}

async function report({ name: spec }: KeySpec, name: string, operation: () => Promise<unknown>): Promise<void> {
  const times: number[] = []
  const repetitions = name === 'generate' ? GENERATIONS : REPETITIONS
  await operation() // starts the thread, and lets V8 compile
  while (times.length < repetitions) {
    const start = performance.now()
    await operation()
    times.push(performance.now() - start)
  }
  console.log(`  ${spec.padEnd(22)} ${name.padEnd(44)} ${figure(median(times)).padStart(8)}`)
}

async function operationsOf(spec: KeySpec, threads: AccountThreads): Promise<Operations> {
  if (spec.material.kind === 'secret') return macOperations(spec, spec.material.bytes)
  const [own, peer] = [await generateKeyPair(spec, threads), await generateKeyPair(spec, threads)]
  const key = privateKeyOf(spec, own.privateKey)
  const operations: Operations = { generate: () => generateKeyPair(spec, threads) }
  for (const name of spec.signingAlgorithms) Object.assign(operations, await signing(spec, key, name, threads))
  for (const name of spec.encryptionAlgorithms) {
    const row = algorithm('ENCRYPT_DECRYPT', name) ?? unknown(name)
    const ciphertext = encryptRsa(key, row, Secret.of(randomBytes(32)))
    operations[`${name} encrypt`] = async () => encryptRsa(key, row, Secret.of(randomBytes(32)))
    operations[`${name} decrypt`] = () => decryptRsa(key, row, ciphertext, threads)
  }
  if (spec.keyAgreementAlgorithms.length > 0) {
    operations['ECDH'] = () => deriveSharedSecret({ key, spec, peer: peer.publicKey }, threads)
  }
  if (spec.encapsulationAlgorithms.length > 0) {
    const { ciphertext } = encapsulate(key)
    operations['ML_KEM encapsulate'] = async () => encapsulate(key)
    operations['ML_KEM decapsulate'] = async () => decapsulate(key, spec, ciphertext)
  }
  operations['public key'] = async () => publicKeyDer(createPublicKey(key))
  return operations
}

function macOperations(spec: KeySpec, bytes: number): Operations {
  const [name = ''] = spec.macAlgorithms
  const row = algorithm('GENERATE_VERIFY_MAC', name) ?? unknown(name)
  const [key, message] = [createSecretKey(randomBytes(bytes)), randomBytes(4096)]
  return { [`${name} of 4,096 bytes`]: async () => generateMac(key, row, message) }
}

async function signing(
  spec: KeySpec,
  key: ReturnType<typeof privateKeyOf>,
  name: string,
  threads: AccountThreads,
): Promise<Operations> {
  const row = algorithm('SIGN_VERIFY', name) ?? unknown(name)
  const operations: Operations = {}
  for (const [type, { bytes }] of Object.entries(row.messages)) {
    const message =
      bytes === undefined ? randomBytes(1024) : createHash('sha512').update('bench').digest().subarray(0, bytes)
    const request = { key, spec, algorithm: row, messageType: type as MessageType, message }
    const signature = await sign(request, threads)
    operations[`${name} ${type} sign`] = () => sign(request, threads)
    operations[`${name} ${type} verify`] = () => verify(request, signature, threads)
  }
  return operations
}

function unknown(name: string): never {
  throw new Error(`no algorithm ${name}`)
}
