import { KEY_ARN } from '../support.ts'
import type { Cell } from './cell.ts'
import type { Source } from './sources.ts'

const NONE = { Allow: false, Deny: false }
const IDENTITY = ['identity'] as const

/** A Resource of an identity policy that IAM refuses, and that is read where it was stored. */
const stored = (Resource: string, source: Source, refused: RegExp): Cell[] => [
  { element: 'Resource', kinds: IDENTITY, source, change: { Resource }, refused, read: true, applies: NONE },
  {
    element: 'NotResource',
    kinds: IDENTITY,
    source,
    change: { Resource: undefined, NotResource: [Resource] },
    refused,
    read: true,
  },
]
const PARTITION = /^Partition ".*" is not valid for resource "arn:/
const PATH = /^IAM resource path must either be "\*", root, or start with user\//
const REGION = /^IAM resource arn:.* cannot contain region information\./

/** A Resource of an identity policy that IAM accepts; that it is not the key's is no fault of its form. */
const other = (Resource: string, source: Source = 'resource'): Cell => ({
  element: 'Resource',
  kinds: IDENTITY,
  source,
  change: { Resource },
  applies: NONE,
})

/** Resource and NotResource. */
export const RESOURCES: readonly Cell[] = [
  {
    element: 'Resource',
    kinds: IDENTITY,
    source: 'noResources',
    change: { Resource: undefined },
    refused: /must contain resources/,
  },
  {
    element: 'Resource',
    kinds: IDENTITY,
    source: 'noResources',
    change: { Resource: [] },
    refused: /must contain resources/,
  },
  {
    element: 'Resource',
    kinds: ['key'],
    source: 'keyElements',
    change: { Resource: undefined },
    refused: /required field Resource/,
    read: true,
    applies: NONE,
  },
  { element: 'Resource', kinds: ['key'], source: 'keyPolicy', change: { Resource: KEY_ARN } },
  { element: 'Resource', kinds: ['key'], source: 'keyPolicy', change: { Resource: 'arn:aws:s3:::b' }, applies: NONE },
  {
    element: 'Resource',
    kinds: ['trust'],
    source: 'trustResource',
    change: { Resource: '*' },
    refused: /prohibited field Resource/,
  },
  {
    element: 'NotResource',
    kinds: ['trust'],
    source: 'trustResource',
    change: { NotResource: '*' },
    refused: /prohibited field Resource/,
  },
  {
    element: 'Resource',
    kinds: IDENTITY,
    source: 'arnFormat',
    change: { Resource: '' },
    refused: /must be in ARN format/,
  },
  {
    element: 'Resource',
    kinds: IDENTITY,
    source: 'arnFormat',
    change: { Resource: 'bucket/*' },
    refused: /must be in ARN format/,
  },
  { element: 'Resource', kinds: IDENTITY, source: 'grammar', change: { Resource: true }, refused: /string/ },
  { element: 'Resource', kinds: IDENTITY, source: 'grammar', change: { NotResource: '*' }, refused: /exclude/ },
  { element: 'Resource', kinds: IDENTITY, source: 'resource', change: { Resource: KEY_ARN } },
  { element: 'Resource', kinds: IDENTITY, source: 'resource', change: { Resource: 'arn:aws:kms:*:*:key/*' } },
  { element: 'Resource', kinds: IDENTITY, source: 'anyPartition', change: { Resource: 'arn:*:kms:*:*:key/*' } },
  other('arn:aws-cn:kms:cn-north-1:111122223333:key/*', 'partition'),
  other('arn:aws-us-gov:kms:*:111122223333:key/*', 'partition'),
  ...stored('arn:zzz:kms:eu-central-1:111122223333:key/*', 'partition', PARTITION),
  ...stored('arn:aws-cn:kms:eu-central-1:111122223333:key/*', 'partition', PARTITION),
  ...stored('arn:aws:kms:cn-north-1:111122223333:key/*', 'partition', PARTITION),
  ...stored('arn:aws-cn:iam::111122223333:user/*', 'partition', PARTITION),
  ...stored('arn::s3:::b', 'partition', PARTITION),
  ...stored('arn:z*:s3:::b', 'partition', PARTITION),
  ...stored('arn:aws:iam:us-east-1:111122223333:role/*', 'region', REGION),
  ...stored('arn:aws:iam:*:*:*name*', 'region', REGION),
  ...stored('arn:aws:iam::111122223333:*/cdk-*', 'iamPath', PATH),
  ...stored('arn:aws:iam::111122223333:roles/x', 'iamPath', PATH),
  ...stored('arn:aws:iam::111122223333:${aws:username}', 'iamPath', PATH),
  ...['*', 'root', 'user/${aws:username}', 'role/a/*', 'policy/p', 'oidc-provider/i', 'mfa/m', 'report/*'].map((path) =>
    other(`arn:aws:iam::111122223333:${path}`, 'iamPath'),
  ),
  other('arn:aws:iam::aws:policy/*'),
  {
    element: 'Resource',
    kinds: ['identity', 'key'],
    source: 'wildcardService',
    change: { Resource: 'arn:aws:*:*:*:key/*' },
    refused: /vendor must be fully qualified/,
    read: true,
  },
  {
    element: 'Resource',
    kinds: IDENTITY,
    source: 'variables',
    change: { Resource: 'arn:aws:kms:${aws:region}:1:key/x' },
    refused: /variable/,
  },
]
