/** The partition in the ARNs of this server's accounts, users and roles, for every Region. */
export const IDENTITY_PARTITION = 'aws'

/**
 * Returns whether a resource's policy can name an account in this partition: by its number alone (`undefined`), by the
 * partition of identities here, or by the resource's own partition, as the default policy of a key in `cn-north-1`
 * does.
 */
export function isPartitionOfAccounts(partition: string | undefined, ofResource: string | undefined): boolean {
  return partition === undefined || partition === IDENTITY_PARTITION || partition === ofResource
}
