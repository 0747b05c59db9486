/** What a connection sends, noted as what it says. */
export function noting<T>(said: T[]) {
  const note = (line: string) => said.push(JSON.parse(line));
  return { send: note, sendInTime: note };
}
