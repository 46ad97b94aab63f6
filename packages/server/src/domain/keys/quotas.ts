/** Resource quotas. Source: AWS KMS Developer Guide, "Resource quotas". */
export const RESOURCE_QUOTAS = Object.freeze({
  /** Customer managed keys of one account in one Region, in any state. */
  keys: 100_000,
  aliasesPerKey: 50,
  grantsPerKey: 50_000,
  keyPolicyBytes: 32_768,
  tagsPerKey: 50,
  onDemandRotationsPerKey: 25,
})

/**
 * AWS managed keys of one account in one Region, in addition to its own. More than the number of services that are ever
 * registered.
 */
export const MAX_AWS_MANAGED_KEYS = 1000
