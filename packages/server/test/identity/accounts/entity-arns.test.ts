import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseArn } from '@keyhold/protocol'
import {
  assumedRoleArn,
  entityArn,
  federatedUserArn,
  federatedUserInArn,
  nameInArn,
  oidcProviderArn,
  providerInArn,
  sessionInArn,
} from '../../../src/identity/accounts/entity-arns.ts'
import { federatedName } from '../../../src/identity/accounts/principals.ts'

const accountId = '111122223333'

test('an ARN reads back as the parts that it was made of', () => {
  const user = { accountId, path: '/division/', name: 'ann' }
  assert.deepEqual(nameInArn('user', parseArn(entityArn('user', user))), user)
  const session = { accountId, roleName: 'jobs', sessionName: 'night' }
  assert.deepEqual(sessionInArn(parseArn(assumedRoleArn(session))), session)
  const federated = { accountId, name: 'bob' }
  assert.deepEqual(federatedUserInArn(parseArn(federatedUserArn(federated))), federated)
  const provider = { accountId, provider: 'issuer.example/path' }
  assert.deepEqual(providerInArn(parseArn(oidcProviderArn(provider))), provider)
})

/** Parts of an ARN could be swapped if they were parameters. The compiler refuses each line. */
const REFUSED = (text: string): unknown[] => [
  // @ts-expect-error: account, path and name
  entityArn('user', text, text, text),
  // @ts-expect-error: account, role and session
  assumedRoleArn(text, text, text),
  // @ts-expect-error: account and name of a session
  federatedUserArn(text, text),
  // @ts-expect-error: account and name of its principal
  federatedName(text, text),
  // @ts-expect-error: account and issuer
  oidcProviderArn(text, text),
]

test('the list of calls that could swap the parts of an ARN is compiled', () => {
  assert.equal(typeof REFUSED, 'function')
})
