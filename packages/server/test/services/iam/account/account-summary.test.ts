import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestService } from '../../../support/service.ts'
import { addPolicy, allow, arnOf, document } from '../support.ts'

/** IAM API Reference, GetAccountSummary, "Valid Keys". */
const KEYS = `Users UsersQuota Groups GroupsQuota ServerCertificates ServerCertificatesQuota UserPolicySizeQuota
  GroupPolicySizeQuota GroupsPerUserQuota SigningCertificatesPerUserQuota AccessKeysPerUserQuota MFADevices MFADevicesInUse
  AccountMFAEnabled AccountAccessKeysPresent AccountPasswordPresent AccountSigningCertificatesPresent
  AttachedPoliciesPerGroupQuota AttachedPoliciesPerRoleQuota AttachedPoliciesPerUserQuota Policies PoliciesQuota
  PolicySizeQuota PolicyVersionsInUse PolicyVersionsInUseQuota VersionsPerPolicyQuota GlobalEndpointTokenVersion
  AssumeRolePolicySizeQuota InstanceProfiles InstanceProfilesQuota Providers RolePolicySizeQuota Roles RolesQuota`.split(
  /\s+/,
)

test('the summary has every key that the API reference lists, and counts what there is', async () => {
  await using service = await TestService.open('on')
  await addPolicy(service, 'one')
  await addPolicy(service, 'two')
  const PolicyDocument = document(allow('kms:ListAliases'))
  await service.iam('CreatePolicyVersion', { PolicyArn: arnOf('policy/one'), PolicyDocument })
  await service.iam('CreateInstanceProfile', { InstanceProfileName: 'web' })
  const { SummaryMap } = await service.iam<{ SummaryMap: Record<string, string> }>('GetAccountSummary', {})
  assert.deepEqual(Object.keys(SummaryMap).toSorted(), KEYS.toSorted())
  const { Policies, PolicyVersionsInUse, InstanceProfiles, InstanceProfilesQuota } = SummaryMap
  assert.deepEqual([Policies, PolicyVersionsInUse, InstanceProfiles, InstanceProfilesQuota], ['2', '3', '1', '1000'])
})
