import { SERVICES } from '@keyhold/protocol'

/** The signing name of a service: requests to `backup.amazonaws.com` are signed for `backup`. */
export function signingNameOf(service: string): string {
  return service.split('.')[0] ?? ''
}

/** Returns whether a signing name belongs to this server itself: such requests cannot be forwarded. */
export function isOwnSigningName(name: string): boolean {
  return Object.hasOwn(SERVICES, name)
}
