/** Exact numbers, as the server has them: a whole number and a scale. */
export interface Dec {
  readonly n: bigint;
  readonly s: number;
}

export function dec(text: string | number | bigint): Dec | null {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(String(text).trim());
  if (!match) return null;
  const fraction = match[3] ?? "";
  const n = BigInt(match[2]! + fraction);
  return { n: match[1] === "-" ? -n : n, s: fraction.length };
}

const pow10 = (k: number): bigint => 10n ** BigInt(k);

/** At another scale; digits that fall away round half away from zero. */
export function rescale(a: Dec, s: number): Dec {
  if (s >= a.s) return { n: a.n * pow10(s - a.s), s };
  return { n: divideRound(a.n, pow10(a.s - s)), s };
}

function divideRound(a: bigint, b: bigint): bigint {
  const negative = a < 0n !== b < 0n;
  const x = a < 0n ? -a : a;
  const y = b < 0n ? -b : b;
  const q = (2n * x + y) / (2n * y);
  return negative ? -q : q;
}

export const neg = (a: Dec): Dec => ({ n: -a.n, s: a.s });

export function add(a: Dec, b: Dec): Dec {
  const s = Math.max(a.s, b.s);
  return { n: rescale(a, s).n + rescale(b, s).n, s };
}

export const mul = (a: Dec, b: Dec): Dec => ({ n: a.n * b.n, s: a.s + b.s });

/** Six places, null when dividing by zero: the language's rule. */
export function div(a: Dec, b: Dec): Dec | null {
  if (b.n === 0n) return null;
  return { n: divideRound(a.n * pow10(6 + b.s), b.n * pow10(a.s)), s: 6 };
}

export function mod(a: Dec, b: Dec): Dec | null {
  const s = Math.max(a.s, b.s);
  const y = rescale(b, s).n;
  return y === 0n ? null : { n: rescale(a, s).n % y, s };
}

export function cmp(a: Dec, b: Dec): number {
  const s = Math.max(a.s, b.s);
  const x = rescale(a, s).n;
  const y = rescale(b, s).n;
  return x < y ? -1 : x > y ? 1 : 0;
}

export function decText(a: Dec): string {
  const digits = (a.n < 0n ? -a.n : a.n).toString().padStart(a.s + 1, "0");
  const whole = digits.slice(0, digits.length - a.s);
  const text = a.s > 0 ? `${whole}.${digits.slice(-a.s)}` : whole;
  return a.n < 0n ? `-${text}` : text;
}
