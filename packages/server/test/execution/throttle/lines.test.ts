import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RawRequest } from '../../../src/identity/authentication/raw-request.ts'
import { Lines } from '../../../src/execution/throttle/lines.ts'

const VICTIM = 'AKIAVICTIM0000000000'
const ATTACKER = 'AKIAATTACKER00000000'
const ACCOUNT: Readonly<Record<string, string>> = { [VICTIM]: '111122223333', [ATTACKER]: '444455556666' }

type Claimed = Pick<RawRequest, 'provenTogether' | 'headers' | 'query'>

function claim(accessKeyId: string, connection?: object): Claimed {
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/eu-central-1/kms/aws4_request, SignedHeaders=host`
  return {
    headers: new Map([['authorization', [authorization]]]),
    query: '',
    ...(connection && { provenTogether: connection }),
  }
}

/** The same by a presigned address. */
function claimInQuery(accessKeyId: string, connection?: object): Claimed {
  const query = `Action=A&X-Amz-Credential=${accessKeyId}%2F20260101%2Feu-central-1%2Fsts%2Faws4_request`
  return { headers: new Map(), query, ...(connection && { provenTogether: connection }) }
}

/** One whose signature was right. */
function verified(lines: Lines, accessKeyId: string, connection: object): void {
  const accountId = ACCOUNT[accessKeyId] ?? ''
  const principal = {
    type: 'IAMUser',
    arn: `arn:aws:iam::${accountId}:user/u`,
    principalId: 'AIDA',
    accountId,
  } as const
  lines.verified({ provenTogether: connection }, { principal, accessKeyId, region: 'eu-central-1', service: 'kms' })
}

test('attack: a stranger who claims the access key of another account gets into no line of its connections', () => {
  const lines = new Lines()
  const [home, forger, attacker] = [{}, {}, {}]
  verified(lines, VICTIM, home)
  verified(lines, ATTACKER, attacker)
  const own = lines.of(claim(VICTIM, home))
  assert.equal(own, '111122223333')
  for (const connection of [forger, attacker, undefined]) assert.notEqual(lines.of(claim(VICTIM, connection)), own)
})

test('attack: invented access keys share one line, so that a stranger has no more than one turn of many', () => {
  const lines = new Lines()
  const names = new Set(
    Array.from({ length: 100 }, (_, index) => lines.of(claim(`AKIA${String(index).padStart(16, '0')}`, {}))),
  )
  assert.equal(names.size, 1)
  assert.ok(names.has(lines.of({ headers: new Map(), query: '' })), 'nor has who claims nothing')
  assert.ok(names.has(lines.of(claim('A'.repeat(129), {}))), 'or what is no access key id')
})

test('a new connection of an account does not wait behind strangers, nor behind other accounts', () => {
  const lines = new Lines()
  verified(lines, VICTIM, {})
  verified(lines, ATTACKER, {})
  const others = [lines.of(claim(ATTACKER, {})), lines.of(claim('AKIASTRANGER00000000', {}))]
  assert.ok(!others.includes(lines.of(claim(VICTIM, {}))))
})

test('a connection that several accounts share is in the line of the account verified on it last', () => {
  const lines = new Lines()
  const proxy = {}
  verified(lines, VICTIM, proxy)
  verified(lines, ATTACKER, proxy)
  assert.equal(lines.of(claim(ATTACKER, proxy)), '444455556666')
  assert.notEqual(lines.of(claim(VICTIM, proxy)), '111122223333')
  verified(lines, VICTIM, proxy)
  assert.equal(lines.of(claim(VICTIM, proxy)), '111122223333')
})

test('a presigned request waits in the same lines as any other', () => {
  const lines = new Lines()
  const [home, forger] = [{}, {}]
  verified(lines, VICTIM, home)
  for (const connection of [home, forger, undefined]) {
    assert.equal(lines.of(claimInQuery(VICTIM, connection)), lines.of(claim(VICTIM, connection)))
  }
  assert.equal(lines.of(claimInQuery('AKIAINVENTED', forger)), lines.of(claim('AKIAINVENTED', forger)))
  const both = { ...claim(ATTACKER, home), query: claimInQuery(VICTIM).query }
  assert.notEqual(lines.of(both), lines.of(claim(VICTIM, home)))
})
