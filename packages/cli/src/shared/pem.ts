const LINE = /.{1,64}/g

/** A public key in DER as text: RFC 7468, section 13. */
export function publicKeyPem(der: Uint8Array): string {
  const lines = Buffer.from(der).toString('base64').match(LINE) ?? []
  return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n')
}
