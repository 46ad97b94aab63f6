import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateGrantCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import { keyhold } from '../../../../tools/testing/keyhold.ts'
import { cleanEnvironment, clientOfDev, fail, initialize, start, succeed, temporaryFolder } from '../support/vault.ts'

const DEV = ['dev', '--port', '0']
const ANY_CALLER = { accessKeyId: '000000000000', secretAccessKey: 'any' }
const KEY = '11111111-2222-4333-8444-555555555555'

test('dev says loudly what it is, that keys die with it, and prints exports that can be pasted', async (t) => {
  const server = await start(t, DEV)
  assert.match(server.said, /KEYHOLD DEV: NOT FOR REAL DATA/)
  assert.match(server.said, /credentials are not verified and policies are not enforced/)
  assert.match(server.said, /keys are lost when this process ends/)
  const { status, stdout } = await server.stop()
  assert.equal(status, 0)
  const exports = stdout.replace(/^Ready\..*$/m, '')
  const script = `AWS_PROFILE=mine; AWS_SESSION_TOKEN=old; ${exports}\nenv; echo "profile=$AWS_PROFILE,$AWS_SESSION_TOKEN"`
  const shell = spawnSync('sh', ['-eu', '-c', script.replace('-eu', '')], { encoding: 'utf8', env: cleanEnvironment() })
  for (const service of ['KMS', 'IAM', 'STS']) {
    assert(shell.stdout.includes(`AWS_ENDPOINT_URL_${service}=${server.endpoint}\n`), shell.stdout + shell.stderr)
  }
  assert.match(shell.stdout, /^AWS_ACCESS_KEY_ID=000000000000$/m)
  assert.match(shell.stdout, /^AWS_SECRET_ACCESS_KEY=.+$/m)
  assert.match(shell.stdout, /^AWS_REGION=us-east-1$/m)
})

test('dev runs a command with the endpoint in its environment, and ends with its exit code', async () => {
  const script =
    'const { AWS_ENDPOINT_URL_KMS: endpoint, AWS_ACCESS_KEY_ID: id, AWS_PROFILE: profile } = process.env;' +
    'fetch(endpoint, { method: "POST" }).then(({ status }) => {' +
    '  console.log(JSON.stringify({ endpoint, id, profile, status })); process.exit(7) })'
  const env = { ...cleanEnvironment(), AWS_PROFILE: 'mine' }
  const { status, stdout, stderr } = await keyhold([...DEV, '--', process.execPath, '-e', script], env)
  assert.equal(status, 7, stderr)
  const endpoint = /^Ready\. (\S+)$/m.exec(stderr)?.[1]
  // The command's output is all there is on standard output. The server answered: 400, as nothing was asked.
  assert.deepEqual(JSON.parse(stdout), { endpoint, id: '000000000000', status: 400 })
  await assert.rejects(fetch(endpoint!), { message: 'fetch failed' })
})

test("dev hands its command's options to the command", async () => {
  const { status, stdout } = await keyhold(
    [...DEV, '--', process.execPath, '-p', '"--port --help"'],
    cleanEnvironment(),
  )
  assert.equal(status, 0)
  assert.equal(stdout, '--port --help\n')
})

test('dev ends with 127 when the command is not there, and with 126 when it cannot be run', async (t) => {
  const file = join(temporaryFolder(t), 'not-executable')
  writeFileSync(file, 'echo')
  await fail([...DEV, '--', 'no-such-command-anywhere'], 127, /cannot run no-such-command-anywhere/)
  await fail([...DEV, '--', file], 126, /cannot run .*not-executable/)
})

test('a signal to dev goes to its command, and the exit code tells which', { timeout: 60_000 }, async (t) => {
  const up = join(temporaryFolder(t), 'up')
  const program = `fs.writeFileSync(${JSON.stringify(up)}, ''); setInterval(() => {}, 1000)`
  const server = await start(t, [...DEV, '--', process.execPath, '-e', program])
  while (!existsSync(up)) await sleep(20)
  assert.equal((await server.stop('SIGTERM')).status, 128 + 15)
})

test('dev ends well when its terminal closes', async (t) => {
  assert.equal((await (await start(t, DEV)).stop('SIGHUP')).status, 0)
})

test('dev takes its settings from variables and a file, too', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'keyhold.yaml')
  writeFileSync(file, 'rates: { workers: 2 }\ndev:\n  clock: manual\n  seed: seed.yaml\n')
  writeFileSync(join(folder, 'seed.yaml'), `keys:\n  - id: ${KEY}\n`)
  const env = { ...cleanEnvironment(), KEYHOLD_CONFIG: file, KEYHOLD_PORT: '0', KEYHOLD_ENFORCE: 'true' }
  const server = await start(t, ['dev'], env)
  assert.match(server.said, /Policies are enforced/)
  await advance(server.endpoint, 1)
  assert.match(await succeed(['key', 'show', KEY], clientOfDev(server)), /^State +Enabled$/m)
})

test('dev without --data leaves nothing behind', async (t) => {
  const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('keyhold-dev-'))
  const before = new Set(folders())
  const server = await start(t, DEV)
  const made = folders().filter((name) => !before.has(name))
  assert(made.length > 0)
  await server.stop()
  // Other tests may run servers at the same time: of the new folders at least ours is gone.
  assert(made.some((name) => !existsSync(join(tmpdir(), name))))
})

test('dev without --data leaves nothing behind at a second signal either', { timeout: 60_000 }, async (t) => {
  const folder = temporaryFolder(t)
  const server = await start(t, DEV, { ...cleanEnvironment(), TMPDIR: folder })
  assert.equal(readdirSync(folder).length, 1)
  // A request under way keeps the first signal's stop waiting, and the second one does not wait for it.
  const { hostname, port } = new URL(server.endpoint)
  const request = connect({ host: hostname, port: Number(port) }).on('error', () => undefined)
  request.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n')
  await sleep(200)
  const first = server.stop()
  await sleep(200)
  await server.stop()
  assert.equal((await first).status, 128 + 15)
  assert.deepEqual(readdirSync(folder), [])
})

test('dev with --data keeps its keys', async (t) => {
  const folder = join(temporaryFolder(t), 'dev')
  const first = await start(t, [...DEV, '--data', folder])
  assert.doesNotMatch(first.said, /Keys die/)
  await succeed(['key', 'create', '--alias', 'kept'], clientOfDev(first))
  await first.stop()
  const second = await start(t, [...DEV, '--data', folder])
  assert.match(await succeed(['key', 'show', 'alias/kept'], clientOfDev(second)), /^State +Enabled$/m)
})

test('dev refuses a folder that init made', async (t) => {
  const vault = await initialize(t)
  await fail([...DEV, '--data', vault.data], 2, /was created by keyhold init.* Use: keyhold serve --data/)
})

test('dev makes the keys of a seed file, and never replaces one that exists', async (t) => {
  const folder = temporaryFolder(t)
  const [data, seed] = [join(folder, 'data'), join(folder, 'seed.yaml')]
  const write = (description: string): void =>
    writeFileSync(seed, `keys:\n  - id: ${KEY}\n    description: ${description}\n    aliases: [alias/seeded]\n`)
  write('first')
  const first = await start(t, [...DEV, '--data', data, '--seed', seed])
  assert.match(await succeed(['key', 'show', 'alias/seeded'], clientOfDev(first)), /^Description +first$/m)
  await first.stop()
  write('second')
  const second = await start(t, [...DEV, '--data', data, '--seed', seed])
  assert.match(await succeed(['key', 'show', KEY], clientOfDev(second)), /^Description +first$/m)
})

test('dev refuses a seed file that it does not understand, and one that is not there', async (t) => {
  const seed = join(temporaryFolder(t), 'seed.yaml')
  writeFileSync(seed, `keys:\n  - id: ${KEY}\n    descripton: a typo\n`)
  await fail([...DEV, '--seed', seed], 2, /The seed file cannot be used: keys\[0\]\.descripton/)
  await fail([...DEV, '--seed', `${seed}.missing`], 9, /no such file/)
})

test('with a manual clock a key is deleted when its time is told to have come, and not before', async (t) => {
  const seed = join(temporaryFolder(t), 'seed.yaml')
  writeFileSync(seed, `keys:\n  - id: ${KEY}\n`)
  const server = await start(t, [...DEV, '--clock', 'manual', '--seed', seed])
  const env = clientOfDev(server)
  const client = new KMSClient({ endpoint: server.endpoint, region: 'us-east-1', credentials: ANY_CALLER })
  await client.send(new ScheduleKeyDeletionCommand({ KeyId: KEY, PendingWindowInDays: 7 }))
  client.destroy()
  await advance(server.endpoint, 6.9 * 86_400)
  assert.match(await succeed(['key', 'show', KEY], env), /^State +PendingDeletion$/m)
  await advance(server.endpoint, 0.2 * 86_400)
  await fail(['key', 'show', KEY], 7, /NotFoundException: Key '.*' does not exist/, env)
})

test('time cannot be moved without a manual clock', async (t) => {
  const server = await start(t, DEV)
  const answer = await fetch(`${server.endpoint}/dev/clock`, { method: 'POST', body: '{"advanceSeconds":1}' })
  assert.notEqual(answer.status, 200)
})

async function advance(endpoint: string, advanceSeconds: number): Promise<void> {
  const answer = await fetch(`${endpoint}/dev/clock`, { method: 'POST', body: JSON.stringify({ advanceSeconds }) })
  assert.equal(answer.status, 200)
}

test('dev --enforce enforces policies, with every caller as the root of the account that it names', async (t) => {
  const server = await start(t, [...DEV, '--enforce'])
  assert.match(server.said, /Policies are enforced/)
  const kms = new KMSClient({ endpoint: server.endpoint, region: 'us-east-1', credentials: ANY_CALLER })
  t.after(() => kms.destroy())
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' },
      { Effect: 'Deny', Principal: '*', Action: 'kms:DisableKey', Resource: '*' },
    ],
  })
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Policy }))
  await assert.rejects(kms.send(new DisableKeyCommand({ KeyId: KeyMetadata?.KeyId })), {
    name: 'AccessDeniedException',
  })
})

test('with --grant-delay-ms a new grant is effective at first only with its token', async (t) => {
  const server = await start(t, [...DEV, '--enforce', '--any-principal', '--grant-delay-ms', '300000'])
  const client = (accessKeyId: string): KMSClient => {
    const credentials = { ...ANY_CALLER, accessKeyId }
    const kms = new KMSClient({ endpoint: server.endpoint, region: 'us-east-1', credentials })
    t.after(() => kms.destroy())
    return kms
  }
  const [owner, grantee] = [client('111122223333'), client('444455556666')]
  const { KeyMetadata } = await owner.send(new CreateKeyCommand({}))
  const KeyId = KeyMetadata?.Arn
  const { GrantToken = '' } = await owner.send(
    new CreateGrantCommand({
      KeyId,
      GranteePrincipal: 'arn:aws:iam::444455556666:root',
      Operations: ['DescribeKey'],
    }),
  )
  await assert.rejects(grantee.send(new DescribeKeyCommand({ KeyId })), { name: 'AccessDeniedException' })
  await grantee.send(new DescribeKeyCommand({ KeyId, GrantTokens: [GrantToken] }))
})

test('dev refuses a delay of grants that is none', async () => {
  for (const delay of ['-1', '1.5', '300001', 'long']) {
    await fail(
      [...DEV, '--grant-delay-ms', delay],
      2,
      /Expected a whole number of ms from 0 to 300000, or one with a unit, such as 30s\./,
    )
  }
})
