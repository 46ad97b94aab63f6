/** The errors of AssumeRoleWithWebIdentity (AWS STS API Reference) that a token can lead to. */
export type WebIdentityProblem =
  | 'ExpiredTokenException'
  | 'IDPCommunicationError'
  | 'IDPRejectedClaim'
  | 'InvalidIdentityToken'

/** A token that does not identify a caller. The message contains no text of the token or its issuer. */
export class WebIdentityRefusal extends Error {
  override name = 'WebIdentityRefusal'
  readonly code: WebIdentityProblem

  constructor(code: WebIdentityProblem, message: string) {
    super(message)
    this.code = code
  }
}

const invalid = (message: string): WebIdentityRefusal => new WebIdentityRefusal('InvalidIdentityToken', message)
const rejected = (message: string): WebIdentityRefusal => new WebIdentityRefusal('IDPRejectedClaim', message)

export const malformedToken = (): WebIdentityRefusal => invalid('The web identity token is not a signed JWT.')

export const unacceptableAlgorithm = (): WebIdentityRefusal =>
  invalid('The web identity token is signed with an algorithm that is not accepted.')

export const unknownIssuer = (): WebIdentityRefusal =>
  invalid('The issuer of the web identity token is not configured.')

export const unknownKey = (): WebIdentityRefusal =>
  invalid('The web identity token is signed with a key that its issuer does not publish.')

export const wrongSignature = (): WebIdentityRefusal =>
  invalid('The signature of the web identity token does not verify.')

export const wrongAudience = (): WebIdentityRefusal => invalid('Incorrect token audience.')

/** `claim` is one of the names that this folder requires. */
export const wrongClaim = (claim: string): WebIdentityRefusal =>
  invalid(`The web identity token must have a well-formed claim '${claim}'.`)

export const expiredToken = (): WebIdentityRefusal =>
  new WebIdentityRefusal('ExpiredTokenException', 'The web identity token has expired.')

export const notYetValid = (claim: 'iat' | 'nbf'): WebIdentityRefusal =>
  rejected(`The claim '${claim}' of the web identity token is in the future.`)

export const tooLongLived = (hours: number): WebIdentityRefusal =>
  rejected(`The web identity token is valid for longer than ${hours} hours.`)

export const keysUnavailable = (): WebIdentityRefusal =>
  new WebIdentityRefusal(
    'IDPCommunicationError',
    'The keys of the identity provider are not available. Try again later.',
  )
