import type { ServiceModel } from './model.ts'

/** A service of the AWS JSON 1.1 protocol. */
export interface AwsJsonModel<Name extends string = string, ErrorCode extends string = string> extends ServiceModel<
  Name,
  ErrorCode
> {
  /** What precedes the operation's name in `X-Amz-Target`. */
  readonly targetPrefix: string
}
