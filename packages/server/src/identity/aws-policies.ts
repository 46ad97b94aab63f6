/** A managed policy that every account has and nobody can change. */
export interface AwsManagedPolicy {
  policyId: string
  arn: string
  name: string
  path: string
  description: string
  text: string
}

type Statement = Readonly<Record<string, unknown>>

function awsPolicy(policyId: string, name: string, description: string, ...statements: Statement[]): AwsManagedPolicy {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements }, undefined, 2)
  return { policyId, arn: `arn:aws:iam::aws:policy/${name}`, name, path: '/', description, text }
}

const READ_IAM = [
  'iam:GenerateCredentialReport',
  'iam:Get*',
  'iam:List*',
  'iam:SimulateCustomPolicy',
  'iam:SimulatePrincipalPolicy',
]
const USE_KMS_CONSOLE = [
  'kms:CreateAlias',
  'kms:CreateKey',
  'kms:DeleteAlias',
  'kms:Describe*',
  'kms:GenerateRandom',
  'kms:Get*',
  'kms:List*',
  'kms:TagResource',
  'kms:UntagResource',
  'iam:ListGroups',
  'iam:ListRoles',
  'iam:ListUsers',
]

/**
 * Those of AWS's managed policies that speak of services we have. Names and permissions as AWS publishes them (AWS
 * Managed Policy Reference Guide), so that what is written for AWS attaches here too.
 */
const POLICIES: readonly AwsManagedPolicy[] = [
  awsPolicy('ANPAIWMBCKSKIEE64ZLYK', 'AdministratorAccess', 'All actions on all resources.', {
    Effect: 'Allow',
    Action: '*',
    Resource: '*',
  }),
  awsPolicy('ANPAI7XKCFMBPM3QQRRVQ', 'IAMFullAccess', 'All of IAM.', {
    Effect: 'Allow',
    Action: ['iam:*'],
    Resource: '*',
  }),
  awsPolicy('ANPAJKSO7NDY4T57MWDSQ', 'IAMReadOnlyAccess', 'Reads IAM.', {
    Effect: 'Allow',
    Action: READ_IAM,
    Resource: '*',
  }),
  awsPolicy(
    'ANPAJNPP7PPPPMJRV2SA4',
    'AWSKeyManagementServicePowerUser',
    'Makes and describes KMS keys; what is done with a key is for its key policy to allow.',
    { Effect: 'Allow', Action: USE_KMS_CONSOLE, Resource: '*' },
  ),
]

const BY_ARN: ReadonlyMap<string, AwsManagedPolicy> = new Map(POLICIES.map((policy) => [policy.arn, policy]))

/** The policy, or `undefined` where AWS has none of that ARN or it concerns nothing here. */
export function awsManagedPolicy(arn: string): AwsManagedPolicy | undefined {
  return BY_ARN.get(arn)
}

/** In the order of their names. */
export function awsManagedPolicies(): readonly AwsManagedPolicy[] {
  return POLICIES.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
