/** The value of an `Authorization` header for HTTP Basic, in UTF-8 (RFC 7617). */
export function basicCredentials(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
