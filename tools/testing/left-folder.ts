/** The region of everything in vectors/data. */
export const REGION = 'eu-central-1'

/** `expected.json` of a folder in vectors/data: what later builds must find and open. Bytes are base64. */
export interface LeftFolder {
  keys: { keyId: string; state: string }[]
  ciphertexts: { context: Record<string, string>; plaintext: string; ciphertext: string }[]
  messages: { context: Record<string, string>; plaintext: string; message: string }[]
  /** Users beside the administrator. Those who left the first folders knew none. */
  users?: LeftUser[]
}

/** A user who may decrypt by his policy and make data keys by a grant, and nothing else. */
export interface LeftUser {
  accessKeyId: string
  secretAccessKey: string
}
