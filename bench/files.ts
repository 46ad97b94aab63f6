import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
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
  const { accessKeyId, secretAccessKey } = await initialize({ folder: join(folder, 'data') })
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
  const seconds = new Map(contenders.map(({ name }) => [name, { encrypt: [] as number[], decrypt: [] as number[] }]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const contender of contenders) {
      const times = seconds.get(contender.name)
      times?.encrypt.push(await timed(() => contender.encrypt(plain, sealed)))
      times?.decrypt.push(await timed(() => contender.decrypt(sealed, opened)))
      for (const file of [sealed, opened]) await rm(file)
    }
  }
  console.log(`A file of ${SIZE / MEBIBYTE} MiB, file to file, frames of 64 KiB, MiB/s, median of ${ROUNDS} rounds`)
  const rate = (values: readonly number[] | undefined): number => SIZE / MEBIBYTE / median(values ?? [])
  const gcm = opensslRate()
  for (const [name, { encrypt, decrypt }] of seconds) {
    const share = gcm === undefined ? '' : `   ${((rate(encrypt) / gcm) * 100).toFixed(0)} % of openssl speed`
    console.log(
      `  ${name.padEnd(20)} encrypt ${figure(rate(encrypt)).padStart(7)}   decrypt ${figure(rate(decrypt)).padStart(7)}${share}`,
    )
  }
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

/** In seconds, from when the disk has taken what was written before: not every contender waits for that itself. */
async function timed(task: () => Promise<unknown>): Promise<number> {
  spawnSync('sync')
  const start = performance.now()
  await task()
  return (performance.now() - start) / 1000
}

async function fill(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'w')
  const chunk = Buffer.alloc(MEBIBYTE, 'keyhold bench ')
  for (let written = 0; written < bytes; written += chunk.byteLength) await handle.write(chunk)
  await handle.close()
}
