import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type KeyholdServer, startKeyhold } from '../../../../tools/testing/keyhold.ts'
import { Refusal, scriptedKms } from '../support/scripted-kms.ts'
import { cleanEnvironment, clientOfDev, fail, succeed } from '../support/vault.ts'

type Json = Record<string, unknown>

function refuse(code: string): never {
  throw new Refusal(code)
}

/** Each test has an account of its own, so that none sees another's keys. */
let accounts = 100_000_000_000

describe('keyhold key', () => {
  let server: KeyholdServer
  let env: NodeJS.ProcessEnv
  before(async () => {
    server = await startKeyhold(['dev', '--port', '0'], cleanEnvironment())
  })
  after(() => server?.stop())

  function newAccount(): NodeJS.ProcessEnv {
    accounts += 1
    env = clientOfDev(server, String(accounts))
    return env
  }

  async function create(...args: string[]): Promise<{ id: string; arn: string; json: Json }> {
    const json = JSON.parse(await succeed(['key', 'create', '--json', ...args], env)) as Json
    return { id: String(json['KeyId']), arn: String(json['Arn']), json }
  }

  test('create makes a key with description, alias and tags, and shows it', async () => {
    newAccount()
    const shown = await succeed(
      ['key', 'create', '--description', 'Orders', '--alias', 'orders', '--tag', 'a=1', '--tag', 'b=x=y'],
      env,
    )
    const id = /^Key +(\S+)$/m.exec(shown)?.[1]
    assert(id !== undefined)
    const arn = `arn:aws:kms:us-east-1:${accounts}:key/${id}`
    assert.equal(
      shown.replace(/^Created .*$/m, 'Created'),
      [
        `Key          ${id}`,
        `ARN          ${arn}`,
        'Aliases      alias/orders',
        'Description  Orders',
        'State        Enabled',
        'Spec         SYMMETRIC_DEFAULT',
        'Usage        ENCRYPT_DECRYPT',
        'Origin       AWS_KMS',
        'Created',
        '',
      ].join('\n'),
    )
    for (const name of [id, arn, 'alias/orders', `arn:aws:kms:us-east-1:${accounts}:alias/orders`]) {
      assert.equal(await succeed(['key', 'show', name], env), `${shown}Tags         a=1, b=x=y\nRotation     off\n`)
    }
  })

  test('--json prints what the service said, and the aliases', async () => {
    newAccount()
    const { json, id } = await create('--alias', 'alias/j')
    assert.equal(json['KeyState'], 'Enabled')
    assert.deepEqual(json['Aliases'], ['alias/j'])
    const more = { Tags: [], Rotation: { KeyId: json['Arn'], KeyRotationEnabled: false } }
    assert.deepEqual(JSON.parse(await succeed(['key', 'show', id, '--json'], env)), { ...json, ...more })
    assert.deepEqual(JSON.parse(await succeed(['key', 'ls', '--json'], env)), [json])
  })

  test('ls lists every key of the account, over all pages', async () => {
    newAccount()
    assert.equal(await succeed(['key', 'ls'], env), 'No keys yet. Make one with: keyhold key create --alias NAME\n')
    const made = await Promise.all(Array.from({ length: 11 }, () => create()))
    const lines = (await succeed(['key', 'ls'], env)).trimEnd().split('\n')
    assert.match(lines[0]!, /^KEY +STATE +ALIASES +DESCRIPTION$/)
    const ids = lines.slice(1).map((line) => line.split(' ')[0])
    assert.deepEqual(new Set(ids), new Set(made.map(({ id }) => id)))
  })

  test('a description cannot steer the terminal', async () => {
    newAccount()
    const { id } = await create('--description', 'red\u001b[31m\nState  Disabled')
    const shown = await succeed(['key', 'show', id], env)
    assert.match(shown, /^Description +red\\u001b\[31m\\u000aState {2}Disabled$/m)
    assert(!(await succeed(['key', 'ls'], env)).includes('\u001b'))
  })

  test('aliases are created, listed, moved and deleted', async () => {
    newAccount()
    const [first, second] = [await create('--alias', 'first'), await create()]
    assert.equal(
      await succeed(['key', 'alias', 'create', 'more', 'alias/first'], env),
      `alias/more names ${first.arn}\n`,
    )
    assert.equal(
      await succeed(['key', 'alias', 'move', 'alias/more', second.arn], env),
      `alias/more names ${second.arn}\n`,
    )
    const listed = await succeed(['key', 'alias', 'ls'], env)
    assert.match(listed, new RegExp(`^alias/first +${first.id}$`, 'm'))
    assert.match(listed, new RegExp(`^alias/more +${second.id}$`, 'm'))
    assert.doesNotMatch(await succeed(['key', 'alias', 'ls', 'alias/more'], env), /alias\/first/)
    await succeed(['key', 'alias', 'delete', 'more'], env)
    await fail(['key', 'show', 'alias/more'], 7, /NotFoundException: Alias .* is not found\.\nCheck/, env)
  })

  test('an alias that is taken is found before a key is made', async () => {
    newAccount()
    const { id } = await create('--alias', 'taken')
    await fail(
      ['key', 'create', '--alias', 'taken'],
      2,
      new RegExp(`alias/taken is taken: it names ${id}\\. No key`),
      env,
    )
    assert.equal((JSON.parse(await succeed(['key', 'ls', '--json'], env)) as []).length, 1)
  })

  test('an alias that is taken meanwhile leaves a key, whose name is told with what to do about it', async () => {
    await using kms = await scriptedKms({
      DescribeKey: () => refuse('NotFoundException'),
      CreateKey: () => ({ KeyMetadata: { KeyId: 'made' } }),
      CreateAlias: () => refuse('AlreadyExistsException'),
    })
    const args = ['key', 'create', '--alias', 'taken']
    const next =
      /key made was made, but alias\/taken was not.*keyhold key alias create NAME made\n.*keyhold key delete --days 7 made\n/
    await fail(args, 2, next, kms.env)
    await fail(args, 2, /^keyhold: AlreadyExistsException/m, kms.env)
  })

  test('a caller who may not describe keys learns from CreateAlias that the alias is taken', async () => {
    await using kms = await scriptedKms({
      DescribeKey: () => refuse('AccessDeniedException'),
      CreateKey: () => ({ KeyMetadata: { KeyId: 'made' } }),
      CreateAlias: () => ({}),
    })
    assert.match(await succeed(['key', 'create', '--alias', 'free'], kms.env), /^Key +made$/m)
  })

  test('tag, untag and describe change what show shows', async () => {
    newAccount()
    const { id, arn } = await create('--alias', 'changing', '--tag', 'a=1')
    assert.equal(
      await succeed(['key', 'tag', 'alias/changing', 'a=2', 'b=x=y'], env),
      `${arn} has the tags a=2, b=x=y.\n`,
    )
    assert.match(await succeed(['key', 'show', id], env), /^Tags +a=2, b=x=y$/m)
    assert.deepEqual(JSON.parse(await succeed(['key', 'untag', '--json', 'alias/changing', 'a', 'none'], env)), {
      KeyId: arn,
      TagKeys: ['a', 'none'],
    })
    assert.match(await succeed(['key', 'show', id], env), /^Tags +b=x=y$/m)
    await succeed(['key', 'describe', 'alias/changing', 'Orders of 2026'], env)
    assert.match(await succeed(['key', 'show', id], env), /^Description +Orders of 2026$/m)
    await succeed(['key', 'rotate', '--every', '90', id], env)
    assert.match(await succeed(['key', 'show', id], env), /^Rotation +every 90 days\nNext rotation +\d{4}-/m)
    await fail(['key', 'tag', id, 'novalue'], 2, /A tag is KEY=VALUE\./, env)
    await fail(['key', 'tag', id, 'a=1', 'a=2'], 2, /The tag a is given twice\./, env)
  })

  test('show says what it is not told', async () => {
    await using kms = await scriptedKms({
      DescribeKey: () => ({ KeyMetadata: { KeyId: 'k', KeySpec: 'SYMMETRIC_DEFAULT', Origin: 'AWS_KMS' } }),
      ListAliases: () => ({ Aliases: [] }),
      ListResourceTags: () => refuse('AccessDeniedException'),
      GetKeyRotationStatus: () => ({ KeyRotationEnabled: false }),
    })
    const shown = await succeed(['key', 'show', 'k'], kms.env)
    assert.match(shown, /^Rotation +off\nNot told +ListResourceTags: AccessDeniedException$/m)
    assert.doesNotMatch(shown, /^Tags/m)
  })

  test('tags that are no tags are refused before any call', async () => {
    newAccount()
    await fail(['key', 'create', '--tag', 'novalue'], 2, /A tag is KEY=VALUE\./, env)
    await fail(['key', 'create', '--tag', 'a=1', '--tag', 'a=2'], 2, /The tag a is given twice\./, env)
    assert.deepEqual(JSON.parse(await succeed(['key', 'ls', '--json'], env)), [])
  })

  test('an ARN is looked for in its own region', async () => {
    newAccount()
    const { arn, id } = await create('--region', 'eu-west-3')
    assert.equal(arn, `arn:aws:kms:eu-west-3:${accounts}:key/${id}`)
    assert.match(await succeed(['key', 'show', arn], env), /^State +Enabled$/m)
    await fail(['key', 'show', id], 7, /does not exist/, env)
  })

  test('a service that is not there is exit code 4', async () => {
    const unreachable = { ...newAccount(), AWS_ENDPOINT_URL_KMS: 'http://127.0.0.1:9' }
    await fail(['key', 'ls'], 4, /cannot be reached: .*ECONNREFUSED.*\nCheck that the service runs/, unreachable)
  })
})
