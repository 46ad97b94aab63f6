import type { OperationName } from '@keyhold/protocol'
import type { Caller, Session } from '../../../../src/identity/accounts/caller.ts'
import { addRole, addService, addUser, ALLOW_KMS, policyOf, rootOf } from '../../../support/identities.ts'
import { addGroupOf, addManagedPolicy } from '../../../support/policies.ts'
import { ACCOUNT, OTHER_ACCOUNT, type TestService } from '../../../support/service.ts'

/** A denied request, and its explanation. */
export interface Denial {
  name: string
  /** Creates the situation, and returns the caller in it. */
  arrange(service: TestService): Promise<{ caller: Caller; operation: OperationName; input: object }>
  reason: string
  /** The kinds and layers of the edits that allow it. */
  change: string[]
}

const ROOT = `arn:aws:iam::${ACCOUNT}:root`

/** The account can administer the key, and nothing else. */
const ADMINISTER = {
  Effect: 'Allow',
  Principal: { AWS: ROOT },
  Action: ['kms:PutKeyPolicy', 'kms:GetKeyPolicy', 'kms:CreateGrant', 'kms:DescribeKey'],
  Resource: '*',
}
const DELEGATE = { Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*', Resource: '*' }
const DENY_USE = { Effect: 'Deny', Action: 'kms:GenerateDataKey', Resource: '*' }

const use = (KeyId: string, EncryptionContext = { tenant: 'acme' }): { operation: OperationName; input: object } => ({
  operation: 'GenerateDataKey',
  input: { KeyId, KeySpec: 'AES_256', EncryptionContext },
})

async function keyWith(service: TestService, ...statements: object[]): Promise<string> {
  const Policy = statements.length === 0 ? undefined : policyOf(...statements)
  return (await service.createKey({ ...(Policy && { Policy }) }, rootOf())).arn
}

/** One denial of each type. */
export const DENIALS: readonly Denial[] = [
  {
    name: 'a user without an identity policy',
    reason: 'no-identity-allow',
    change: ['add-statement identity policy'],
    async arrange(service) {
      return { caller: await addUser(service, 'ann'), ...use(await keyWith(service)) }
    },
  },
  {
    name: 'a role without an identity policy, with an inline policy of the proposed name',
    reason: 'no-identity-allow',
    change: ['add-statement identity policy'],
    async arrange(service) {
      const inline = { 'Allow-kms-GenerateDataKey': { ...ALLOW_KMS, Action: 'kms:DescribeKey' } }
      return { caller: await addRole(service, 'app', { inline }), ...use(await keyWith(service)) }
    },
  },
  {
    name: 'a user, with a key policy that does not delegate the decision to the account',
    reason: 'no-resource-allow',
    change: ['add-statement resource policy'],
    async arrange(service) {
      const caller = await addUser(service, 'ann', { inline: { all: ALLOW_KMS } })
      return { caller, ...use(await keyWith(service, ADMINISTER)) }
    },
  },
  {
    name: 'a condition on the encryption context that is not met',
    reason: 'no-resource-allow',
    change: ['add-statement resource policy'],
    async arrange(service) {
      const caller = await addUser(service, 'ann')
      const Condition = { StringEquals: { 'kms:EncryptionContext:tenant': 'umbrella' } }
      const statement = {
        Effect: 'Allow',
        Principal: { AWS: caller.principal.arn },
        Action: 'kms:GenerateDataKey',
        Resource: '*',
        Condition,
      }
      return { caller, ...use(await keyWith(service, ADMINISTER, statement)) }
    },
  },
  {
    name: 'a deny in the key policy that already exempts another principal',
    reason: 'denied-by-resource-policy',
    change: ['narrow-deny resource policy'],
    async arrange(service) {
      const caller = await addUser(service, 'ann', { inline: { all: ALLOW_KMS } })
      const Condition = { ArnNotEquals: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:user/bob` } }
      return { caller, ...use(await keyWith(service, DELEGATE, { ...DENY_USE, Principal: '*', Condition })) }
    },
  },
  {
    name: 'a deny in the key policy, which does not allow it either',
    reason: 'denied-by-resource-policy',
    change: ['narrow-deny resource policy', 'add-statement resource policy'],
    async arrange(service) {
      const caller = await addUser(service, 'ann', { inline: { all: ALLOW_KMS } })
      return { caller, ...use(await keyWith(service, ADMINISTER, { ...DENY_USE, Principal: '*' })) }
    },
  },
  {
    name: 'a deny in an inline policy',
    reason: 'denied-by-identity-policy',
    change: ['narrow-deny identity policy'],
    async arrange(service) {
      const caller = await addUser(service, 'ann', { inline: { all: ALLOW_KMS, limits: DENY_USE } })
      return { caller, ...use(await keyWith(service)) }
    },
  },
  {
    name: 'a deny in a policy of a group',
    reason: 'denied-by-identity-policy',
    change: ['narrow-deny identity policy'],
    async arrange(service) {
      const caller = await addUser(service, 'ann', { inline: { all: ALLOW_KMS } })
      await addGroupOf(service, 'ann', 'interns', DENY_USE)
      return { caller, ...use(await keyWith(service)) }
    },
  },
  {
    name: 'a deny in a managed policy',
    reason: 'denied-by-identity-policy',
    change: ['narrow-deny identity policy'],
    async arrange(service) {
      const attached = [await addManagedPolicy(service, 'limits', ALLOW_KMS, DENY_USE)]
      return { caller: await addRole(service, 'app', { attached }), ...use(await keyWith(service)) }
    },
  },
  {
    name: 'a deny in the permissions boundary, and none of the policies allows it',
    reason: 'denied-by-permissions-boundary',
    change: ['narrow-deny permissions boundary', 'add-statement identity policy'],
    async arrange(service) {
      const boundary = await addManagedPolicy(service, 'edge', ALLOW_KMS, DENY_USE)
      return { caller: await addUser(service, 'ann', { boundary }), ...use(await keyWith(service)) }
    },
  },
  {
    name: 'a permissions boundary that does not allow it',
    reason: 'no-boundary-allow',
    change: ['add-statement permissions boundary'],
    async arrange(service) {
      const boundary = await addManagedPolicy(service, 'edge', { ...ALLOW_KMS, Action: 'kms:DescribeKey' })
      const caller = await addUser(service, 'ann', { boundary, inline: { all: ALLOW_KMS } })
      return { caller, ...use(await keyWith(service)) }
    },
  },
  {
    name: 'a session policy that does not allow it',
    reason: 'no-session-allow',
    change: ['add-statement session policy'],
    async arrange(service) {
      const role = await addRole(service, 'app', { inline: { all: ALLOW_KMS } })
      const policies = [policyOf({ ...ALLOW_KMS, Action: 'kms:DescribeKey' })]
      return { caller: inSession(role, { policies }), ...use(await keyWith(service)) }
    },
  },
  {
    name: 'a deny in a session policy, and no allow for the role either',
    reason: 'denied-by-session-policy',
    change: ['narrow-deny session policy', 'add-statement identity policy'],
    async arrange(service) {
      const policies = [policyOf(ALLOW_KMS, DENY_USE)]
      return { caller: inSession(await addRole(service, 'app'), { policies }), ...use(await keyWith(service)) }
    },
  },
  {
    name: 'a grant for another encryption context',
    reason: 'no-resource-allow',
    change: ['create-grant'],
    async arrange(service) {
      const caller = await addUser(service, 'ann')
      const KeyId = await keyWith(service, ADMINISTER)
      const grant = { GranteePrincipal: caller.principal.arn, Operations: ['GenerateDataKey'] }
      const Constraints = { EncryptionContextEquals: { tenant: 'umbrella' } }
      await service.ok('CreateGrant', { KeyId, ...grant, Constraints }, rootOf())
      return { caller, ...use(KeyId) }
    },
  },
  {
    name: 'a user of another account, on both sides',
    reason: 'no-resource-allow',
    change: ['add-statement resource policy', 'add-statement identity policy'],
    async arrange(service) {
      return { caller: await addUser(service, 'eve', { accountId: OTHER_ACCOUNT }), ...use(await keyWith(service)) }
    },
  },
  {
    name: 'a service that the key policy does not name, and a deny for all principals',
    reason: 'denied-by-resource-policy',
    change: ['narrow-deny resource policy', 'add-statement resource policy'],
    async arrange(service) {
      const caller = await addService(service, 'backup.example.internal')
      return { caller, ...use(await keyWith(service, { ...DENY_USE, Principal: '*' }, DELEGATE)) }
    },
  },
]

export function inSession(caller: Caller, session: Partial<Session>): Caller {
  return {
    ...caller,
    session: { issuedMs: 0, expiresMs: Infinity, tags: [], transitiveTagKeys: [], ...session },
  }
}
