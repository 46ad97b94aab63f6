import { OperatorError } from './operator-error.ts'

/** Throws {@link OperatorError} for a text that is not an account id. */
export function requireAccountId(text: string): void {
  if (!/^[0-9]{12}$/.test(text)) throw new OperatorError(`${text} is not an account id: account ids have 12 digits.`)
}

/** Throws {@link OperatorError} for an invalid user name. Source: IAM API Reference, CreateUser, UserName. */
export function requireUserName(text: string): void {
  if (/^[\w+=,.@-]{1,64}$/.test(text)) return
  throw new OperatorError(
    `${text} is not a valid user name: it must have 1 to 64 letters, digits or characters of +=,.@_-`,
  )
}

/**
 * Throws {@link OperatorError} for a text that cannot be a Service in a policy. Lower case only, so that no two names
 * differ only in case.
 */
export function requireServiceName(text: string): void {
  if (text.length <= 128 && /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(text)) return
  throw new OperatorError(
    `${text} is not a valid service name: it must be a domain name, such as backup.example.internal.`,
  )
}
