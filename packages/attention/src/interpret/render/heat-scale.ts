/** Number of steps of colour between the weights 0 and 1. */
export const heatLevels = 32;
/** Exponent of the scale: below 1, so that small weights can be told apart. The legend shows the same scale. */
export const heatExponent = 0.65;

/** Colours of the weights 0 to 1, evenly spaced: on light paper and on dark. */
const lightStops = ["#f4f6f6", "#cfe6ea", "#86c5d0", "#3a97b0", "#17607f", "#0a2b4c"];
const darkStops = ["#1f252d", "#173f4c", "#146878", "#27a0a0", "#86d8b8", "#f4fbd3"];

/**
 * The step of colour, `0 .. heatLevels`, of a weight: `round(levels · w^exponent)`.
 *
 * @param weight  in `0 .. 1`; what is outside is clamped, NaN is 0
 * @example [0, 0.1, 0.5, 1].map(heatLevel); // => [0, 7, 20, 32]
 */
export function heatLevel(weight: number): number {
  const clamped = Math.min(Math.max(weight || 0, 0), 1);
  return Math.round(heatLevels * clamped ** heatExponent);
}

/** The colours of a step, on light paper and on dark. */
export function heatColors(level: number): readonly [light: string, dark: string] {
  return [mix(lightStops, level / heatLevels), mix(darkStops, level / heatLevels)];
}

/** One CSS rule for each step, `.w0` to `.w32`, with its colours for light and dark: of boxes and of SVG shapes. */
export function heatStyles(): string {
  return Array.from({ length: heatLevels + 1 }, (_, level) => {
    const [light, dark] = heatColors(level);
    return `.w${level}{background:light-dark(${light},${dark});fill:light-dark(${light},${dark})}`;
  }).join("");
}

/**
 * Weights as bytes, `round(254 · w)`, in base64: one byte each, exact to 0.002; NaN is 255.
 *
 * @example weightBytes(Float32Array.of(0, 0.5, 1)); // => "AH/+"
 */
export function weightBytes(weights: Float32Array): string {
  const byteOf = (weight: number): number => Math.round(254 * Math.min(Math.max(weight, 0), 1));
  const bytes = Uint8Array.from(weights, (weight) => (Number.isNaN(weight) ? 255 : byteOf(weight)));
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** A colour of stops that are evenly spaced, at a position in `0 .. 1`. */
export function mix(stops: readonly string[], position: number): string {
  const index = Math.min(Math.floor(position * (stops.length - 1)), stops.length - 2);
  const share = position * (stops.length - 1) - index;
  const channels = [1, 3, 5].map((at) => {
    const [from, to] = [stops[index], stops[index + 1]].map((stop) =>
      Number.parseInt(stop.slice(at, at + 2), 16),
    );
    return Math.round(from + share * (to - from));
  });
  return `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}
