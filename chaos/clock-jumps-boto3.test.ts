/** A key that boto3 scheduled for deletion is there after whatever happens to the wall clock of a server. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { makeDataFolder } from '../tools/testing/data-folder.ts'
import { keyhold, type KeyholdServer, startKeyhold } from '../tools/testing/keyhold.ts'
import { missingBoto3 } from '../conformance/boto3.ts'
import { pythonThatRuns } from '../conformance/python.ts'

const DAY_MS = 86_400_000
/** Jobs that delete run every ten seconds. */
const ONE_RUN_MS = 12_000

/** A server in whose process wall time is ahead by what a file says, and monotonic time is not. */
class ServerWithClock implements AsyncDisposable {
  readonly #folder: string
  #server: KeyholdServer | undefined

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async create(): Promise<ServerWithClock> {
    const folder = await mkdtemp(join(tmpdir(), 'keyhold-clock-'))
    await makeDataFolder(join(folder, 'data'), join(folder, 'credentials'))
    return new ServerWithClock(folder)
  }

  setAhead(days: number): Promise<void> {
    return writeFile(join(this.#folder, 'ahead'), String(days * DAY_MS))
  }

  async start(): Promise<void> {
    const preload = join(import.meta.dirname, 'children/wall-time-ahead.js')
    const env = {
      ...process.env,
      NODE_OPTIONS: `--import=${preload}`,
      WALL_TIME_AHEAD: join(this.#folder, 'ahead'),
    }
    this.#server = await startKeyhold(['serve', '--data', this.data, '--port', '0'], env)
  }

  get data(): string {
    return join(this.#folder, 'data')
  }

  /** What it said on standard error meanwhile. */
  async stop(): Promise<string> {
    const ended = await this.#server?.stop()
    this.#server = undefined
    return ended?.stderr ?? ''
  }

  async boto3(...args: readonly string[]): Promise<string> {
    const python = pythonThatRuns('import boto3')
    assert.ok(python !== undefined && this.#server)
    const env = {
      ...process.env,
      AWS_ENDPOINT_URL: this.#server.endpoint,
      AWS_SHARED_CREDENTIALS_FILE: join(this.#folder, 'credentials'),
      AWS_DEFAULT_REGION: 'eu-central-1',
    }
    const program = join(import.meta.dirname, '../conformance/scheduled_key.py')
    return (await promisify(execFile)(python, ['-B', program, ...args], { env })).stdout.trim()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

test('clocks that jump before and after delete no key', { skip: missingBoto3(), timeout: 180_000 }, async () => {
  await using server = await ServerWithClock.create()
  await server.setAhead(365)
  await server.start()
  await sleep(ONE_RUN_MS)
  await server.stop()

  await server.setAhead(0)
  await server.start()
  const keyId = await server.boto3('schedule')
  await server.setAhead(8)
  await sleep(ONE_RUN_MS)
  await server.setAhead(0)
  assert.equal(await server.boto3('state', keyId), 'PendingDeletion')
  assert.match(await server.stop(), /wall time jumped/)

  await server.setAhead(40)
  await server.start()
  await sleep(ONE_RUN_MS)
  const listed = await keyhold(['operator', 'confirm-clock', '--data', server.data])
  assert.match(listed.stdout, /^1 +\S+ +\S+ +40d 0h \d+m +no$/m)
  assert.match((await keyhold(['operator', 'doctor', '--data', server.data])).stdout, /Nothing is wrong/)
  await server.setAhead(0)
  assert.equal(await server.boto3('state', keyId), 'PendingDeletion')

  // Only the word of an operator, and a date that has come, end the wait.
  const { stdout } = await keyhold(['operator', 'confirm-clock', '--data', server.data, '--stop', '1'])
  assert.match(stdout, /^Stop 1, of 40d 0h \d+m, counts for what waited when it began\.$/m)
  await sleep(ONE_RUN_MS)
  assert.equal(await server.boto3('state', keyId), 'PendingDeletion')
  await server.setAhead(40)
  await sleep(ONE_RUN_MS)
  await server.setAhead(0)
  assert.equal(await server.boto3('state', keyId), 'NotFoundException')
})
