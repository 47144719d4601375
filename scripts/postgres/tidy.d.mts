export function tidy(url: string, run: string): Promise<void>;
