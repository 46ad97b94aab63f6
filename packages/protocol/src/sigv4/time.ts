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
