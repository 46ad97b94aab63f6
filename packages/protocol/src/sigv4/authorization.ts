export const ALGORITHM = 'AWS4-HMAC-SHA256'
const TERMINATOR = 'aws4_request'

/** Some five times what any signer has been seen to sign. */
export const MAX_SIGNED_HEADERS = 100
/** IAM API Reference, "AccessKey", `AccessKeyId`. */
const MAX_ACCESS_KEY_ID = 128

/** Where and when a signing key is good for. */
export interface CredentialScope {
  /** `YYYYMMDD`, UTC. */
  date: string
  region: string
  service: string
}

/** What an Authorization header says. Nothing in it is verified. */
export interface Authorization extends CredentialScope {
  accessKeyId: string
  /** Names in ascending order, each once; {@link MAX_SIGNED_HEADERS} at most. */
  signedHeaders: readonly string[]
  signature: string
}

type Parameter = 'Credential' | 'Signature' | 'SignedHeaders'

/** Why an Authorization header cannot be used, in the detail that AWS's answers distinguish. */
export type AuthorizationProblem =
  /** It does not begin with the name of the one algorithm. */
  | { kind: 'algorithm' }
  /** These parameters are missing or empty, in the order in which AWS complains. */
  | { kind: 'missing'; parameters: readonly Parameter[] }
  /** This part is not `name=value`, or its name is unknown or comes twice. */
  | { kind: 'parameter'; text: string }
  /** The credential has not exactly five parts, or one of them is empty. */
  | { kind: 'credential'; credential: string }
  /** The credential does not end in `aws4_request`. */
  | { kind: 'terminator'; terminator: string }
  /** A name of a signed header comes twice, is out of order, or is one too many. */
  | { kind: 'signed headers' }

/** As every known signer writes it; read in one step, because each request has one. */
const USUAL_FORM = /^AWS4-HMAC-SHA256 Credential=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([^,\s]+)$/

const PARAMETERS: readonly Parameter[] = ['Credential', 'Signature', 'SignedHeaders']

export function formatScope({ date, region, service }: CredentialScope): string {
  return `${date}/${region}/${service}/${TERMINATOR}`
}

export function formatAuthorization(authorization: Authorization): string {
  const { accessKeyId, signedHeaders, signature } = authorization
  const credential = `${accessKeyId}/${formatScope(authorization)}`
  return `${ALGORITHM} Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
}

/** Reads an Authorization header, or says what is wrong with it. */
export function parseAuthorization(
  header: string,
):
  | { authorization: Authorization; problem?: undefined }
  | { authorization?: undefined; problem: AuthorizationProblem } {
  const usual = USUAL_FORM.exec(header)
  if (usual !== null) return assembleAuthorization(usual[1]!, usual[2]!, usual[3]!)
  const text = header.trim()
  if (text !== ALGORITHM && !text.startsWith(`${ALGORITHM} `)) return { problem: { kind: 'algorithm' } }
  const parameters = new Map<string, string>()
  for (const part of text.slice(ALGORITHM.length).split(',')) {
    const problem = addParameter(parameters, part.trim())
    if (problem !== undefined) return { problem }
  }
  const missing = PARAMETERS.filter((name) => !parameters.get(name))
  if (missing.length > 0) return { problem: { kind: 'missing', parameters: missing } }
  return assembleAuthorization(
    parameters.get('Credential')!,
    parameters.get('SignedHeaders')!,
    parameters.get('Signature')!,
  )
}

function addParameter(parameters: Map<string, string>, text: string): AuthorizationProblem | undefined {
  if (text === '') return undefined
  const equals = text.indexOf('=')
  const name = text.slice(0, Math.max(equals, 0))
  const isKnown = PARAMETERS.some((parameter) => parameter === name)
  if (!isKnown || parameters.has(name)) return { kind: 'parameter', text }
  parameters.set(name, text.slice(equals + 1))
  return undefined
}

/** Puts together what the three parameters say, or says what is wrong with them. */
export function assembleAuthorization(
  credential: string,
  names: string,
  signature: string,
): ReturnType<typeof parseAuthorization> {
  const parts = credential.split('/')
  if (parts.length !== 5 || parts.includes('')) return { problem: { kind: 'credential', credential } }
  const [accessKeyId, date, region, service, terminator] = parts as [string, string, string, string, string]
  if (accessKeyId.length > MAX_ACCESS_KEY_ID) return { problem: { kind: 'credential', credential } }
  if (terminator !== TERMINATOR) return { problem: { kind: 'terminator', terminator } }
  const signedHeaders = names.split(';')
  if (!isCanonicalList(signedHeaders)) return { problem: { kind: 'signed headers' } }
  return { authorization: { accessKeyId, date, region, service, signedHeaders, signature } }
}

/**
 * Whether names ascend strictly, as every signer lists them (AWS IAM User Guide, "Create a signed AWS API request", step 1).
 * Each name makes the whole value of its header part of what is hashed: one that came again and again would make megabytes
 * of a few kilobytes, before it is known who sends them.
 */
function isCanonicalList(names: readonly string[]): boolean {
  return names.length <= MAX_SIGNED_HEADERS && names.every((name, index) => index === 0 || names[index - 1]! < name)
}
