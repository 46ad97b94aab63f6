import { parseJson } from '@keyhold/protocol'

/**
 * The key policy of a key that was created without one: it hands the decision to the account's IAM policies.
 * Source: AWS KMS Developer Guide, "Default key policy"; the text as GetKeyPolicy returns it.
 */
export function defaultKeyPolicy(accountId: string, partition: string): string {
  return JSON.stringify(defaultDocument(accountId, partition), undefined, 2)
}

/** Whether `text` says what the default key policy says, however it is laid out. */
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

/** JSON with sorted members: the same text for the same document. */
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
