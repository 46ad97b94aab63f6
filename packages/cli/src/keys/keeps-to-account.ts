/** Condition keys whose value is the caller's account, or for a service the account that it acts for. */
const ACCOUNT_KEYS: readonly string[] = ['kms:calleraccount', 'aws:principalaccount', 'aws:sourceaccount']
/** Those whose value is an ARN in that account. */
const ARN_KEYS: readonly string[] = ['aws:principalarn', 'aws:sourcearn']
/**
 * Operators that a request without the key does not meet. Not `…IfExists`, which it meets, and not `ForAllValues:`, which
 * it meets as well. Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
 */
const OPERATORS: readonly string[] = ['stringequals', 'stringequalsignorecase', 'stringlike', 'arnequals', 'arnlike']

/**
 * Whether a statement's condition keeps out everyone outside of `account`. All of a condition must be met, so that one
 * part that keeps to the account is enough; of a part's values any may be met, so that each must.
 */
export function keepsToAccount(condition: unknown, account: string): boolean {
  return members(condition)
    .filter(([operator]) => OPERATORS.includes(operator.toLowerCase()))
    .flatMap(([, keys]) => members(keys))
    .some(([key, values]) => allWithin(key.toLowerCase(), [values].flat(), account))
}

function allWithin(key: string, values: readonly unknown[], account: string): boolean {
  if (values.length === 0) return false
  if (ACCOUNT_KEYS.includes(key)) return values.every((value) => value === account)
  return ARN_KEYS.includes(key) && values.every((value) => typeof value === 'string' && isArnIn(value, account))
}

/** Without wildcards up to the account: for StringLike, one could stand for parts of an ARN that follow. */
function isArnIn(pattern: string, account: string): boolean {
  return /^arn:[^:*?]+:[^:*?]+:[^:*?]*:([^:*?]*):/.exec(pattern)?.[1] === account
}

function members(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
}
