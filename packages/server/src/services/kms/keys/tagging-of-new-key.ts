import type { OwnConditions } from '../../../domain/policy/request-facts.ts'
import { keyArn } from '../../../domain/keys/arns.ts'
import { multiRegionKeyId } from '../../../domain/keys/multi-region.ts'
import type { Tag } from '../../../domain/keys/record.ts'
import type { Needed } from '../../../execution/needed.ts'

/** RFC 9562, section 5.9: no key ever has this id. */
const NIL_UUID = '00000000-0000-0000-0000-000000000000'

/**
 * The ARN of the key that CreateKey creates, before it has an id. It has the format of the final ARN, so that policies
 * about all keys, about `key/mrk-*` or about a Region match it as they match the key.
 */
export function arnOfNewKey(place: { accountId: string; region: string }, multiRegion: boolean): string {
  return keyArn({ ...place, keyId: multiRegion ? multiRegionKeyId(NIL_UUID) : NIL_UUID })
}

/**
 * The permission to tag a new key: kms:TagResource on that key, with the condition keys of the new key, which has no
 * policy and no tags yet. Sources: AWS KMS Developer Guide, "Controlling access to tags" and "Allow a user to create
 * KMS keys", whose policy allows TagResource on `arn:aws:kms:*:111122223333:key/*`.
 */
export function taggingOfNewKey(
  tags: readonly Tag[] | undefined,
  { arn, conditions }: { arn: string; conditions: OwnConditions },
): Needed[] {
  if (tags === undefined || tags.length === 0) return []
  const callersAccount = { 'kms:calleraccount': arn.split(':')[4] }
  return [{ action: 'kms:TagResource', resource: arn, isNew: true, conditions: { ...conditions, ...callersAccount } }]
}
