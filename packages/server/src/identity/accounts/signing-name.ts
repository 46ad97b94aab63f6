import { SERVICES } from '@keyhold/protocol'

/** `backup.amazonaws.com` takes requests that users sign for `backup`. */
export function signingNameOf(service: string): string {
  return service.split('.')[0] ?? ''
}

/** Whether requests are signed so for this server itself: what users ask of it is for nobody to hand on. */
export function isOwnSigningName(name: string): boolean {
  return Object.hasOwn(SERVICES, name)
}
