/** A data folder that a real server wrote, edited from outside with Python's sqlite3 and plain files. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { copyDataFolder, makeDataFolder } from '../tools/testing/data-folder.ts'
import { keyhold, startKeyhold } from '../tools/testing/keyhold.ts'
import { needs } from '../tools/testing/needs.ts'

const DEEDS = [
  'insert an entry into the outbox',
  'remove the newest stream and its row',
  'remove all streams and all rows about them',
  'put old rows back and cut the newest stream',
  'put an old index of streams back',
  'remove the audit key',
  'edit a record',
  'cut the newest change',
  'add a line that is no JSON',
  'put a note into a stream',
  'put a segment of nine digits into a stream',
] as const

/** Those to which it makes a difference that the newest stream ended in an orderly way; chaos/ has all of both. */
const DEEDS_OF_STOPPED: readonly string[] = [
  'remove the newest stream and its row',
  'remove all streams and all rows about them',
  'put old rows back and cut the newest stream',
]

describe('audit verify and a folder that was edited from outside', { skip: needs('python3') }, () => {
  const above = mkdtempSync(join(tmpdir(), 'keyhold-tampering-'))
  const folder = (name: string): string => join(above, name)
  let head = ''

  before(async () => {
    const data = folder('data')
    const credentials = folder('credentials')
    await makeDataFolder(data, credentials)
    const use = async (signal: NodeJS.Signals, keys: number): Promise<void> => {
      const server = await startKeyhold(['serve', '--data', data, '--port', '0'])
      const others = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
      const env = {
        ...Object.fromEntries(others),
        AWS_SHARED_CREDENTIALS_FILE: credentials,
        AWS_REGION: 'eu-central-1',
        AWS_ENDPOINT_URL_KMS: server.endpoint,
      }
      for (let made = 0; made < keys; made++) assert.equal((await keyhold(['key', 'create'], env)).status, 0)
      await server.stop(signal)
    }
    await use('SIGTERM', 1)
    copyDataFolder(data, folder('old'))
    await use('SIGTERM', 2)
    copyDataFolder(data, folder('stopped'))
    await use('SIGKILL', 2)
    copyDataFolder(data, folder('killed'))
    head = (await keyhold(['audit', 'head', '--data', folder('killed')])).stdout
  })
  after(() => rmSync(above, { recursive: true, force: true }))

  const verify = async (data: string, ...more: string[]): Promise<{ status: number | string; said: string }> => {
    const { status, stdout, stderr } = await keyhold(['audit', 'verify', '--data', data, ...more])
    return { status, said: stdout + stderr }
  }

  for (const state of ['stopped', 'killed']) {
    test(`${state}: untouched it is sound`, async () => {
      const { status, said } = await verify(folder(state))
      assert.equal(status, 0, said)
    })
    for (const deed of state === 'stopped' ? DEEDS_OF_STOPPED : DEEDS) {
      test(`${state}: ${deed}`, async () => {
        cpSync(folder(state), folder('copy'), { recursive: true, preserveTimestamps: true })
        const script = join(import.meta.dirname, 'audit_tampering.py')
        const done = spawnSync('python3', [script, deed, folder('copy'), folder('old')], { encoding: 'utf8' })
        assert.equal(done.status, 0, done.stderr)
        const { status, said } = await verify(folder('copy'))
        rmSync(folder('copy'), { recursive: true })
        assert.equal(status, 8, said)
      })
    }
  }

  test('a folder that was put back whole is sound, but not since a head that was kept', async () => {
    assert.equal((await verify(folder('stopped'))).status, 0)
    const { status, said } = await verify(folder('stopped'), '--since', head)
    assert.equal(status, 8)
    assert.match(said, /missing: the stream of \d+ lines is missing/)
    assert.match(said, /the head that you kept counts \d+ changes, the database \d+/)
    assert.equal((await verify(folder('killed'), '--since', head)).status, 0)
  })
})
