/** Who signed a request, as authentication found it. */
export interface Principal {
  /** Immutable: never reused, not even for a new principal of the same name. */
  principalId: string
  accountId: string
  arn: string
  type: 'IAMUser' | 'Root'
  userName?: string
}

/** An authenticated request's origin: the principal, the access key it used, and the scope it signed for. */
export interface Caller {
  principal: Principal
  accessKeyId: string
  region: string
  service: string
}
