import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Refusal, type Script, scriptedKms } from '../support/scripted-kms.ts'
import { clientOfDev, fail, start, succeed } from '../support/vault.ts'

const ACCOUNT = '111122223333'
const arn = (id: string): string => `arn:aws:kms:us-east-1:${ACCOUNT}:key/${id}`
const idOf = ({ KeyId }: Record<string, unknown>): string => String(KeyId).replace(/^.*\//, '')
const secondsAgo = (days: number): number => Math.floor(Date.now() / 1000) - days * 86_400
const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10)

/** Lists of their own for each operation, so that a test changes only what it is about. */
function kmsOf(ids: readonly string[], script: Script = {}): Script {
  const policy = { Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } }] }
  return {
    ListKeys: () => ({ Keys: ids.map((id) => ({ KeyId: id, KeyArn: arn(id) })) }),
    ListAliases: () => ({ Aliases: ids.map((id) => ({ AliasName: `alias/${id}-name`, TargetKeyId: id })) }),
    DescribeKey: (input) => ({ KeyMetadata: metadata(idOf(input)) }),
    GetKeyLastUsage: () => ({ KeyLastUsage: { Operation: 'Decrypt', Timestamp: secondsAgo(1) } }),
    GetKeyRotationStatus: () => ({ KeyRotationEnabled: true }),
    ListKeyRotations: () => ({ Rotations: [{ RotationDate: secondsAgo(5) }] }),
    GetKeyPolicy: () => ({ Policy: JSON.stringify(policy) }),
    ListGrants: () => ({ Grants: [] }),
    ...script,
  }
}

function metadata(id: string): Record<string, unknown> {
  const known = { AWSAccountId: ACCOUNT, Arn: arn(id), KeyState: 'Enabled', CreationDate: secondsAgo(900) }
  return { KeyId: id, KeySpec: 'SYMMETRIC_DEFAULT', Origin: 'AWS_KMS', ...known }
}

const denied = (operation: string): never => {
  throw new Refusal('AccessDeniedException', `User is not authorized to perform: kms:${operation}`)
}

function rows(shown: string): string[][] {
  return shown
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/))
}

describe('key report', () => {
  test('has a line for every key, with nothing to say of one that is in order', async () => {
    await using kms = await scriptedKms(kmsOf(['one', 'two']))
    const used = day(secondsAgo(1))
    assert.deepEqual(rows(await succeed(['key', 'report'], kms.env)), [
      ['KEY', 'ALIASES', 'STATE', 'LAST USED', 'FINDINGS', 'NOT TOLD'],
      ['one', 'alias/one-name', 'Enabled', used, '-'],
      ['two', 'alias/two-name', 'Enabled', used, '-'],
    ])
  })

  test('says what is to be found of a key', async () => {
    const grant = { GrantId: 'g', GranteePrincipal: 'arn:aws:iam::444455556666:root', Constraints: { SourceArn: 'x' } }
    const expires = secondsAgo(-3)
    await using kms = await scriptedKms(
      kmsOf(['one'], {
        DescribeKey: () => ({ KeyMetadata: { ...metadata('one'), KeyState: 'Disabled', ValidTo: expires } }),
        GetKeyLastUsage: () => ({ TrackingStartDate: secondsAgo(100), KeyCreationDate: secondsAgo(900) }),
        GetKeyRotationStatus: () => ({ KeyRotationEnabled: false }),
        GetKeyPolicy: () => ({ Policy: '{"Statement":{"Sid":"S","Effect":"Allow","Principal":"*"}}' }),
        ListGrants: () => ({ Grants: [grant] }),
      }),
    )
    const findings = `open to everybody and 444455556666 under conditions, expiring on ${day(expires)}, disabled, unused, unrotated`
    const since = `not since ${day(secondsAgo(100))}`
    assert.deepEqual(rows(await succeed(['key', 'report'], kms.env))[1], [
      'one',
      'alias/one-name',
      'Disabled',
      since,
      findings,
    ])
    const [key] = JSON.parse(await succeed(['key', 'report', '--json'], kms.env)) as Record<string, unknown>[]
    assert.deepEqual(key?.['verdicts'], {
      unused: 'yes',
      unrotated: 'yes',
      expiring: 'yes',
      pendingDeletion: 'no',
      disabled: 'yes',
      openToOthers: 'yes',
    })
    assert.deepEqual(key?.['openTo'], [
      { who: '*', by: 'statement S', conditional: false },
      { who: '444455556666', by: 'grant g', conditional: true },
    ])
  })

  test('takes other limits for what is unused and what expires soon', async () => {
    const script = kmsOf(['one'], {
      DescribeKey: () => ({ KeyMetadata: { ...metadata('one'), ValidTo: secondsAgo(-50) } }),
      GetKeyLastUsage: () => ({ KeyLastUsage: { Timestamp: secondsAgo(10) } }),
    })
    await using kms = await scriptedKms(script)
    const found = async (...args: string[]): Promise<string | undefined> =>
      rows(await succeed(['key', 'report', ...args], kms.env))[1]?.[4]
    assert.equal(await found(), '-')
    assert.equal(await found('--unused-days', '9'), 'unused')
    assert.equal(await found('--expiring-days', '51'), `expiring on ${day(secondsAgo(-50))}`)
  })

  test('shows what one key withholds, and all of the others', async () => {
    const script = kmsOf(['closed', 'open'], {
      DescribeKey: (input) => (idOf(input) === 'closed' ? denied('DescribeKey') : { KeyMetadata: metadata('open') }),
      GetKeyPolicy: (input) => (idOf(input) === 'closed' ? denied('GetKeyPolicy') : { Policy: '{"Statement":[]}' }),
    })
    await using kms = await scriptedKms(script)
    const [, closed, open] = rows(await succeed(['key', 'report'], kms.env))
    assert.equal(closed?.[2], 'unknown')
    assert.equal(closed?.at(-1), 'DescribeKey: AccessDeniedException, GetKeyPolicy: AccessDeniedException')
    assert.equal(open?.length, 5)
    const [first] = JSON.parse(await succeed(['key', 'report', '--json'], kms.env)) as Record<string, unknown>[]
    assert.deepEqual((first!['problems'] as unknown[])[1], {
      operation: 'GetKeyPolicy',
      code: 'AccessDeniedException',
      message: 'User is not authorized to perform: kms:GetKeyPolicy',
    })
    const { openToOthers, unused } = first!['verdicts'] as Record<string, string>
    assert.deepEqual([openToOthers, unused], ['unknown', 'no'])
  })

  test('a policy that cannot be read is a problem of its key', async () => {
    await using kms = await scriptedKms(kmsOf(['one'], { GetKeyPolicy: () => ({ Policy: '\u001b[2J' }) }))
    const shown = await succeed(['key', 'report'], kms.env)
    assert.equal(rows(shown)[1]?.at(-1), 'GetKeyPolicy: MALFORMED_POLICY')
  })

  test('an alias cannot steer the terminal', async () => {
    const aliases = [{ AliasName: 'alias/\u001b[2J', TargetKeyId: 'one' }]
    await using kms = await scriptedKms(kmsOf(['one'], { ListAliases: () => ({ Aliases: aliases }) }))
    assert.match(await succeed(['key', 'report'], kms.env), /alias\/\\u001b\[2J/)
  })

  test('asks no more than eight keys at once', async () => {
    let mostAtOnce = 0
    const asked = new Set<string>()
    const script = kmsOf(
      Array.from({ length: 20 }, (_, index) => `key${index}`),
      {
        DescribeKey: (input) => {
          asked.add(idOf(input))
          mostAtOnce = Math.max(mostAtOnce, asked.size)
          return { KeyMetadata: metadata(idOf(input)) }
        },
        ListGrants: (input) => {
          asked.delete(idOf(input))
          return { Grants: [] }
        },
      },
    )
    await using kms = await scriptedKms(script)
    assert.equal(rows(await succeed(['key', 'report'], kms.env)).length, 21)
    assert(mostAtOnce > 1 && mostAtOnce <= 8, String(mostAtOnce))
  })

  test('fails as a whole when the keys cannot be listed, or the service fails', async () => {
    await using deaf = await scriptedKms({ ListKeys: () => denied('ListKeys') })
    await fail(['key', 'report'], 3, /AccessDeniedException: .*kms:ListKeys/, deaf.env)
    const expired = (): never => {
      throw new Refusal('ExpiredTokenException', 'The token has expired.')
    }
    await using tired = await scriptedKms(kmsOf(['one'], { GetKeyPolicy: expired }))
    await fail(['key', 'report'], 3, /ExpiredTokenException/, tired.env)
  })

  test('works with what a server has, and calls the rest unknown', async (t) => {
    const env = clientOfDev(await start(t, ['dev', '--port', '0']), ACCOUNT)
    assert.match(await succeed(['key', 'report'], env), /^No keys yet\./)
    const { KeyId } = JSON.parse(await succeed(['key', 'create', '--json'], env)) as { KeyId: string }
    await succeed(['key', 'grant', 'create', KeyId, '--to', '444455556666', '--operation', 'Decrypt'], env)
    await succeed(['key', 'delete', KeyId, '--days', '7'], env)
    const [, row] = rows(await succeed(['key', 'report'], env))
    assert.deepEqual(row?.slice(0, 3), [KeyId, '-', 'PendingDeletion'])
    assert.match(row?.[4] ?? '', /^open to 444455556666, pending deletion on \d{4}-\d\d-\d\d$/)
  })
})
