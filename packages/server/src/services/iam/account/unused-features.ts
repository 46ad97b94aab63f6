/**
 * Features of IAM that this server does not have: passwords, MFA, SSH keys, certificates and service-specific
 * credentials. Tools query them before they delete a user. The responses are those of AWS for a user without them.
 */
import type { AfterRollback } from '../../../audit/after-rollback.ts'
import { type IamOperationName, queryError } from '@keyhold/protocol'
import { type AnyOperation, queryOperation } from '../../../execution/define.ts'
import { needsOnUser, userIn } from '../users/caller-user.ts'
import { readPage } from '../pages.ts'

/** A list of something that users have only on AWS. */
interface UserList {
  name: 'ListMFADevices'
  summary: string
  /** The list in the response. */
  member: 'MFADevices'
}

function listOfUser({ name, summary, member }: UserList): AnyOperation {
  return queryOperation<'iam', 'ListMFADevices'>('iam', {
    name,
    summary,
    readOnly: true,
    audit: { request: ['UserName', 'Marker', 'MaxItems'], response: [] },
    needs: needsOnUser(name),
    async run(call) {
      const { id } = (await userIn(call)).entry
      const { items, end } = await readPage<never>(call, [name, id], () => [])
      return { [member as 'MFADevices']: items, ...end }
    },
  })
}

const listVirtualMFADevices = queryOperation<'iam', 'ListVirtualMFADevices'>('iam', {
  name: 'ListVirtualMFADevices',
  summary: 'Lists the virtual MFA devices of the account. Always empty: this server has no MFA.',
  readOnly: true,
  audit: { request: ['AssignmentStatus', 'Marker', 'MaxItems'], response: [] },
  needs: (_, { caller }) => [
    { action: 'iam:ListVirtualMFADevices', resource: `arn:aws:iam::${caller.principal.accountId}:mfa/` },
  ],
  async run(call) {
    const { items, end } = await readPage<never>(call, ['ListVirtualMFADevices'], () => [])
    return { VirtualMFADevices: items, ...end }
  },
})

const listServiceSpecificCredentials = queryOperation<'iam', 'ListServiceSpecificCredentials'>('iam', {
  name: 'ListServiceSpecificCredentials',
  summary: 'Lists the service-specific credentials of a user. Always empty.',
  readOnly: true,
  audit: { request: ['UserName', 'ServiceName', 'AllUsers', 'Marker', 'MaxItems'], response: [] },
  needs: async (input, context) =>
    input.AllUsers === true
      ? [{ action: 'iam:ListServiceSpecificCredentials', resource: '*' }]
      : needsOnUser('ListServiceSpecificCredentials')(input, context),
  async run(call) {
    if (call.input.AllUsers !== true) await userIn(call)
    const { items, end } = await readPage<never>(call, ['ListServiceSpecificCredentials'], () => [])
    return { ServiceSpecificCredentials: items, ...end }
  },
})

function onLoginProfile(
  name: 'GetLoginProfile' | 'DeleteLoginProfile',
  changing: { readOnly: true } | { readOnly: false; afterRollback: AfterRollback },
): AnyOperation {
  return queryOperation<'iam', typeof name>('iam', {
    name,
    summary: 'Returns the error for a user without a password: this server has no sign-in page.',
    ...changing,
    audit: { request: ['UserName'], response: [] },
    needs: needsOnUser(name satisfies IamOperationName),
    async run(call) {
      const { userName } = (await userIn(call)).entry.value
      throw queryError('NoSuchEntity', `Login Profile for User ${userName} cannot be found.`)
    },
  })
}

const getAccountPasswordPolicy = queryOperation<'iam', 'GetAccountPasswordPolicy'>('iam', {
  name: 'GetAccountPasswordPolicy',
  summary: 'Returns the error for an account without a password policy: this server has no passwords.',
  readOnly: true,
  audit: { request: [], response: [] },
  needs: () => [{ action: 'iam:GetAccountPasswordPolicy', resource: '*' }],
  async run({ caller }) {
    const sentence = `The Password Policy with domain name ${caller.principal.accountId} cannot be found.`
    throw queryError('NoSuchEntity', sentence)
  },
})

export const UNUSED_FEATURE_OPERATIONS: readonly AnyOperation[] = [
  listOfUser({
    name: 'ListMFADevices',
    summary: 'Lists the MFA devices of a user. Always empty: this server has no MFA.',
    member: 'MFADevices',
  }),
  listOfUser({
    name: 'ListSSHPublicKeys' as 'ListMFADevices',
    summary: 'Lists the SSH public keys of a user. Always empty: this server has no CodeCommit.',
    member: 'SSHPublicKeys' as 'MFADevices',
  }),
  listOfUser({
    name: 'ListSigningCertificates' as 'ListMFADevices',
    summary: 'Lists the signing certificates of a user. Always empty: requests are signed with access keys only.',
    member: 'Certificates' as 'MFADevices',
  }),
  listVirtualMFADevices,
  listServiceSpecificCredentials,
  onLoginProfile('GetLoginProfile', { readOnly: true }),
  onLoginProfile('DeleteLoginProfile', { readOnly: false, afterRollback: { lost: 'It changes nothing.' } }),
  getAccountPasswordPolicy,
]
