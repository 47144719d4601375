export function chromiumOnPath(): string | null;
export function findChromium(): string | null;
