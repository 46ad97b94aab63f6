import { isDeepStrictEqual } from 'node:util'

/**
 * The key policy of a key that was created without one: it hands the decision to the account's IAM policies.
 * Source: AWS KMS Developer Guide, "Default key policy"; the text as GetKeyPolicy returns it.
 */
export function defaultKeyPolicy(accountId: string, partition: string): string {
  return JSON.stringify(defaultDocument(accountId, partition), undefined, 2)
}

/** Whether `text` says what the default key policy says, however it is laid out. */
export function isDefaultKeyPolicy(text: string, accountId: string, partition: string): boolean {
  return isDeepStrictEqual(parseOrUndefined(text), defaultDocument(accountId, partition))
}

function defaultDocument(accountId: string, partition: string): object {
  return {
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  }
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
