import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, describe, test } from 'node:test'
import type { Secret } from '@keyhold/protocol'
import { type ConfigurationFile, readConfigurationFile } from '../../src/configuration/file.ts'
import { readSecretFile } from '../../src/configuration/guarded-file.ts'
import { choice, integer, path, text, toggle } from '../../src/configuration/kinds.ts'
import { list, objects } from '../../src/configuration/many.ts'
import { settle, type Settled } from '../../src/configuration/settle.ts'
import type { Table, Verb } from '../../src/configuration/setting.ts'
import { temporaryFolder } from '../support/vault.ts'

/** Every form that a row can have. */
const TABLE = {
  data: {
    path: 'data',
    flag: 'data',
    kind: path('dir'),
    verbs: ['serve'],
    required: ['serve'],
    reload: false,
    about: 'x',
  },
  workers: {
    path: 'rates.workers',
    flag: 'rate-workers',
    kind: integer(1, 9),
    default: 1,
    verbs: ['serve', 'dev'],
    reload: true,
    about: 'x',
  },
  level: {
    path: 'log.level',
    flag: 'log-level',
    kind: choice(['warn', 'info']),
    verbs: ['serve', 'dev'],
    reload: true,
    about: 'x',
  },
  hosts: { path: 'hosts', flag: 'allow-host', kind: list(text()), verbs: ['serve', 'dev'], reload: true, about: 'x' },
  certificates: {
    path: 'tls.certificates',
    flag: 'tls-certificate',
    kind: objects({ cert: path('file'), key: path('file') }, ['cert', 'key']),
    verbs: ['serve', 'dev'],
    reload: true,
    about: 'x',
  },
  passphrase: {
    path: 'tls.passphrase',
    flag: 'tls-passphrase',
    secret: true,
    verbs: ['serve', 'dev'],
    reload: true,
    about: 'x',
  },
  enforce: {
    path: 'dev.enforce',
    flag: 'enforce',
    kind: toggle(),
    default: false,
    verbs: ['dev'],
    reload: false,
    about: 'x',
  },
} as const satisfies Table

interface Given {
  flags?: Record<string, unknown>
  env?: NodeJS.ProcessEnv
  yaml?: string
  verb?: Verb
  mode?: number
}

/** Settles the table by these sources. A YAML text lies in `conf/keyhold.yaml` of a folder, which is `$DIR` in faults. */
async function settled(t: TestContext, given: Given): Promise<Settled & { folder: string; said: string[] }> {
  const { flags = {}, env = {}, yaml, verb = 'dev' } = given
  const folder = temporaryFolder(t)
  const file = yaml === undefined ? undefined : await fileOf(folder, yaml)
  const found = await settle(TABLE, verb, { flags, env, file, readSecret: readSecretFile })
  const said = found.faults.map(({ where, message }) => `${where}: ${message}`.replaceAll(folder, '$DIR'))
  return { ...found, folder, said }
}

function fileOf(folder: string, yaml: string): Promise<ConfigurationFile> {
  mkdirSync(join(folder, 'conf'))
  const file = join(folder, 'conf', 'keyhold.yaml')
  writeFileSync(file, yaml)
  return readConfigurationFile(file, TABLE)
}

const revealed = (secret: unknown): string => Buffer.from((secret as Secret).reveal()).toString()

describe('the sources of a setting', () => {
  const yaml = 'rates: { workers: 4 }'
  const env = { KEYHOLD_RATE_WORKERS: '3' }
  const flags = { workers: 2 }

  test('go before each other: flags, variables, the file, the default', async (t) => {
    const cases: [Given, number, string][] = [
      [{ flags, env, yaml }, 2, 'flag'],
      [{ env, yaml }, 3, 'variable'],
      [{ yaml }, 4, 'file'],
      [{}, 1, 'default'],
      [{ env: { KEYHOLD_RATE_WORKERS: '' }, yaml }, 4, 'file'],
    ]
    for (const [given, value, from] of cases) {
      const { values, origins, faults } = await settled(t, given)
      assert.deepEqual([values['workers'], origins.get('workers')?.from, faults], [value, from, []])
    }
  })

  test('replace lists whole', async (t) => {
    const { values } = await settled(t, { env: { KEYHOLD_ALLOW_HOST: 'a,b' }, yaml: 'hosts: [c]' })
    assert.deepEqual(values['hosts'], ['a', 'b'])
  })

  test('say where a value comes from, a file with its line', async (t) => {
    const { origins, folder } = await settled(t, { yaml: '# first\nrates:\n  workers: 4\n' })
    const file = join(folder, 'conf/keyhold.yaml')
    assert.deepEqual(origins.get('workers'), { from: 'file', file, line: 3, name: 'rates.workers' })
  })

  test('give only what the command takes', async (t) => {
    const { values, faults } = await settled(t, { verb: 'serve', flags: { data: 'x' }, yaml: 'dev: { enforce: true }' })
    assert.deepEqual([values, faults], [{ data: 'x', workers: 1 }, []])
  })

  test('must have what a command requires, and others need not', async (t) => {
    const { said } = await settled(t, { verb: 'serve' })
    assert.deepEqual(said, [
      'data: keyhold serve needs it: x. Set --data, KEYHOLD_DATA, or data in the configuration file.',
    ])
    assert.deepEqual((await settled(t, {})).said, [])
  })

  test('say all that is wrong, by flag, variable, or line and path', async (t) => {
    const { said } = await settled(t, {
      env: { KEYHOLD_LOG_LEVEL: 'loud' },
      yaml: 'rates:\n  workers: many\nhosts:\n  - a\n  - 3\ntls:\n  certificates:\n    - cert: a\n',
    })
    const file = '$DIR/conf/keyhold.yaml'
    assert.deepEqual(said, [
      `${file}:2: rates.workers: Expected a whole number from 1 to 9.`,
      'KEYHOLD_LOG_LEVEL: Expected warn or info.',
      `${file}:5: hosts[1]: Expected a text.`,
      `${file}:8: tls.certificates[0]: The member key is missing.`,
    ])
  })

  test('say what a variable of Kubernetes is', async (t) => {
    const { said } = await settled(t, { env: { KEYHOLD_RATE_WORKERS: 'tcp://10.0.0.1:5670' } })
    assert.match(said.join(), /^KEYHOLD_RATE_WORKERS: Expected .* Kubernetes sets it .* enableServiceLinks: false/)
  })
})

describe('relative paths', () => {
  test('of a file are relative to its folder, also within objects', async (t) => {
    const yaml = 'data: ../data\ntls: { certificates: [{ cert: a.pem, key: /k }] }'
    const { values, folder } = await settled(t, { verb: 'serve', yaml })
    assert.equal(values['data'], join(folder, 'data'))
    assert.deepEqual(values['certificates'], [{ cert: join(folder, 'conf/a.pem'), key: '/k' }])
  })

  test('of variables stay as they are', async (t) => {
    const { values } = await settled(t, { verb: 'serve', env: { KEYHOLD_DATA: 'data' } })
    assert.equal(values['data'], 'data')
  })
})

describe('a secret', () => {
  test('comes from a variable, the file that a flag or variable names, or the configuration', async (t) => {
    const file = join(temporaryFolder(t), 'secret')
    writeFileSync(file, 'from a file\n')
    const cases: [Given, string][] = [
      [{ env: { KEYHOLD_TLS_PASSPHRASE: 'direct' } }, 'direct'],
      [{ env: { KEYHOLD_TLS_PASSPHRASE_FILE: file } }, 'from a file'],
      [{ flags: { passphrase: file }, env: { KEYHOLD_TLS_PASSPHRASE: 'direct' } }, 'from a file'],
      [{ yaml: 'tls: { passphrase: in yaml }' }, 'in yaml'],
      [{ yaml: `tls: { passphraseFile: ${file} }` }, 'from a file'],
    ]
    for (const [given, value] of cases) {
      const { values, faults } = await settled(t, given)
      assert.deepEqual([revealed(values['passphrase']), faults], [value, []])
    }
  })

  test('that is given in two ways by one source is refused, and not shown', async (t) => {
    const both = { KEYHOLD_TLS_PASSPHRASE: 'hunter2', KEYHOLD_TLS_PASSPHRASE_FILE: '/dev/null' }
    assert.deepEqual((await settled(t, { env: both })).said, [
      'KEYHOLD_TLS_PASSPHRASE_FILE: Set only one of it and KEYHOLD_TLS_PASSPHRASE.',
    ])
  })

  test('is in no fault, whatever is wrong with it or beside it', async (t) => {
    const spoiled = [
      'tls: { passphrase: [hunter2] }',
      'tls: { passphrase: { hunter2: 1 } }',
      'tls: { passphrase: &a hunter2 }\nhosts: [*a]',
      'tls: { passphrase: !!binary hunter2 }',
      'tls: { passphrase: "hunter2 \\q" }',
      'tls: { passphrase: "hunter2 }',
      'tls:\n  passphrase: hunter2: hunter2\n',
      'tls:\n  passphrase: a\n hunter2\n',
      'tls: { passphrase: a, passphrase: hunter2 }',
    ]
    for (const yaml of spoiled) {
      const { said, faults } = await settled(t, { yaml })
      assert.ok(faults.length > 0, yaml)
      assert.doesNotMatch(said.join('\n'), /hunter2/, yaml)
    }
  })

  test('file that others can write, that is empty, no file or not there is refused', async (t) => {
    const folder = temporaryFolder(t)
    const secret = (name: string, content: string, mode: number): string => {
      writeFileSync(join(folder, name), content)
      chmodSync(join(folder, name), mode)
      return join(folder, name)
    }
    const cases: [file: string, message: RegExp][] = [
      [secret('group', 'x', 0o620), /Other users can write .*group" \(mode 620\)/],
      [secret('all', 'x', 0o602), /Other users can write .*all" \(mode 602\)/],
      [secret('empty', '\n', 0o600), /contains no secret/],
      [secret('long', 'x'.repeat(65_537), 0o600), /is longer than 65536 bytes/],
      [folder, /is not a regular file/],
      [join(folder, 'none'), /no such file/],
    ]
    for (const [file, message] of cases) {
      const { said } = await settled(t, { env: { KEYHOLD_TLS_PASSPHRASE_FILE: file } })
      assert.match(said.join(), message)
    }
  })

  test('file may be read by others, and be a link, as mounted secrets are', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(join(folder, 'real'), 'x')
    chmodSync(join(folder, 'real'), 0o444)
    symlinkSync('real', join(folder, 'link'))
    const { values } = await settled(t, { env: { KEYHOLD_TLS_PASSPHRASE_FILE: join(folder, 'link') } })
    assert.equal(revealed(values['passphrase']), 'x')
  })
})
