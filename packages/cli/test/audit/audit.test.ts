import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { keyhold, type KeyholdServer, nodeArguments } from '../../../../tools/testing/keyhold.ts'
import { clientOf, fail, initialize, start, succeed, temporaryFolder, type Vault } from '../support/vault.ts'

type Event = Record<string, unknown>

describe('keyhold audit', () => {
  const cleanUps: (() => unknown)[] = []
  const scope = { after: (cleanUp?: unknown) => void cleanUps.push(cleanUp as () => unknown) }
  let vault: Vault
  let server: KeyholdServer
  let key: { KeyId: string; Arn: string }
  before(async () => {
    vault = await initialize(scope)
    server = await start(scope, ['serve', '--data', vault.data, '--port', '0'])
    const env = clientOf(vault, server)
    key = JSON.parse(await succeed(['key', 'create', '--alias', 'audited', '--json'], env)) as typeof key
    await succeed(['key', 'create'], env)
    const [plain, sealed] = [join(vault.folder, 'plain'), join(vault.folder, 'sealed')]
    writeFileSync(plain, 'text')
    await succeed(['encrypt', '-k', 'alias/audited', '-c', 'case=0042\u001b', '-o', sealed, plain], env)
  })
  after(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp()
  })

  async function query(...filter: string[]): Promise<Event[]> {
    const lines = (await succeed(['audit', 'query', '--data', vault.data, '--json', ...filter])).split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Event)
  }

  const names = (events: Event[]): unknown[] => events.map((event) => event['eventName'])

  test('query prints what happened, oldest first, while the server runs', async () => {
    const events = names(await query())
    assert.deepEqual(events.slice(0, 5), ['CreateAccount', 'DescribeKey', 'CreateKey', 'CreateAlias', 'CreateKey'])
    assert(events.includes('GenerateDataKey'))
  })

  test('query finds by key id, ARN and alias', async () => {
    const byArn = await query('--key', key.Arn)
    assert.equal(names(byArn).filter((name) => name === 'CreateKey').length, 1)
    assert(names(byArn).includes('GenerateDataKey'))
    assert.deepEqual(await query('--key', key.KeyId), byArn)
    const byAlias = names(await query('--key', 'alias/audited'))
    assert.deepEqual(byAlias, names(byArn))
    assert(byAlias.includes('GenerateDataKey'))
    const other = (await query('--event', 'CreateKey')).find((event) => !JSON.stringify(event).includes(key.KeyId))
    assert.ok(other !== undefined)
    assert(!byAlias.includes(other))
  })

  test('a name that no record has is told from a question without an answer', async () => {
    const wrong = (...flags: string[]): string[] => ['audit', 'query', '--data', vault.data, ...flags]
    await fail(wrong('--key', 'alias/audit'), 7, /^keyhold: No record is about alias\/audit\./m)
    await fail(wrong('--event', 'decrypt'), 2, /^keyhold: No record is of an event decrypt\. Its name is Decrypt\.$/m)
    await fail(wrong('--event', 'Foo'), 2, /^keyhold: No record is of an event Foo\. It is no operation/m)
    await fail(wrong('--limit', '0'), 2, /It must be a whole number from 1/)
    assert.deepEqual(await query('--event', 'ScheduleKeyDeletion'), [])
    assert.deepEqual(await query('--event', 'CreateServiceSession'), [])
    assert.deepEqual(await query('--key', key.KeyId, '--until', '1d'), [])
  })

  test('query finds by principal and time, and the newest', async () => {
    const all = await query('--principal', 'administrator')
    assert(names(all).includes('GenerateDataKey'))
    assert.equal((await query('--since', '10m')).length, (await query()).length)
    assert.deepEqual(names(await query('--principal', 'administrator', '--limit', '2')), names(all).slice(-2))
  })

  test('query --follow goes on with what happens', async () => {
    const command = ['audit', 'query', '--data', vault.data, '--event', 'CreateKey', '--limit', '1', '--follow']
    const following = spawn(process.execPath, nodeArguments(command), { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = createInterface(following.stdout)[Symbol.asyncIterator]()
    const first = await lines.next()
    await succeed(['key', 'create'], clientOf(vault, server))
    const second = await lines.next()
    assert.match(String(second.value), /CreateKey/)
    assert.notEqual(second.value, first.value)
    following.kill('SIGINT')
    await once(following, 'exit')
  })

  test('query finds by operation and by request', async () => {
    const [event, ...others] = await query('--event', 'GenerateDataKey')
    assert(event !== undefined)
    assert.deepEqual(others, [])
    assert.deepEqual(await query('--request-id', String(event['requestID'])), [event])
  })

  test('query without --json prints a line a record that cannot steer the terminal', async () => {
    const output = await succeed(['audit', 'query', '--data', vault.data, '--event', 'GenerateDataKey'])
    assert.equal(output.trimEnd().split('\n').length, 1)
    assert.match(output, /GenerateDataKey {2}ok {2}arn:aws:iam::\d{12}:user\/administrator/)
    assert(output.includes('"case":"0042\\'))
    assert(!output.includes('\u001b'))
  })

  test('verify finds a sound log sound while the server runs, and counts its records', async () => {
    const output = await succeed(['audit', 'verify', '--data', vault.data])
    assert.match(output, /^STREAM +KIND +RECORDS +UNVOUCHED +END$/m)
    assert.match(output, /^\d+ records in \d+ streams are vouched for by signed heads; \d+ complete records/m)
    assert.match(output, /^The audit log is sound\.$/m)
    const report = JSON.parse(await succeed(['audit', 'verify', '--data', vault.data, '--json'])) as Event
    assert.deepEqual(report['problems'], [])
    assert(Number(report['records']) + Number(report['unvouched']) >= (await query()).length)
  })

  test('head prints a note that verify takes, as a file and as text, while the server runs and after', async () => {
    const note = await succeed(['audit', 'head', '--data', vault.data])
    assert.match(note, /^keyhold\/audit\/heads\nsequence [1-9]\d*\ntime \d+\n(stream [-0-9a-f]{36} \d+ \S{44}\n)+\n— /)
    const file = join(vault.folder, 'head')
    writeFileSync(file, note)
    await succeed(['key', 'create'], clientOf(vault, server))
    await succeed(['audit', 'verify', '--data', vault.data, '--since', file])
    await succeed(['audit', 'verify', '--data', vault.data, '--since', note])
    const { verifierKey } = JSON.parse(await succeed(['audit', 'head', '--data', vault.data, '--json'])) as Event
    assert.equal(await succeed(['audit', 'head', '--data', vault.data, '--public-key']), `${String(verifierKey)}\n`)
  })

  test('verify refuses a head that is none, and one of another folder', async () => {
    const note = await succeed(['audit', 'head', '--data', vault.data])
    await fail(
      ['audit', 'verify', '--data', vault.data, '--since', `${note.slice(9)}\n`],
      2,
      /not a head of an audit log/,
    )
    await fail(['audit', 'verify', '--data', vault.data, '--since', join(vault.folder, 'none')], 9, /no such file/)
    const other = await initialize(scope)
    const { status, stdout } = await keyhold(['audit', 'verify', '--data', other.data, '--since', note])
    assert.equal(status, 8)
    assert.match(stdout, /not signed by the key of this folder/)
  })

  test('verify fails with exit code 8 once one letter of a record was changed, and says where', async () => {
    await server.stop()
    const files = globSync(join(vault.data, 'audit/*/*.log'))
    const file = files.find((path) => readFileSync(path, 'utf8').includes('GenerateDataKey'))
    assert(file !== undefined)
    const text = readFileSync(file, 'utf8')
    await succeed(['audit', 'verify', '--data', vault.data])
    writeFileSync(file, text.replace('0042', '0043'))
    const { status, stdout } = await keyhold(['audit', 'verify', '--data', vault.data])
    assert.equal(status, 8)
    assert.match(stdout, /The audit log is NOT sound/)
    assert.match(stdout, /^ {2}changed: .* \(.*segment \d+.*\)$/m)
    writeFileSync(file, text)
    await succeed(['audit', 'verify', '--data', vault.data])
  })

  test('a folder that is none is refused', async () => {
    const nothing = temporaryFolder(scope)
    for (const verb of ['query', 'verify']) {
      await fail(['audit', verb, '--data', nothing], 9, /is not a Keyhold data folder/)
    }
  })
})
