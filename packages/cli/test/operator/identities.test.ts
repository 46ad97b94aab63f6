import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { clientOf, fail, initialize, start, succeed, type Vault } from '../support/vault.ts'

const OTHER = '444455556666'

/** A verb of the operator's on this folder. */
function operator(vault: Vault, ...args: string[]): string[] {
  return ['operator', ...args, '--data', vault.data]
}

test('account create hands the access key out once, in a file if one is named, and the key works', async (t) => {
  const vault = await initialize(t)
  const server = await start(t, ['serve', '--data', vault.data, '--port', '0'])
  const credentialsFile = join(vault.folder, 'other')
  const create = operator(vault, 'account', 'create', '--account', OTHER, '--user-name', 'chief')
  const output = await succeed([...create, '--credentials-file', credentialsFile])
  assert.match(output, /^Account +444455556666\nAdministrator +arn:aws:iam::444455556666:user\/chief\n/)
  assert.match(output, /^Secret +in .*\/other\n$/m)
  assert.equal((statSync(credentialsFile).mode & 0o777).toString(8), '600')
  await succeed(['key', 'create'], clientOf({ ...vault, credentialsFile }, server))
  const another = await succeed(operator(vault, 'account', 'create'))
  assert.match(another, /^Secret +\S{40}\nThe secret is not shown again: keep it now\.\n$/m)
  const listed = await succeed(operator(vault, 'account', 'ls'))
  assert.match(listed, /^444455556666 +\S+Z$/m)
  assert.equal(listed.match(/the operator's$/gm)?.length, 1)
})

test('what fails leaves no file for an access key that there is not', async (t) => {
  const vault = await initialize(t)
  const file = join(vault.folder, 'none')
  const create = operator(vault, 'account', 'create', '--account', OTHER)
  await succeed([...create, '--credentials-file', join(vault.folder, 'other')])
  await fail([...create, '--credentials-file', file], 2, /The account 444455556666 already exists\./)
  assert(!existsSync(file))
  await fail(operator(vault, 'account', 'create', '--account', '12'), 2, /An account id is 12 digits\./)
})

test('recover-admin restores access, and the audit log says so', async (t) => {
  const vault = await initialize(t)
  const server = await start(t, ['serve', '--data', vault.data, '--port', '0'])
  const [, accountId = ''] = /iam::(\d{12}):/.exec(await succeed(operator(vault, 'access-key', 'ls'))) ?? []
  const credentialsFile = join(vault.folder, 'recovered')
  const recover = operator(vault, 'recover-admin', '--account', accountId)
  const output = await succeed([...recover, '--credentials-file', credentialsFile])
  assert.match(output, /^Administrator +\S+:user\/recovered-administrator-\d{4}-\d\d-\d\d$/m)
  await succeed(['key', 'create'], clientOf({ ...vault, credentialsFile }, server))
  const events = await succeed(['audit', 'query', '--data', vault.data, '--event', 'RecoverAdministrator', '--json'])
  const { userIdentity, requestParameters } = JSON.parse(events) as Record<string, Record<string, string>>
  assert.equal(userIdentity?.['invokedBy'], 'keyhold operator')
  assert.match(requestParameters?.['userName'] ?? '', /^recovered-administrator-/)
  await fail(recover, 2, /The user recovered-administrator-\S+ already exists/)
  await fail(operator(vault, 'recover-admin', '--account', OTHER), 2, /There is no account 444455556666\./)
  await fail(operator(vault, 'recover-admin'), 2, /required option '--account <id>'/)
})

test('services are registered, listed, stopped and let go on', async (t) => {
  const vault = await initialize(t)
  const name = 'backup.example.internal'
  const create = operator(vault, 'service', 'create', name, '--credentials-file', join(vault.folder, 'service'))
  assert.match(await succeed(create), /^Service +backup\.example\.internal$/m)
  assert.match(readFileSync(join(vault.folder, 'service'), 'utf8'), /^aws_access_key_id = AKIA/m)
  assert.match(await succeed(operator(vault, 'service', 'ls')), /^backup\.example\.internal +enabled +/m)
  const stop = operator(vault, 'service', 'disable', name)
  assert.equal(await succeed(stop), `${name} is now disabled.\n`)
  assert.equal(await succeed(stop), `${name} is already disabled.\n`)
  assert.match(await succeed(operator(vault, 'service', 'ls')), /^backup\.example\.internal +disabled +/m)
  assert.equal(await succeed(operator(vault, 'service', 'enable', name)), `${name} is now enabled.\n`)
  await fail(operator(vault, 'service', 'disable', 'none.example'), 2, /There is no service none\.example\./)
  await fail(operator(vault, 'service', 'create', 'Backup'), 2, /is not a valid service name/)
})

test('a service of AWS is registered with a list of the policies that name it already', async (t) => {
  const vault = await initialize(t)
  const server = await start(t, ['serve', '--data', vault.data, '--port', '0'])
  const name = 'logs.eu-central-1.amazonaws.com'
  const allow = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }
  const Statement = [
    { ...allow, Principal: '*' },
    { ...allow, Principal: { Service: name } },
  ]
  const policy = join(vault.folder, 'policy.json')
  writeFileSync(policy, JSON.stringify({ Version: '2012-10-17', Statement }))
  const made = await succeed(['key', 'create', '--policy', policy, '--json'], clientOf(vault, server))
  const { Arn: key } = JSON.parse(made) as { Arn: string }
  const output = await succeed(operator(vault, 'service', 'create', name))
  assert.match(output, /^Policies and grants that name it already, and are about it from now on:$/m)
  assert.match(output, new RegExp(`^key policy +${key} +- +${RegExp.escape(name)}$`, 'm'))
})

test('an access key is stopped without IAM', async (t) => {
  const vault = await initialize(t)
  const server = await start(t, ['serve', '--data', vault.data, '--port', '0'])
  const client = clientOf(vault, server)
  await succeed(['key', 'ls'], client)
  const [accessKeyId = ''] = /^AKIA\S+/m.exec(await succeed(operator(vault, 'access-key', 'ls'))) ?? []
  assert.equal(
    await succeed(operator(vault, 'access-key', 'disable', accessKeyId)),
    `${accessKeyId} is now inactive.\n`,
  )
  await fail(['key', 'ls'], 3, /UnrecognizedClientException/, client)
  assert.match(await succeed(operator(vault, 'access-key', 'ls')), new RegExp(`^${accessKeyId} +inactive `, 'm'))
  await fail(operator(vault, 'access-key', 'disable', 'AKIANONE'), 2, /There is no access key AKIANONE\./)
})

test('an operator of a development folder is told that it is one', async (t) => {
  const vault = await initialize(t)
  const data = join(vault.folder, 'dev')
  const server = await start(t, ['dev', '--port', '0', '--data', data])
  await server.stop()
  await fail(
    operator({ ...vault, data }, 'account', 'create'),
    2,
    /was created by keyhold dev, which does not verify credentials/,
  )
})
