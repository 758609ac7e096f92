const SYSTEMS = [
  ['iPhone', /iPhone/],
  ['iPad', /iPad/],
  ['Android', /Android/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X|Macintosh/],
  ['Linux', /Linux|X11/],
] as const;

// In this order: Edge and Opera also call themselves Chrome, and Chrome also calls itself Safari.
const BROWSERS = [
  ['Edge', /\bEdg(A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS)\//],
  ['Safari', /\bSafari\//],
] as const;

/**
 * A label by which a user recognises a client, such as `Firefox on Windows` or `okhttp`. Versions and models are left out.
 * @returns '' when the client does not say what it is
 */
export function clientLabel(userAgent = ''): string {
  const nameIn = (names: readonly (readonly [string, RegExp])[]) =>
    names.find(([, pattern]) => pattern.test(userAgent))?.[0];
  const system = nameIn(SYSTEMS);
  const program = nameIn(BROWSERS) ?? /^[\w.-]{1,40}/.exec(userAgent)?.[0] ?? '';
  return program && system ? `${program} on ${system}` : program;
}
