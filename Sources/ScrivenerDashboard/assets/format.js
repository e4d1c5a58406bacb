// Numbers and times for people.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });

export function count(value) { return whole.format(value ?? 0); }

export function plural(value, word) { return `${count(value)} ${word}${value === 1 ? "" : "s"}`; }

/** `0.8 ms`, `3.2 s`, `4 min 05 s`, `2 h 10 min`, `3 d 4 h`. */
export function seconds(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value < 0.001) return value === 0 ? "0 s" : `${(value * 1000).toFixed(1)} ms`;
  if (value < 0.1) return `${Math.round(value * 1000)} ms`;
  if (value < 10) return `${value.toFixed(1)} s`;
  const rounded = Math.round(value);
  if (rounded < 60) return `${rounded} s`;
  const minutes = Math.floor(rounded / 60);
  if (minutes < 60) return `${minutes} min ${String(rounded % 60).padStart(2, "0")} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function percent(share) {
  return Number.isFinite(share) ? `${Math.round(share * 100)} %` : "–";
}

/** Progress never says 100 % before it is so. */
export function progressPercent(value) { return `${Math.floor(value ?? 0)} %`; }

/** When a session is expected to end, with the bounds that hold in nine of ten cases. */
export function secondsLeft(left) {
  if (!left) return null;
  const [expected, low, high] = [left.expected, left.low, left.high].map(seconds);
  return low === high ? `${expected} left` : `${expected} left (${low} – ${high})`;
}

export function time(text) {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? "–" : clock.format(at);
}

export function dayTime(text) {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return "–";
  return Date.now() - at < 43_200_000 ? clock.format(at) : dayAndClock.format(at);
}

/** `waits_for_slot` as words. */
export function words(name) { return String(name ?? "").replaceAll("_", " "); }
