import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Statement } from '../../../packages/server/src/domain/policy/language/document.ts'
import { parsePolicy } from '../../../packages/server/src/domain/policy/language/parse.ts'
import { Work } from '../../../packages/server/src/domain/policy/language/patterns/work.ts'
import { ActionMatcher } from '../../../packages/server/src/domain/policy/language/statements/match-actions.ts'
import { awsManagedPolicies } from '../../../packages/server/src/identity/accounts/aws-policies.ts'
import { OPERATIONS } from '../../../packages/server/src/services/registry.ts'
import { operationsOfAws } from '../../reference/identity-operations.ts'

const SERVED = /^(kms|iam|sts):/i

/** Permissions without an operation of the same name, and operations that AWS has not published in its SDK. */
const WITHOUT_OPERATION = new Set([
  'iam:PassRole',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
  'kms:SynchronizeMultiRegionKey',
  'sts:GetServiceBearerToken',
  'sts:SetContext',
  'sts:SetSourceIdentity',
  'sts:TagGetWebIdentityToken',
  'sts:TagSession',
])

/** Condition keys that no request here has, whose statements hold as for any absent key. */
const ABSENT_HERE = new Set([
  'aws:ismcpserviceaction',
  'aws:principalorgid',
  'aws:principalorgmasteraccountid',
  'aws:resourceorgid',
  'iam:associatedresourcearn',
  'sts:awsservicename',
  'sts:identitytokenaudience',
  'sts:requestcontextproviders',
])

const statements: readonly Statement[] = awsManagedPolicies().flatMap(
  ({ text }) => parsePolicy(text, 'identity').policy?.statements ?? [],
)

test("each action of KMS, IAM and STS that AWS's policies name is AWS's", () => {
  const named = new Set(
    statements.flatMap(({ actions }) => actions?.values.filter((value) => SERVED.test(value)) ?? []),
  )
  const kms = [...OPERATIONS.of('kms').keys()].map((name) => `kms:${name}`)
  const others = (['iam', 'sts'] as const).flatMap((service) =>
    operationsOfAws(service).map((name) => `${service}:${name}`),
  )
  const known = [...kms, ...others, ...WITHOUT_OPERATION].map((action) => action.toLowerCase())
  const isKnown = (value: string): boolean => {
    const matcher = new ActionMatcher({ not: false, values: [value] })
    return known.some((action) => matcher.matches(action, new Work()))
  }
  assert.ok(named.size > 200)
  assert.deepEqual(
    [...named].filter((value) => !isKnown(value)),
    [],
  )
  const lower = new Set([...named].map((value) => value.toLowerCase()))
  assert.deepEqual(
    [...WITHOUT_OPERATION].filter((action) => !lower.has(action.toLowerCase())),
    [],
  )
})

test("each global condition key, and each of KMS, IAM and STS, in AWS's policies is computed here or deliberately not", () => {
  const sources = globSync('packages/server/src/{domain/policy,execution,services}/**/*.ts').map((file) =>
    readFileSync(file, 'utf8'),
  )
  const code = sources.join('\n')
  const isComputed = (key: string): boolean =>
    code.includes(`'${key}'`) ||
    /^(kms:encryptioncontext:|aws:(principal|resource|request)tag\/|iam:resourcetag\/)/.test(key)
  const keys = new Set(statements.flatMap(({ conditions }) => conditions.map(({ key }) => key.toLowerCase())))
  const served = [...keys].filter((key) => /^(aws|kms|iam|sts):/.test(key))
  assert.ok(served.length > 200)
  assert.deepEqual(
    served.filter((key) => !isComputed(key) && !ABSENT_HERE.has(key)),
    [],
  )
  assert.deepEqual(
    [...ABSENT_HERE].filter((key) => !keys.has(key)),
    [],
  )
})
