import { parseJson } from '@keyhold/protocol'

/**
 * Returns the policy of a key that was created without one. It delegates the decision to the account's IAM policies.
 * Source: AWS KMS Developer Guide, "Default key policy"; the text as GetKeyPolicy returns it.
 */
export function defaultKeyPolicy(accountId: string, partition: string): string {
  return JSON.stringify(defaultDocument(accountId, partition), undefined, 2)
}

/** Returns whether `text` has the same content as the default key policy, in any layout. */
export function isDefaultKeyPolicy(text: string, accountId: string, partition: string): boolean {
  return canonical(parseOrUndefined(text)) === canonical(defaultDocument(accountId, partition))
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

/** JSON with sorted members, so that equal documents have equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

function parseOrUndefined(text: string): unknown {
  try {
    return parseJson(new TextEncoder().encode(text))
  } catch {
    return undefined
  }
}
