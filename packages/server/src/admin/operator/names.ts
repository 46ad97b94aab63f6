import { OperatorError } from './operator-error.ts'

/** Throws {@link OperatorError} for what is no account's id. */
export function requireAccountId(text: string): void {
  if (!/^[0-9]{12}$/.test(text)) throw new OperatorError(`${text} is not an account id: it has 12 digits.`)
}

/** IAM API Reference, CreateUser, UserName. */
export function requireUserName(text: string): void {
  if (/^[\w+=,.@-]{1,64}$/.test(text)) return
  throw new OperatorError(`${text} is no name of a user: it has 1 to 64 letters, digits and any of +=,.@_-`)
}

/** What can stand as Service in a policy, in lower case, so that no two names differ in their case alone. */
export function requireServiceName(text: string): void {
  if (text.length <= 128 && /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(text)) return
  throw new OperatorError(`${text} is no name of a service: it is a domain name, such as backup.example.internal.`)
}
