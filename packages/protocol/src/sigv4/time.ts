const AMZ_DATE = /^\d{8}T\d{6}Z$/

/** A time in the basic ISO 8601 form of `X-Amz-Date`, `20150830T123600Z`: whole seconds, UTC. */
export function formatAmzDate(time: Date): string {
  return time
    .toISOString()
    .replace(/\.\d{3}/, '')
    .replaceAll(/[-:]/g, '')
}

/** The time that `X-Amz-Date` names; nothing if it is not in that form or no such time exists. */
export function parseAmzDate(text: string): Date | undefined {
  if (!AMZ_DATE.test(text)) return undefined
  const date = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`
  const time = new Date(`${date}T${text.slice(9, 11)}:${text.slice(11, 13)}:${text.slice(13, 15)}Z`)
  // A thirtieth of February becomes a day in March, and 24 o'clock the next day.
  return time.getUTCDate() === Number(text.slice(6, 8)) ? time : undefined
}

/** Characters of {@link parseHttpDate}'s form. */
const HTTP_DATE_LENGTH = 29

/**
 * The time that a `Date` header names in the form that senders must use, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section
 * 5.6.7); nothing if it is in another form, or no such time exists.
 */
export function parseHttpDate(text: string): Date | undefined {
  if (text.length !== HTTP_DATE_LENGTH) return undefined
  const time = new Date(text)
  // The platform reads many other forms, and writes this one only.
  return !Number.isNaN(time.getTime()) && time.toUTCString() === text ? time : undefined
}
