/** What Python's sqlite3 does to the database of a server that was killed, or that runs, keeps it from starting again. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { KMS } from '@aws-sdk/client-kms'
import { copyDataFolder, makeDataFolder } from '../tools/testing/data-folder.ts'
import { keyhold, startKeyhold } from '../tools/testing/keyhold.ts'
import { parseCredentials } from '../tools/testing/credentials.ts'
import { needs } from '../tools/testing/needs.ts'

const REGION = 'eu-central-1'
const first = (kind: string): string => `rowid = (SELECT max(rowid) FROM stored_row WHERE kind = '${kind}')`

const removed = (kind: string): string => `DELETE FROM stored_row WHERE ${first(kind)}`
const edited = (kind: string): string => `UPDATE stored_row SET body = body || ' ' WHERE ${first(kind)}`
const inserted = (kind: string): string =>
  `INSERT INTO stored_row SELECT kind, id || 'x', owner, target, due_ms, version, generation, body, sealed, mac
   FROM stored_row WHERE ${first(kind)}`

/** One row of some kinds; packages/server/test/storage has all that can be done to one. */
const DEEDS: Readonly<Record<string, string>> = {
  'an alias was removed': removed('alias'),
  'a grant was removed': removed('grant'),
  'a setting was removed': removed('setting'),
  'a policy was edited': edited('policy'),
  'a domain key was edited': edited('domain_key'),
  'an access key was inserted': inserted('access_key'),
}

describe('a database that Python altered', { skip: needs('python3') }, () => {
  let folder: string
  let data: string
  let server: Awaited<ReturnType<typeof startKeyhold>>
  let client: KMS
  /** The key as it was when it was enabled. */
  let enabled: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keyhold-altered-'))
    data = join(folder, 'data')
    await makeDataFolder(data, join(folder, 'credentials'))
    server = await startKeyhold(['serve', '--data', data, '--port', '0'])
    client = new KMS({ endpoint: server.endpoint, region: REGION, credentials: await parseCredentials(folder) })
    const { KeyMetadata } = await client.createKey({})
    const KeyId = KeyMetadata?.KeyId
    await client.createAlias({ TargetKeyId: KeyId, AliasName: 'alias/one' })
    await client.createGrant({
      KeyId,
      GranteePrincipal: KeyMetadata?.Arn?.replace(/kms:.*?:(\d+):.*/, 'iam::$1:user/administrator'),
      Operations: ['Decrypt'],
    })
    enabled = python(data, 'copy', 'key')
    await client.disableKey({ KeyId })
    server.process.kill('SIGKILL')
    await once(server.process, 'exit')
  })

  after(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  async function refusesAfter(change: (copy: string) => void): Promise<void> {
    const copy = await mkdtemp(join(folder, 'copy-'))
    copyDataFolder(data, copy)
    change(copy)
    const { status, stderr } = await keyhold(['serve', '--data', copy, '--port', '0'])
    assert.equal(status, 8, stderr)
    assert.match(stderr, /not as Keyhold left it|not of the root|does not verify/)
  }

  for (const [deed, sql] of Object.entries(DEEDS)) {
    test(`is refused when ${deed}`, { timeout: 60_000 }, () => refusesAfter((copy) => python(copy, 'sql', sql)))
  }

  test('is refused when an old row was put back', { timeout: 60_000 }, () =>
    refusesAfter((copy) => python(copy, 'put', enabled)),
  )

  test('is refused after a server went on with it, which accept-database ends', { timeout: 60_000 }, async () => {
    const running = await startKeyhold(['serve', '--data', data, '--port', '0'])
    const again = new KMS({ endpoint: running.endpoint, region: REGION, credentials: await parseCredentials(folder) })
    python(data, 'put', enabled)
    await again.createKey({})
    assert.equal((await again.describeKey({ KeyId: 'alias/one' })).KeyMetadata?.KeyState, 'Enabled')
    await running.stop()
    const refused = await keyhold(['serve', '--data', data, '--port', '0'])
    assert.equal(refused.status, 8, refused.stderr)
    assert.match(refused.stderr, /accept-database/)
    const accepted = await keyhold(['operator', 'accept-database', '--data', data, '--yes'])
    assert.equal(accepted.status, 0, accepted.stderr)
    await (await startKeyhold(['serve', '--data', data, '--port', '0'])).stop()
    const { stdout } = await keyhold(['audit', 'query', '--data', data])
    assert.match(stdout, /AcceptDatabase/)
  })
})

function python(folder: string, ...args: readonly string[]): string {
  const script = join(import.meta.dirname, 'altered_database.py')
  return execFileSync('python3', [script, join(folder, 'keyhold.db'), ...args], { encoding: 'utf8' }).trim()
}
