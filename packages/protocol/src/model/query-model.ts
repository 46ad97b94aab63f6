import type { ServiceModel } from './model.ts'

/** A service of the AWS Query protocol. */
export interface QueryModel<Name extends string = string, ErrorCode extends string = string> extends ServiceModel<
  Name,
  ErrorCode
> {
  /** The XML namespace of its answers. */
  readonly namespace: string
}
