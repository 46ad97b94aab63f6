import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '../../../../src/identity/accounts/caller.ts'
import { addUser } from '../../../support/identities.ts'
import { type Scene, scene } from '../../../support/scene.ts'
import type { TestService } from '../../../support/service.ts'

const CONTEXT = { 'aws:ebs:id': 'vol-1' }

/** {@link scene}, with a user who may do nothing. */
async function withAnn(): Promise<Scene & { ann: Caller }> {
  const at = await scene()
  return { ...at, ann: await addUser(at.service, 'ann') }
}

async function grant(service: TestService, by: Caller, input: object): Promise<void> {
  await service.ok('CreateGrant', input, by)
}

test('a caller that may create grants only by a grant cannot delegate more than it has', async () => {
  await using context = await withAnn()
  const { service, admin, ann, keyId, arn } = context
  const ben = await addUser(service, 'ben')
  await grant(service, admin, {
    KeyId: keyId,
    GranteePrincipal: ann.principal.arn,
    Operations: ['CreateGrant', 'Decrypt'],
    Constraints: { EncryptionContextSubset: CONTEXT },
  })
  const child = { KeyId: arn, GranteePrincipal: ben.principal.arn, Operations: ['Decrypt'] }
  const strict = { ...child, Constraints: { EncryptionContextEquals: { ...CONTEXT, more: 'x' } } }
  await grant(service, ann, strict)
  for (const beyond of [
    child,
    { ...strict, Operations: ['Decrypt', 'Encrypt'] },
    { ...child, Constraints: { EncryptionContextSubset: { a: 'b' } } },
  ]) {
    assert.match(await service.fault('CreateGrant', beyond, ann), /^AccessDeniedException/)
  }
  await grant(service, admin, child)
})

test('of several grants that let someone create grants, any one that has in it what is wanted is enough', async () => {
  await using context = await withAnn()
  const { service, admin, ann, keyId, arn } = context
  const parents: object[] = [
    ...Array.from({ length: 5 }, () => ({ Operations: ['CreateGrant', 'Encrypt'] })),
    { Operations: ['CreateGrant', 'Decrypt'], Constraints: { EncryptionContextEquals: { app: 'b', tenant: '1' } } },
  ]
  for (const parent of parents) {
    await grant(service, admin, { KeyId: keyId, GranteePrincipal: ann.principal.arn, ...parent })
  }
  const child = (Constraints?: object): object => ({
    KeyId: arn,
    GranteePrincipal: ann.principal.arn,
    Operations: ['Decrypt'],
    ...(Constraints && { Constraints }),
  })
  await grant(service, ann, child({ EncryptionContextEquals: { app: 'b', tenant: '1' } }))
  for (const tooMuch of [
    undefined,
    { EncryptionContextSubset: { app: 'b' } },
    { EncryptionContextEquals: { app: 'b' } },
  ]) {
    assert.match(
      await service.fault('CreateGrant', child(tooMuch), ann),
      /The operation Decrypt is not in the grant|The constraints must be equal/,
    )
  }
})
