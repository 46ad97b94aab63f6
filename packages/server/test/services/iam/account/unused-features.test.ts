import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IamOperationName } from '@keyhold/protocol'
import { ACCOUNT, TestService } from '../../../support/service.ts'
import type { Caller } from '../../../../src/identity/accounts/caller.ts'
import { allow, arnOf, document } from '../support.ts'

let service: TestService
let ann: Caller
before(async () => {
  service = await TestService.open('on')
  ann = await service.user('ann')
})
after(() => service[Symbol.asyncDispose]())

const OF_USERS: readonly [IamOperationName, string][] = [
  ['ListMFADevices', 'MFADevices'],
  ['ListSSHPublicKeys', 'SSHPublicKeys'],
  ['ListSigningCertificates', 'Certificates'],
  ['ListServiceSpecificCredentials', 'ServiceSpecificCredentials'],
]

for (const [operation, list] of OF_USERS) {
  test(`${operation} answers with an empty list for a user, of the caller alone unless another is named`, async () => {
    const none = { [list]: '', IsTruncated: 'false' }
    assert.deepEqual(await service.iam<object>(operation, { UserName: 'ann' }), none)
    assert.match(await service.iamFault(operation, { UserName: 'absent' }), /^NoSuchEntity: The user with name absent/)
    assert.match(
      await service.iamFault(operation, {}, ann),
      new RegExp(`^AccessDenied: .*iam:${operation} on resource: `),
    )
    const own = document(allow(`iam:${operation}`, arnOf('user/ann')))
    await service.iam('PutUserPolicy', { UserName: 'ann', PolicyName: operation, PolicyDocument: own })
    assert.deepEqual(await service.iam<object>(operation, {}, ann), none)
    assert.match(await service.iamFault(operation, { UserName: 'absent' }, ann), /^AccessDenied/)
  })
}

test('there are no virtual MFA devices, and no credentials of any user for one service', async () => {
  const devices = await service.iam<object>('ListVirtualMFADevices', { AssignmentStatus: 'Assigned' })
  assert.deepEqual(devices, { VirtualMFADevices: '', IsTruncated: 'false' })
  const credentials = await service.iam<object>('ListServiceSpecificCredentials', { AllUsers: true })
  assert.deepEqual(credentials, { ServiceSpecificCredentials: '', IsTruncated: 'false' })
  assert.match(
    await service.iamFault('ListVirtualMFADevices', {}, ann),
    new RegExp(`^AccessDenied: .*iam:ListVirtualMFADevices on resource: arn:aws:iam::${ACCOUNT}:mfa/ `),
  )
})

test('no user has a password, and the account has no password policy', async () => {
  for (const operation of ['GetLoginProfile', 'DeleteLoginProfile'] as const) {
    assert.equal(
      await service.iamFault(operation, { UserName: 'ann' }),
      'NoSuchEntity: Login Profile for User ann cannot be found.',
    )
    assert.match(await service.iamFault(operation, { UserName: 'absent' }), /^NoSuchEntity: The user with name absent/)
    assert.match(await service.iamFault(operation, { UserName: 'absent' }, ann), /^AccessDenied/)
  }
  assert.equal(
    await service.iamFault('GetAccountPasswordPolicy', {}),
    `NoSuchEntity: The Password Policy with domain name ${ACCOUNT} cannot be found.`,
  )
  assert.match(await service.iamFault('GetAccountPasswordPolicy', {}, ann), /^AccessDenied/)
})
