import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dev } from '@keyhold/server'
import { makeCommand } from '../tools/packages/command.ts'
import { median } from './statistics.ts'

const ROUNDS = 21
const run = promisify(execFile)

/** What one run took, in milliseconds: by the clock, and of processors. */
interface Took {
  wall: number
  cpu: number
}

/**
 * How long the command takes from its start to its end: `keyhold --version`, and `keyhold encrypt` of a small file under a key of
 * a server on this machine. Beside Node with an empty file, each once in every round.
 */
export async function benchStart(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-bench-start-'))
  const server = await dev({ port: 0 })
  try {
    const contenders = await contendersIn(folder)
    const env = await environment(folder, server.endpoint)
    const results = contenders.map((): Took[] => [])
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [index, { command }] of contenders.entries()) results[index]!.push(await timed(command, env))
    }
    console.log('Milliseconds from start to end, and of processors: medians, and the least')
    for (const [index, { name }] of contenders.entries()) {
      const [wall, cpu] = [results[index]!.map((each) => each.wall), results[index]!.map((each) => each.cpu)]
      console.log(`  ${name.padEnd(44)} ${median(wall)} (${Math.min(...wall)})   ${median(cpu)} (${Math.min(...cpu)})`)
    }
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function contendersIn(folder: string): Promise<{ name: string; command: string }[]> {
  const node = process.execPath
  const [packaged, published] = [join(folder, 'packaged'), join(folder, 'published')]
  await symlink(join(import.meta.dirname, '../node_modules'), join(folder, 'node_modules'))
  await makeCommand(packaged, node)
  await cp(packaged, published, { recursive: true })
  await rm(join(published, 'dist/code-cache'), { recursive: true })
  await writeFile(join(folder, 'empty.cjs'), '')
  const forms = {
    'with its own Node': `${node} --disable-sigusr1 ${packaged}/bin/keyhold.js`,
    'from npm': `${node} ${published}/bin/keyhold.js`,
    'from the checkout': `${node} ${join(import.meta.dirname, '../packages/cli/bin/keyhold.js')}`,
  }
  const verbs = {
    'keyhold --version': '--version',
    'keyhold encrypt': `encrypt -k alias/bench -o ${folder}/sealed ${folder}/plain`,
  }
  return [
    { name: 'Node, an empty file', command: `${node} ${folder}/empty.cjs` },
    ...Object.entries(verbs).flatMap(([verb, words]) =>
      Object.entries(forms).map(([form, start]) => ({ name: `${verb}, ${form}`, command: `${start} ${words}` })),
    ),
  ]
}

async function environment(folder: string, endpoint: string): Promise<NodeJS.ProcessEnv> {
  const env = {
    HOME: folder,
    AWS_ENDPOINT_URL_KMS: endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: '000000000000',
    AWS_SECRET_ACCESS_KEY: 'dev',
  }
  await writeFile(join(folder, 'plain'), 'A small file.\n')
  const launcher = join(folder, 'published/bin/keyhold.js')
  await run(process.execPath, [launcher, 'key', 'create', '--alias', 'bench'], { env })
  return env
}

async function timed(command: string, env: NodeJS.ProcessEnv): Promise<Took> {
  const script = `TIMEFORMAT='%R %U %S'; time ${command} > /dev/null`
  const { stderr } = await run('bash', ['-c', script], { env })
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = stderr.trim().split(' ').map(Number)
  return { wall: Math.round(wall * 1000), cpu: Math.round((user + system) * 1000) }
}
