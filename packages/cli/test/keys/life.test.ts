import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import { type KeyholdServer, startKeyhold } from '../../../../tools/testing/keyhold.ts'
import { piped } from '../support/piped.ts'
import { cleanEnvironment, clientOfDev, fail, succeed, temporaryFolder } from '../support/vault.ts'

const ACCOUNT = '111122223333'
const PARTNER = 'arn:aws:iam::444455556666:role/partner'

describe('the life of a key', () => {
  let server: KeyholdServer
  let env: NodeJS.ProcessEnv
  before(async () => {
    server = await startKeyhold(['dev', '--port', '0'], cleanEnvironment())
    env = clientOfDev(server, ACCOUNT)
  })
  after(() => server?.stop())

  const key = (...args: string[]): Promise<string> => succeed(['key', ...args], env)
  const json = async (...args: string[]): Promise<Record<string, unknown>> =>
    JSON.parse(await key(...args, '--json')) as Record<string, unknown>
  const create = async (...args: string[]): Promise<string> => String((await json('create', ...args))['KeyId'])
  const stateOf = async (id: string): Promise<unknown> => (await json('show', id))['KeyState']

  test('a key is disabled and enabled, by an alias too', async () => {
    const id = await create('--alias', 'switched')
    const arn = `arn:aws:kms:us-east-1:${ACCOUNT}:key/${id}`
    assert.equal(await key('disable', id), `${id} is disabled.\n`)
    assert.equal(await stateOf(id), 'Disabled')
    assert.equal(await key('enable', 'alias/switched'), `${arn} is enabled.\n`)
    assert.equal(await stateOf(id), 'Enabled')
    assert.deepEqual(await json('disable', id), { KeyId: id, Enabled: false })
    assert.deepEqual(await json('enable', id), { KeyId: id, Enabled: true })
  })

  test('an alias of another region leads to its key there', async () => {
    const id = await create('--alias', 'far', '--region', 'eu-west-3')
    await key('disable', `arn:aws:kms:eu-west-3:${ACCOUNT}:alias/far`)
    assert.equal(await stateOf(`arn:aws:kms:eu-west-3:${ACCOUNT}:key/${id}`), 'Disabled')
  })

  test('delete says when the key will be gone, and undelete that it stays disabled', async () => {
    const id = await create()
    const said = await key('delete', id, '--days', '7')
    const [, date] =
      /^\S+ will be gone on (\S+); it cannot be used from now on\. What only it opens is lost/.exec(said) ?? []
    const days = (Date.parse(date ?? '') - Date.now()) / 86_400_000
    assert(days > 6.9 && days < 7.1, said)
    assert.equal(await stateOf(id), 'PendingDeletion')
    assert.equal(await key('undelete', id), `${id} stays. It is disabled; to use it: keyhold key enable ${id}\n`)
    assert.equal(await stateOf(id), 'Disabled')
    assert.equal((await json('delete', id, '--days', '30', '--yes'))['PendingWindowInDays'], 30)
  })

  test('a waiting period must be said, in days, and be one that the service takes', async () => {
    const id = await create()
    await fail(['key', 'delete', id], 2, /required option '--days <n>'/, env)
    await fail(['key', 'delete', id, '--days', 'soon'], 2, /It must be a number of days\./, env)
    await fail(['key', 'delete', id, '--days', '6'], 2, /ValidationException/, env)
    assert.equal(await stateOf(id), 'Enabled')
  })

  describe('its policy', () => {
    const statement = { Sid: 'all', Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }
    const policy = `${JSON.stringify({ Version: '2012-10-17', Statement: [statement] }, undefined, '\t')}\n`

    function file(t: TestContext, text: string | Uint8Array): string {
      const path = join(temporaryFolder(t), 'policy.json')
      writeFileSync(path, text)
      return path
    }

    test('is given to a new key, printed, and put', async (t) => {
      const id = await create('--policy', file(t, policy))
      assert.deepEqual(JSON.parse(await key('policy', id)), JSON.parse(policy))
      const other = policy.replace('"all"', '"other"')
      assert.equal(await key('policy', id, '--put', file(t, other)), `${id} has a new policy.\n`)
      assert.deepEqual(JSON.parse(String((await json('policy', id))['Policy'])), JSON.parse(other))
    })

    test('is put from standard input', async () => {
      const id = await create()
      const { status, stderr } = await piped(['key', 'policy', id, '--put', '-'], Buffer.from(policy), env)
      assert.equal(status, 0, stderr)
      assert.deepEqual(JSON.parse(await key('policy', id)), JSON.parse(policy))
    })

    test('is shown as a terminal can take it, and says the same', async (t) => {
      const strange = policy.replace('"Version"', '"Id": "\u009b2J", "Version"')
      const id = await create('--policy', file(t, strange))
      const shown = await key('policy', id)
      assert(!/[\u009b\t]/.test(shown), shown)
      assert.deepEqual(JSON.parse(shown), JSON.parse(strange))
    })

    test('is refused when it is none, and the one that is there stays', async (t) => {
      const id = await create()
      const before = await key('policy', id)
      const put = (path: string): string[] => ['key', 'policy', id, '--put', path]
      await fail(put(file(t, '{')), 2, /MalformedPolicyDocumentException/, env)
      await fail(put(file(t, Buffer.of(0xff))), 2, /it is not text in UTF-8\./, env)
      await fail(put(file(t, Buffer.alloc(131_073, ' '))), 2, /is too long for a key policy\./, env)
      await fail(put('/nowhere/policy.json'), 9, /no such file/, env)
      assert.equal(await key('policy', id), before)
    })
  })

  describe('its grants', () => {
    test('are made, listed and revoked', async () => {
      const id = await create()
      const made = await key(
        'grant',
        'create',
        id,
        '--to',
        PARTNER,
        '--operation',
        'Decrypt',
        '--operation',
        'Encrypt',
        '-c',
        'tenant=acme',
        '--name',
        'partner',
      )
      const [, grant] = /^Grant +([0-9a-f]{64})$/m.exec(made) ?? []
      assert(grant !== undefined && /^Token +\S+$/m.test(made), made)
      const row = `${grant}  partner  ${PARTNER}  Decrypt,Encrypt  context with {"tenant":"acme"}`
      assert.equal((await key('grant', 'ls', id)).split('\n')[1], row)
      assert.equal(await key('grant', 'revoke', id, grant), `${grant} is revoked.\n`)
      assert.deepEqual(await json('grant', 'ls', id), [])
    })

    test('hold an exact context, who may retire them, and services with what they act for', async () => {
      const id = await create()
      const source = `arn:aws:backup:us-east-1:${ACCOUNT}:vault/v`
      await key(
        'grant',
        'create',
        id,
        '--to',
        'backup.example.internal',
        '--operation',
        'Decrypt',
        '-c',
        'a=1',
        '--exact',
        '--source-arn',
        source,
        '--retiring',
        PARTNER,
      )
      const [listed] = (await json('grant', 'ls', id)) as unknown as Record<string, unknown>[]
      assert.equal(listed?.['RetiringPrincipal'], PARTNER)
      assert.equal(listed?.['GranteeServicePrincipal'], 'backup.example.internal')
      assert.deepEqual(listed?.['Constraints'], { EncryptionContextEquals: { a: '1' }, SourceArn: source })
      assert.match(await key('grant', 'ls', id), /context \{"a":"1"\}, arn:aws:backup/)
    })

    test('are refused without a grantee, without an operation, and with an exact context that is missing', async () => {
      const id = await create()
      await fail(['key', 'grant', 'create', id, '--operation', 'Decrypt'], 2, /required option '--to <principal>'/, env)
      await fail(['key', 'grant', 'create', id, '--to', PARTNER], 2, /required option '--operation <name>'/, env)
      await fail(
        ['key', 'grant', 'create', id, '--to', PARTNER, '--operation', 'Decrypt', '--exact'],
        2,
        /--exact says how to take -c, which is missing\./,
        env,
      )
      await fail(['key', 'grant', 'revoke', id, 'f'.repeat(64)], 7, /NotFoundException/, env)
      assert.deepEqual(await json('grant', 'ls', id), [])
    })
  })
})
