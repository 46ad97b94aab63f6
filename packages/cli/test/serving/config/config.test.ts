import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { keyhold } from '../../../../../tools/testing/keyhold.ts'
import { cleanEnvironment, fail, initialize, succeed, temporaryFolder } from '../../support/vault.ts'

test('config check accepts what serve can start with, and changes nothing', async (t) => {
  const vault = await initialize(t)
  const file = join(vault.folder, 'keyhold.yaml')
  writeFileSync(file, 'data: data\nrates: { workers: 2 }\n')
  assert.equal(await succeed(['config', 'check', '--config', file]), 'The settings can be used.\n')
  assert.deepEqual(JSON.parse(await succeed(['config', 'check', '--config', file, '--json'])), { faults: [] })
})

test('config check says all that is wrong, with files that are not there or are not what they should be', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'keyhold.yaml')
  mkdirSync(join(folder, 'folder'))
  writeFileSync(file, 'data: none\noidc: { file: folder }\nprot: 1\nlog: { level: loud }\n')
  const { status, stdout, stderr } = await keyhold(['config', 'check', '--config', file], cleanEnvironment())
  assert.deepEqual([status, stdout], [2, ''])
  const lines = stderr.replaceAll(folder, '$DIR').trimEnd().split('\n')
  assert.deepEqual(lines, [
    'keyhold: The settings cannot be used.',
    `$DIR/keyhold.yaml:3: prot: ${/"prot" is not known here\. Known are .*/.exec(stderr)![0]}`,
    '$DIR/keyhold.yaml:4: log.level: Expected silent, error, warn or info.',
    '$DIR/keyhold.yaml:1: data: Cannot read "$DIR/none": no such file or folder. Check the name.',
    '$DIR/keyhold.yaml:2: oidc.file: "$DIR/folder" is not a regular file.',
  ])
  const json = await keyhold(['config', 'check', '--config', file, '--json'], cleanEnvironment())
  assert.equal(json.status, 2)
  assert.equal((JSON.parse(json.stdout) as { faults: unknown[] }).faults.length, 4)
})

test('config check asks the server about what only it knows', async (t) => {
  const vault = await initialize(t)
  const check = ['config', 'check', '--data', vault.data]
  await fail([...check, '--trusted-proxy', '10.0.0.0/33'], 2, /^serve: .*10\.0\.0\.0\/33/m)
  chmodSync(vault.data, 0o777)
  await fail(check, 2, /^serve: .*data/m)
  await fail(['config', 'check', '--data', vault.folder], 2, /^serve: .*is not a Keyhold data folder/m)
  await fail(['config', 'check', '--for', 'dev', '--allow-host', 'a b'], 2, /^dev: /m)
  assert.equal(await succeed(['config', 'check', '--for', 'dev']), 'The settings can be used.\n')
})

test('config check ends as other commands do when its own file cannot be read', async (t) => {
  const file = join(temporaryFolder(t), 'keyhold.yaml')
  await fail(['config', 'check', '--config', file], 9, /no such file/)
  writeFileSync(file, '')
  chmodSync(file, 0o666)
  await fail(['config', 'check', '--config', file], 9, /Other users can write/)
})

test('config show says each value and where it comes from', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'keyhold.yaml')
  writeFileSync(file, 'data: vault\nrates:\n  enforced: false\n  workers: 2\n')
  const env = { ...cleanEnvironment(), KEYHOLD_LOG_LEVEL: 'info', KEYHOLD_CONFIG: file }
  const args = ['config', 'show', '--rate-workers', '3', '--trusted-proxy', '10.0.0.1,10.0.0.2']
  const text = (await succeed(args, env)).replaceAll(folder, '$DIR')
  for (const line of [
    /^data +\$DIR\/vault +\$DIR\/keyhold\.yaml:1: data$/m,
    /^audit\.durability +fsync +default$/m,
    /^rates\.enforced +off +\$DIR\/keyhold\.yaml:3: rates\.enforced$/m,
    /^rates\.workers +3 +--rate-workers$/m,
    /^log\.level +info +KEYHOLD_LOG_LEVEL$/m,
    /^oidc\.file +- +default: no tokens are accepted$/m,
    /^proxies\.trusted +10\.0\.0\.1,10\.0\.0\.2 +--trusted-proxy$/m,
  ])
    assert.match(text, line)
  assert.doesNotMatch(text, /^dev\./m)
  const shown = JSON.parse(await succeed([...args, '--json'], env)) as { name: string; value: unknown; from: unknown }[]
  const of = (name: string): unknown => shown.find((each) => each.name === name)
  assert.deepEqual(of('rates.enforced'), {
    name: 'rates.enforced',
    value: false,
    from: { from: 'file', file, line: 3, name: 'rates.enforced' },
  })
  assert.deepEqual(of('oidc.file'), { name: 'oidc.file', value: null, from: { from: 'default' } })
  assert.match(await succeed(['config', 'show', '--for', 'dev']), /^dev\.clock +system +default$/m)
})

test('config show refuses settings that cannot be used', async () => {
  await fail(['config', 'show'], 2, /^data: keyhold serve needs it/m)
})
