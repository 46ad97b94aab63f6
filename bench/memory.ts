import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { initialize } from '@keyhold/server'
import { startServer } from './process.ts'
import { signedCall } from './signed-request.ts'

const MEBIBYTE = 2 ** 20
const LITTLE_MIB = 64
const MUCH_MIB = Number(process.env['KEYHOLD_BENCH_PIPE_MIB'] ?? 4096)
const REGION = 'eu-central-1'

const COMMAND = new URL('../packages/cli/bin/keyhold.js', import.meta.url).pathname
const WEB_STREAMS = new URL('servers/web-streams.ts', import.meta.url).pathname
const MAX_RSS = new URL('servers/max-rss.ts', import.meta.url).pathname

/** Two processes: what the first writes the second reads. */
interface Pair {
  name: string
  encrypt: readonly string[]
  decrypt: readonly string[]
}

/** The most memory that encrypting and decrypting through pipes take, of little and of much. */
export async function benchMemory(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-bench-memory-'))
  const { accessKeyId, secretAccessKey } = await initialize({ folder: join(folder, 'data'), recovery: 'none' })
  const server = await startServer(new URL('servers/keyhold.ts', import.meta.url), [join(folder, 'data'), 'write'])
  try {
    const { KeyMetadata } = await signedCall(
      server.port,
      'CreateKey',
      {},
      { accessKeyId, secretAccessKey, region: REGION },
    )
    const keyArn = (KeyMetadata as { Arn: string }).Arn
    const environment = {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: Buffer.from(secretAccessKey.reveal()).toString(),
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL_KMS: `http://127.0.0.1:${server.port}`,
    }
    console.log(`The most memory, in MiB, of ${LITTLE_MIB} MiB and of ${MUCH_MIB} MiB through pipes`)
    for (const pair of pairs(keyArn, join(folder, 'opened'))) {
      const little = await measure(pair, LITTLE_MIB, environment)
      const much = await measure(pair, MUCH_MIB, environment)
      for (const index of [0, 1] as const) {
        const what = `${pair.name}, ${['encrypt', 'decrypt'][index]}`
        const more = much[index] - little[index]
        console.log(
          `  ${what.padEnd(34)} ${little[index].toFixed(0)}   ${much[index].toFixed(0)}   + ${more.toFixed(0)}`,
        )
      }
    }
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function pairs(keyArn: string, target: string): Pair[] {
  const encrypt = [COMMAND, 'encrypt', '-k', keyArn]
  const decrypt = [COMMAND, 'decrypt', '-k', keyArn]
  return [
    { name: 'command, unsigned', encrypt: [...encrypt, '--unsigned'], decrypt },
    { name: 'command, signed, to a file', encrypt, decrypt: [...decrypt, '-o', target] },
    { name: 'web streams, unsigned', encrypt: [WEB_STREAMS, 'encrypt'], decrypt: [WEB_STREAMS, 'decrypt'] },
  ]
}

async function measure(pair: Pair, mib: number, environment: NodeJS.ProcessEnv): Promise<[number, number]> {
  const writer = start(pair.encrypt, environment)
  const reader = start(pair.decrypt, environment)
  const chunk = Buffer.alloc(MEBIBYTE, 'keyhold bench ')
  const source = Readable.from(Array.from({ length: mib }, () => chunk))
  reader.stdout!.resume()
  const memory = Promise.all([maxMemory(writer), maxMemory(reader)])
  await Promise.all([pipeline(source, writer.stdin as Writable), pipeline(writer.stdout!, reader.stdin as Writable)])
  return memory
}

function start(args: readonly string[], environment: NodeJS.ProcessEnv): ChildProcess {
  const preload = ['--conditions=source', '--import', MAX_RSS]
  return spawn(process.execPath, [...preload, ...args], {
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
    env: { ...process.env, ...environment },
  })
}

/** In MiB, once the process has ended. */
async function maxMemory(child: ChildProcess): Promise<number> {
  const exit = once(child, 'exit')
  let text = ''
  for await (const part of child.stdio[3] as Readable) text += String(part)
  const [code] = (await exit) as [number | null]
  if (code !== 0) throw new Error(`A process that was to be measured ended with ${code}`)
  return Number(text) / 1024
}
