const AMZ_DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/

/** A time in the basic ISO 8601 form of `X-Amz-Date`, `20150830T123600Z`: whole seconds, UTC. */
export function formatAmzDate(time: Date): string {
  return time
    .toISOString()
    .replace(/\.\d{3}/, '')
    .replaceAll(/[-:]/g, '')
}

/** The time that `X-Amz-Date` names; nothing if it is not in that form or no such day exists. */
export function parseAmzDate(text: string): Date | undefined {
  const time = new Date(text.replace(AMZ_DATE, '$1-$2-$3T$4:$5:$6Z'))
  const isReal = AMZ_DATE.test(text) && !Number.isNaN(time.getTime()) && formatAmzDate(time) === text
  return isReal ? time : undefined
}
