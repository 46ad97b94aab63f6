/**
 * Decisions whose outcome was written by hand, from the documentation. Each line: who asks | the situation in the words
 * of world.ts | the reason that decide() must give | why. The key is the account 111122223333's.
 */
const DECISION_ROWS = `
user | | no-resource-allow | no principal has implicit access to a key
root | | no-resource-allow | not even the root of the key's account
session | | no-resource-allow | a session has none either
service | | no-resource-allow | a service has none either
user | identity-allows | no-resource-allow | without delegation, identity policies allow nothing on a key
session | identity-allows boundary-allows session-allows | no-resource-allow | however many of the identity's layers allow
root | names-stranger | no-resource-allow | a root needs the key policy as all principals do
user | names-stranger identity-allows | no-resource-allow | being allowed is for who is named

root | names-account | named-by-resource-policy | naming the account names its root itself
user | names-account | no-identity-allow | delegation alone allows only the root
user | names-account identity-allows | delegated-by-resource-policy | the account decides, and its policy allows
session | names-account identity-allows | delegated-by-resource-policy | for roles as for users
user | names-account identity-silent | no-identity-allow | a policy about another action allows nothing here
user | names-account identity-silent identity-allows | delegated-by-resource-policy | one of several policies is enough
user | names-account identity-allows identity-silent | delegated-by-resource-policy | whichever it is
user | names-account identity-allows boundary-allows | delegated-by-resource-policy | within the boundary
user | names-account identity-allows boundary-silent | no-boundary-allow | beyond the boundary nothing is allowed
user | names-account boundary-allows | no-identity-allow | a boundary gives nothing by itself
session | names-account identity-allows session-allows | delegated-by-resource-policy | within the session policy
session | names-account identity-allows session-silent | no-session-allow | beyond the session policy nothing is allowed
session | names-account identity-allows session-empty | no-session-allow | a session limited to nothing is allowed nothing
session | names-account session-allows | no-identity-allow | a session policy gives nothing by itself
session | names-account identity-allows session-silent session-allows | delegated-by-resource-policy | one of several session policies is enough
session | names-account identity-allows boundary-silent session-allows | no-boundary-allow | each limit counts by itself
session | names-account identity-allows boundary-allows session-silent | no-session-allow | each limit counts by itself
session | names-account identity-allows boundary-allows session-allows | delegated-by-resource-policy | all layers allow

user | names-user | named-by-resource-policy | the key policy alone is enough for the principals that it names
user | names-user identity-silent | named-by-resource-policy | an implicit deny of identity policies does not limit it
user | names-user boundary-silent | named-by-resource-policy | nor does one of the boundary, for a user's ARN
user | names-user session-silent | named-by-resource-policy | nor does one of a session policy, for a user's ARN
session | names-session | named-by-resource-policy | a session's own ARN counts like a user's
session | names-session boundary-silent session-silent | named-by-resource-policy | no implicit deny limits what a session's ARN is given
session | names-session session-empty | named-by-resource-policy | not even a session policy that allows nothing
session | names-role | role-named-by-resource-policy | a role's ARN includes its sessions
session | names-role identity-silent | role-named-by-resource-policy | an implicit deny of identity policies does not limit it
session | names-role boundary-silent | no-boundary-allow | but one of the boundary does, for a role's ARN
session | names-role session-silent | no-session-allow | and one of the session policy
session | names-role session-empty | no-session-allow | and a session limited to nothing
session | names-role boundary-allows session-allows | role-named-by-resource-policy | allowed where both allow
session | names-role boundary-allows session-silent | no-session-allow | both have to
session | names-role boundary-silent session-allows | no-boundary-allow | both have to
session | names-role names-session boundary-silent | named-by-resource-policy | the better of two ways counts
session | names-role names-account boundary-silent identity-allows | no-boundary-allow | no way leads past the boundary
session | names-role names-account | role-named-by-resource-policy | delegation takes nothing away from the role
federated | | no-resource-allow | a federated user has no implicit access either
federated | names-account identity-allows session-allows | delegated-by-resource-policy | the account decides, for what user and session policy both allow
federated | names-account identity-allows session-empty | no-session-allow | without session policies a federated user may nothing that the user may
federated | names-account identity-allows session-silent | no-session-allow | beyond the session policy nothing is allowed
federated | names-account session-allows | no-identity-allow | a session policy gives nothing that the user may not
federated | names-federated session-empty | named-by-resource-policy | a federated user's own ARN is given what its policy says, by nothing limited
federated | names-federated boundary-silent session-silent | named-by-resource-policy | neither by the user's boundary nor by the session policy
federated | names-user session-allows | role-named-by-resource-policy | the ARN of the user who called includes the session
federated | names-user session-empty | no-session-allow | as far as the session policy allows
federated | names-user boundary-silent session-allows | no-boundary-allow | and the user's boundary
user | names-federated | no-resource-allow | the name of a session means only the session
federated | names-federated identity-denies | denied-by-identity-policy | a denial of the user's policies is one for the session
user | names-role | no-resource-allow | a role's ARN means only its sessions
session | names-user | no-resource-allow | a user's ARN means only the user
user | names-session | no-resource-allow | a session's ARN means only the session
user | names-everybody | named-by-resource-policy | * means all principals
session | names-everybody boundary-silent session-silent | named-by-resource-policy | boundary and session policies do not limit what * is given
federated | names-everybody session-empty | no-session-allow | session policies limit what * gives a federated user: only their own name is exempt
federated | names-every-aws session-empty | no-session-allow | in either form
federated | names-everybody boundary-silent session-allows | no-boundary-allow | nor beyond the user's boundary
federated | names-everybody session-allows | role-named-by-resource-policy | within both it is as for a session of the user
federated | names-everybody names-federated session-empty | named-by-resource-policy | the better of two ways counts
root | names-everybody | named-by-resource-policy | * includes roots
root | names-user | no-resource-allow | naming a user does not name its account's root

user | names-user key-denies | denied-by-resource-policy | an explicit deny wins in its own policy
user | names-user identity-denies | denied-by-identity-policy | and from the identity's side, over a direct allow
user | names-user boundary-denies | denied-by-permissions-boundary | and from the boundary, whose silence would not matter
session | names-session session-denies | denied-by-session-policy | and from the session policy, whose silence would not matter
session | names-role boundary-denies session-allows | denied-by-permissions-boundary | a deny is a deny for a role too
user | names-account identity-allows identity-denies | denied-by-identity-policy | a deny beside an allow
user | names-account identity-denies identity-allows | denied-by-identity-policy | in whichever order
user | identity-denies | denied-by-identity-policy | identity denies apply without delegation too
root | names-account key-denies | denied-by-resource-policy | a root can be denied like any principal
session | names-account identity-allows session-allows session-denies | denied-by-session-policy | each session policy may deny
user | names-user key-denies-stranger | named-by-resource-policy | a deny for another principal does not apply
user | names-user key-denies-encrypt | named-by-resource-policy | a deny of another action is none
user | key-denies identity-denies boundary-denies session-denies | denied-by-resource-policy | of several denies the resource's is named
session | identity-denies boundary-denies session-denies | denied-by-identity-policy | then the identity policy's
session | boundary-denies session-denies | denied-by-permissions-boundary | then the boundary's

user | names-user key-spares-self | named-by-resource-policy | a Deny with NotPrincipal spares a user that it lists with its account
user | names-user key-spares-account | denied-by-resource-policy | but not one whose account alone is listed
user | names-user key-spares-stranger | denied-by-resource-policy | nor one of the account of another who is listed
session | names-role key-spares-self | role-named-by-resource-policy | a session that is listed with its role and account
session | names-role key-spares-role | denied-by-resource-policy | but not one whose session name is not listed
session | names-session key-spares-role | denied-by-resource-policy | whatever else names it
root | names-account key-spares-account | named-by-resource-policy | a root is its account
service | names-service key-spares-self | named-by-resource-policy | a service that is listed
service | names-service key-spares-stranger | denied-by-resource-policy | and none that is not
user | names-user key-spares-self boundary-allows | denied-by-resource-policy | such a Deny always applies to who has a boundary
user | names-user key-spares-self boundary-silent | denied-by-resource-policy | whatever the boundary says
session | names-role key-spares-self boundary-allows | denied-by-resource-policy | a session has the boundary of its role
session | names-session key-spares-self boundary-allows session-allows | denied-by-resource-policy | whichever way it is named
session | names-session key-spares-self session-silent | named-by-resource-policy | a session policy is no boundary
user | grant-self key-spares-self boundary-allows | denied-by-resource-policy | no grant helps against it
foreign-user | names-user key-spares-self identity-allows | both-accounts | another account's user is spared alike
foreign-user | names-user key-spares-self identity-allows boundary-allows | denied-by-resource-policy | unless it has a boundary

user | grant-self | named-by-grant | a grant is enough without any policy
user | grant-self boundary-silent identity-silent | named-by-grant | it counts like a user's ARN in the key policy
session | grant-self boundary-silent session-silent | named-by-grant | or a session's
session | grant-role | role-named-by-grant | a grant to a role is for its sessions
session | grant-role session-silent | no-session-allow | limited as a role's ARN in the key policy is
session | grant-role boundary-silent | no-boundary-allow | by the boundary too
session | grant-role boundary-allows session-allows | role-named-by-grant | allowed where both allow
user | grant-account | no-identity-allow | a grant to an account leaves the decision to it
user | grant-account identity-allows | delegated-by-grant | and the account has decided
user | grant-account identity-allows boundary-silent | no-boundary-allow | within all of its limits
root | grant-account | named-by-grant | the account's root is named itself
user | grant-stranger | no-resource-allow | another's grant is of no use
user | grant-successor | no-resource-allow | the successor to a name does not take over the grant
session | grant-role-successor | no-resource-allow | nor does a new role of the old name
user | grant-other-operation | no-resource-allow | a grant allows its operations only
user | grant-other-key | no-resource-allow | a grant on another key has no effect, even with its token
user | grant-other-region | no-resource-allow | nor one on a related key in another Region
user | grant-other-owner | no-resource-allow | nor one on a key of another account
root | grant-other-key | no-resource-allow | a root's neither
service | grant-other-key | no-resource-allow | nor a service's
session | grant-role-other-key identity-allows | no-resource-allow | nor one to the role
user | grant-account-other-key identity-allows | no-resource-allow | nor one to the account
user | names-account grant-other-key | no-identity-allow | it takes no delegation's place
user | grant-other-key grant-self | named-by-grant | it takes nothing away from the right one
foreign-user | grant-other-key identity-allows | no-resource-allow | nor does it open another account's key
foreign-user | grant-other-owner identity-allows | no-resource-allow | whichever account that other key is of
user | grant-this-context | named-by-grant | the encryption context is the one of the constraint
user | grant-other-context | no-resource-allow | the encryption context is another
user | grant-other-source | no-resource-allow | the request is not made for that resource
user | grant-other-context grant-self | named-by-grant | one matching grant of several is enough
user | grant-self key-denies | denied-by-resource-policy | grants never override a deny
user | grant-self identity-denies | denied-by-identity-policy | of any policy
session | grant-self session-denies | denied-by-session-policy | of any policy
user | names-user grant-self | named-by-resource-policy | the policy is named before the grant
user | names-account grant-self | named-by-grant | the grant allows where the account has not
service | grant-self | named-by-grant | a service can be a grantee
service | grant-account | no-resource-allow | but is not meant with its operator's account
operator-service | grant-account | no-resource-allow | wherever the key is

service | names-service | named-by-resource-policy | the resource side alone decides about a service
service | names-everybody | named-by-resource-policy | * includes services
service | names-every-aws | named-by-resource-policy | and so does every AWS principal, which AWS calls the same
service | names-every-aws key-denies | denied-by-resource-policy | a deny is a deny
service | names-every-aws confined | confined-to-account | and another account's service stays another's
user | names-every-aws | named-by-resource-policy | for users it means the same as *
foreign-user | names-every-aws | no-identity-allow | whose own account has to allow
web-identity | names-every-aws | no-resource-allow | a web identity is not an AWS principal
service | names-service key-denies | denied-by-resource-policy | and may deny it
service | names-account | no-resource-allow | naming its operator's account does not name a service
operator-service | names-account identity-allows | no-resource-allow | not on the operator's own keys either
operator-service | names-service | named-by-resource-policy | by its name it is allowed there
user | names-service | no-resource-allow | a service's name means only the service
service | missing | no-resource-allow | what does not exist allows no service
service | nowhere | no-resource-allow | without a resource there is nothing to allow it

web-identity | | no-resource-allow | a provider's word opens nothing by itself
web-identity | names-provider | named-by-resource-policy | who is known by a provider's word only is allowed where that provider is named
web-identity | names-provider key-denies | denied-by-resource-policy | and may be denied
web-identity | names-everybody | no-resource-allow | * does not include web identities
web-identity | names-account identity-allows | no-resource-allow | and the account is not the caller's
user | names-provider | no-resource-allow | a provider's name does not mean users

foreign-user | | no-resource-allow | the key's account has to allow
foreign-user | identity-allows | no-resource-allow | its own account's allow is not enough
foreign-user | names-user | no-identity-allow | the key's account's allow is not enough
foreign-user | names-user identity-allows | both-accounts | both sides allow
foreign-user | names-account identity-allows | both-accounts | the whole account may be named
foreign-user | names-account | no-identity-allow | which then has to decide
foreign-user | names-everybody identity-allows | both-accounts | * includes other accounts
foreign-user | names-everybody | no-identity-allow | who still need their own account
foreign-user | names-user identity-allows boundary-silent | no-boundary-allow | across accounts the boundary limits a user's ARN
foreign-session | names-session identity-allows session-silent | no-session-allow | and the session policy a session's
foreign-session | names-role identity-allows | both-accounts | a role of another account
foreign-session | names-role boundary-allows session-allows | no-identity-allow | limits give nothing
foreign-session | names-role identity-allows boundary-allows session-allows | both-accounts | all layers allow
foreign-user | grant-self | named-by-grant | a grant to a user is enough, of whichever account they are
foreign-user | grant-self identity-silent | named-by-grant | whatever their own policies leave out
foreign-user | grant-self names-user | named-by-grant | where the key policy alone would not be enough
foreign-user | grant-self identity-denies | denied-by-identity-policy | unless they deny it
foreign-user | grant-self boundary-silent | no-boundary-allow | their account's boundary limits it
foreign-user | grant-self boundary-silent identity-allows names-user | no-boundary-allow | on every way
foreign-user | grant-self boundary-allows | named-by-grant | or does not
foreign-session | grant-self | named-by-grant | a session alike
foreign-session | grant-self session-silent | no-session-allow | within its session policies
foreign-session | grant-role | role-named-by-grant | and a role's sessions
foreign-session | grant-role session-silent | no-session-allow | within theirs
foreign-session | grant-role boundary-silent | no-boundary-allow | and within the role's boundary
foreign-session | grant-role session-allows boundary-allows | role-named-by-grant | which may allow it
foreign-session | grant-role grant-self | named-by-grant | the nearer of two grants is named
foreign-user | grant-successor | no-resource-allow | their successor has no grant
foreign-session | grant-role-successor identity-allows | no-resource-allow | nor has the role's
foreign-user | grant-other-key | no-resource-allow | a grant on another key is none on this one
foreign-user | grant-other-operation | no-resource-allow | nor is one for another operation
foreign-user | grant-account | no-identity-allow | a grant to the account leaves the decision to it
foreign-user | grant-account identity-allows | both-accounts | and the account has decided
foreign-user | names-user identity-allows key-denies | denied-by-resource-policy | a deny on the key's side
foreign-user | names-user identity-denies | denied-by-identity-policy | a deny on the other side
foreign-root | names-account | both-accounts | a root has its side by nature
foreign-root | | no-resource-allow | and no other
foreign-root | grant-account | named-by-grant | a grant to its account names it
foreign-root | names-user | no-resource-allow | it is not its users

foreign-user | confined names-user identity-allows | confined-to-account | what AWS confines to the account no key policy gives away
foreign-user | confined names-everybody identity-allows | confined-to-account | not for * either
foreign-session | confined names-role identity-allows boundary-allows session-allows | confined-to-account | whatever all layers allow
foreign-root | confined names-account | confined-to-account | not to the other account's root
foreign-user | confined grant-self | confined-to-account | a grant alone neither
foreign-user | confined grant-self identity-allows | confined-to-account | nor does any grant
foreign-user | confined | confined-to-account | with or without permissions
foreign-user | confined names-user identity-allows key-denies | denied-by-resource-policy | a deny is named first
foreign-user | confined no-policy identity-allows | confined-to-account | aliases of others are out of reach as well
foreign-user | confined missing identity-allows | confined-to-account | as is what they do not have
service | confined names-service | confined-to-account | a service that another account has registered is of that account
operator-service | confined names-service | named-by-resource-policy | one that the key's account has registered is its own
user | confined names-user | named-by-resource-policy | within the account nothing changes
user | confined names-account identity-allows | delegated-by-resource-policy | for no principal
session | confined names-role session-silent | no-session-allow | with the same limits
root | confined no-policy | account-root | and the same roots
user | confined nowhere identity-allows | identity-policy | operations without a resource are within the account

user | no-policy identity-allows | identity-policy | an alias has no policy: the identity decides
user | no-policy | no-identity-allow | and has to
user | no-policy identity-allows boundary-silent | no-boundary-allow | within its boundary
session | no-policy identity-allows session-silent | no-session-allow | and its session policies
user | no-policy identity-denies identity-allows | denied-by-identity-policy | and its denies
root | no-policy | account-root | a root may do what its account may
root | no-policy boundary-silent | no-boundary-allow | a limit that was set is a limit
root | no-policy session-silent | no-session-allow | for the session of a root too
user | no-policy grant-self | no-identity-allow | grants are of keys
foreign-user | no-policy identity-allows | not-the-owner | no policy in the owner's account can allow it
foreign-root | no-policy | not-the-owner | not even to a root
user | nowhere identity-allows | identity-policy | operations without a resource belong to the caller's account
foreign-user | nowhere identity-allows | identity-policy | to each caller's own
root | nowhere | account-root | so a root may

user | missing identity-allows | identity-policy | who may use any key may learn that this one is missing
user | missing | no-identity-allow | who may use none learns nothing
root | missing | account-root | a root may learn what is missing in its account
foreign-user | missing identity-allows | not-the-owner | other accounts learn nothing
foreign-root | missing | not-the-owner | nor do their roots
user | missing grant-self | no-identity-allow | what is missing has no grants
user | unknown identity-allows | not-the-owner | a ciphertext of an unknown key has no owner
user | unnamed identity-allows | not-the-owner | nor has what cannot be named, even if it claims one
root | unknown | not-the-owner | not even a root's
user | unknown identity-denies | denied-by-identity-policy | a deny is found all the same
`

export interface DecisionRow {
  who: string
  words: string[]
  reason: string
  why: string
}

/** The rows of the table. */
export function decisionRows(): DecisionRow[] {
  return DECISION_ROWS.split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [who = '', words = '', reason = '', why = ''] = line.split('|').map((part) => part.trim())
      return { who, words: words.split(' ').filter((word) => word !== ''), reason, why }
    })
}
