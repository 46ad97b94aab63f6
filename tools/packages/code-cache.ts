import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Hash tables are in the order of their hashes, and those depend on a number that V8 draws; what was not used for a while is
 * forgotten, depending on when memory was collected. With neither, the same code makes the same bytes.
 */
const SAME_BYTES = ['--hash-seed=1', '--random-seed=1', '--no-flush-bytecode']

/** Where V8 says by which flags a cache was made, and the length of that. `SerializedCodeData` in V8's sources. */
const FLAGS_AT = 12
const FLAGS_BYTES = 4

/** Prints what V8 writes there in a process without flags. */
const OWN_FLAGS = `const { Script } = require('node:vm')
process.stdout.write(new Script('0').createCachedData().subarray(${FLAGS_AT}, ${FLAGS_AT + FLAGS_BYTES}).toString('hex'))`

/** Prints the names of the files that V8 does not take. */
const REFUSED = `const [, bundle, ...names] = process.argv
const { readFileSync } = require('node:fs'), { wrap } = require('node:module'), { Script } = require('node:vm')
for (const name of names) {
  const cachedData = readFileSync(bundle + '/code-cache/' + name)
  const { cachedDataRejected } = new Script(wrap(readFileSync(bundle + '/' + name + '.js', 'latin1')), { cachedData })
  if (cachedDataRejected) console.log(name)
}`

/**
 * Makes the folder `code-cache` of a bundled command: what this Node's V8 makes of the files that `keyhold encrypt` loads, and of
 * the functions that it runs. `command` is a folder with `bin` and `dist`. The same code and Node make the same bytes.
 *
 * @throws when the command fails, or V8 would not take what was made.
 */
export async function makeCodeCache(node: string, command: string): Promise<void> {
  const bundle = join(command, 'dist')
  const output = join(bundle, 'code-cache')
  await encryptOnce(node, command, [...SAME_BYTES, join(import.meta.dirname, 'warm-up.ts'), bundle, output])
  const { stdout: flags } = await run(node, ['-e', OWN_FLAGS])
  // The flags only choose numbers and what to keep: the code is the same, but V8 compares all flags.
  for (const name of readdirSync(output)) {
    const bytes = readFileSync(join(output, name))
    bytes.write(flags, FLAGS_AT, 'hex')
    writeFileSync(join(output, name), bytes)
  }
  const { stdout: refused } = await run(node, ['-e', REFUSED, bundle, ...readdirSync(output)])
  if (refused !== '') throw new Error(`V8 does not take its code cache of ${refused.trim().replaceAll('\n', ', ')}.`)
}

/** Runs `keyhold encrypt` as `start` says, with a small file, under a key of a server that is started for it. */
async function encryptOnce(node: string, command: string, start: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-warm-up-'))
  const launcher = join(command, 'bin/keyhold.js')
  const server = spawn(node, [launcher, 'dev', '--port', '0'], { env: {}, stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const env = {
      HOME: folder,
      AWS_ENDPOINT_URL_KMS: await endpointOf(server),
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: '000000000000',
      AWS_SECRET_ACCESS_KEY: 'dev',
    }
    await run(node, [launcher, 'key', 'create', '--alias', 'warm-up'], { env })
    const plain = join(folder, 'plain')
    writeFileSync(plain, 'A small file.\n')
    await run(node, [...start, 'encrypt', '-k', 'alias/warm-up', '-o', join(folder, 'sealed'), plain], { env })
  } finally {
    server.kill()
    await once(server, 'exit')
    rmSync(folder, { recursive: true })
  }
}

async function endpointOf(server: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: server.stdout! })) {
    const endpoint = /^Ready\. (http\S+)$/.exec(line)?.[1]
    if (endpoint !== undefined) return endpoint
  }
  throw new Error('keyhold dev ended before it was ready.')
}
