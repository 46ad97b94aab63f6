import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { createReadStream, createWriteStream, readFileSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  getClient,
  KMS as OfficialKms,
  KmsKeyringNode,
} from '@aws-crypto/client-node'
import { ANY_CONTEXT, Envelope, type KeyArn, kms } from '@keyhold/client'
import { initialize } from '@keyhold/server'
import { startServer } from './process.ts'
import { signedCall } from './signed-request.ts'
import { figure, median } from './statistics.ts'

const MEBIBYTE = 2 ** 20
const SIZE = Number(process.env['KEYHOLD_BENCH_MIB'] ?? 1024) * MEBIBYTE
const FRAME_LENGTH = 64 * 1024
const ROUNDS = 5
const REGION = 'eu-central-1'

/** One way to encrypt a file and to decrypt it again. */
interface Contender {
  name: string
  encrypt(source: string, target: string): Promise<unknown>
  decrypt(source: string, target: string): Promise<unknown>
}

/** Wall time of a large file, file to file, side by side: in every round each contender runs once. */
export async function benchFiles(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-bench-files-'))
  const { accessKeyId, secretAccessKey } = await initialize({ folder: join(folder, 'data'), recovery: 'none' })
  const server = await startServer(new URL('servers/keyhold.ts', import.meta.url), [join(folder, 'data'), 'write'])
  try {
    const signer = { accessKeyId, secretAccessKey, region: REGION }
    const { KeyMetadata } = await signedCall(server.port, 'CreateKey', {}, signer)
    const keyArn = (KeyMetadata as { Arn: KeyArn }).Arn
    const endpoint = `http://127.0.0.1:${server.port}`
    const credentials = { accessKeyId, secretAccessKey: Buffer.from(secretAccessKey.reveal()).toString() }
    const contenders = [
      ours('keyhold, unsigned', { keyArn, endpoint, credentials }, false),
      ours('keyhold, signed', { keyArn, endpoint, credentials }, true),
      official(
        'official, unsigned',
        { keyArn, endpoint, credentials },
        AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
      ),
      official(
        'official, signed',
        { keyArn, endpoint, credentials },
        AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
      ),
      ...age(folder),
    ]
    await race(contenders, folder)
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function race(contenders: readonly Contender[], folder: string): Promise<void> {
  const [plain, sealed, opened] = ['plain', 'sealed', 'opened'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  await fill(plain, SIZE)
  const filler = new Filler(join(folder, 'filler'))
  const times = new Map(contenders.map(({ name }) => [name, { encrypt: [] as Times[], decrypt: [] as Times[] }]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const contender of contenders) {
      const own = times.get(contender.name)
      const measure = async (direction: 'encrypt' | 'decrypt', source: string, target: string): Promise<Times> => {
        await settle(source, filler)
        return timed(() => contender[direction](source, target), target)
      }
      own?.encrypt.push(await measure('encrypt', plain, sealed))
      own?.decrypt.push(await measure('decrypt', sealed, opened))
      for (const file of [sealed, opened]) await rm(file)
    }
  }
  console.log(
    `A file of ${SIZE / MEBIBYTE} MiB, file to file, frames of 64 KiB, MiB/s until it is done (until it is on disk)`,
  )
  const gcm = opensslRate()
  if (gcm !== undefined) console.log(`  openssl speed on one core: ${figure(gcm)}`)
  for (const [name, { encrypt, decrypt }] of times) {
    console.log(`  ${name.padEnd(20)} encrypt ${rates(encrypt)}   decrypt ${rates(decrypt)}`)
  }
}

function rates(times: readonly Times[]): string {
  const rate = (seconds: readonly number[]): string => figure(SIZE / MEBIBYTE / median(seconds)).padStart(5)
  return `${rate(times.map(({ done }) => done))} (${rate(times.map(({ onDisk }) => onDisk))})`
}

interface Connection {
  keyArn: KeyArn
  endpoint: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}

function ours(name: string, { keyArn, endpoint, credentials }: Connection, signed: boolean): Contender {
  const connection = kms({ region: REGION, endpoint, credentials: () => Promise.resolve(credentials) })
  const envelope = new Envelope({ keyring: connection.key(keyArn), signed })
  return {
    name,
    encrypt: (source, target) => envelope.encryptFile(source, target, { context: { purpose: 'bench' } }),
    decrypt: (source, target) => envelope.decryptFile(source, target, { expect: ANY_CONTEXT }),
  }
}

function official(
  name: string,
  { keyArn, endpoint, credentials }: Connection,
  suiteId: AlgorithmSuiteIdentifier,
): Contender {
  const { encryptStream, decryptStream } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  const clientProvider = getClient(OfficialKms, { endpoint, region: REGION, credentials })
  const keyring = new KmsKeyringNode({ generatorKeyId: keyArn, clientProvider })
  const options = { suiteId, frameLength: FRAME_LENGTH, encryptionContext: { purpose: 'bench' } }
  return {
    name,
    encrypt: (source, target) =>
      pipeline(createReadStream(source), encryptStream(keyring, options), createWriteStream(target)),
    decrypt: (source, target) => pipeline(createReadStream(source), decryptStream(keyring), createWriteStream(target)),
  }
}

/** age, where it is installed: the yardstick for files, though it knows no KMS. */
function age(folder: string): Contender[] {
  if (spawnSync('age', ['--version']).error) return []
  const identity = join(folder, 'age.key')
  execFileSync('age-keygen', ['-o', identity], { stdio: 'ignore' })
  const recipient = execFileSync('age-keygen', ['-y', identity], { encoding: 'utf8' }).trim()
  const run = promisify(execFile)
  return [
    {
      name: 'age',
      encrypt: (source, target) => run('age', ['-r', recipient, '-o', target, source]),
      decrypt: (source, target) => run('age', ['-d', '-i', identity, '-o', target, source]),
    },
  ]
}

/** MiB/s of one core in `openssl speed`, or `undefined` where there is no openssl. */
function opensslRate(): number | undefined {
  const { stdout, error } = spawnSync(
    'openssl',
    ['speed', '-mr', '-seconds', '1', '-bytes', '65536', '-evp', 'aes-256-gcm'],
    {
      encoding: 'utf8',
    },
  )
  const bytesPerSecond = error ? undefined : /^\+F:.*:([\d.]+)$/m.exec(stdout)?.[1]
  return bytesPerSecond === undefined ? undefined : Number(bytesPerSecond) / MEBIBYTE
}

/** In seconds: until the contender says that it is done, and until the disk has what it wrote. Not every one waits for that. */
interface Times {
  done: number
  onDisk: number
}

async function timed(task: () => Promise<unknown>, target: string): Promise<Times> {
  const start = performance.now()
  await task()
  const done = performance.now()
  const file = await open(target, 'r')
  await file.sync()
  await file.close()
  return { done: (done - start) / 1000, onDisk: (performance.now() - start) / 1000 }
}

/** The same for each: the disk idle, the source in the file cache, and no memory that was never used. */
async function settle(source: string, filler: Filler): Promise<void> {
  spawnSync('sync')
  await filler.useFreeMemory()
  for await (const _ of createReadStream(source, { highWaterMark: 16 * MEBIBYTE }));
}

/** What the kernel keeps free of its own accord is less. */
const ENOUGH_FREE_KIB = 192 * 1024

/**
 * Has the file cache take the memory that is free, as it has on any machine that has run for some time. A virtual machine
 * gives free memory back to its host, which takes longer to bring a page back than a contender to work on it.
 */
class Filler {
  readonly #path: string
  #position = 0

  constructor(path: string) {
    this.#path = path
  }

  /** Reads on in a file of holes, which needs no disk, from where the last call stopped. */
  async useFreeMemory(): Promise<void> {
    if (process.platform !== 'linux') return
    const bytes = memory('MemTotal') * 1024
    const file = await open(this.#path, 'a+')
    await file.truncate(bytes)
    const buffer = Buffer.alloc(16 * MEBIBYTE)
    while (memory('MemFree') > ENOUGH_FREE_KIB) {
      await file.read(buffer, 0, buffer.length, this.#position)
      this.#position = (this.#position + buffer.length) % bytes
    }
    await file.close()
  }
}

/** In KiB. */
function memory(name: 'MemTotal' | 'MemFree'): number {
  const line = new RegExp(`^${name}: +([0-9]+) kB$`, 'm').exec(readFileSync('/proc/meminfo', 'latin1'))
  return Number(line?.[1])
}

async function fill(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'w')
  const chunk = Buffer.alloc(MEBIBYTE, 'keyhold bench ')
  for (let written = 0; written < bytes; written += chunk.byteLength) await handle.write(chunk)
  await handle.close()
}
