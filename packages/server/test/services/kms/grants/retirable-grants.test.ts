import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainRequest } from '../../../../src/admin/access/explain-request.ts'
import { contextOf, lastRecord } from '../../../admin/access/support/access.ts'
import { addService, addUser } from '../../../support/identities.ts'
import { scene } from '../../../support/scene.ts'
import { ACCOUNT, OTHER_ACCOUNT } from '../../../support/service.ts'

test('a retiring principal of another account names the key by its ARN: an id is one of their own account', async () => {
  await using context = await scene()
  const { service, admin, keyId, arn } = context
  const ann = await addUser(service, 'ann')
  const zoe = await addUser(service, 'zoe', { accountId: OTHER_ACCOUNT })
  const wanted = {
    KeyId: keyId,
    GranteePrincipal: ann.principal.arn,
    RetiringPrincipal: zoe.principal.arn,
    Operations: ['Decrypt'],
  }
  const { GrantId } = await service.ok('CreateGrant', wanted, admin)
  assert.match(await service.fault('RetireGrant', { KeyId: keyId, GrantId }, zoe), /^AccessDeniedException/)
  const alias = { AliasName: 'alias/granted', TargetKeyId: keyId }
  await service.ok('CreateAlias', alias, admin)
  const byAlias = { KeyId: arn.replace(/key\/.*/, alias.AliasName), GrantId }
  assert.match(
    await service.fault('RetireGrant', byAlias, admin),
    /^InvalidArnException: Key Aliases are not supported/,
  )
})

interface Simulated {
  EvaluationResults: { EvalDecision: string }[]
}

test('a principal’s grants are listed under its ARN alone: no id and no other spelling gets round a Deny on that', async () => {
  await using context = await scene()
  const { service, admin, keyId } = context
  const ann = await addUser(service, 'ann')
  const { arn, principalId } = ann.principal
  const wanted = { KeyId: keyId, GranteePrincipal: arn, RetiringPrincipal: arn, Operations: ['Decrypt'] }
  await service.ok('CreateGrant', wanted, admin)
  const all = { Effect: 'Allow', Action: 'kms:ListRetirableGrants', Resource: '*' }
  const caller = await addUser(service, 'eve', { inline: { all, not: { ...all, Effect: 'Deny', Resource: arn } } })
  const listed = async (input: object, by = caller): Promise<number | undefined> => {
    const { body } = await service.call('ListRetirableGrants', input, by)
    return (body['Grants'] as object[] | undefined)?.length
  }
  assert.equal(await listed({ RetiringPrincipal: arn }, admin), 1)
  const others = [principalId, arn, arn.replace('aws', 'zzz'), arn.replace('/ann', '/ANN'), arn.replace('/', '//')]
  for (const text of others) {
    for (const input of [{ RetiringPrincipal: text }, { RetiringServicePrincipal: text }]) {
      assert.ok([0, undefined].includes(await listed(input)), JSON.stringify(input))
    }
  }
})

test('whose retirable grants a caller lists is decided on the retiring principal’s ARN', async () => {
  await using context = await scene()
  const { service } = context
  const ann = await addUser(service, 'ann')
  const list = (Effect: string, Resource: string): object => ({
    Effect,
    Action: 'kms:ListRetirableGrants',
    Resource,
  })
  const backup = await addService(service, 'backup.example.internal')
  const sessionOf = `arn:aws:sts::${ACCOUNT}:assumed-role/worker/s-1`
  const root = `arn:aws:iam::${ACCOUNT}:root`
  const own = ann.principal.arn
  const callers = {
    ownOnly: await addUser(service, 'own', { inline: { own: list('Allow', own) } }),
    notAnn: await addUser(service, 'not-ann', { inline: { all: list('Allow', '*'), not: list('Deny', own) } }),
    users: await addUser(service, 'users', { inline: { users: list('Allow', `arn:aws:iam::${ACCOUNT}:user/*`) } }),
    rootOnly: await addUser(service, 'root-only', { inline: { root: list('Allow', root) } }),
    sessions: await addUser(service, 'sessions', { inline: { s: list('Allow', `arn:aws:sts::${ACCOUNT}:*`) } }),
  }
  const rows: [keyof typeof callers, object, boolean][] = [
    ['ownOnly', { RetiringPrincipal: own }, true],
    ['ownOnly', { RetiringPrincipal: callers.users.principal.arn }, false],
    ['ownOnly', { RetiringServicePrincipal: backup.principal.arn }, false],
    ['notAnn', { RetiringPrincipal: own }, false],
    ['notAnn', { RetiringPrincipal: callers.users.principal.arn }, true],
    ['notAnn', { RetiringServicePrincipal: backup.principal.arn }, true],
    ['users', { RetiringPrincipal: own }, true],
    ['users', { RetiringPrincipal: root }, false],
    ['rootOnly', { RetiringPrincipal: root }, true],
    ['rootOnly', { RetiringPrincipal: ACCOUNT }, true],
    ['sessions', { RetiringPrincipal: sessionOf }, true],
    ['sessions', { RetiringPrincipal: own }, false],
  ]
  for (const [name, input, allowed] of rows) {
    const { body } = await service.call('ListRetirableGrants', input, callers[name])
    assert.equal(body.__type ?? 'allowed', allowed ? 'allowed' : 'AccessDeniedException', JSON.stringify([name, input]))
    const { now, decided } = await explainRequest((await lastRecord(service)).requestId, contextOf(service))
    assert.deepEqual([decided?.allowed, now?.decision.allowed], [allowed, allowed], 'and so it is explained')
    const { resource = '' } = (await lastRecord(service)).decision ?? {}
    if (!resource.startsWith('arn:')) continue
    const PolicySourceArn = callers[name].principal.arn
    const asked = { PolicySourceArn, ActionNames: ['kms:ListRetirableGrants'], ResourceArns: [resource] }
    const simulated = await service.iam<Simulated>('SimulatePrincipalPolicy', asked)
    assert.equal(simulated.EvaluationResults[0]?.EvalDecision === 'allowed', allowed, 'and so it is simulated')
  }
  assert.equal(
    await service.fault('ListRetirableGrants', { RetiringPrincipal: own }, callers.notAnn),
    `AccessDeniedException: User: ${callers.notAnn.principal.arn} is not authorized to perform: ` +
      `kms:ListRetirableGrants on resource: ${own} with an explicit deny in an identity-based policy`,
  )
})
