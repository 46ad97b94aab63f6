/**
 * What grants allow, written by hand: action | operations | constraints | context | does it match | why | the ARN that is
 * asked about, where it is not that of the grant's key.
 */
export const GRANT_ROWS = `
kms:Decrypt | Decrypt | {} | {} | yes | the operation is in the grant
kms:Decrypt | Encrypt | {} | {} | no | the operation is not in the grant
kms:Decrypt | Encrypt,Decrypt | {} | {} | yes | it may be one of several
kms:ReEncryptFrom | ReEncryptFrom | {} | {} | yes | ReEncrypt is two operations
kms:ReEncryptTo | ReEncryptFrom | {} | {} | no | and one does not include the other
kms:ReEncryptFrom | Decrypt | {} | {} | no | nor does Decrypt
kms:ScheduleKeyDeletion | ScheduleKeyDeletion | {} | {} | no | no grant allows what is not grantable, even if it lists it
iam:Decrypt | Decrypt | {} | {} | no | grants are about kms only
kms:Decrypt | Decrypt | {"encryptionContextEquals":{"a":"1"}} | {"a":"1"} | yes | the same context
kms:Decrypt | Decrypt | {"encryptionContextEquals":{"a":"1"}} | {} | no | no context at all
kms:Decrypt | Decrypt | {"encryptionContextEquals":{"a":"1"}} | - | no | an operation called without a context
kms:Decrypt | Decrypt | {"encryptionContextEquals":{"a":"1"}} | {"a":"2"} | no | another value
kms:Decrypt | Decrypt | {"encryptionContextEquals":{"a":"x"}} | {"a":"X"} | no | values are case-sensitive
kms:Decrypt | Decrypt | {"encryptionContextEquals":{"a":"1"}} | {"a":"1","b":"2"} | no | one pair more
kms:Decrypt | Decrypt | {"encryptionContextEquals":{"a":"1","b":"2"}} | {"a":"1"} | no | one pair less
kms:Decrypt | Decrypt | {"encryptionContextEquals":{"a":"1","b":"2"}} | {"b":"2","a":"1"} | yes | the order does not count
kms:Decrypt | Decrypt | {"encryptionContextEquals":{"a":"1","A":"1"}} | {"a":"1","b":"2"} | no | two names for one pair are not two pairs
kms:Decrypt | Decrypt | {"encryptionContextEquals":{"a":"1","A":"1"}} | {"a":"1"} | no | and two pairs are not one
kms:Decrypt | Decrypt | {"encryptionContextEquals":{"Volume":"1"}} | {"volume":"1"} | yes | names are not case-sensitive
kms:Decrypt | Decrypt | {"encryptionContextEquals":{"k":"1"}} | {"\\u212a":"1"} | no | but only letters of ASCII are folded
kms:Decrypt | Decrypt | {"encryptionContextSubset":{"a":"1"}} | {"a":"1","b":"2"} | yes | the wanted pair and another
kms:Decrypt | Decrypt | {"encryptionContextSubset":{"a":"1"}} | {"a":"1"} | yes | the wanted pair alone
kms:Decrypt | Decrypt | {"encryptionContextSubset":{"a":"1","b":"2"}} | {"a":"1"} | no | all pairs are wanted
kms:Decrypt | Decrypt | {"encryptionContextSubset":{"a":"1"}} | {"b":"1"} | no | the value under another name
kms:Decrypt | Decrypt | {"encryptionContextSubset":{"toString":"1"}} | {} | no | what every object has is no pair
kms:Decrypt | Decrypt | {"encryptionContextEquals":{"a":"1"},"encryptionContextSubset":{"b":"2"}} | {"a":"1"} | no | both constraints count
kms:Encrypt | Encrypt | {"encryptionContextEquals":{"a":"1"}} | {"b":"1"} | no | constraints bind every operation with a context
kms:GenerateDataKeyPairWithoutPlaintext | GenerateDataKeyPairWithoutPlaintext | {"encryptionContextSubset":{"a":"1"}} | {} | no | data key pairs too
kms:ReEncryptTo | ReEncryptTo | {"encryptionContextSubset":{"a":"1"}} | {} | no | and both halves of ReEncrypt
kms:DescribeKey | DescribeKey | {"encryptionContextEquals":{"a":"1"}} | - | yes | DescribeKey is free of it
kms:RetireGrant | RetireGrant | {"encryptionContextSubset":{"a":"1"}} | - | yes | RetireGrant is free of it
kms:CreateGrant | CreateGrant | {"encryptionContextEquals":{"a":"1"}} | - | yes | CreateGrant hands it down instead
kms:Decrypt | Decrypt | {"sourceArn":"arn:aws:ec2:eu-central-1:111122223333:volume/vol-1"} | {} | yes | on behalf of that resource
kms:Decrypt | Decrypt | {"sourceArn":"arn:aws:ec2:eu-central-1:111122223333:volume/vol-2"} | {} | no | on behalf of another
kms:Decrypt | Decrypt | {"sourceArn":"arn:aws:ec2:eu-central-1:111122223333:volume/vol-*"} | {} | no | a star there is a star
kms:DescribeKey | DescribeKey | {"sourceArn":"arn:aws:ec2:eu-central-1:111122223333:volume/vol-2"} | - | no | SourceArn binds every operation
kms:Decrypt | Decrypt | {} | {} | no | a grant is for its own key | arn:aws:kms:eu-central-1:111122223333:key/0987dcba-09fe-87dc-65ba-ab0987654321
kms:Decrypt | Decrypt | {} | {} | no | in its own Region: a related key is another key | arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
kms:Decrypt | Decrypt | {} | {} | no | and in its own account | arn:aws:kms:eu-central-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab
kms:Decrypt | Decrypt | {} | {} | no | an id that begins alike is another id | arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab0
kms:Decrypt | Decrypt | {} | {} | no | an alias is no key, whatever its name | arn:aws:kms:eu-central-1:111122223333:alias/1234abcd-12ab-34cd-56ef-1234567890ab
kms:Decrypt | Decrypt | {} | {} | no | a key of another service is none of KMS | arn:aws:s3:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
kms:Decrypt | Decrypt | {} | {} | no | what follows the id belongs to the resource | arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab:x
kms:Decrypt | Decrypt | {} | {} | no | not every text with colons is an ARN | x:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
kms:Decrypt | Decrypt | {} | {} | no | no grant is for all resources | *
kms:Decrypt | Decrypt | {} | {} | no | an unknown key has no grants | -
kms:Decrypt | Decrypt | {} | {} | no | the partition belongs to the key's name | arn:aws-cn:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
kms:CreateGrant | CreateGrant | {} | - | no | no operation is free of the key | arn:aws:kms:eu-central-1:111122223333:key/0987dcba-09fe-87dc-65ba-ab0987654321
kms:RetireGrant | RetireGrant | {} | - | no | retiring neither | arn:aws:kms:eu-central-1:111122223333:key/0987dcba-09fe-87dc-65ba-ab0987654321
`

/** What a grantee may hand on: parent's operations | its constraints | wanted operations | wanted constraints | may it | why. */
export const CHILD_ROWS = `
Decrypt,CreateGrant | {} | Decrypt | {} | yes | a part of the operations
Decrypt,CreateGrant | {} | Decrypt,CreateGrant | {} | yes | all of them
Decrypt,CreateGrant | {} | Encrypt | {} | no | nothing that is not in the parent
Decrypt,CreateGrant | {} | Decrypt,Encrypt | {} | no | not even beside what is
CreateGrant,Decrypt | {} | Decrypt | {"encryptionContextSubset":{"a":"1"}} | yes | a constraint may be added
Decrypt | {"encryptionContextSubset":{"a":"1"}} | Decrypt | {} | no | none may be left out
Decrypt | {"encryptionContextSubset":{"a":"1"}} | Decrypt | {"encryptionContextSubset":{"a":"1"}} | yes | an equal one
Decrypt | {"encryptionContextSubset":{"a":"1"}} | Decrypt | {"encryptionContextSubset":{"a":"1","b":"2"}} | yes | pairs may be added
Decrypt | {"encryptionContextSubset":{"a":"1","b":"2"}} | Decrypt | {"encryptionContextSubset":{"a":"1"}} | no | but not taken away
Decrypt | {"encryptionContextSubset":{"a":"1"}} | Decrypt | {"encryptionContextEquals":{"a":"1","b":"2"}} | yes | a subset may become the whole
Decrypt | {"encryptionContextSubset":{"a":"1"}} | Decrypt | {"encryptionContextEquals":{"b":"2"}} | no | if it has the pairs
Decrypt | {"encryptionContextEquals":{"a":"1"}} | Decrypt | {"encryptionContextEquals":{"a":"1"}} | yes | the whole stays the whole
Decrypt | {"encryptionContextEquals":{"a":"1"}} | Decrypt | {"encryptionContextSubset":{"a":"1"}} | no | and does not become a subset
Decrypt | {"encryptionContextEquals":{"a":"1"}} | Decrypt | {"encryptionContextEquals":{"a":"1","b":"2"}} | no | nor another whole
Decrypt | {"encryptionContextEquals":{"a":"1"}} | Decrypt | {"encryptionContextEquals":{"a":"2"}} | no | nor another value
Decrypt | {"sourceArn":"arn:aws:s3:eu-central-1:111122223333:one"} | Decrypt | {} | no | the resource may not be left out
Decrypt | {"sourceArn":"arn:aws:s3:eu-central-1:111122223333:one"} | Decrypt | {"sourceArn":"arn:aws:s3:eu-central-1:111122223333:two"} | no | nor exchanged
Decrypt | {"sourceArn":"arn:aws:s3:eu-central-1:111122223333:one"} | Decrypt | {"sourceArn":"arn:aws:s3:eu-central-1:111122223333:one"} | yes | it stays
`

/** Which principal a grantee means: who asks | the grantee's ARN | its recorded id | how it is meant | why. */
export const GRANTEE_ROWS = `
user | arn:aws:iam::111122223333:user/alice | AIDAALICE | principal | name and id
user | arn:aws:iam::111122223333:user/alice | AIDAFORMER | - | the name of a successor
user | arn:aws:iam::111122223333:user/alice | - | principal | a grantee without a known id is its name
user | arn:aws:iam::111122223333:user/bob | AIDAALICE | principal | the name that she had when it was granted
user | arn:aws:iam::444455556666:user/alice | - | - | another account
session | arn:aws:sts::111122223333:assumed-role/reader/monday | AROAREADER:monday | principal | this very session
session | arn:aws:sts::111122223333:assumed-role/reader/monday | - | principal | by its name
session | arn:aws:sts::111122223333:assumed-role/reader/tuesday | AROAREADER:tuesday | - | another session of the role
session | arn:aws:iam::111122223333:role/reader | AROAREADER | role | its role
session | arn:aws:iam::111122223333:role/reader | - | role | its role, by its name
session | arn:aws:sts::111122223333:assumed-role/reader/monday | AROAFORMER:monday | - | the session of a former role of that name
session | arn:aws:iam::111122223333:role/reader | AROAFORMER | - | a former role of that name
user | arn:aws:iam::111122223333:role/reader | AROAREADER | - | a role's grants are for its sessions
user | arn:aws:iam::111122223333:root | - | account | its account
user | arn:aws-cn:iam::111122223333:root | - | - | and in no other partition
session | arn:aws:iam::111122223333:root | - | account | a session has an account too
root | arn:aws:iam::111122223333:root | - | principal | the root itself
user | arn:aws:iam::444455556666:root | - | - | another account's root
user | arn:aws:iam::111122223333:root:x | - | - | no root ARN
user | arn:aws:iam::111122223333:user/root | - | - | a user called root
user | arn:aws:sts::111122223333:root | - | - | no service but iam has roots
user | arn:aws:iam:eu-central-1:111122223333:root | - | - | and no Region
user | x:aws:iam::111122223333:root | - | - | no ARN
user | arn:aws:iam::111122223333:root | 444455556666 | - | a root's id is its account
user | 111122223333 | - | - | grantees are ARNs, not account ids
user | * | - | - | and no patterns
foreign-user | arn:aws:iam::444455556666:root | - | account | other accounts can be meant
service | backup.amazonaws.com | - | principal | a service by its name
service | storage.amazonaws.com | - | - | and by no other
service | arn:aws:iam::999988887777:root | - | - | a service is not its operator's account
`

/** Splits a table of rows into its columns. */
export function columns(table: string): string[][] {
  return table
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split('|').map((part) => part.trim()))
}
