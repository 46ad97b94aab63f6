/** The partition of the ARNs of this server's accounts, users and roles, in whichever Region they work. */
export const IDENTITY_PARTITION = 'aws'

/**
 * Whether a document of a resource can name an account in this partition: by its number alone (`undefined`), by the ARN that
 * identities have here, or by one of the resource's own partition, as the default policy of a key in `cn-north-1` does.
 */
export function isPartitionOfAccounts(partition: string | undefined, ofResource: string | undefined): boolean {
  return partition === undefined || partition === IDENTITY_PARTITION || partition === ofResource
}
