import * as aws from '@aws-crypto/client-node'
import { Envelope, rawAes } from '@keyhold/client'
import { figure, median } from './statistics.ts'

const MESSAGE_BYTES = 1024
const ROUNDS = 5
const ROUND_MS = 1000
const WARM_UP = 500

const KEY = new Uint8Array(32).fill(7)
const CONTEXT = { purpose: 'bench' }
const PLAINTEXT = Buffer.alloc(MESSAGE_BYTES, 'keyhold bench ')

/** Both clients under the same raw AES key, so that no KMS is measured. */
interface Case {
  name: string
  signed: boolean
  cached: boolean
}

const CASES: readonly Case[] = [
  { name: 'unsigned', signed: false, cached: false },
  { name: 'signed', signed: true, cached: false },
  { name: 'unsigned, cached', signed: false, cached: true },
  { name: 'signed, cached', signed: true, cached: true },
]

type Task = () => Promise<unknown>

/** Messages of 1 KiB per second of CPU time, side by side: in every round each contender runs once. */
export async function benchMessages(): Promise<void> {
  console.log(`Messages of ${MESSAGE_BYTES} bytes per second of CPU time, raw AES key, median of ${ROUNDS} rounds`)
  for (const each of CASES) {
    const [ours, official] = [await oursOf(each), await officialOf(each)]
    for (const direction of ['encrypt', 'decrypt'] as const) {
      const [mine, theirs] = await race(ours[direction], official[direction])
      const shares = `keyhold ${figure(mine).padStart(7)}   official ${figure(theirs).padStart(7)}`
      console.log(`  ${each.name.padEnd(18)} ${direction}   ${shares}   ${(mine / theirs).toFixed(1)} ×`)
    }
  }
}

async function race(...tasks: readonly [Task, Task]): Promise<[number, number]> {
  const rates: [number[], number[]] = [[], []]
  for (const task of tasks) for (let count = 0; count < WARM_UP; count++) await task()
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, task] of tasks.entries()) rates[index]!.push(await rate(task))
  }
  return [median(rates[0]), median(rates[1])]
}

/** Messages per second of CPU time, the garbage collector's included: a busy machine has less part in that than in wall time. */
async function rate(task: Task): Promise<number> {
  const start = cpuMs()
  let done = 0
  while (cpuMs() - start < ROUND_MS) {
    for (let count = 0; count < 20; count++) await task()
    done += 20
  }
  return (done / (cpuMs() - start)) * 1000
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const LIMITS = { maxAgeMs: 300_000, maxMessages: 2 ** 30, maxBytes: 2 ** 40 }

async function oursOf({ signed, cached }: Case): Promise<{ encrypt: Task; decrypt: Task }> {
  const keyring = rawAes({ namespace: 'bench', name: 'key', wrappingKey: KEY })
  const envelope = new Envelope({ keyring, signed, ...(cached && { cache: LIMITS }) })
  const message = await envelope.encrypt(PLAINTEXT, { context: CONTEXT })
  return {
    encrypt: () => envelope.encrypt(PLAINTEXT, { context: CONTEXT }),
    decrypt: () => envelope.decrypt(message, { expect: CONTEXT }),
  }
}

async function officialOf({ signed, cached }: Case): Promise<{ encrypt: Task; decrypt: Task }> {
  const client = aws.buildClient(aws.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  const keyring = new aws.RawAesKeyringNode({
    keyNamespace: 'bench',
    keyName: 'key',
    unencryptedMasterKey: KEY.slice(),
    wrappingSuite: aws.RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  })
  const materials = cached
    ? new aws.NodeCachingMaterialsManager({
        backingMaterials: keyring,
        cache: aws.getLocalCryptographicMaterialsCache(1000),
        maxAge: LIMITS.maxAgeMs,
        maxMessagesEncrypted: LIMITS.maxMessages,
        maxBytesEncrypted: LIMITS.maxBytes,
      })
    : keyring
  const suiteId = signed
    ? aws.AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384
    : aws.AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY
  const options = { suiteId, encryptionContext: CONTEXT, plaintextLength: MESSAGE_BYTES }
  const { result } = await client.encrypt(materials, PLAINTEXT, options)
  return {
    encrypt: () => client.encrypt(materials, PLAINTEXT, options),
    decrypt: () => client.decrypt(materials, result),
  }
}
