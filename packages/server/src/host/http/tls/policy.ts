import type { SecureContextOptions } from 'node:tls'

/** OpenSSL's SSL_OP_NO_RENEGOTIATION (ssl.h): a handshake costs the server more than its client. */
const NO_RENEGOTIATION = 1 << 30

/**
 * What is offered to clients: TLS 1.3, and TLS 1.2 with forward secrecy and authenticated encryption alone (RFC 9325, section
 * 4.2). The groups are OpenSSL's own list, which begins with X25519MLKEM768.
 */
export const OFFERED: SecureContextOptions = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  secureOptions: NO_RENEGOTIATION,
  // A session that is resumed is not verified again: how long a client certificate is believed after it has expired.
  sessionTimeout: 300,
}
